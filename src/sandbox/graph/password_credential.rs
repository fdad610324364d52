//! The `passwordCredential` resource type: a client secret in the JSON of Graph.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::state::Password;

/// A client secret without its value, as every read of the application shows it.
pub(super) fn document(password: &Password) -> Value {
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

/// A time as Graph writes it, to the second.
pub(super) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
