//! The Secret that Helm values and custom resources refer to when Prometheus signs in with a client secret.

use secrecy::{ExposeSecret, SecretString};
use serde_yaml::Value;

use super::{Quoting, scalar_text};
use crate::remote_write::{CLIENT_ID_ANNOTATION, SECRET_KEY};

/// The label by which a Secret of ours is known, and its value.
pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "amw-rw");

/// A manifest for `kubectl apply`: for a file that only its owner can read, never for a terminal.
pub(crate) fn secret_manifest(
    namespace: &str,
    name: &str,
    client_id: Option<&str>,
    client_secret: &SecretString,
) -> SecretString {
    let text = |value: &str| scalar_text(&Value::from(value), Quoting::default());
    let annotations = client_id.map_or_else(String::new, |id| {
        format!("  annotations:\n    {CLIENT_ID_ANNOTATION}: {}\n", text(id))
    });
    let manifest = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\n  labels:\n    {}: {}\n{annotations}type: Opaque\nstringData:\n  \
         {SECRET_KEY}: {}\n",
        text(name),
        text(namespace),
        MANAGED_BY.0,
        MANAGED_BY.1,
        // `stringData` takes the value as it is; the API server encodes it for `data`.
        text(client_secret.expose_secret()),
    );
    SecretString::from(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_holds_the_secret_as_a_string_and_debug_hides_it() {
        let manifest = secret_manifest("monitoring", "amw", Some("1111"), &"12345~x: y".into());

        let read: Value = serde_yaml::from_str(manifest.expose_secret()).unwrap();
        assert_eq!(read["metadata"]["namespace"], "monitoring");
        assert_eq!(
            read["metadata"]["labels"]["app.kubernetes.io/managed-by"],
            "amw-rw"
        );
        assert_eq!(
            read["metadata"]["annotations"][CLIENT_ID_ANNOTATION],
            "1111"
        );
        assert_eq!(read["stringData"]["client-secret"], "12345~x: y");
        assert!(!format!("{manifest:?}").contains("12345"));
    }
}
