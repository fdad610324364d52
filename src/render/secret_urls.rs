//! Hides the secrets of URLs, and says what is put in place of any secret.

/// The replacement for a secret, as in Prometheus' own output.
pub(super) const PLACEHOLDER: &str = "<secret>";

/// Parts of a query that name no credential: those of Azure's write URL, and of InfluxDB's.
const PUBLIC_PARAMETERS: [&str; 4] = ["api-version", "db", "precision", "rp"];

/// Values that are no secret whatever their key is called.
pub(super) fn is_shown(value: &str) -> bool {
    matches!(
        value.trim(),
        "" | "true" | "false" | "null" | "~" | "\"\"" | "''" | PLACEHOLDER
    )
}

/// Hides user and password, and the values of the query, of every URL.
pub(super) fn clean_urls(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let end = after
            .find([' ', '"', '\'', '\t', ',', '}', ']'])
            .unwrap_or(after.len());
        clean.push_str(&clean_url(&after[..end]));
        rest = &after[end..];
    }
    clean + rest
}

/// A URL without its scheme.
fn clean_url(url: &str) -> String {
    let path = url.find(['/', '?', '#']).unwrap_or(url.len());
    let (authority, rest) = url.split_at(path);
    let authority = match authority.rsplit_once('@') {
        Some((userinfo, host)) => match userinfo.split_once(':') {
            Some((user, _)) => format!("{user}:{PLACEHOLDER}@{host}"),
            // Without a password, the name is often a token.
            None => format!("{PLACEHOLDER}@{host}"),
        },
        None => authority.to_owned(),
    };
    let Some((path, query)) = rest.split_once('?') else {
        return authority + rest;
    };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, value)) if !is_shown(value) && !PUBLIC_PARAMETERS.contains(&name) => {
            format!("{name}={PLACEHOLDER}")
        }
        _ => part.to_owned(),
    });
    format!("{authority}{path}?{}", parts.collect::<Vec<_>>().join("&"))
}
