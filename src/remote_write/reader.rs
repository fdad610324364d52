//! Reads the remote writes of a file, in the spelling of any target and with any way to authenticate.

use serde_yaml::Value;

use super::sidecar::Sidecar;
use super::variables::sdk;
use super::written_url::WrittenUrl;
use crate::sign_in::{AZUREAD, NEVER_ENTRA, SignIn, azuread_blocks};
use crate::spec::loopback::is_loopback_host;
use crate::target::{EntryPlace, Position, Target, at_path};

/// One remote write of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenEntry {
    pub(crate) place: EntryPlace,
    pub(crate) name: Option<String>,
    /// Empty where the entry has none.
    pub(crate) url: WrittenUrl,
    pub(crate) form: WrittenForm,
    /// The block of `azuread` with which it signs in by itself.
    pub(crate) block: Option<&'static str>,
    /// The cloud and the scope of `azuread`, where it has them.
    pub(crate) cloud: Option<String>,
    pub(crate) scope: Option<String>,
    /// Whether it signs in with a password, or to another cloud.
    pub(crate) has_other_sign_in: bool,
}

/// How an entry authenticates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WrittenForm {
    /// `azuread` is missing, null or without a method, and the URL is not that of a proxy.
    None,
    /// A method of `azuread` with its settings.
    Native(WrittenIds),
    /// `azuread.sdk`: the ids are in the environment of Prometheus.
    Sdk(WrittenIds),
    /// The proxy at the URL; `None` where this file does not describe its container.
    Proxy(Option<Box<Sidecar>>),
}

/// The ids of an identity. An id that the file does not have is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WrittenIds {
    pub(crate) client_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
}

impl WrittenEntry {
    /// What a message calls it: its name, or else its URL.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.url.to_string())
    }

    /// The URL where the samples end up; `None` if only a proxy knows it whose settings are not in the file.
    pub(crate) fn destination(&self) -> Option<String> {
        match &self.form {
            WrittenForm::Proxy(None) => None,
            WrittenForm::Proxy(Some(sidecar)) => sidecar.write_url(&self.url),
            _ => Some(self.url.as_str().to_owned()),
        }
    }

    /// `None` where nothing authenticates, or a proxy does that the file does not describe.
    pub(crate) fn ids(&self) -> Option<WrittenIds> {
        match &self.form {
            WrittenForm::None | WrittenForm::Proxy(None) => None,
            WrittenForm::Native(ids) | WrittenForm::Sdk(ids) => Some(ids.clone()),
            WrittenForm::Proxy(Some(sidecar)) => Some(WrittenIds {
                client_id: sidecar.client_id.clone(),
                tenant_id: sidecar.tenant_id.clone(),
            }),
        }
    }

    /// Whether it has a method of `azuread`.
    pub(crate) fn signs_in_to_azure(&self) -> bool {
        matches!(self.form, WrittenForm::Native(_) | WrittenForm::Sdk(_))
    }

    /// How it signs in; `None` where the environment of Prometheus or a proxy of another place decides.
    pub(crate) fn sign_in(&self) -> Option<SignIn> {
        match &self.form {
            WrittenForm::Native(ids) => {
                // `client_id: ""` is the system-assigned identity, as an absent key is.
                let has_id = ids.client_id.as_ref().is_some_and(|id| !id.is_empty());
                SignIn::of_block(self.block?, has_id)
            }
            WrittenForm::Proxy(Some(sidecar)) => sidecar.sign_in,
            WrittenForm::None | WrittenForm::Sdk(_) | WrittenForm::Proxy(None) => None,
        }
    }

    /// The proxy that the entry sends to.
    pub(crate) fn sidecar(&self) -> Option<&Sidecar> {
        match &self.form {
            WrittenForm::Proxy(sidecar) => sidecar.as_deref(),
            _ => None,
        }
    }
}

