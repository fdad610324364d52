//! Variables of a container's environment, and other lists whose items have names.

use serde_yaml::Value;

use super::Desired;
use super::installation::WEBHOOK_TOKEN_FILES;
use crate::remote_write::sdk::{
    self, CERTIFICATE_PATH, CLIENT_ID, CLIENT_SECRET, TENANT_ID, TOKEN_CREDENTIALS, TOKEN_FILE,
};
use crate::remote_write::{Authentication, ClientSecret};
use crate::target::Position;

/// A variable of a container's environment.
pub(super) struct EnvironmentVariable {
    name: &'static str,
    value: VariableValue,
}

enum VariableValue {
    Plain(String),
    Secret { name: String, key: String },
}

impl EnvironmentVariable {
    pub(super) fn plain(name: &'static str, value: impl Into<String>) -> Self {
        let value = VariableValue::Plain(value.into());
        Self { name, value }
    }

    /// The key of a container's variable that has the value, and what it is.
    fn desired(&self) -> (&'static str, Desired) {
        match &self.value {
            VariableValue::Plain(text) => ("value", Desired::is(text.as_str())),
            VariableValue::Secret { name, key } => {
                let reference = [
                    ("name", Desired::is(name.as_str())),
                    ("key", Desired::is(key.as_str())),
                ];
                let reference = Desired::keys([("secretKeyRef", Desired::keys(reference))]);
                ("valueFrom", reference)
            }
        }
    }

    fn is_in(&self, variable: &Value) -> bool {
        let (key, desired) = self.desired();
        desired.holds(variable.get(key))
    }
}

/// The variables by which Azure's SDK signs in as this identity; a secret among them only by reference. Workload identity
/// needs none, for the webhook sets them.
pub(super) fn credentials(authentication: &Authentication) -> Vec<EnvironmentVariable> {
    if matches!(authentication, Authentication::WorkloadIdentity { .. }) {
        return Vec::new();
    }
    let tenant_id = authentication.tenant_id();
    let client_id = authentication.client_id();
    let ids = [
        tenant_id.map(|id| EnvironmentVariable::plain(TENANT_ID, id.to_string())),
        client_id.map(|id| EnvironmentVariable::plain(CLIENT_ID, id.to_string())),
    ];
    let proof = match authentication {
        Authentication::ClientSecret {
            secret: ClientSecret::KubernetesSecret { name, key },
            ..
        } => Some(EnvironmentVariable {
            name: CLIENT_SECRET,
            value: VariableValue::Secret {
                name: name.clone(),
                key: key.clone(),
            },
        }),
        Authentication::Certificate { certificate, .. } => Some(EnvironmentVariable::plain(
            CERTIFICATE_PATH,
            certificate.path().to_string(),
        )),
        _ => None,
    };
    ids.into_iter().flatten().chain(proof).collect()
}

pub(super) fn environment(found: Option<&Value>, variables: &[EnvironmentVariable]) -> Desired {
    let items = variables.iter().map(|variable| {
        let (key, desired) = variable.desired();
        // Kubernetes refuses a variable that has both.
        let keys = Desired::only(key, desired, &["value", "valueFrom"]);
        (variable.name, keys)
    });
    named_items(found, items)
}

/// The variable in the user's list with which Azure's SDK would sign in as another identity than this one. It may be there for
/// another part of Prometheus (service discovery signs in by the SDK too), so it is not ours to remove.
pub(super) fn of_other_identity<'a>(
    found: Option<&'a Value>,
    authentication: &Authentication,
) -> Option<&'a str> {
    // The SDK tries a secret first, then a certificate, a federated token, and a managed identity. The webhook leaves a
    // variable alone that the container already has. AZURE_AUTHORITY_HOST counts for nothing: Prometheus names the cloud.
    let used_first: &[&str] = match authentication {
        Authentication::WorkloadIdentity { .. } => &[
            TENANT_ID,
            CLIENT_ID,
            CLIENT_SECRET,
            CERTIFICATE_PATH,
            TOKEN_FILE,
            TOKEN_CREDENTIALS,
        ],
        Authentication::ManagedIdentity { client_id: None } => &[
            CLIENT_ID,
            CLIENT_SECRET,
            CERTIFICATE_PATH,
            TOKEN_CREDENTIALS,
        ],
        Authentication::ManagedIdentity { .. } => &[
            CLIENT_SECRET,
            CERTIFICATE_PATH,
            TOKEN_FILE,
            TOKEN_CREDENTIALS,
        ],
        Authentication::Certificate { .. } => &[CLIENT_SECRET, TOKEN_CREDENTIALS],
        Authentication::ClientSecret { .. } => &[TOKEN_CREDENTIALS],
    };
    first_of_others(found, authentication, used_first)
}

