//! Where does the Prometheus in the cluster write to now? Read for doctor: from its resource, or from the ConfigMaps that its pods mount.

use super::live_resource::ResourceState;
use super::present_entries;
use super::resolve::ResolvedConnection;
use crate::checks::evidence::RunningWriters;
use crate::cluster::Kubernetes;
use crate::cluster::server::PrometheusServer;
use crate::problem::Problem;
use crate::remote_write::WrittenEntry;
use crate::spec::command_line::own;
use crate::target::Target;

pub(crate) async fn look(resolved: &ResolvedConnection) -> Result<RunningWriters, Problem> {
    let found = &resolved.found;
    let server = found.prometheus.as_ref();
    let server = server.map_err(|why| Problem::new(why.to_string()))?;
    let kubernetes = found.kubernetes.as_ref().map_err(Problem::clone)?;
    let (place, entries) = match server.operator_managed() {
        true => of_resource(resolved).await?,
        false => of_config_maps(kubernetes, server).await?,
    };
    let choice = resolved.answers.given().prometheus;
    let choice = choice.map(|choice| choice.to_string());
    Ok(RunningWriters {
        place,
        entries,
        migrate: own::migrate_cluster(resolved.spec.platform.name(), choice.as_deref()),
    })
}

async fn of_resource(
    resolved: &ResolvedConnection,
) -> Result<(String, Vec<WrittenEntry>), Problem> {
    let target = Target::CustomResource;
    // The resource and not the values of its release: somebody may have changed it since.
    match ResourceState::look(&resolved.found, None, None, target).await {
        ResourceState::Live(live) => Ok((
            format!("{} {}", live.resource.kind, live.resource.reference()),
            present_entries::in_text(&live.text, target),
        )),
        ResourceState::Unknown(unknown) => Err(unknown.problem().clone()),
        _ => Err(Problem::new("the resource of this Prometheus is gone")),
    }
}

/// A server that no Operator manages reads a file, which is one of these.
async fn of_config_maps(
    kubernetes: &Kubernetes,
    server: &PrometheusServer,
) -> Result<(String, Vec<WrittenEntry>), Problem> {
    let mut found = Vec::new();
    for name in &server.config_maps {
        let config_map = kubernetes.config_map(&server.namespace, name).await;
        let config_map = config_map.map_err(|error| Problem::from(&error))?;
        let text = serde_yaml::to_string(&config_map).unwrap_or_default();
        found.extend(present_entries::in_text(&text, Target::ConfigMap));
    }
    match server.config_maps.is_empty() {
        true => Err(Problem::new(format!(
            "the pods of {} mount no ConfigMap, so their configuration is not seen from here",
            server.reference()
        ))),
        false => Ok((format!("Prometheus {}", server.reference()), found)),
    }
}
