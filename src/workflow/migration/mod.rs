//! Plans how a configuration with the Azure Monitor sidecar becomes one in which Prometheus signs in by itself.

mod document;
pub(crate) mod output;
mod request;
mod running;
mod source;
pub(crate) mod source_choice;

use std::path::PathBuf;

pub(crate) use self::request::{DOING, MigrationRequest};
use self::source::MigrationSource;
use crate::compat::SIDECAR_END_OF_SUPPORT;
use crate::error::{ExitCode, Failure};
use crate::files;
use crate::migrate::{
    self, DeliveryInfo, DetectedSetup, MigrationAnswers, MigrationRefusal, NativeForm,
};
use crate::next_step::NextStep;
use crate::patch::{Notice, PatchRefusal};
use crate::redact::without_secret_forms;
use crate::render;
use crate::spec::choices::CertificateChoice;
use crate::spec::command_line::{KubeContext, path_word};
use crate::workflow::installation;
use crate::workflow::patch_failure;
use crate::workflow::proposal::Proposal;
use crate::workflow::proposal_notes;

/// The native form of a source, ready to be shown and written.
pub(crate) struct Migration<'a> {
    request: &'a MigrationRequest,
    source: &'a MigrationSource,
    found: DetectedSetup,
    native: NativeForm,
    pub(crate) proposal: Proposal,
    /// From the former text to the native one.
    pub(crate) diff: String,
    pub(crate) notes: Vec<String>,
}

impl<'a> Migration<'a> {
    /// `None` where there is nothing to migrate.
    pub(crate) fn plan(
        request: &'a MigrationRequest,
        source: &'a MigrationSource,
    ) -> Result<Option<Self>, Failure> {
        match &request.input {
            Some(input) => files::with_progress(input, || Self::of_source(request, source)),
            None => Self::of_source(request, source),
        }
    }

    fn of_source(
        request: &'a MigrationRequest,
        source: &'a MigrationSource,
    ) -> Result<Option<Self>, Failure> {
        let refused = |why| refusal(source, why);
        let known = known(request, source)?;
        let detected = migrate::detect(&source.text_source());
        let detected = detected.map_err(|why| match why {
            MigrationRefusal::Unreadable(refusal) => unreadable(source, &known, refusal),
            _ => refused(why),
        });
        let Some(found) = detected? else {
            return source.check_services().map(|()| None);
        };
        let native = migrate::native(&found, &known).map_err(refused)?;
        let warnings = version_warnings(request, &native)?;
        let patched =
            migrate::rewrite(&source.text, &native).map_err(|why| refusal(source, why.into()))?;
        let name = &source.name;
        let undone = source.undone(&patched.text)?;
        let own = source
            .warnings
            .iter()
            .chain(&native.remarks)
            .cloned()
            .chain(migrate::replaced_settings(&found, &known))
            .chain(undone);
        let of_patch = patched.notices.iter().map(Notice::to_string);
        let proposal = source.proposal(request, &patched.text)?;
        let place = proposal.out.as_deref().or(request.input.as_deref());
        let of_links = place.and_then(proposal_notes::links_note);
        let of_file = proposal.notices.iter().map(Notice::to_string);
        let of_file: Vec<String> = of_file.chain(of_links).collect();
        Ok(Some(Self {
            request,
            source,
            proposal,
            diff: render::unified_diff(name, name, &source.text, &patched.text),
            notes: own.chain(warnings).chain(of_patch).chain(of_file).collect(),
            found,
            native,
        }))
    }

