//! The native remote write for a template, which is only edited by hand: its values may be expressions.

use super::detect::detect;
use super::detected_setup::{DetectedSetup, SourceText};
use super::input::{self, MigrationAnswers};
use super::refusal::MigrationRefusal;
use crate::compat::Installation;
use crate::next_step::NextStep;
use crate::patch::{PatchRefusal, PlainTemplate, Reason, template_block};
use crate::remote_write::{ClusterLabel, Pending, RemoteWriteInput, build};
use crate::spec::command_line::own;

/// The refusal of a template, with what to do by hand; any other refusal as it is.
pub(crate) fn manual_steps(
    refusal: PatchRefusal,
    source: &SourceText,
    given: &MigrationAnswers,
) -> MigrationRefusal {
    match refusal.reason {
        Reason::Template => {
            MigrationRefusal::refused(refusal.to_string(), next_step(source, given))
        }
        _ => MigrationRefusal::Unreadable(refusal),
    }
}

fn next_step(source: &SourceText, given: &MigrationAnswers) -> NextStep {
    let template = PlainTemplate::of(source.text);
    let plain = SourceText {
        text: &template.text,
        ..*source
    };
    match detect(&plain) {
        // An expression can still add a proxy, so this is no "nothing to migrate".
        Ok(None) => NextStep::run(
            "if the program that evaluates the template adds no proxy to it, connect Prometheus itself",
            own::init_again(),
        ),
        Ok(Some(found)) => {
            block(source, &template, &found, given).map_or_else(by_result, Into::into)
        }
        Err(_) => by_result(),
    }
}

/// For a template whose text alone does not show what to write.
fn by_result() -> NextStep {
    "pass the result of the template as --input, and change the template by hand as the difference shows".into()
}

/// The block to write by hand, and where. `None` where Prometheus supports no such sign-in or cloud.
fn block(
    source: &SourceText,
    template: &PlainTemplate,
    found: &DetectedSetup,
    given: &MigrationAnswers,
) -> Option<String> {
    let installation = Installation {
        target: found.target,
        prometheus: given.prometheus.clone().or_else(|| found.version()),
        operator: given.operator.clone(),
    };
    let remote_write = build(input(found, given, &installation)?).ok()?;
    let block = template_block(source.text, &installation, &remote_write);
    let what = match (&found.entry, &found.sidecar) {
        (Some(entry), Some(sidecar)) => format!(
            "replace the remote write to {} with this one, and remove container `{}`",
            entry.url, sidecar.name
        ),
        (Some(entry), None) => format!("replace the remote write to {} with this one", entry.url),
        _ => "add this remote write".to_owned(),
    };
    let block = template.restored(&block);
    Some(format!(
        "{}; replace the words in capitals by their values:\n\n{block}",
        template.restored(&what)
    ))
}

/// What the template contains, unchanged, and a placeholder for what it lacks. `None` where Prometheus
/// supports no such sign-in or cloud.
fn input(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    installation: &Installation,
) -> Option<RemoteWriteInput> {
    let written = input::as_written(found, given, installation).ok()?;
    let url = given.write_url.as_ref().map(|url| url.as_str().to_owned());
    let url = url.or_else(|| input::proxied_url(found));
    let client_id = input::written_client_id(found, given);
    Some(RemoteWriteInput {
        url: Some(Pending::or_by_user(url, "INGESTION_URL")),
        client_id: Some(Pending::or_by_user(client_id, "CLIENT_ID")),
        tenant_id: written.tenant_id.or(Some(Pending::ByUser("TENANT_ID"))),
        certificate: written
            .certificate
            .or(Some(Pending::ByUser("CERTIFICATE_FILE"))),
        sign_in: Some(written.sign_in.unwrap_or_default()),
        cluster_label: written
            .cluster_label
            .or(Some(ClusterLabel::ByUser("CLUSTER_LABEL"))),
        ..written
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    const TEMPLATE: &str = "\
monitoring:
  prometheus:
    prometheusSpec:
      remoteWrite:
        - url: http://localhost:8081/api/v1/write
{{- if .sidecar }}
      containers:
        - name: writer
          image: {{ registry }}/prom-remotewrite:1
          env:
            - {name: LISTENING_PORT, value: '8081'}
            - name: INGESTION_URL
              value: {{ ingestion_url }}
            - {name: IDENTITY_TYPE, value: userAssigned}
{{- end }}
";

    fn source(text: &str) -> SourceText<'_> {
        SourceText {
            text,
            target: Target::KubePrometheusStack,
            manifest: None,
            services: None,
        }
    }

    fn message(text: &str) -> String {
        let source = source(text);
        let Err(MigrationRefusal::Unreadable(refusal)) = detect(&source) else {
            panic!("a template is not read");
        };
        let manual_steps = manual_steps(refusal, &source, &MigrationAnswers::default());
        let MigrationRefusal::Refused(problem) = manual_steps else {
            panic!("{manual_steps:?}")
        };
        problem.next_steps()[0].line().clone()
    }

    #[test]
    fn a_template_whose_sign_in_prometheus_does_not_support_gets_no_block() {
        let message = message(&TEMPLATE.replace(
            "- {name: IDENTITY_TYPE, value: userAssigned}",
            "- {name: CLOUD, value: USNat}",
        ));

        assert!(
            message.starts_with("pass the result of the template"),
            "{message}"
        );
    }

    #[test]
    fn a_template_that_shows_no_proxy_gets_the_command_that_connects_prometheus() {
        let message = message(
            "prometheus:\n  prometheusSpec:\n    replicas: {{ replicas }}\n    remoteWrite: []\n",
        );

        assert!(message.contains("connect Prometheus itself"), "{message}");
    }

    #[test]
    fn a_template_gets_the_block_with_its_expressions_and_the_key_of_its_parent() {
        let message = message(TEMPLATE);

        assert!(
            message.starts_with(
                "replace the remote write to http://localhost:8081/api/v1/write with this one, and remove container `writer`"
            ),
            "{message}"
        );
        let block = message.split("\n\n").nth(1).unwrap();
        assert!(block.starts_with("monitoring:\n  prometheus:\n"), "{block}");
        for part in [
            "url: {{ ingestion_url }}",
            "clientId: CLIENT_ID",
            "cluster: CLUSTER_LABEL",
        ] {
            assert!(block.contains(part), "{part}:\n{block}");
        }
    }
}
