//! How does the client secret reach the cluster? As a manifest in a private file, for `kubectl apply`.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use crate::cli::case::Case;
use crate::cli::{Context, spec_file};
use crate::connection;
use crate::delivery;
use crate::error::Failure;
use crate::files::{self, Secrecy};
use crate::render;
use crate::spec::choices::{PrometheusChoice, TargetKind};

/// Where the Prometheus is expected when the cluster cannot tell.
const USUAL_NAMESPACE: &str = "monitoring";

/// Writes it where the target refers to one, and says what is left to do with it.
pub(crate) fn deliver(context: &Context, case: &Case) -> Result<Option<String>, Failure> {
    let Some(held) = case.facts.client_secret.known() else {
        return Ok(None);
    };
    if case.settled.spec.target == TargetKind::PrometheusYml {
        return Ok(None);
    }
    let answers = case.settled.answers.given();
    let namespace = match (&case.settled.found.prometheus, &answers.prometheus) {
        (Ok(server), _) => server.namespace.as_str(),
        (Err(_), Some(PrometheusChoice::Workload { namespace, .. })) => namespace,
        _ => USUAL_NAMESPACE,
    };
    let name = connection::secret_name(case.settled.spec.workspace.name());
    let manifest = render::secret_manifest(namespace, &name, connection::SECRET_KEY, &held.value);
    let path: PathBuf = spec_file::folder(context).join(format!("{name}.secret.yaml"));
    if !files::read(&path).is_ok_and(|held| held == manifest.expose_secret()) {
        files::write(&path, manifest.expose_secret(), Secrecy::Secret).map_err(|error| {
            Failure::new(format!("write the secret's manifest to {}", path.display()))
                .because(error)
        })?;
        context.say(&format!(
            "Wrote {}, which only you can read.",
            path.display()
        ));
    }
    let file = path.display().to_string();
    Ok(Some(delivery::apply_line(&file, case.local_context())))
}
