//! Does the cluster's definition of the Prometheus resource have the fields that will be written? Asked before anything is made.

use crate::cluster::definition::{Definition, DefinitionState};
use crate::cluster::error::ClusterError;
use crate::cluster::server::PrometheusServer;
use crate::compat::Installation;
use crate::delivery::missing_fields;
use crate::discover::Discovered;
use crate::error::Failure;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::remote_write::RemoteWrite;
use crate::render;
use crate::spec::command_line::{KubeContext, kubectl};
use crate::target::Target;
use crate::target::resource_kind::ResourceKind;

/// Refuses fields that the API server would drop silently; gives warnings where this is not known, or with `force`.
pub(crate) async fn check(
    found: &Discovered,
    installation: &Installation,
    remote_write: &RemoteWrite,
    force: bool,
) -> Result<Vec<String>, Failure> {
    let Some(kubernetes) = found
        .kubernetes
        .as_ref()
        .ok()
        .filter(|_| installation.target.is_operated())
    else {
        return Ok(Vec::new());
    };
    let server = found.prometheus.as_ref().ok();
    let kind = server.and_then(|server| server.resource_kind());
    let kind = kind.unwrap_or(ResourceKind::Prometheus);
    let context = kubernetes.kube_context();
    let definition = match kubernetes.definition(kind).await {
        Ok(DefinitionState::Installed(definition)) => definition,
        Ok(DefinitionState::Absent(error)) if is_in_use(found) => {
            return Ok(vec![uncompared(kind, context, &error)]);
        }
        // Nothing is installed yet, so it comes with the Operator.
        Ok(DefinitionState::Absent(_)) => return Ok(Vec::new()),
        // It decides what is written, and another attempt may see it, unless a right is missing or nothing answers.
        Err(error) if force || error.is_denied() || is_silent(found, &error) => {
            return Ok(vec![uncompared(kind, context, &error)]);
        }
        Err(error) => return Err(unread(kind, error)),
    };
    let missing = missing(&definition, installation, remote_write);
    let planned = UnknownFields {
        kind,
        definition: &definition,
        operator: found.operator(),
        context: kubernetes.kube_context(),
        fields: &missing,
    };
    match missing.is_empty() {
        true => Ok(Vec::new()),
        // A remote write without its sign-in sends samples that Azure refuses.
        false if force && !missing.iter().any(|field| field.contains(".azureAd")) => {
            Ok(vec![planned.why()])
        }
        false => Err(planned.refusal()),
    }
}

/// Whether a resource of the Operator, or the Operator, was seen: then its definitions are installed, whatever this read returns.
fn is_in_use(found: &Discovered) -> bool {
    let server = found.prometheus.as_ref();
    server.is_ok_and(PrometheusServer::operator_managed) || found.operator().is_some()
}

/// Whether the API server answered neither this question nor those before it.
fn is_silent(found: &Discovered, error: &ClusterError) -> bool {
    let has_answered = found.prometheus.is_ok() || found.operator_version.is_ok();
    error.is_out_of_reach() && !has_answered
}

fn unread(kind: ResourceKind, error: ClusterError) -> Failure {
    let problem = match error.is_out_of_reach() {
        // It answered the questions before this one.
        true => Problem::of_error(error).next("run the same command again"),
        false => Problem::from(&error),
    };
    let doing = format!(
        "compare the fields that are written with the definition of {}",
        kind.qualified()
    );
    Failure::new(doing)
        .problem(problem)
        .next("or go on without comparing: --force")
}

fn uncompared(kind: ResourceKind, context: Option<&KubeContext>, error: &ClusterError) -> String {
    format!(
        "cannot compare the written fields with the definition of {}: {error}. The API server silently drops fields \
         that the definition lacks; to list its fields: {}",
        kind.qualified(),
        kubectl::explain_remote_write(kind, context)
    )
}

/// The chart's values become this resource, so its fields count for both targets.
fn missing(
    definition: &Definition,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Vec<String> {
    let resource = Installation {
        target: Target::CustomResource,
        ..installation.clone()
    };
    // What has no words for a target is refused where it is written.
    let desired = render::new_values(&resource, remote_write).unwrap_or_default();
    missing_fields(&desired, &definition.schema)
}

struct UnknownFields<'a> {
    kind: ResourceKind,
    definition: &'a Definition,
    /// The release of the Operator that runs.
    operator: Option<&'a str>,
    context: Option<&'a KubeContext>,
    fields: &'a [String],
}

impl UnknownFields<'_> {
    fn why(&self) -> String {
        let release = self.definition.operator.as_deref();
        let release = release.map_or_else(String::new, |release| {
            format!(" (of Prometheus Operator {release})")
        });
        let (fields, they) = match self.fields {
            [field] => (format!("no field `{field}`"), "it"),
            fields => (format!("no fields `{}`", fields.join("`, `")), "them"),
        };
        format!(
            "the definition of {}{release} in the cluster has {fields}, so the API server would drop {they} silently",
            self.kind.qualified()
        )
    }

    fn refusal(&self) -> Failure {
        let failure = Failure::new("write this connection for the cluster's Prometheus Operator")
            .reason(self.why())
            .next(self.upgrade());
        match self.fields.iter().any(|field| field.contains(".azureAd")) {
            true => failure.next("or choose another sign-in: --auth"),
            false => failure.next("or go on without: --force"),
        }
    }

    /// Helm does not upgrade definitions with their chart, so they can be older than the Operator.
    fn upgrade(&self) -> NextStep {
        let name = format!("monitoring.coreos.com_{}.yaml", self.kind.plural());
        let older = self.operator.filter(|operator| {
            let installed = self.definition.operator.as_deref();
            installed.is_none_or(|installed| installed != *operator)
        });
        match older {
            Some(operator) => {
                let url = format!(
                    "https://raw.githubusercontent.com/prometheus-operator/prometheus-operator\
                     /v{operator}/example/prometheus-operator-crd/{name}"
                );
                kubectl::apply_definition(&url, self.context).into()
            }
            None => "upgrade the Prometheus Operator and its definitions; `helm show crds` prints those of a chart".into(),
        }
    }
}
