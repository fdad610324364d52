//! The native remote write for a template, which is only edited by hand: its values may be expressions.

use super::detect::{DetectedSetup, SourceText, detect};
use super::input::{self, MigrationAnswers};
use crate::compat::Installation;
use crate::patch::{PatchRefusal, PlainTemplate, Reason, template_block};
use crate::remote_write::{ClusterLabel, Pending, RemoteWriteInput, RouteChoice, build};
use crate::spec::choices::CertificateChoice;
use crate::spec::sending::Sending;

/// The refusal of a template, with what to do by hand; any other refusal as it is.
pub(crate) fn by_hand(
    refusal: PatchRefusal,
    source: &SourceText,
    given: &MigrationAnswers,
) -> TemplateRefusal {
    let steps = match refusal.reason {
        Reason::Template => steps(source, given),
        _ => None,
    };
    TemplateRefusal { refusal, steps }
}

/// Why a file is not migrated, and what to do instead where that is known.
pub(crate) struct TemplateRefusal {
    pub(crate) refusal: PatchRefusal,
    pub(crate) steps: Option<String>,
}

fn steps(source: &SourceText, given: &MigrationAnswers) -> Option<String> {
    let template = PlainTemplate::of(source.text);
    let plain = SourceText {
        text: &template.text,
        ..*source
    };
    let found = detect(&plain).ok().flatten()?;
    let installation = Installation {
        target: found.target,
        prometheus: given.prometheus.clone().or_else(|| found.version()),
        operator: given.operator.clone(),
    };
    let remote_write = build(input(&found, given, &installation)).ok()?;
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
        "{}; give the words in capitals their values:\n\n{block}",
        template.restored(&what)
    ))
}

/// What the template says, as it says it; a word in capitals for what it does not say.
fn input(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    installation: &Installation,
) -> RemoteWriteInput {
    let sidecar = found.sidecar.as_ref();
    let known = |given: Option<String>, own: Option<String>, word: &str| {
        given.or(own).unwrap_or_else(|| word.to_owned())
    };
    let of = |own: fn(&crate::remote_write::Sidecar) -> Option<String>| sidecar.and_then(own);
    let sign_in = input::sign_in(found, given).ok().flatten();
    let client_id = known(
        given.client_id.clone().map(String::from),
        of(|sidecar| sidecar.client_id.clone()),
        "CLIENT_ID",
    );
    let certificate = known(
        given.certificate.clone(),
        of(|sidecar| sidecar.certificate.clone()),
        "CERTIFICATE_FILE",
    );
    let url = known(
        given.write_url.as_ref().map(|url| url.as_str().to_owned()),
        input::proxied_url(found),
        "INGESTION_URL",
    );
    let label = given.cluster_label.clone().map(ClusterLabel::Explicit);
    RemoteWriteInput {
        target: found.target,
        url: Some(Pending::Known(url)),
        cloud: input::cloud(found).ok().flatten(),
        entry_name: found.entry.as_ref().and_then(|entry| entry.name.clone()),
        workspace: Some("workspace".to_owned()),
        sign_in: Some(sign_in.unwrap_or_default()),
        client_id: Some(Pending::Known(client_id)),
        tenant_id: Some(known(
            given.tenant_id.clone().map(String::from),
            of(|sidecar| sidecar.tenant_id.clone()),
            "TENANT_ID",
        )),
        client_secret: None,
        certificate: Some(CertificateChoice::File(certificate)),
        may_name_new_secret: false,
        token_file: None,
        route: RouteChoice::Supported(installation.clone()),
        sending: Sending::default(),
        cluster_label: label
            .or_else(|| input::cluster_label(found, given))
            .or_else(|| Some(ClusterLabel::Default("CLUSTER_LABEL".to_owned()))),
    }
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

    fn message(text: &str) -> String {
        let source = SourceText {
            text,
            target: Target::KubePrometheusStack,
            manifest: None,
        };
        let Err(super::super::MigrationRefusal::Unreadable(refusal)) = detect(&source) else {
            panic!("a template is not read");
        };
        let by_hand = by_hand(refusal, &source, &MigrationAnswers::default());
        by_hand.steps.unwrap()
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
