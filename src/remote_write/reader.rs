//! Reads the remote writes that a file has, in the spelling of any target.

use serde_yaml::Value;

use crate::target::{Place, Position, Spelling, Target, at_path};

/// One remote write of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenEntry {
    pub(crate) place: Place,
    pub(crate) name: Option<String>,
    /// Empty where the entry has none.
    pub(crate) url: String,
    /// `None` where `azuread` is missing, null or without a method.
    pub(crate) sign_in: Option<WrittenSignIn>,
}

/// What the method of `azuread` names; `sdk` names nothing, for the environment does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WrittenSignIn {
    pub(crate) client_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
}

/// The methods of `azuread`, as Prometheus spells them.
const METHODS: [&str; 5] = [
    "managed_identity",
    "oauth",
    "certificate",
    "workload_identity",
    "sdk",
];

/// All remote writes of a file, list by list. `found` is without the keys of a parent chart.
pub(crate) fn entries(found: &Value, target: Target) -> Vec<WrittenEntry> {
    let lists = target.lists().iter();
    lists
        .flat_map(|list| {
            let items = at_path(found, list).and_then(Value::as_sequence);
            let items = items.into_iter().flatten().enumerate();
            items.map(|(index, item)| {
                let place = Place {
                    list,
                    position: Position::At(index),
                };
                entry(place, item, target.spelling())
            })
        })
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

fn entry(place: Place, item: &Value, spelling: Spelling) -> WrittenEntry {
    WrittenEntry {
        place,
        name: text(item, "name"),
        url: text(item, "url").unwrap_or_default(),
        sign_in: sign_in(item, spelling),
    }
}

fn sign_in(item: &Value, spelling: Spelling) -> Option<WrittenSignIn> {
    let azuread = item.get(spelling.key("azuread"))?;
    let method = METHODS
        .iter()
        .find_map(|method| azuread.get(spelling.key(method)))?;
    Some(WrittenSignIn {
        client_id: text(method, &spelling.key("client_id")),
        tenant_id: text(method, &spelling.key("tenant_id")),
    })
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
            assert_eq!(read[0].url, "u", "{target}");
            let sign_in = read[0].sign_in.as_ref().unwrap();
            assert_eq!(sign_in.client_id.as_deref(), Some("c"), "{target}");
            assert_eq!(sign_in.tenant_id.as_deref(), Some("t"), "{target}");
        }
    }

    #[test]
    fn sdk_names_nothing_and_a_sidecar_has_no_azuread() {
        let text = "remote_write: [{url: u, azuread: {sdk: {}}}, {url: 'http://localhost:8081'}, {azuread: null}]";

        let sign_ins: Vec<_> = read(text, Target::ConfigMap)
            .into_iter()
            .map(|entry| entry.sign_in)
            .collect();

        assert_eq!(sign_ins, [Some(WrittenSignIn::default()), None, None]);
    }

    #[test]
    fn the_lists_of_a_target_are_read_one_after_the_other() {
        let text = "prometheus: {prometheusSpec: {remoteWrite: [{url: b}], additionalRemoteWrite: [{url: a}]}}";

        let urls: Vec<_> = read(text, Target::KubePrometheusStack)
            .into_iter()
            .map(|entry| entry.url)
            .collect();

        assert_eq!(urls, ["a", "b"]);
    }
}
