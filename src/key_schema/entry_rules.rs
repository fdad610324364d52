//! What Prometheus refuses in a remote write whose keys it knows: no method or two, a cloud or an id that is none.

use serde_yaml::{Mapping, Value};

use super::entry_values::broken_values;
use super::key_map::{KeyContent, KeyMap, is_variable};
use crate::compat::Installation;
use crate::sign_in::{AZUREAD, ENTRY_SIGN_INS, azuread_blocks, required_fields};
use crate::spec::cloud::CloudName;
use crate::target::PathSegment;
use crate::target::Spelling;

/// Each broken rule: where, and what is wrong there.
pub(crate) fn broken_rules(
    entry: &Value,
    installation: &Installation,
) -> Vec<(Vec<PathSegment>, String)> {
    let spelling = installation.target.spelling();
    let mut rules = Rules {
        spelling,
        broken: Vec::new(),
    };
    rules.entry(entry);
    rules.broken.extend(broken_values(entry, installation));
    rules.broken
}

struct Rules {
    spelling: Spelling,
    broken: Vec<(Vec<PathSegment>, String)>,
}

impl Rules {
    fn entry(&mut self, entry: &Value) {
        let Some(map) = entry.as_mapping() else {
            return self.add(&[], "it is empty".to_owned());
        };
        if map
            .get("url")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            self.add(&[], "it has no url".to_owned());
        }
        let key = self.spelling.key(AZUREAD);
        match map.get(key.as_str()) {
            None => {}
            Some(Value::Mapping(azuread)) => {
                self.rivals(&key, map);
                self.azuread(&key, azuread);
            }
            // Prometheus starts with `azuread:` and no value. It then sends without a token, and Azure answers 401.
            Some(Value::Null) => {
                let fault = format!("`{key}` is empty, so nothing signs in");
                self.add(&[&key], fault);
            }
            // Its form is judged with the other values.
            Some(_) => {}
        }
    }

    fn rivals(&mut self, azuread: &str, map: &Mapping) {
        let rivals = ENTRY_SIGN_INS.iter().filter(|key| **key != AZUREAD);
        let spelling = self.spelling;
        for rival in rivals.map(|rival| spelling.key(rival)) {
            // Without a value it is absent to Prometheus, as `sdk:` is.
            if map
                .get(rival.as_str())
                .is_some_and(|value| !value.is_null())
            {
                let fault =
                    format!("it has `{azuread}` and `{rival}`, and only one of them is allowed");
                self.add(&[&rival], fault);
            }
        }
    }

    fn azuread(&mut self, azuread: &str, map: &Mapping) {
        let clouds = CloudName::ALL.map(|cloud| cloud.row().prometheus);
        // Prometheus compares them with upper and lower case.
        // Without a value it is the public one. The schema of the Operator has no empty text among them.
        let is_default = |cloud: &Value| {
            cloud.is_null() || (*cloud == "" && self.spelling == Spelling::Prometheus)
        };
        let is_known =
            |cloud: &Value| is_default(cloud) || clouds.iter().any(|known| cloud == known);
        let cloud = map.get("cloud").filter(|cloud| !is_variable(cloud));
        if cloud.is_some_and(|cloud| !is_known(cloud)) {
            let fault = format!("`cloud` is not one of {}", clouds.join(", "));
            self.add(&[azuread, "cloud"], fault);
        }
        let methods = methods(self.spelling);
        let written = methods
            .iter()
            .filter_map(|name| Some((*name, map.get(*name)?)));
        // To Prometheus `sdk:` is absent, and `sdk: {}` is a method.
        let (set, empty): (Vec<_>, Vec<_>) = written.partition(|(_, value)| !value.is_null());
        match set.as_slice() {
            [] => {
                let (place, fault) = match empty.first() {
                    Some((method, _)) => (
                        vec![azuread, *method],
                        format!("`{method}` is empty, which counts as absent, so nothing signs in"),
                    ),
                    None => (
                        vec![azuread],
                        format!(
                            "`{azuread}` has no method, which is one of {}",
                            methods.join(", ")
                        ),
                    ),
                };
                self.add(&place, fault);
            }
            [(method, settings)] => self.method(azuread, method, settings),
            [(first, _), (second, _), ..] => {
                let fault = format!(
                    "`{azuread}` has the methods `{first}` and `{second}`, and only one is allowed"
                );
                self.add(&[azuread, *second], fault);
            }
        }
    }

    fn method(&mut self, azuread: &str, method: &str, settings: &Value) {
        let spelling = self.spelling;
        let mut blocks = azuread_blocks().into_iter();
        let block = blocks.find(|block| spelling.key(block) == method);
        let required = block.into_iter().flat_map(required_fields);
        for key in required.map(|field| spelling.key(field.key())) {
            let is_missing = match settings.get(key.as_str()) {
                None | Some(Value::Null) => true,
                Some(value) => value.as_str() == Some(""),
            };
            if is_missing {
                let fault = format!("`{method}` has no `{key}`");
                self.add(&[azuread, method], fault);
            }
        }
        // The form of a tenant is checked for this method only; any other fails when the configuration is applied.
        let has_tenant = method == spelling.key("workload_identity");
        let ids = [
            ("client_id", "client", true),
            ("tenant_id", "tenant", has_tenant),
        ];
        for (field, what, is_checked) in ids {
            let key = spelling.key(field);
            let id = settings.get(key.as_str()).filter(|_| is_checked);
            if id.is_some_and(|id| !is_variable(id) && !is_guid(id)) {
                let fault = format!("`{key}` is not a {what} id: Prometheus accepts only a GUID");
                self.add(&[azuread, method, &key], fault);
            }
        }
    }

    fn add(&mut self, path: &[&str], fault: String) {
        let path = path.iter().map(|key| PathSegment::Key((*key).to_owned()));
        self.broken.push((path.collect(), fault));
    }
}

