//! The settings of a proxy, from the environment of its container: where it listens, where it writes, and its identity.

use serde_yaml::Value;

use super::container::{ContainerVariable, ProxyKind, variable};
use crate::spec::choices::SignIn;
use crate::spec::cloud::CloudName;

/// One proxy. `None` means that the container does not have the setting, or not its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sidecar {
    pub(crate) kind: ProxyKind,
    /// The container's name.
    pub(crate) name: String,
    /// The port of the pod that it listens on.
    pub(crate) port: Option<u16>,
    pub(crate) destination: Destination,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) client_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
    /// The file of a client certificate, as the container sees it.
    pub(crate) certificate: Option<String>,
    /// The value of the label `cluster`.
    pub(crate) cluster: Option<String>,
    cloud: ContainerVariable,
    audience: Option<String>,
    /// Variables that are set, and whose values the file does not have.
    pub(crate) external: Vec<&'static str>,
}

/// Where a proxy sends the samples that it receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// This URL, whatever the path of the request.
    Url(String),
    /// This host, with the path and query of the request.
    Host(String),
    Unknown,
}

/// A cloud that Prometheus does not support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherCloud(pub(crate) String);

impl Sidecar {
    /// `None` if the container is not a proxy.
    pub(crate) fn read(name: Option<&str>, container: &Value) -> Option<Self> {
        let kind = ProxyKind::of(container)?;
        let names = kind.variables();
        let mut external = Vec::new();
        let mut read = |name: &'static str| {
            let variable = variable(container, name);
            if variable == ContainerVariable::External {
                external.push(name);
            }
            variable.text().map(str::to_owned)
        };
        let name = name
            .or_else(|| container["name"].as_str())
            .unwrap_or(kind.as_str());
        let sidecar = Self {
            kind,
            name: name.to_owned(),
            port: read(names.port).and_then(|port| port.parse().ok()),
            destination: match read(names.destination) {
                Some(url) if kind == ProxyKind::Sidecar => Destination::Url(url),
                // aad-auth-proxy takes only the host of its target: path and query are those of each request.
                Some(host) => Destination::Host(host_only(&host)),
                None => Destination::Unknown,
            },
            sign_in: read(names.identity_type)
                .as_deref()
                .and_then(SignIn::of_identity_type),
            // Azure reports GUIDs in lower case, and they are compared with those.
            client_id: read(names.client_id).map(|id| id.to_ascii_lowercase()),
            tenant_id: read(names.tenant_id),
            certificate: read(names.certificate),
            cluster: read(names.cluster),
            cloud: variable(container, names.cloud),
            audience: read(names.audience),
            external,
        };
        Some(sidecar)
    }

    /// The ingestion URL of the samples that Prometheus sends to `url` of this proxy.
    pub(crate) fn write_url(&self, url: &str) -> Option<String> {
        match &self.destination {
            Destination::Url(own) => Some(own.clone()),
            Destination::Host(host) => {
                let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
                let path = authority.find('/').map(|start| &authority[start..])?;
                Some(format!("https://{host}{path}"))
            }
            Destination::Unknown => None,
        }
    }

    /// The cloud in its settings, if there is one.
    pub(crate) fn cloud(&self) -> Result<Option<CloudName>, OtherCloud> {
        let word = self.cloud.text();
        let cloud = |word| CloudName::of_sidecar(word).ok_or_else(|| OtherCloud(word.to_owned()));
        word.map(cloud).transpose()
    }

    /// The scope of its tokens, unless Prometheus requests the same one in this cloud.
    pub(crate) fn unusual_scope(&self, cloud: CloudName) -> Option<String> {
        let audience = self.audience.as_deref()?;
        let resource = audience
            .strip_suffix("/.default")
            .unwrap_or(audience)
            .trim_end_matches('/');
        // `https://monitor.azure.com//.default` and `https://monitor.azure.com/.default` name one resource: with the
        // slash of the audience or without it.
        let is_usual = resource.eq_ignore_ascii_case(&cloud.row().ingestion_resource());
        let scope = match audience.ends_with("/.default") {
            true => audience.to_owned(),
            false => format!("{}/.default", audience.trim_end_matches('/')),
        };
        (!is_usual).then_some(scope)
    }
}

