//! What of a kubeconfig is sent in the headers of each request. The client (kube 5.0) panics at a token that no header can carry.

use http::HeaderValue;
use kube::config::{AuthInfo, AuthProviderConfig};
use secrecy::{ExposeSecret, SecretString};

/// Takes white space from around the token, and refuses what no header can carry. `user` is the name of the entry.
pub(super) fn prepare(user: &str, entry: &mut AuthInfo) -> Result<(), String> {
    if let Some(token) = &mut entry.token {
        trim(user, token);
        check(user, "token", token.expose_secret())?;
    }
    if let Some(provider) = &mut entry.auth_provider {
        check_provider(user, provider)?;
    }
    let impersonated = [
        ("as", entry.impersonate.as_deref()),
        ("as-uid", entry.impersonate_uid.as_deref()),
    ];
    for (field, value) in impersonated {
        check(user, field, value.unwrap_or_default())?;
    }
    for group in entry.impersonate_groups.iter().flatten() {
        check(user, "as-groups", group)?;
    }
    let extra = entry.impersonate_user_extra.iter().flatten();
    for value in extra.flat_map(|(_, values)| values) {
        check(user, "as-user-extra", value)?;
    }
    Ok(())
}

/// kubectl trims the token of a file only. One in the kubeconfig itself it sends as it is, which always fails.
fn trim(user: &str, token: &mut SecretString) {
    let trimmed = token.expose_secret().trim();
    if trimmed.len() < token.expose_secret().len() {
        tracing::info!(
            user,
            "white space around the token of the kubeconfig is left out"
        );
        *token = SecretString::from(trimmed);
    }
}

/// kubectl knows `gcp` no more since 1.26. The client would still run its program, and send what that prints untested.
fn check_provider(user: &str, provider: &AuthProviderConfig) -> Result<(), String> {
    for field in ["id-token", "access-token"] {
        let value = provider.config.get(field);
        check(user, field, value.map_or("", String::as_str))?;
    }
    let runs_program =
        provider.config.contains_key("cmd-path") && !provider.config.contains_key("id-token");
    if runs_program {
        return Err(format!(
            "user `{user}` signs in with the `auth-provider` {}, which kubectl does not support since version 1.26; \
             use `exec`",
            provider.name
        ));
    }
    Ok(())
}

fn check(user: &str, field: &str, value: &str) -> Result<(), String> {
    // Never the value: it may be a token.
    fits(value).then_some(()).ok_or_else(|| {
        format!(
            "`{field}` of user `{user}` has a control character, such as a line break, which no request can carry"
        )
    })
}

/// Whether a header can carry it.
pub(super) fn fits(value: &str) -> bool {
    HeaderValue::from_bytes(value.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(user: &str) -> Result<AuthInfo, String> {
        let mut entry: AuthInfo = serde_saphyr::from_str(user).unwrap();
        prepare("ada", &mut entry).map(|()| entry)
    }

    #[test]
    fn what_no_header_can_carry_is_refused_without_its_value() {
        for (field, user) in [
            ("token", r#"{token: "s3cr\n3t"}"#),
            ("token", r#"{token: "s3cr\e[2J3t"}"#),
            (
                "id-token",
                r#"{auth-provider: {name: oidc, config: {id-token: "s3cr\n3t"}}}"#,
            ),
            (
                "access-token",
                r#"{auth-provider: {name: gcp, config: {access-token: "s3cr\n3t"}}}"#,
            ),
            ("as", r#"{as: "a\r\nb"}"#),
            ("as-uid", r#"{as-uid: "a\nb"}"#),
            ("as-groups", r#"{as-groups: [fine, "x\r\ny: z"]}"#),
            ("as-user-extra", r#"{as-user-extra: {scopes: ["a\nb"]}}"#),
        ] {
            let refusal = prepared(user).unwrap_err();

            assert!(
                refusal.starts_with(&format!("`{field}` of user `ada` has a control")),
                "{refusal}"
            );
            assert!(!refusal.contains("s3cr"), "{refusal}");
        }
    }

    #[test]
    fn white_space_around_a_token_is_left_out() {
        for user in [r#"{token: "t\n"}"#, r#"{token: "t\r\n"}"#, "{token: ' t '}"] {
            let token = prepared(user).unwrap().token.unwrap();

            assert_eq!(token.expose_secret(), "t", "{user}");
        }
    }

    #[test]
    fn a_program_of_a_provider_that_kubectl_dropped_is_not_run() {
        let gcp = "{auth-provider: {name: gcp, config: {cmd-path: bash, cmd-args: -c x}}}";

        assert!(prepared(gcp).unwrap_err().contains("use `exec`"));
    }
}