/// The blocks of `azuread` of which an entry has one.
fn methods(spelling: Spelling) -> Vec<&'static str> {
    let azuread = KeyMap::of_entry(spelling).get(&spelling.key(AZUREAD));
    let Some(KeyContent::Map(azuread)) = azuread.map(|key| &key.below) else {
        return Vec::new();
    };
    let blocks = azuread
        .keys
        .iter()
        .filter(|key| matches!(key.below, KeyContent::Map(_)));
    blocks.map(|key| key.name).collect()
}

/// An empty id means the machine's own identity. Prometheus' parser takes braces, `urn:uuid:` and no hyphens too.
fn is_guid(value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Number(_) | Value::Bool(_) => return false,
        // Another form than that of a text is judged with the other values.
        _ => return true,
    };
    let is_digits = |text: &str| text.bytes().all(|each| each.is_ascii_hexdigit());
    let plain = match text.len() {
        0 => return true,
        32 => return is_digits(text),
        45 if text.is_char_boundary(9) && text[..9].eq_ignore_ascii_case("urn:uuid:") => &text[9..],
        // Any two characters of one byte each count as braces.
        38 => text.get(1..37).unwrap_or_default(),
        _ => text,
    };
    let parts: Vec<&str> = plain.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.into_iter().all(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::{AZUREAD, BlockField, SignIn};
    use crate::target::Target;
    use crate::target::key_path;

    fn broken(target: Target, azuread: &str) -> Vec<String> {
        let key = target.spelling().key(AZUREAD);
        let text = format!("{{url: u, {key}: {azuread}}}");
        let installation = Installation {
            target,
            prometheus: None,
            operator: None,
        };
        let rules = broken_rules(&serde_yaml::from_str(&text).unwrap(), &installation);
        let rules = rules.iter();
        rules
            .map(|(path, fault)| format!("{}: {fault}", key_path(path)))
            .collect()
    }

    #[test]
    fn each_sign_in_method_has_its_block_with_its_keys() {
        for spelling in [Spelling::Prometheus, Spelling::Operator] {
            let entry = KeyMap::of_entry(spelling);
            let Some(KeyContent::Map(azuread)) =
                entry.get(&spelling.key(AZUREAD)).map(|key| &key.below)
            else {
                panic!("no keys below azuread");
            };
            for sign_in in SignIn::ALL {
                let block = &sign_in.method().azuread;
                let Some(KeyContent::Map(known)) =
                    azuread.get(&spelling.key(block.key)).map(|key| &key.below)
                else {
                    // The Operator has no field for a certificate: the SDK takes its place.
                    assert_eq!((spelling, block.key), (Spelling::Operator, "certificate"));
                    continue;
                };
                for field in block.fields {
                    // Nor for the path of the token: Prometheus looks at its default.
                    if (spelling, *field) == (Spelling::Operator, BlockField::TokenFile) {
                        continue;
                    }
                    let key = spelling.key(field.key());
                    assert!(known.get(&key).is_some(), "{sign_in}: {key}");
                }
            }
        }
    }

    #[test]
    fn one_method_with_all_that_it_needs_breaks_no_rule() {
        let id = "cccccccc-cccc-cccc-cccc-cccccccccccc";
        for azuread in [
            format!("{{cloud: AzureChina, managed_identity: {{client_id: {id}}}}}"),
            "{managed_identity: {}}".to_owned(),
            "{managed_identity: {client_id: ''}, oauth: }".to_owned(),
            "{sdk: {}}".to_owned(),
            "{workload_identity: {client_id: '${ID}', tenant_id: '${T}'}}".to_owned(),
            "{oauth: {client_id: CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC, client_secret: s, tenant_id: shop.example}}".to_owned(),
        ] {
            assert_eq!(broken(Target::PrometheusYml, &azuread), Vec::<String>::new());
        }
    }

    #[test]
    fn what_the_server_refuses_is_named_at_its_place() {
        let native = [
            "",
            "{cloud: AzureCloud}",
            "{managed_identity: , cloud: AzurePublic}",
            "{sdk: {}, managed_identity: {}}",
            "{workload_identity: {client_id: shop}}",
        ]
        .map(|azuread| broken(Target::PrometheusYml, azuread).join("; "));

        insta::assert_snapshot!(native.join("\n"), @"
        azuread: `azuread` is empty, so nothing signs in
        azuread.cloud: `cloud` is not one of AzurePublic, AzureGovernment, AzureChina; azuread: `azuread` has no method, which is one of managed_identity, oauth, sdk, workload_identity, certificate
        azuread.managed_identity: `managed_identity` is empty, which counts as absent, so nothing signs in
        azuread.sdk: `azuread` has the methods `managed_identity` and `sdk`, and only one is allowed
        azuread.workload_identity: `workload_identity` has no `tenant_id`; azuread.workload_identity.client_id: `client_id` is not a client id: Prometheus accepts only a GUID
        ");
        assert_eq!(
            broken(
                Target::CustomResource,
                "{workloadIdentity: {tenantId: 11111111-2222-3333-4444-555555555555}}"
            ),
            ["azureAd.workloadIdentity: `workloadIdentity` has no `clientId`"]
        );
    }
}