/// Whether a value of `AZURE_TOKEN_CREDENTIALS` leaves the credential of this sign-in. The SDK compares names without upper and
/// lower case, `prod` with it.
fn leaves_credential(value: &str, authentication: &Authentication) -> bool {
    let name = match authentication {
        Authentication::WorkloadIdentity { .. } => "WorkloadIdentityCredential",
        Authentication::ManagedIdentity { .. } => "ManagedIdentityCredential",
        Authentication::Certificate { .. } | Authentication::ClientSecret { .. } => {
            "EnvironmentCredential"
        }
    };
    value == "prod" || value.eq_ignore_ascii_case(name)
}

/// Whether a value of `AZURE_FEDERATED_TOKEN_FILE` is the path of the token with which this identity signs in.
fn is_own_token(value: &str, authentication: &Authentication) -> bool {
    match authentication {
        Authentication::WorkloadIdentity { token_file, .. } => {
            token_file.as_deref() == Some(value) || WEBHOOK_TOKEN_FILES.contains(&value)
        }
        _ => false,
    }
}

/// The variable in the user's list that this connection sets, and that so far is of another identity.
pub(super) fn replaced_variable<'a>(
    found: Option<&'a Value>,
    authentication: &Authentication,
) -> Option<&'a str> {
    let set = credentials(authentication);
    let names: Vec<&str> = set.iter().map(|variable| variable.name).collect();
    first_of_others(found, authentication, &names)
}

fn first_of_others<'a>(
    found: Option<&'a Value>,
    authentication: &Authentication,
    names: &[&str],
) -> Option<&'a str> {
    let set = credentials(authentication);
    let is_own = |variable: &Value| {
        let id = match variable["name"].as_str() {
            Some(TENANT_ID) => authentication.tenant_id(),
            Some(CLIENT_ID) => authentication.client_id(),
            Some(TOKEN_FILE) => {
                let value = variable["value"].as_str();
                return value.is_some_and(|value| is_own_token(value, authentication));
            }
            Some(TOKEN_CREDENTIALS) => {
                let value = variable["value"].as_str();
                return value.is_some_and(|value| leaves_credential(value, authentication));
            }
            // A reference to the Secret of this connection, or the path of its certificate.
            name => {
                let own = set.iter().find(|own| Some(own.name) == name);
                return own.is_some_and(|own| own.is_in(variable));
            }
        };
        let id = id.and_then(|id| id.known());
        let value = variable["value"].as_str();
        // GUIDs are the same in either letter case.
        id.zip(value)
            .is_some_and(|(id, value)| id.eq_ignore_ascii_case(value))
    };
    let present = found.and_then(Value::as_sequence).into_iter().flatten();
    present
        .filter(|variable| !is_own(variable))
        .filter_map(|variable| variable["name"].as_str())
        .find(|name| names.contains(name))
}

/// No variable by which Azure's SDK signs in, but those that are set.
pub(super) fn without_credentials(found: Option<&Value>, set: &[EnvironmentVariable]) -> Desired {
    let present = found.and_then(Value::as_sequence).into_iter().flatten();
    let is_leftover = |variable: &Value| {
        let name = variable["name"].as_str().unwrap_or_default();
        // The environment comes first in the SDK's chain, so a leftover secret would be used in place of another
        // identity.
        sdk::ALL.contains(&name) && !set.iter().any(|own| own.name == name)
    };
    let leftovers = present
        .enumerate()
        .filter(|(_, variable)| is_leftover(variable))
        .map(|(index, _)| (Position::At(index), Desired::Absent));
    Desired::Items(leftovers.collect())
}

