//! Variables of a container's environment, and other lists whose items have names.

use serde_yaml::Value;

use super::Desired;
use crate::remote_write::{Authentication, ClientSecret};
use crate::target::Position;

/// The names of the variables by which Azure's SDK signs in.
pub(super) const VARIABLES: [&str; 4] = [TENANT_ID, CLIENT_ID, CLIENT_SECRET, CERTIFICATE_PATH];
const TENANT_ID: &str = "AZURE_TENANT_ID";
const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE_PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

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
        let (key, desired) = match &variable.value {
            VariableValue::Plain(text) => ("value", Desired::is(text.as_str())),
            VariableValue::Secret { name, key } => {
                let reference = [
                    ("name", Desired::is(name.as_str())),
                    ("key", Desired::is(key.as_str())),
                ];
                let reference = Desired::keys([("secretKeyRef", Desired::keys(reference))]);
                ("valueFrom", reference)
            }
        };
        // Kubernetes refuses a variable that has both.
        let keys = Desired::only(key, desired, &["value", "valueFrom"]);
        (variable.name, keys)
    });
    named_items(found, items)
}

/// No variable by which Azure's SDK signs in, but those that are set.
pub(super) fn without_credentials(found: Option<&Value>, set: &[EnvironmentVariable]) -> Desired {
    let present = found.and_then(Value::as_sequence).into_iter().flatten();
    let is_leftover = |variable: &Value| {
        let name = variable["name"].as_str().unwrap_or_default();
        // The environment comes first in the SDK's chain, so a leftover secret would be used in place of another
        // identity.
        VARIABLES.contains(&name) && !set.iter().any(|own| own.name == name)
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
