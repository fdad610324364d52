//! Which Azure is it? The hosts and token scopes of a national cloud, and their overrides.

use serde::{Deserialize, Serialize};
use url::Url;

use super::loopback::is_loopback;

/// Hosts and scopes of one cloud. Scopes are opaque: the double slash in the ingestion scope is intended.
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

/// All that differs from one cloud to the next; the only place that knows it.
#[derive(Debug)]
pub(crate) struct CloudRow {
    resource_manager: &'static str,
    authority: &'static str,
    graph: &'static str,
    /// The domain of all hosts that take and answer metrics, and the resource that their tokens are for.
    monitor: &'static str,
    /// The audience of a token that is exchanged at Entra: in the federated credential and in the token of the pod.
    pub(crate) exchange_audience: &'static str,
    /// The value of `cloud` in an azuread block; the Operator's resources have the same words.
    pub(crate) prometheus: &'static str,
    /// The values of the sidecar's variable `CLOUD`, in capitals, the documented one first.
    sidecar: &'static [&'static str],
    /// As in `az cloud set --name`.
    pub(crate) azure_cli: &'static str,
    /// The values of `--environment` of kubelogin that mean this cloud.
    pub(crate) kubelogin: &'static [&'static str],
}

macro_rules! clouds {
    ($($(#[$default:meta])? $variant:ident = $name:literal { $($row:tt)+ })+) => {
        /// The clouds that `--cloud` names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
        pub(crate) enum CloudName {
            $($(#[$default])? #[serde(rename = $name)] #[value(name = $name)] $variant),+
        }

        impl CloudName {
            pub(crate) const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            pub(crate) fn row(self) -> &'static CloudRow {
                match self {
                    $(Self::$variant => {
                        static ROW: CloudRow = CloudRow { $($row)+ };
                        &ROW
                    })+
                }
            }
        }
    };
}

/// In the hosts of Azure Monitor, in every cloud.
pub(crate) const MONITOR_HOST: &str = ".monitor.azure.";
/// In the hosts from which workspaces are read, in every cloud.
pub(crate) const QUERY_HOST: &str = ".prometheus.monitor.azure.";

// Hosts are those of the Azure CLI's cloud table, and the monitor hosts of the firewall page (2026).
clouds! {
    #[default]
    Public = "public" {
        resource_manager: "https://management.azure.com",
        authority: "https://login.microsoftonline.com",
        graph: "https://graph.microsoft.com",
        monitor: "monitor.azure.com",
        exchange_audience: "api://AzureADTokenExchange",
        prometheus: "AzurePublic",
        sidecar: &["AZUREPUBLIC", "AZURECLOUD", "AZUREPUBLICCLOUD"],
        azure_cli: "AzureCloud",
        kubelogin: &["AzurePublicCloud", "AzureCloud"],
    }
    UsGovernment = "us-government" {
        resource_manager: "https://management.usgovcloudapi.net",
        authority: "https://login.microsoftonline.us",
        graph: "https://graph.microsoft.us",
        monitor: "monitor.azure.us",
        exchange_audience: "api://AzureADTokenExchangeUSGov",
        prometheus: "AzureGovernment",
        sidecar: &[
            "AZUREGOVERNMENT",
            "AZUREUSGOVERNMENT",
            "AZUREUSGOVERNMENTCLOUD",
        ],
        azure_cli: "AzureUSGovernment",
        kubelogin: &["AzureUSGovernmentCloud", "AzureUSGovernment"],
    }
    China = "china" {
        resource_manager: "https://management.chinacloudapi.cn",
        // The partner host: issuer validation fails with the older one since June 2026.
        authority: "https://login.partner.microsoftonline.cn",
        graph: "https://microsoftgraph.chinacloudapi.cn",
        monitor: "monitor.azure.cn",
        exchange_audience: "api://AzureADTokenExchangeChina",
        prometheus: "AzureChina",
        sidecar: &["AZURECHINA", "AZURECHINACLOUD"],
        azure_cli: "AzureChinaCloud",
        kubelogin: &["AzureChinaCloud"],
    }
}

impl CloudName {
    /// The cloud that this value of the sidecar's `CLOUD` means, in any case.
    pub(crate) fn of_sidecar(word: &str) -> Option<Self> {
        // The README of the sidecar has AZURE_GOVERNMENT and AZURE_CHINA.
        let word = word.to_ascii_uppercase().replace(['_', '-'], "");
        let mut all = Self::ALL.into_iter();
        all.find(|cloud| cloud.row().sidecar.contains(&word.as_str()))
    }

    /// The cloud that an ingestion URL is in, by the domain of its host; the public one for any other host.
    pub(crate) fn of_ingestion(url: &str) -> Self {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = authority.split(['/', ':', '?']).next().unwrap_or_default();
        let mut all = Self::ALL.into_iter();
        all.find(|cloud| host.ends_with(&format!(".{}", cloud.row().monitor)))
            .unwrap_or_default()
    }

    /// The sidecar's `CLOUD`, and its `INGESTION_AAD_AUDIENCE`, which it needs in every cloud but the public one.
    pub(crate) fn sidecar(self) -> (&'static str, Option<String>) {
        let audience = (self != Self::Public).then(|| self.row().ingestion_scope());
        (self.row().sidecar[0], audience)
    }
}

impl CloudRow {
    /// The domain of all hosts that take and answer metrics.
    pub(super) fn monitor(&self) -> &'static str {
        self.monitor
    }

    /// The resource that tokens for writing metrics are for, without a slash at its end.
    pub(crate) fn ingestion_resource(&self) -> String {
        format!("https://{}", self.monitor)
    }

    /// With one slash, as Microsoft's documents of the sidecar have it; Prometheus itself uses two.
    fn ingestion_scope(&self) -> String {
        format!("{}/.default", self.ingestion_resource())
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("the cloud table holds valid URLs")
}

/// Why an address takes no metrics of a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotForMetrics {
    OtherDomain,
    /// A host of the cloud, by another scheme than https.
    NotEncrypted,
    /// A host of the cloud, by a port of its own.
    Port,
}

impl Cloud {
    pub(crate) fn new(name: CloudName, overrides: CloudOverrides) -> Self {
        let hosts = name.row();
        Self {
            name,
            resource_manager: overrides
                .resource_manager
                .unwrap_or_else(|| url(hosts.resource_manager)),
            // A stand-in for Resource Manager changes the host only: the audience stays that of the
            // cloud.
            resource_manager_scope: format!("{}/.default", hosts.resource_manager),
            authority: overrides.authority.unwrap_or_else(|| url(hosts.authority)),
            graph: overrides.graph.unwrap_or_else(|| url(hosts.graph)),
            graph_scope: format!("{}/.default", hosts.graph),
            ingestion_scope: overrides
                .ingestion_scope
                // The audience that Prometheus asks for ends with a slash, and `/.default` follows it.
                .unwrap_or_else(|| format!("https://{}//.default", hosts.monitor)),
            query_scope: overrides
                .query_scope
                .unwrap_or_else(|| format!("https://prometheus.{}/.default", hosts.monitor)),
            monitor_suffix: overrides.monitor_suffix.map_or_else(
                || format!(".{}", hosts.monitor),
                |suffix| format!(".{}", suffix.trim_start_matches('.')),
            ),
            instance_metadata: overrides
                .instance_metadata
                // Link-local and plain http in every cloud, as Azure documents the metadata
                // service.
                .unwrap_or_else(|| url("http://169.254.169.254")),
        }
    }

    /// Why no token for metrics goes to the address that a workspace or an endpoint names; `None` where this cloud takes or
    /// answers metrics there. Anyone who can change such a resource can name any host.
    ///
    /// Ingestion hosts end in `.metrics.ingest.monitor.azure.com`, query hosts in `.prometheus.monitor.azure.com`, and
    /// those of private links lie below the same domain.
    pub(crate) fn not_for_metrics(&self, url: &Url) -> Option<NotForMetrics> {
        // A sandbox, or a stand-in on this machine, serves everything there.
        if self.is_on_this_machine() && is_loopback(url) {
            return None;
        }
        let ends_right = |name: &str| {
            let (name, suffix) = (name.to_lowercase(), self.monitor_suffix.to_lowercase());
            name.len() > suffix.len() && name.ends_with(&suffix)
        };
        if !url.domain().is_some_and(ends_right) {
            return Some(NotForMetrics::OtherDomain);
        }
        match (url.scheme(), url.port()) {
            ("https", None) => None,
            ("https", Some(_)) => Some(NotForMetrics::Port),
            _ => Some(NotForMetrics::NotEncrypted),
        }
    }

    /// Whether Resource Manager is a sandbox or a stand-in on this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        is_loopback(&self.resource_manager)
    }

    /// The authority in the form that azure_identity needs: it accepts only https, so a loopback override keeps the real
    /// name here and the transport redirects the request.
    pub(crate) fn canonical_authority(&self) -> &'static str {
        self.name.row().authority
    }
}