/// Items of a list by their names, those that are there in their places: Helm replaces whole lists, so the others must stay.
pub(super) fn named_items<'a>(
    found: Option<&Value>,
    items: impl IntoIterator<Item = (&'a str, Vec<(String, Desired)>)>,
) -> Desired {
    let present = found.and_then(Value::as_sequence);
    let items = items.into_iter().map(|(name, keys)| {
        let index =
            present.and_then(|present| present.iter().position(|item| item["name"] == name));
        let name = ("name".to_owned(), Desired::is(name));
        let item = Desired::keys(std::iter::once(name).chain(keys));
        (index.map_or(Position::End, Position::At), item)
    });
    Desired::Items(items.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::Pending;

    fn managed(client_id: Option<&str>) -> Authentication {
        let client_id = client_id.map(|id| Pending::Known(id.to_owned()));
        Authentication::ManagedIdentity { client_id }
    }

    fn workload(client_id: &str) -> Authentication {
        Authentication::WorkloadIdentity {
            client_id: Pending::Known(client_id.to_owned()),
            tenant_id: Pending::Known("t".to_owned()),
            token_file: None,
        }
    }

    #[test]
    fn a_variable_of_another_identity_is_found_where_the_sdk_uses_it_first() {
        for (authentication, name, value, is_other) in [
            (workload("c"), CLIENT_ID, "d", true),
            (workload("c"), CLIENT_ID, "C", false),
            (workload("c"), TENANT_ID, "d", true),
            (workload("c"), TENANT_ID, "t", false),
            (workload("c"), "AZURE_REGION", "d", false),
            (managed(None), CLIENT_ID, "d", true),
            (managed(None), TENANT_ID, "d", false),
            (managed(Some("c")), CLIENT_ID, "d", false),
            (managed(Some("c")), CLIENT_SECRET, "d", true),
            (workload("c"), TOKEN_FILE, "/var/run/other/token", true),
            (workload("c"), TOKEN_FILE, WEBHOOK_TOKEN_FILES[0], false),
            (managed(Some("c")), TOKEN_FILE, WEBHOOK_TOKEN_FILES[0], true),
            (managed(None), TOKEN_FILE, "/var/run/other/token", false),
            (workload("c"), TOKEN_CREDENTIALS, "prod", false),
            (
                workload("c"),
                TOKEN_CREDENTIALS,
                "environmentCredential",
                true,
            ),
            (
                managed(None),
                TOKEN_CREDENTIALS,
                "managedidentitycredential",
                false,
            ),
            (
                workload("c"),
                "AZURE_AUTHORITY_HOST",
                "https://login.example",
                false,
            ),
        ] {
            let list: Value =
                serde_yaml::from_str(&format!("[{{name: {name}, value: {value}}}]")).unwrap();

            let found = of_other_identity(Some(&list), &authentication);

            assert_eq!(found, is_other.then_some(name), "{name}: {value}");
        }
    }

    #[test]
    fn a_variable_that_the_connection_sets_is_replaced_where_it_is_of_another_identity() {
        for (name, value, is_replaced) in [
            (CLIENT_ID, "d", true),
            (CLIENT_ID, "C", false),
            (CLIENT_SECRET, "d", false),
        ] {
            let list: Value =
                serde_yaml::from_str(&format!("[{{name: {name}, value: {value}}}]")).unwrap();

            let found = replaced_variable(Some(&list), &managed(Some("c")));

            assert_eq!(found, is_replaced.then_some(name), "{name}: {value}");
        }
    }

    #[test]
    fn a_variable_whose_value_is_elsewhere_counts_as_another_identity() {
        let list = serde_yaml::from_str(
            "[{name: AZURE_CLIENT_ID, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
        )
        .unwrap();

        assert_eq!(
            of_other_identity(Some(&list), &workload("c")),
            Some(CLIENT_ID)
        );
    }
}
