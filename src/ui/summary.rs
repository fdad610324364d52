//! What is there now? The closing words of `init`: where samples go, as whom, whether one arrived, and how to do it again.

use serde::Serialize;

use super::doctor::mark;
use super::palette::Palette;
use super::plan::StepDocument;
use super::table;
use crate::checks::report::Mark;
use crate::workflow::proposal::TargetDocument;

/// Everything that `init` reports at its end; as JSON it is `amw-rw/init/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    schema: &'static str,
    /// What was connected to what, such as `aks-prod → amw-aks-prod`.
    connection: String,
    steps: Vec<StepDocument>,
    target: Option<TargetDocument>,
    endpoint: Endpoint,
    verify: Verify,
    /// The line that does it again without questions.
    repeat: String,
    /// What is left for the user to do, such as `helm upgrade …`.
    next: Vec<String>,
}

/// Where samples go, and as whom.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) scope: String,
    pub(crate) client_id: String,
    pub(crate) tenant_id: String,
}

/// Whether a sample has made the whole way.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verify {
    pub(crate) verdict: Mark,
    pub(crate) found: String,
    pub(crate) next: Vec<String>,
}

impl Summary {
    pub(crate) fn new(
        connection: String,
        endpoint: Endpoint,
        verify: Verify,
        repeat: String,
    ) -> Self {
        Self {
            schema: "amw-rw/init/v1",
            connection,
            steps: Vec::new(),
            target: None,
            endpoint,
            verify,
            repeat,
            next: Vec::new(),
        }
    }

    pub(crate) fn steps(mut self, steps: Vec<StepDocument>) -> Self {
        self.steps = steps;
        self
    }

    pub(crate) fn target(mut self, target: TargetDocument) -> Self {
        self.target = Some(target);
        self
    }

    pub(crate) fn next(mut self, step: impl Into<String>) -> Self {
        self.next.push(step.into());
        self
    }

    /// The summary as people read it.
    pub(crate) fn text(&self, palette: Palette, window: Option<usize>) -> String {
        let mut parts = vec![
            palette.strong(&format!("Connected: {}", self.connection)),
            table::aligned(&self.rows(palette), 2, window),
        ];
        let next: Vec<&String> = self.verify.next.iter().chain(&self.next).collect();
        if !next.is_empty() {
            let lines = next.iter().map(|step| format!("  {step}"));
            parts.push(format!(
                "{}\n{}",
                palette.strong("Next:"),
                lines.collect::<Vec<_>>().join("\n")
            ));
        }
        let again = palette.strong("To do it again without questions:");
        parts.push(format!("{again}\n  {}", palette.place(&self.repeat)));
        parts.join("\n\n")
    }

    fn rows(&self, palette: Palette) -> Vec<Vec<String>> {
        let row = |name: &str, value: String| vec![palette.faint(name), value];
        let mut rows = vec![
            row("writes to", self.endpoint.url.clone()),
            row("as client", self.endpoint.client_id.clone()),
        ];
        if let Some(path) = self.target.as_ref().and_then(|target| target.path.clone()) {
            rows.push(row("file", path));
        }
        let verdict = mark(self.verify.verdict, palette);
        rows.push(row(
            "test sample",
            format!("{verdict} {}", self.verify.found),
        ));
        rows
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn example() -> Summary {
        let endpoint = Endpoint {
            url: "https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0/streams/Microsoft-PrometheusMetrics/api/v1/write".into(),
            scope: "https://monitor.azure.com//.default".into(),
            client_id: "33333333-3333-3333-3333-333333333333".into(),
            tenant_id: "22222222-2222-2222-2222-222222222222".into(),
        };
        let verify = Verify {
            verdict: Mark::Pass,
            found: "written and read back after 3.2s".into(),
            next: Vec::new(),
        };
        Summary::new(
            "aks-prod → amw-aks-prod".into(),
            endpoint,
            verify,
            "amw-rw init --cluster aks-prod --yes".into(),
        )
        .target(TargetDocument {
            path: Some("values.yaml".into()),
            diff: "+a".into(),
        })
        .next("helm upgrade kps prometheus-community/kube-prometheus-stack --values values.yaml")
    }

    #[test]
    fn the_closing_words_say_where_as_whom_whether_it_works_and_how_to_repeat_it() {
        let text = example().text(Palette::plain(), Some(80));

        assert_snapshot!(text, @r"
        Connected: aks-prod → amw-aks-prod

          writes to    https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0/streams/Microsoft-PrometheusMetrics/api/v1/write
          as client    33333333-3333-3333-3333-333333333333
          file         values.yaml
          test sample  ✓ written and read back after 3.2s

        Next:
          helm upgrade kps prometheus-community/kube-prometheus-stack --values values.yaml

        To do it again without questions:
          amw-rw init --cluster aks-prod --yes
        ");
    }

    #[test]
    fn a_script_reads_the_words_of_the_contract() {
        let document = serde_json::to_value(example()).unwrap();

        assert_eq!(document["schema"], "amw-rw/init/v1");
        assert_eq!(document["verify"]["verdict"], "pass");
        assert_eq!(
            document["endpoint"]["scope"],
            "https://monitor.azure.com//.default"
        );
        assert_eq!(document["repeat"], "amw-rw init --cluster aks-prod --yes");
    }
}
