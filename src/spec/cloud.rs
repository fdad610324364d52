//! Which Azure is it? The hosts and token scopes of a national cloud, and their overrides.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

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
    /// What the hosts that take and answer metrics end in, private links included; with the leading dot.
    pub(crate) monitor_suffix: String,
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
    pub(crate) monitor_suffix: Option<String>,
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
            monitor_suffix: self.monitor_suffix.or(others.monitor_suffix),
        }
    }
}

struct Hosts {
    resource_manager: &'static str,
    authority: &'static str,
    graph: &'static str,
    monitor: &'static str,
    exchange_audience: &'static str,
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
        },
        CloudName::UsGovernment => Hosts {
            resource_manager: "https://management.usgovcloudapi.net",
            authority: "https://login.microsoftonline.us",
            graph: "https://graph.microsoft.us",
            monitor: "monitor.azure.us",
            exchange_audience: "api://AzureADTokenExchangeUSGov",
        },
        CloudName::China => Hosts {
            resource_manager: "https://management.chinacloudapi.cn",
            authority: "https://login.partner.microsoftonline.cn",
            graph: "https://microsoftgraph.chinacloudapi.cn",
            monitor: "monitor.azure.cn",
            exchange_audience: "api://AzureADTokenExchangeChina",
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
            monitor_suffix: overrides.monitor_suffix.map_or_else(
                || format!(".{}", hosts.monitor),
                |suffix| format!(".{}", suffix.trim_start_matches('.')),
            ),
            exchange_audience: hosts.exchange_audience,
            instance_metadata: overrides
                .instance_metadata
                .unwrap_or_else(|| url("http://169.254.169.254")),
        }
    }

    /// Whether a token for this cloud's metrics may go to the host that a workspace or an endpoint names. Anyone who can
    /// change such a resource can name any host, so the name alone is no reason to send a token there.
    ///
    /// Ingestion hosts end in `.metrics.ingest.monitor.azure.com`, query hosts in `.prometheus.monitor.azure.com`, and
    /// those of private links lie below the same domain.
    pub(crate) fn serves_metrics_at(&self, url: &Url) -> bool {
        // A sandbox, or a stand-in on this machine, serves everything there.
        if self.is_on_this_machine() && is_loopback(url) {
            return true;
        }
        let ends_right = |name: &str| {
            let (name, suffix) = (name.to_lowercase(), self.monitor_suffix.to_lowercase());
            name.len() > suffix.len() && name.ends_with(&suffix)
        };
        url.scheme() == "https" && url.port().is_none() && url.domain().is_some_and(ends_right)
    }

    /// Whether Resource Manager is a sandbox or a stand-in on this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        is_loopback(&self.resource_manager)
    }

    /// The authority as azure_identity must be told it: it accepts only https, so a loopback override keeps the real
    /// name here and the transport redirects the request.
    pub(crate) fn canonical_authority(&self) -> &'static str {
        hosts(self.name).authority
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
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
    fn metrics_are_served_below_the_domain_of_the_cloud_only() {
        let public = Cloud::new(CloudName::Public, CloudOverrides::default());
        let serves = |text: &str| public.serves_metrics_at(&url(text));

        for own in [
            "https://amw-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/x",
            "https://amw-1a2b.westeurope.prometheus.monitor.azure.com",
            "https://amw-1a2b.privatelink.westeurope.prometheus.monitor.azure.com",
        ] {
            assert!(serves(own), "{own}");
        }
        for foreign in [
            "https://monitor.azure.com.evil.example/x",
            "https://evilmonitor.azure.com/x",
            "https://amw.westeurope-1.metrics.ingest.monitor.azure.us/x",
            "https://amw.prometheus.monitor.azure.com:8443/x",
            "http://amw.prometheus.monitor.azure.com/x",
            "https://monitor.azure.com@evil.example/x",
            "http://127.0.0.1:8080/x",
        ] {
            assert!(!serves(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_stand_in_on_this_machine_serves_metrics_on_this_machine() {
        let stand_in = CloudOverrides {
            resource_manager: Some(url("http://127.0.0.1:8080/")),
            ..CloudOverrides::default()
        };
        let cloud = Cloud::new(CloudName::Public, stand_in);

        assert!(cloud.serves_metrics_at(&url("http://127.0.0.1:9090/ingestion/x")));
        assert!(!cloud.serves_metrics_at(&url("https://evil.example/x")));
    }

    #[test]
    fn another_cloud_names_its_own_suffix() {
        let other = CloudOverrides {
            monitor_suffix: Some("monitor.azure.example".to_owned()),
            ..CloudOverrides::default()
        };
        let cloud = Cloud::new(CloudName::Public, other);

        assert!(cloud.serves_metrics_at(&url("https://a.prometheus.monitor.azure.example")));
        assert!(!cloud.serves_metrics_at(&url("https://a.prometheus.monitor.azure.com")));
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
