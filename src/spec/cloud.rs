//! Which Azure is it? The hosts and token scopes of a national cloud, and their overrides.

use serde::{Deserialize, Serialize};
use url::Url;

/// The clouds that `--cloud` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CloudName {
    #[default]
    Public,
    UsGovernment,
    China,
}

/// Hosts and scopes of one cloud. Scopes are opaque: the double slash in the ingestion scope is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cloud {
    pub(crate) name: CloudName,
    pub(crate) resource_manager: Url,
    pub(crate) resource_manager_scope: String,
    /// The host that issues tokens.
    pub(crate) authority: Url,
    pub(crate) graph: Url,
    pub(crate) graph_scope: String,
    pub(crate) ingestion_scope: String,
    pub(crate) query_scope: String,
    /// What the ingestion hosts end in, with the leading dot.
    pub(crate) ingestion_suffix: &'static str,
    /// Audience of a federated assertion.
    pub(crate) exchange_audience: &'static str,
    /// The managed identity endpoint of a virtual machine.
    pub(crate) instance_metadata: Url,
}

/// What a flag, the environment or the spec file put in place of a cloud's own hosts and scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CloudOverrides {
    pub(crate) resource_manager: Option<Url>,
    pub(crate) authority: Option<Url>,
    pub(crate) graph: Option<Url>,
    pub(crate) instance_metadata: Option<Url>,
    pub(crate) ingestion_scope: Option<String>,
    pub(crate) query_scope: Option<String>,
}

impl CloudOverrides {
    /// These, and for what they leave open the others.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            resource_manager: self.resource_manager.or(others.resource_manager),
            authority: self.authority.or(others.authority),
            graph: self.graph.or(others.graph),
            instance_metadata: self.instance_metadata.or(others.instance_metadata),
            ingestion_scope: self.ingestion_scope.or(others.ingestion_scope),
            query_scope: self.query_scope.or(others.query_scope),
        }
    }
}

struct Hosts {
    resource_manager: &'static str,
    authority: &'static str,
    graph: &'static str,
    monitor: &'static str,
    exchange_audience: &'static str,
    ingestion_suffix: &'static str,
}

/// Hosts per cloud: the Azure CLI's cloud table, and the monitor hosts of the firewall page (2026).
/// China: the partner host, because issuer validation fails with the older one since June 2026.
const fn hosts(name: CloudName) -> Hosts {
    match name {
        CloudName::Public => Hosts {
            resource_manager: "https://management.azure.com",
            authority: "https://login.microsoftonline.com",
            graph: "https://graph.microsoft.com",
            monitor: "monitor.azure.com",
            exchange_audience: "api://AzureADTokenExchange",
            ingestion_suffix: ".metrics.ingest.monitor.azure.com",
        },
        CloudName::UsGovernment => Hosts {
            resource_manager: "https://management.usgovcloudapi.net",
            authority: "https://login.microsoftonline.us",
            graph: "https://graph.microsoft.us",
            monitor: "monitor.azure.us",
            exchange_audience: "api://AzureADTokenExchangeUSGov",
            ingestion_suffix: ".metrics.ingest.monitor.azure.us",
        },
        CloudName::China => Hosts {
            resource_manager: "https://management.chinacloudapi.cn",
            authority: "https://login.partner.microsoftonline.cn",
            graph: "https://microsoftgraph.chinacloudapi.cn",
            monitor: "monitor.azure.cn",
            exchange_audience: "api://AzureADTokenExchangeChina",
            ingestion_suffix: ".metrics.ingest.monitor.azure.cn",
        },
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("the cloud table holds valid URLs")
}

impl Cloud {
    pub(crate) fn new(name: CloudName, overrides: CloudOverrides) -> Self {
        let hosts = hosts(name);
        Self {
            name,
            resource_manager: overrides
                .resource_manager
                .unwrap_or_else(|| url(hosts.resource_manager)),
            resource_manager_scope: format!("{}/.default", hosts.resource_manager),
            authority: overrides.authority.unwrap_or_else(|| url(hosts.authority)),
            graph: overrides.graph.unwrap_or_else(|| url(hosts.graph)),
            graph_scope: format!("{}/.default", hosts.graph),
            ingestion_scope: overrides
                .ingestion_scope
                .unwrap_or_else(|| format!("https://{}//.default", hosts.monitor)),
            query_scope: overrides
                .query_scope
                .unwrap_or_else(|| format!("https://prometheus.{}/.default", hosts.monitor)),
            ingestion_suffix: hosts.ingestion_suffix,
            exchange_audience: hosts.exchange_audience,
            instance_metadata: overrides
                .instance_metadata
                .unwrap_or_else(|| url("http://169.254.169.254")),
        }
    }

    /// The authority as azure_identity must be told it: it accepts only https, so a loopback override keeps the real
    /// name here and the transport redirects the request.
    pub(crate) fn canonical_authority(&self) -> &'static str {
        hosts(self.name).authority
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ingestion_scope_keeps_its_double_slash() {
        let cloud = Cloud::new(CloudName::UsGovernment, CloudOverrides::default());

        assert_eq!(cloud.ingestion_scope, "https://monitor.azure.us//.default");
        assert_eq!(
            cloud.query_scope,
            "https://prometheus.monitor.azure.us/.default"
        );
    }

    #[test]
    fn an_override_moves_the_host_and_leaves_the_audience() {
        let overrides = CloudOverrides {
            resource_manager: Some(url("http://127.0.0.1:8080/resource-manager")),
            ..CloudOverrides::default()
        };

        let cloud = Cloud::new(CloudName::Public, overrides);

        assert_eq!(cloud.resource_manager.port(), Some(8080));
        assert_eq!(
            cloud.resource_manager_scope,
            "https://management.azure.com/.default"
        );
    }
}