/// All remote writes of a file, list by list. `found` is without the keys of a parent chart.
pub(crate) fn entries(found: &Value, target: Target) -> Vec<WrittenEntry> {
    let pod = target.pod();
    let proxies = pod.map_or_else(Vec::new, |pod| pod.proxies(found));
    let file = EntrySource {
        found,
        target,
        proxies: proxies.into_iter().map(|(_, sidecar)| sidecar).collect(),
    };
    let lists = target.lists_in(found);
    let items = lists.flat_map(|list| {
        let items = at_path(found, list).and_then(Value::as_sequence);
        let items = items.into_iter().flatten().enumerate();
        items.map(move |(index, item)| (list, Position::At(index), item))
    });
    items
        .map(|(list, position, item)| file.entry(EntryPlace { list, position }, item))
        .collect()
}

/// The external label `cluster` of a file, as Prometheus reads it: a number is a label too.
pub(crate) fn cluster_label(found: &Value, target: Target) -> Option<String> {
    match at_path(found, target.cluster_label())? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Whether a URL is that of a proxy in the pod or in the cluster: not encrypted, and with the port of this proxy. Without a
/// proxy, a loopback URL with a path of remote write counts, and any URL with a data collection rule in its path: Azure takes
/// no sample that is not encrypted.
pub(crate) fn leads_to(url: &str, sidecar: Option<&Sidecar>) -> bool {
    // Prometheus takes the scheme in capitals too.
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    if !scheme.eq_ignore_ascii_case("http") {
        return false;
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let path = &rest[authority.len()..];
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().ok()),
        // A URL without a port uses that of its scheme, and this one is http.
        None => (authority, Some(80)),
    };
    let is_loopback = is_loopback_host(host);
    // A service is reached by its name alone in its own namespace, and as `NAME.NAMESPACE.svc` from others.
    let is_in_cluster = !host.contains('.') || host.contains(".svc");
    let is_proxy = is_named_as_proxy(host);
    match sidecar {
        Some(sidecar) => {
            (is_loopback || is_in_cluster || is_proxy)
                && (sidecar.port.is_none() || sidecar.port == port)
        }
        None => {
            path.contains("/dataCollectionRules/")
                || ((is_loopback || is_proxy) && path.starts_with("/api/v1/write"))
        }
    }
}

/// Whether a host in the cluster has the name that Microsoft's manifests give to the Service of a proxy.
pub(crate) fn is_named_as_proxy(host: &str) -> bool {
    const NAMES: [&str; 3] = ["prom-remotewrite", "aad-auth-proxy", "azure-monitor-proxy"];
    // The search domains of a pod complete `NAME` and `NAME.NAMESPACE`. A public name with two parts (`example.com`) has
    // none of these first words.
    let service = host.split('.').next().unwrap_or_default();
    let is_in_cluster = host.matches('.').count() < 2 || host.contains(".svc");
    is_in_cluster && NAMES.iter().any(|name| service.eq_ignore_ascii_case(name))
}

/// A file, as far as every entry of it needs it.
struct EntrySource<'a> {
    found: &'a Value,
    target: Target,
    proxies: Vec<Sidecar>,
}

