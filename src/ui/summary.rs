//! Formats the summary at the end of `init`: where samples go, which identity sends them, whether one arrived, and how to
//! repeat the connection.

use super::doctor::mark;
use super::next_steps;
use super::palette::Palette;
use super::table;
use crate::workflow::init_report::{ConnectionVerdict, InitReport, RemainingWork};

pub(crate) fn text(report: &InitReport, palette: Palette, window: Option<usize>) -> String {
    let mut parts = vec![
        palette.strong(&headline(report)),
        table::aligned(&rows(report, palette), 2, window),
    ];
    let arrival = report.arrival.iter().flat_map(|arrival| &arrival.next);
    let mut next = [&report.verify.next[..], &report.next].concat();
    next.extend(arrival.cloned());
    if !next.is_empty() {
        parts.push(next_steps::block(&next, palette));
    }
    let again = palette.strong("To repeat this without questions:");
    parts.push(format!("{again}\n  {}", palette.place(&report.repeat)));
    parts.join("\n\n")
}

/// "Connected" only where samples of Prometheus arrive and nothing is left to do.
fn headline(report: &InitReport) -> String {
    let connection = &report.connection;
    match report.verdict {
        ConnectionVerdict::Connected => format!("Connected: {connection}"),
        ConnectionVerdict::Ready => {
            let left = match report.left {
                RemainingWork::File => "and Prometheus needs the file",
                RemainingWork::OtherSteps => "and Prometheus needs what is named below",
                RemainingWork::Nothing => "and no sample from Prometheus itself has arrived yet",
            };
            format!("Ready: {connection}; Azure accepts samples, {left}")
        }
        ConnectionVerdict::Unproved if report.verify.is_accepted => format!(
            "Not proved: {connection}; Azure accepted the test sample, and it could not be read back"
        ),
        ConnectionVerdict::Unproved => {
            format!("Not proved: {connection}; no test sample was sent as this identity")
        }
        ConnectionVerdict::Failed => format!("Not connected: {connection}"),
    }
}

fn rows(report: &InitReport, palette: Palette) -> Vec<Vec<String>> {
    let row = |name: &str, value: String| vec![palette.faint(name), value];
    let mut rows = vec![
        row("writes to", report.endpoint.url.clone()),
        row("client id", report.endpoint.client_id.clone()),
    ];
    if let Some(path) = report
        .target
        .as_ref()
        .and_then(|target| target.path.clone())
    {
        rows.push(row("file", path));
    }
    let verdict = mark(report.verify.verdict, palette);
    rows.push(row(
        "test sample",
        format!("{verdict} {}", report.verify.found),
    ));
    if let Some(arrival) = &report.arrival {
        let verdict = mark(arrival.verdict, palette);
        rows.push(row("own samples", format!("{verdict} {}", arrival.found)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::checks::report::VerdictKind;
    use crate::next_step::CurrentRun;
    use crate::spec::command_line::helm;
    use crate::workflow::init_report::{RemainingWork, Verify, WriteEndpoint};
    use crate::workflow::proposal_document::TargetDocument;

    fn example() -> InitReport {
        InitReport {
            schema: InitReport::SCHEMA,
            verdict: ConnectionVerdict::Ready,
            connection: "aks-prod → amw-aks-prod".into(),
            steps: Vec::new(),
            target: Some(TargetDocument {
                path: Some("values.yaml".into()),
                diff: "+a".into(),
            }),
            endpoint: WriteEndpoint {
                url: "https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0/streams/Microsoft-PrometheusMetrics/api/v1/write".into(),
                scope: "https://monitor.azure.com//.default".into(),
                client_id: "33333333-3333-3333-3333-333333333333".into(),
                tenant_id: "22222222-2222-2222-2222-222222222222".into(),
            },
            verify: Verify {
                verdict: VerdictKind::Pass,
                found: "written and read back after 3.2s".into(),
                is_accepted: false,
                next: Vec::new(),
            },
            arrival: None,
            left: RemainingWork::File,
            repeat: "amw-rw init --cluster aks-prod --yes".into(),
            next: CurrentRun::default().print(&[helm::list(None).into()]),
        }
    }

    #[test]
    fn the_summary_has_the_endpoint_the_identity_the_test_and_the_command_that_repeats_it() {
        let text = text(&example(), Palette::plain(), Some(80));

        assert_snapshot!(text, @r"
        Ready: aks-prod → amw-aks-prod; Azure accepts samples, and Prometheus needs the file

          writes to    https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0/streams/Microsoft-PrometheusMetrics/api/v1/write
          client id    33333333-3333-3333-3333-333333333333
          file         values.yaml
          test sample  ✓ written and read back after 3.2s

        Next:
          helm list -A

        To repeat this without questions:
          amw-rw init --cluster aks-prod --yes
        ");
    }

    #[test]
    fn what_is_in_place_and_does_not_send_yet_is_not_called_connected() {
        let report = InitReport {
            left: RemainingWork::Nothing,
            arrival: Some(Verify {
                verdict: VerdictKind::Skip,
                found: "no series `up` arrives".into(),
                is_accepted: false,
                next: Vec::new(),
            }),
            ..example()
        };

        let text = text(&report, Palette::plain(), Some(80));

        assert!(text.starts_with("Ready: "), "{text}");
        assert!(
            text.contains("no sample from Prometheus itself has arrived yet"),
            "{text}"
        );
        assert!(
            text.contains("own samples  – no series `up` arrives"),
            "{text}"
        );
    }

    #[test]
    fn a_sample_that_could_not_be_read_back_is_not_called_lost() {
        let unproved = |is_accepted| {
            let verify = Verify {
                verdict: VerdictKind::Warn,
                found: "not allowed to query".into(),
                is_accepted,
                next: Vec::new(),
            };
            let report = InitReport {
                verdict: ConnectionVerdict::Unproved,
                verify,
                ..example()
            };
            text(&report, Palette::plain(), Some(80))
        };

        assert!(
            unproved(true)
                .contains("Azure accepted the test sample, and it could not be read back")
        );
        assert!(unproved(false).contains("no test sample was sent"));
    }

    #[test]
    fn a_script_reads_the_words_of_the_contract() {
        let document = serde_json::to_value(example()).unwrap();

        assert_eq!(document["schema"], "amw-rw/init/v1");
        assert_eq!(document["verdict"], "ready");
        assert_eq!(document["verify"]["verdict"], "pass");
        assert_eq!(
            document["endpoint"]["scope"],
            "https://monitor.azure.com//.default"
        );
        assert_eq!(document["repeat"], "amw-rw init --cluster aks-prod --yes");
    }
}