    /// Sentences about what was found and what replaces it.
    pub(crate) fn summary(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if let Some(sidecar) = &self.found.sidecar {
            let port = sidecar.port.map(|port| format!(" on port {port}"));
            sentences.push(format!(
                "Found {} in container `{}`{}.",
                sidecar.kind.as_str(),
                sidecar.name,
                port.unwrap_or_default()
            ));
        }
        let remote_write = &self.native.remote_write;
        let sign_in = remote_write.authentication.sign_in();
        sentences.push(format!(
            "Prometheus itself writes to {} with sign-in {sign_in}.",
            // The path and query of a proxied remote write are the user's own.
            without_secret_forms(&remote_write.url.to_string())
        ));
        if !self.native.removed.is_empty() {
            sentences.push(format!("Removed: {}.", self.native.removed.join(", ")));
        }
        sentences
    }

    /// What a check ends with; without one, a difference is no failure.
    pub(crate) fn exit_code(&self, in_check: bool) -> ExitCode {
        match in_check && !self.diff.is_empty() {
            true => ExitCode::PlanHasChanges,
            false => ExitCode::Done,
        }
    }

    /// What is left to do, in order; `backup` is the copy of the former file.
    pub(crate) fn next_steps(&self, backup: Option<PathBuf>) -> Vec<NextStep> {
        let former = backup.or_else(|| self.source.former(self.request));
        let delivery = DeliveryInfo {
            apply: self.source.how_to_apply(self.request),
            rollback: self.source.rollback(former.as_deref()),
            manifest: self.request.sidecar.as_deref().map(path_word),
        };
        let steps = migrate::next_steps(&self.found, &self.native, &delivery);
        let context = self.source.context.as_ref();
        NextStep::with_preparation_once(steps, context.and_then(KubeContext::preparation).as_ref())
    }
}

fn version_warnings(
    request: &MigrationRequest,
    native: &NativeForm,
) -> Result<Vec<String>, Failure> {
    // With the sidecar any Prometheus will do; signing in by itself needs a newer one.
    let requirements = native.installation.requirements(&native.remote_write);
    let advice = installation::advice(&native.installation, requirements, request.force);
    advice.map_err(|failure| {
        failure.next(format!(
            "keep the sidecar until then; Microsoft supports it until {SIDECAR_END_OF_SUPPORT}"
        ))
    })
}

/// The answers of the request, and what is known of the cluster.
fn known(
    request: &MigrationRequest,
    source: &MigrationSource,
) -> Result<MigrationAnswers, Failure> {
    let certificate = match &request.certificate {
        None => None,
        Some(CertificateChoice::File(path)) => Some(path.clone()),
        Some(_) => {
            return Err(Failure::usage(DOING)
                .reason("the sidecar reads its certificate from a file, and Prometheus takes over the same file")
                .next("name the path that Prometheus sees: --certificate file:PATH"));
        }
    };
    let version = request.prometheus_version.as_deref();
    let version = version.or(source.version.as_deref());
    let installation =
        installation::installation(source.kind, version, source.operator.as_deref())?;
    Ok(MigrationAnswers {
        write_url: request.write_url.clone(),
        sign_in: request.sign_in,
        client_id: request.client_id.clone(),
        tenant_id: request.tenant_id.clone(),
        certificate,
        cluster_label: request.cluster_label.clone(),
        cluster_name: source.cluster_name.clone(),
        prometheus: installation.prometheus,
        operator: installation.operator,
    })
}

/// With what to do by hand, where the file is a template.
fn unreadable(source: &MigrationSource, known: &MigrationAnswers, why: PatchRefusal) -> Failure {
    let why = migrate::manual_steps(why, &source.text_source(), known);
    refusal(source, why)
}

fn refusal(source: &MigrationSource, why: MigrationRefusal) -> Failure {
    let doing = format!("{DOING} in {}", source.name);
    match why {
        MigrationRefusal::Missing(answers) => Failure::missing(&doing, &answers),
        MigrationRefusal::Refused(problem) => Failure::new(doing).problem(problem),
        MigrationRefusal::Ambiguous(proxies) => Failure::new(doing).problem(proxies.problem()),
        MigrationRefusal::Unreadable(refusal) if refusal.paste().is_empty() => {
            patch_failure::of(doing, &refusal)
        }
        MigrationRefusal::Unreadable(refusal) => Failure::new(doing)
            .reason(refusal.to_string())
            .next(format!(
                "edit it by hand, with this remote write:\n\n{}",
                refusal.paste()
            )),
    }
}

