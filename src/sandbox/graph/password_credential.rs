//! The `passwordCredential` resource type: a client secret in the JSON of Graph.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::state::Password;

/// A client secret without its value, as every read of the application shows it.
pub(super) fn document(password: &Password) -> Value {
    // Graph shows the first three characters for as long as the secret exists.
    let hint: String = password.secret.chars().take(3).collect();
    json!({
        "customKeyIdentifier": null,
        "displayName": password.display_name,
        "endDateTime": date(password.ends),
        "hint": hint,
        "keyId": password.key_id,
        "secretText": null,
        "startDateTime": date(password.starts),
    })
}

/// The same for a secret of a service principal, whose hint is null (recorded in 22 of 22 answers).
pub(super) fn without_hint(password: &Password) -> Value {
    let mut shown = document(password);
    shown["hint"] = Value::Null;
    shown
}

/// A time as Graph writes it, to the second.
pub(super) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
