//! What the Azure CLI keeps about its user: the subscription that `az account set` chose.

use std::path::PathBuf;

use serde::Deserialize;

use crate::environment;
use crate::files;
use crate::spec::ids::SubscriptionId;

/// The part of `azureProfile.json` that is read.
#[derive(Deserialize)]
struct CliProfile {
    subscriptions: Vec<CliSubscription>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CliSubscription {
    id: String,
    #[serde(default)]
    is_default: bool,
}

/// The default subscription of the Azure CLI. A profile that is missing or cannot be read has none: it only decides which
/// choice is recommended.
pub(crate) fn default_subscription() -> Option<SubscriptionId> {
    let bytes = files::read_bytes(&profile()?).ok()?;
    default_in(&bytes)
}

fn profile() -> Option<PathBuf> {
    let folder = match environment::paths("AZURE_CONFIG_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::home_dir()?.join(".azure"),
    };
    Some(folder.join("azureProfile.json"))
}

fn default_in(profile: &[u8]) -> Option<SubscriptionId> {
    // The Azure CLI writes the file with a byte order mark, which is no JSON.
    let json = profile
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(profile);
    let profile: CliProfile = serde_json::from_slice(json).ok()?;
    let default = profile
        .subscriptions
        .into_iter()
        .find(|one| one.is_default)?;
    SubscriptionId::parse(&default.id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2276e829-c219-5fc5-b1ee-0e4de55b524d";

    #[test]
    fn the_default_is_found_behind_a_byte_order_mark() {
        let profile = format!(
            "\u{feff}{{\"installationId\": \"x\", \"subscriptions\": [{{\"id\": \"00000000-0000-0000-0000-000000000001\", \"isDefault\": false}}, \
             {{\"id\": \"{ID}\", \"isDefault\": true, \"tenantId\": \"t\"}}]}}"
        );

        let default = default_in(profile.as_bytes()).unwrap();

        assert_eq!(default.as_str(), ID);
    }

    #[test]
    fn a_profile_without_a_default_or_of_another_form_has_none() {
        for profile in [
            "",
            "{}",
            "[]",
            r#"{"subscriptions": []}"#,
            r#"{"subscriptions": [{"id": "x", "isDefault": true}]}"#,
        ] {
            assert!(default_in(profile.as_bytes()).is_none(), "{profile}");
        }
    }
}