#[cfg(test)]
mod tests {
    use super::source::Origin;
    use super::*;
    use crate::target::Target;

    const VALUES: &str = "\
prometheus:
  prometheusSpec:
    externalLabels:
      cluster: prod
    remoteWrite:
      - url: http://localhost:8081/api/v1/write
    containers:
      - name: prom-remotewrite
        image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20240507.1
        env:
          - name: INGESTION_URL
            value: https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
          - name: LISTENING_PORT
            value: '8081'
          - name: IDENTITY_TYPE
            value: userAssigned
          - name: AZURE_CLIENT_ID
            value: 11111111-2222-3333-4444-555555555555
";

    fn source(text: &str) -> MigrationSource {
        let origin = Origin::File("values.yaml".into());
        let (name, kind) = ("values.yaml".into(), Target::KubePrometheusStack);
        MigrationSource {
            version: Some("3.14.0".into()),
            operator: Some("0.93.0".into()),
            ..MigrationSource::new(name, kind, text.into(), origin)
        }
    }

    #[test]
    fn a_file_without_a_sidecar_has_nothing_to_migrate() {
        let (request, source) = (MigrationRequest::default(), source("grafana: {}\n"));

        assert!(Migration::plan(&request, &source).unwrap().is_none());
    }

    #[test]
    fn the_plan_names_the_sidecar_what_replaces_it_and_what_is_removed() {
        let (request, source) = (MigrationRequest::default(), source(VALUES));

        let migration = Migration::plan(&request, &source).unwrap().unwrap();

        let summary = migration.summary().join("\n");
        assert!(
            summary.contains("in container `prom-remotewrite` on port 8081."),
            "{summary}"
        );
        assert!(summary.contains("with sign-in user-identity."), "{summary}");
        assert!(
            summary.contains("Removed: container `prom-remotewrite`"),
            "{summary}"
        );
        assert!(
            migration
                .diff
                .contains("-      - url: http://localhost:8081/api/v1/write")
        );
        assert_eq!(migration.exit_code(true), ExitCode::PlanHasChanges);
        assert_eq!(migration.exit_code(false), ExitCode::Done);
    }

    #[test]
    fn without_a_place_to_write_the_former_file_stays_and_is_the_way_back() {
        let (request, source) = (MigrationRequest::default(), source(VALUES));

        let migration = Migration::plan(&request, &source).unwrap().unwrap();

        assert_eq!(migration.proposal.path(), None);
        let next = migration.next_steps(None);
        assert!(
            next[0]
                .line()
                .ends_with("helm get values RELEASE -n NAMESPACE -o yaml"),
            "{next:?}"
        );
        assert!(
            next.iter()
                .any(|step| step.line().contains("put values.yaml back")),
            "{next:?}"
        );
    }

    #[test]
    fn in_place_the_backup_is_the_way_back() {
        let request = MigrationRequest {
            in_place: true,
            ..MigrationRequest::default()
        };
        let source = source(VALUES);

        let migration = Migration::plan(&request, &source).unwrap().unwrap();

        assert_eq!(migration.proposal.path().as_deref(), Some("values.yaml"));
        let next = migration.next_steps(Some("values.yaml.bak".into()));
        assert!(
            next.iter()
                .any(|step| step.line().contains("put values.yaml.bak back")),
            "{next:?}"
        );
    }

    #[test]
    fn a_certificate_that_prometheus_cannot_see_as_a_file_is_refused() {
        let request = MigrationRequest {
            certificate: "secret:tls/pem".parse().ok(),
            ..MigrationRequest::default()
        };

        let failure = known(&request, &source(VALUES)).unwrap_err();

        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }
}
