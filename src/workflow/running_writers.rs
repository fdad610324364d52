//! Where does the Prometheus in the cluster write to now? Read for doctor: from its resource, or from the ConfigMaps that its pods mount.

use super::live_resource::ResourceState;
use super::present_entries;
use super::proxy_services;
use super::resolve::ResolvedConnection;
use crate::checks::evidence::RunningWriters;
use crate::cluster::Kubernetes;
use crate::cluster::server::PrometheusServer;
use crate::discover::Discovered;
use crate::problem::Problem;
use crate::remote_write::WrittenEntry;
use crate::spec::command_line::own;
use crate::target::Target;

pub(crate) async fn look(resolved: &ResolvedConnection) -> Result<RunningWriters, Problem> {
    let found = &resolved.found;
    let server = found.prometheus.as_ref();
    let server = server.map_err(|why| Problem::new(why.to_string()))?;
    let kubernetes = found.kubernetes.as_ref().map_err(Problem::clone)?;
    let running = match server.operator_managed() {
        true => of_resource(resolved).await?,
        false => of_config_maps(kubernetes, server).await?,
    };
    let mut entries = running.entries(None);
    let services = proxy_services::look(found, &entries).await;
    if services.manifest.is_some() {
        entries = running.entries(services.manifest.as_deref());
    }
    let choice = resolved.answers.given().prometheus;
    let choice = choice.map(|choice| choice.to_string());
    Ok(RunningWriters {
        place: running.place,
        entries,
        unread: services.unread,
        migrate: own::migrate_cluster(resolved.spec.platform.name(), choice.as_deref()),
    })
}

/// What a server that no Operator manages reads, of the ConfigMaps that its pods mount; `None` where there is no such server or
/// it mounts none.
pub(super) async fn of_plain_server(
    found: &Discovered,
) -> Result<Option<RunningConfiguration>, Problem> {
    let server = found.prometheus.as_ref().ok();
    let plain = server.filter(|it| !it.operator_managed() && !it.config_maps.is_empty());
    match (plain, &found.kubernetes) {
        (Some(server), Ok(kubernetes)) => of_config_maps(kubernetes, server).await.map(Some),
        _ => Ok(None),
    }
}

/// The configuration of a server, in one text or several.
pub(super) struct RunningConfiguration {
    place: String,
    target: Target,
    texts: Vec<String>,
}

impl RunningConfiguration {
    pub(super) fn entries(&self, services: Option<&str>) -> Vec<WrittenEntry> {
        let texts = self.texts.iter();
        texts
            .flat_map(|text| present_entries::in_text(text, self.target, services))
            .collect()
    }
}

async fn of_resource(resolved: &ResolvedConnection) -> Result<RunningConfiguration, Problem> {
    let target = Target::CustomResource;
    // The resource and not the values of its release: somebody may have changed it since.
    match ResourceState::look(&resolved.found, None, None, target).await {
        ResourceState::Live(live) => Ok(RunningConfiguration {
            place: format!("{} {}", live.resource.kind, live.resource.reference()),
            target,
            texts: vec![live.text.clone()],
        }),
        ResourceState::Unknown(unknown) => Err(unknown.problem().clone()),
        _ => Err(Problem::new("the resource of this Prometheus is gone")),
    }
}

/// A server that no Operator manages reads a file, which is one of these.
async fn of_config_maps(
    kubernetes: &Kubernetes,
    server: &PrometheusServer,
) -> Result<RunningConfiguration, Problem> {
    let mut texts = Vec::new();
    for name in &server.config_maps {
        let config_map = kubernetes.config_map(&server.namespace, name).await;
        let config_map = config_map.map_err(|error| Problem::from(&error))?;
        texts.push(serde_yaml::to_string(&config_map).unwrap_or_default());
    }
    match server.config_maps.is_empty() {
        true => Err(Problem::new(format!(
            "the pods of {} mount no ConfigMap, so their configuration is not seen from here",
            server.reference()
        ))),
        false => Ok(RunningConfiguration {
            place: format!("Prometheus {}", server.reference()),
            target: Target::ConfigMap,
            texts,
        }),
    }
}