fn host_only(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let host = host
        .strip_prefix("https://")
        .or(host.strip_prefix("http://"))
        .unwrap_or(&host);
    host.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sidecar(text: &str) -> Sidecar {
        Sidecar::read(None, &serde_yaml::from_str(text).unwrap()).unwrap()
    }

    fn with(variables: &str) -> Sidecar {
        sidecar(&format!(
            "{{name: s, image: prom-remotewrite, env: [{variables}]}}"
        ))
    }

    #[test]
    fn all_settings_of_the_sidecar_are_in_its_environment() {
        let read = with(
            "{name: INGESTION_URL, value: 'https://w.ingest.monitor.azure.us/x'}, {name: LISTENING_PORT, value: '8081'}, \
             {name: IDENTITY_TYPE, value: UserAssigned}, {name: AZURE_CLIENT_ID, value: ABC}, {name: CLUSTER, value: prod}",
        );

        assert_eq!(read.port, Some(8081));
        assert_eq!(read.sign_in, Some(SignIn::UserIdentity));
        assert_eq!(read.client_id.as_deref(), Some("abc"));
        assert_eq!(read.cluster.as_deref(), Some("prod"));
        let url = read
            .write_url("http://localhost:8081/api/v1/write")
            .unwrap();
        assert_eq!(url, "https://w.ingest.monitor.azure.us/x");
        assert_eq!(read.cloud(), Ok(None));
    }

    #[test]
    fn the_auth_proxy_takes_the_path_of_the_request() {
        let read = sidecar(
            "{name: p, image: aad-auth-proxy, env: [{name: TARGET_HOST, value: 'HTTPS://W.ingest.monitor.azure.com/'}, \
             {name: AUDIENCE, value: 'https://monitor.azure.com/.default'}]}",
        );

        let url = read.write_url(
            "http://localhost:8081/dataCollectionRules/dcr-1/api/v1/write?api-version=1",
        );

        let whole = "https://w.ingest.monitor.azure.com/dataCollectionRules/dcr-1/api/v1/write?api-version=1";
        assert_eq!(url.as_deref(), Some(whole));
        assert_eq!(read.unusual_scope(CloudName::Public), None);
    }

    #[test]
    fn a_cloud_that_prometheus_does_not_support_is_an_error() {
        let custom = with("{name: CLOUD, value: AZURECUSTOM}");
        let china = with("{name: CLOUD, value: AzureChina}");

        assert_eq!(custom.cloud(), Err(OtherCloud("AZURECUSTOM".into())));
        assert_eq!(china.cloud(), Ok(Some(CloudName::China)));
    }

    #[test]
    fn an_audience_is_usual_with_one_slash_two_or_none() {
        let scope = |audience: &str, cloud| {
            with(&format!(
                "{{name: INGESTION_AAD_AUDIENCE, value: '{audience}'}}"
            ))
            .unusual_scope(cloud)
        };

        for usual in [
            "https://monitor.azure.com",
            "https://monitor.azure.com/",
            "https://monitor.azure.com//.default",
        ] {
            assert_eq!(scope(usual, CloudName::Public), None, "{usual}");
        }
        let other = scope("https://monitor.azure.com", CloudName::UsGovernment);
        assert_eq!(other.as_deref(), Some("https://monitor.azure.com/.default"));
    }

    #[test]
    fn a_variable_without_a_value_in_the_file_is_listed() {
        let read = with("{name: AZURE_CLIENT_ID, valueFrom: {secretKeyRef: {name: a, key: b}}}");

        assert_eq!(read.client_id, None);
        assert_eq!(read.external, ["AZURE_CLIENT_ID"]);
    }
}