/// An endpoint that takes the place of one of the cloud's own.
pub(crate) fn endpoint(text: &str) -> Result<Url, String> {
    let whole = Url::parse(text).ok().filter(Url::has_host);
    whole.ok_or_else(|| "write the whole URL, such as https://host.example/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_clouds_share_a_word() {
        let all: Vec<&CloudRow> = CloudName::ALL.map(CloudName::row).into();
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert_ne!(one.exchange_audience, other.exchange_audience);
                assert_ne!(one.prometheus, other.prometheus);
                assert_ne!(one.monitor, other.monitor);
                let is_shared = |word: &&str| other.sidecar.contains(word);
                assert!(!one.sidecar.iter().any(is_shared));
            }
        }
    }

    #[test]
    fn the_hosts_of_every_cloud_have_the_common_part() {
        for row in CloudName::ALL.map(CloudName::row) {
            let host = format!("https://w-ab12.westeurope.prometheus.{}", row.monitor);
            assert!(host.contains(MONITOR_HOST), "{host}");
            assert!(host.contains(QUERY_HOST), "{host}");
        }
    }

    #[test]
    fn the_sidecar_gets_its_audience_outside_the_public_cloud() {
        let (public, none) = CloudName::Public.sidecar();
        let (government, audience) = CloudName::UsGovernment.sidecar();

        assert_eq!((public, none), ("AZUREPUBLIC", None));
        assert_eq!(government, "AZUREGOVERNMENT");
        assert_eq!(
            audience.as_deref(),
            Some("https://monitor.azure.us/.default")
        );
        assert_eq!(CloudName::of_sidecar("AzureChina"), Some(CloudName::China));
        assert_eq!(
            CloudName::of_sidecar("AZURE_GOVERNMENT"),
            Some(CloudName::UsGovernment)
        );
        assert_eq!(CloudName::of_sidecar("AZURECUSTOM"), None);
    }

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
        let serves = |text: &str| public.not_for_metrics(&url(text)).is_none();

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
    fn a_host_of_the_cloud_by_another_scheme_or_port_is_not_called_foreign() {
        let public = Cloud::new(CloudName::Public, CloudOverrides::default());
        let why = |text: &str| public.not_for_metrics(&url(text)).unwrap();

        for (address, expected) in [
            (
                "http://amw.prometheus.monitor.azure.com/x",
                NotForMetrics::NotEncrypted,
            ),
            (
                "https://amw.prometheus.monitor.azure.com:8443/x",
                NotForMetrics::Port,
            ),
            ("http://evil.example:8443/x", NotForMetrics::OtherDomain),
        ] {
            assert_eq!(why(address), expected, "{address}");
        }
    }

    #[test]
    fn a_stand_in_on_this_machine_serves_metrics_on_this_machine() {
        let stand_in = CloudOverrides {
            resource_manager: Some(url("http://127.0.0.1:8080/")),
            ..CloudOverrides::default()
        };
        let cloud = Cloud::new(CloudName::Public, stand_in);

        assert_eq!(
            cloud.not_for_metrics(&url("http://127.0.0.1:9090/ingestion/x")),
            None
        );
        assert!(
            cloud
                .not_for_metrics(&url("https://evil.example/x"))
                .is_some()
        );
    }

    #[test]
    fn another_cloud_names_its_own_suffix() {
        let other = CloudOverrides {
            monitor_suffix: Some("monitor.azure.example".to_owned()),
            ..CloudOverrides::default()
        };
        let cloud = Cloud::new(CloudName::Public, other);

        assert_eq!(
            cloud.not_for_metrics(&url("https://a.prometheus.monitor.azure.example")),
            None
        );
        assert!(
            cloud
                .not_for_metrics(&url("https://a.prometheus.monitor.azure.com"))
                .is_some()
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