impl EntrySource<'_> {
    fn entry(&self, place: EntryPlace, item: &Value) -> WrittenEntry {
        let url = text(item, "url").unwrap_or_default();
        let azuread = item.get(self.target.spelling().key(AZUREAD));
        let setting = |name: &str| azuread.and_then(|azuread| text(azuread, name));
        WrittenEntry {
            cloud: setting("cloud"),
            scope: setting("scope"),
            place,
            name: text(item, "name"),
            form: self.form(item, &url),
            url: url.into(),
            block: self.block(item),
            has_other_sign_in: self.has_other_sign_in(item),
        }
    }

    fn has_other_sign_in(&self, item: &Value) -> bool {
        let spelling = self.target.spelling();
        NEVER_ENTRA
            .iter()
            .any(|key| item.get(spelling.key(key)).is_some_and(|it| !it.is_null()))
    }

    fn form(&self, item: &Value, url: &str) -> WrittenForm {
        let spelling = self.target.spelling();
        let azuread = item.get(spelling.key(AZUREAD)).unwrap_or(&Value::Null);
        if let Some(method) = self
            .block(item)
            .and_then(|block| azuread.get(spelling.key(block)))
        {
            return WrittenForm::Native(WrittenIds {
                client_id: text(method, &spelling.key("client_id")),
                tenant_id: text(method, &spelling.key("tenant_id")),
            });
        }
        if azuread.get("sdk").is_some() {
            return WrittenForm::Sdk(self.environment_ids());
        }
        let mut proxies = self.proxies.iter();
        match proxies.find(|proxy| leads_to(url, Some(proxy))) {
            Some(proxy) => WrittenForm::Proxy(Some(Box::new(proxy.clone()))),
            None if leads_to(url, None) => WrittenForm::Proxy(None),
            None => WrittenForm::None,
        }
    }

    fn block(&self, item: &Value) -> Option<&'static str> {
        let spelling = self.target.spelling();
        let azuread = item.get(spelling.key(AZUREAD))?;
        let mut blocks = azuread_blocks().into_iter();
        blocks.find(|block| azuread.get(spelling.key(block)).is_some())
    }

    fn environment_ids(&self) -> WrittenIds {
        let variable = |name| {
            let variable = self.target.pod()?.prometheus_variable(self.found, name);
            variable.text().map(str::to_owned)
        };
        WrittenIds {
            client_id: variable(sdk::CLIENT_ID),
            tenant_id: variable(sdk::TENANT_ID),
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, target: Target) -> Vec<WrittenEntry> {
        entries(&serde_yaml::from_str(text).unwrap(), target)
    }

    #[test]
    fn every_target_spells_an_entry_in_its_own_way() {
        let native =
            "remote_write: [{name: a, url: u, azuread: {oauth: {client_id: c, tenant_id: t}}}]";
        let operated = "spec: {remoteWrite: [{name: a, url: u, azureAd: {oauth: {clientId: c, tenantId: t}}}]}";

        for (text, target) in [
            (native, Target::PrometheusYml),
            (operated, Target::CustomResource),
        ] {
            let read = read(text, target);
            assert_eq!(read[0].name.as_deref(), Some("a"), "{target}");
            assert_eq!(&*read[0].url, "u", "{target}");
            let ids = read[0].ids().unwrap();
            assert_eq!(ids.client_id.as_deref(), Some("c"), "{target}");
            assert_eq!(ids.tenant_id.as_deref(), Some("t"), "{target}");
        }
    }

    #[test]
    fn the_sign_in_of_an_entry_is_read() {
        let text = "remote_write: [{url: u, azuread: {managed_identity: {client_id: c}}}, {url: u, azuread: {managed_identity: {}}}, \
                    {url: u, azuread: {oauth: {client_id: c}}}, {url: u, azuread: {sdk: {}}}]";

        let read: Vec<_> = read(text, Target::PrometheusYml)
            .iter()
            .map(WrittenEntry::sign_in)
            .collect();

        let some = [
            SignIn::UserIdentity,
            SignIn::SystemIdentity,
            SignIn::EntraSecret,
        ]
        .map(Some);
        assert_eq!(read[..3], some);
        assert_eq!(read[3], None);
    }

    #[test]
    fn an_entry_without_a_method_authenticates_by_a_proxy_or_not_at_all() {
        let text = "remote_write: [{url: u, azuread: {sdk: {}}}, {url: 'http://localhost:8081/api/v1/write'}, {azuread: null}]";

        let forms: Vec<_> = read(text, Target::ConfigMap)
            .into_iter()
            .map(|entry| entry.form)
            .collect();

        let sdk = WrittenForm::Sdk(WrittenIds::default());
        assert_eq!(forms, [sdk, WrittenForm::Proxy(None), WrittenForm::None]);
    }

    #[test]
    fn an_entry_to_the_sidecar_has_its_destination_and_identity() {
        let text = "spec: {remoteWrite: [{url: 'http://localhost:8081/api/v1/write'}], containers: [{name: s, image: prom-remotewrite, \
                    env: [{name: INGESTION_URL, value: 'https://w/x'}, {name: LISTENING_PORT, value: '8081'}, {name: AZURE_CLIENT_ID, value: C}]}]}";

        let entry = &read(text, Target::CustomResource)[0];

        assert_eq!(entry.destination().as_deref(), Some("https://w/x"));
        assert_eq!(entry.ids().unwrap().client_id.as_deref(), Some("c"));
        assert_eq!(entry.sidecar().unwrap().name, "s");
    }

    #[test]
    fn with_the_sdk_the_ids_are_in_the_environment_of_prometheus() {
        let text = "spec: {remoteWrite: [{url: u, azureAd: {sdk: {}}}], containers: [{name: prometheus, env: [{name: AZURE_CLIENT_ID, value: c}]}]}";

        let ids = read(text, Target::CustomResource)[0].ids().unwrap();

        assert_eq!(ids.client_id.as_deref(), Some("c"));
        assert_eq!(ids.tenant_id, None);
    }

    #[test]
    fn a_host_with_the_name_of_azures_proxies_is_one_without_its_manifest() {
        for url in [
            "http://prom-remotewrite.obs:8081/api/v1/write",
            "http://aad-auth-proxy.obs/api/v1/write",
            "http://azure-monitor-proxy.obs.svc.cluster.local/api/v1/write",
        ] {
            assert!(leads_to(url, None), "{url}");
        }
        for url in [
            "http://mimir.obs:8080/api/v1/write",
            "http://aad-auth-proxy.example.com/api/v1/write",
            "https://aad-auth-proxy.obs/api/v1/write",
            "http://prom-remotewrite.obs/push",
        ] {
            assert!(!leads_to(url, None), "{url}");
        }
    }

    #[test]
    fn a_proxy_is_reached_in_the_pod_or_in_the_cluster_and_on_its_port() {
        let container =
            "{name: s, image: prom-remotewrite, env: [{name: LISTENING_PORT, value: '8081'}]}";
        let sidecar = Sidecar::read(None, &serde_yaml::from_str(container).unwrap());

        let leads = |url| leads_to(url, sidecar.as_ref());

        assert!(leads("http://localhost:8081/api/v1/write"));
        assert!(leads("http://127.0.0.1:8081/dataCollectionRules/dcr-1/x"));
        assert!(leads(
            "http://azure-proxy.monitoring.svc.cluster.local:8081/api/v1/write"
        ));
        assert!(!leads("http://localhost:9009/api/v1/push"));
        assert!(!leads("https://mimir.example.com/api/v1/push"));
        assert!(!leads("http://mimir.example.com:8081/api/v1/push"));
    }

    #[test]
    fn without_a_known_proxy_a_rule_that_is_not_encrypted_leads_to_one() {
        let rule = "/dataCollectionRules/dcr-1/api/v1/write";

        assert!(leads_to(&format!("http://proxy.obs.svc{rule}"), None));
        assert!(leads_to("http://127.0.0.1:8081/api/v1/write", None));
        assert!(!leads_to(&format!("https://w.azure.com{rule}"), None));
        assert!(!leads_to("http://mimir.obs.svc/api/v1/write", None));
    }

    #[test]
    fn the_lists_of_a_target_are_read_one_after_the_other() {
        let text = "prometheus: {prometheusSpec: {remoteWrite: [{url: b}], additionalRemoteWrite: [{url: a}]}}";

        let urls: Vec<_> = read(text, Target::KubePrometheusStack)
            .into_iter()
            .map(|entry| entry.url.as_str().to_owned())
            .collect();

        assert_eq!(urls, ["a", "b"]);
    }
}
