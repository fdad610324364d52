//! Hides the secrets of URLs, and has what is put in place of any secret.

use std::borrow::Cow;

/// The replacement for a secret, as in Prometheus' own output.
pub(super) const PLACEHOLDER: &str = "<secret>";

/// Parts of a query that name no credential: those of Azure's write URL, and of InfluxDB's.
const PUBLIC_PARAMETERS: [&str; 4] = ["api-version", "db", "precision", "rp"];

/// Hosts and beginnings of paths after which the path itself is the credential.
const SECRET_PATHS: [&str; 11] = [
    "api.telegram.org/bot",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "events.pagerduty.com/integration/",
    "hc-ping.com/",
    "hooks.slack.com/",
    "hooks.zapier.com/",
    "maker.ifttt.com/",
    "outlook.office.com/webhook/",
    "outlook.office365.com/webhook/",
    ".webhook.office.com/",
];

/// Values that are no secret whatever their key is called.
pub(super) fn is_shown(value: &str) -> bool {
    let value = value.trim();
    matches!(
        value,
        "" | "true" | "false" | "null" | "~" | "\"\"" | "''" | PLACEHOLDER
    ) || is_variable(value)
}

/// `$(NAME)` or `${NAME}`, which is put in by another program.
fn is_variable(value: &str) -> bool {
    let name = value
        .strip_prefix("$(")
        .and_then(|rest| rest.strip_suffix(')'))
        .or_else(|| {
            value
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'))
        });
    name.is_some_and(|name| {
        let is_part = |each: char| each.is_ascii_alphanumeric() || each == '_';
        !name.is_empty() && name.chars().all(is_part)
    })
}

/// Whether a whole text is one URL, so that a comma or a brace within it is part of it.
pub(super) fn is_url(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .chars()
                    .all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each))
        })
}

/// Hides user and password, and the values of the query, of every URL. JSON may write `:\/\/`.
pub(super) fn clean_urls(text: &str) -> Cow<'_, str> {
    if !text.contains("://") && !text.contains(r":\/\/") {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, mark)) = next_url(rest) {
        let (before, after) = rest.split_at(at + mark);
        clean.push_str(before);
        let end = after
            .find([' ', '"', '\'', '\t', ',', '}', ']', '\n', '\r'])
            .unwrap_or(after.len());
        clean.push_str(&clean_url(&after[..end]));
        rest = &after[end..];
    }
    Cow::Owned(clean + rest)
}

fn next_url(text: &str) -> Option<(usize, usize)> {
    text.match_indices(':').find_map(|(at, _)| {
        let after = &text[at..];
        let mark = ["://", r":\/\/"]
            .into_iter()
            .find(|mark| after.starts_with(mark))?;
        Some((at, mark.len()))
    })
}

/// A URL without its scheme.
pub(super) fn clean_url(url: &str) -> String {
    let path = end_of_authority(url);
    let (authority, rest) = url.split_at(path);
    // The last one: a host has none, and a password may.
    let authority = match authority.rsplit_once('@') {
        Some((userinfo, host)) => match userinfo.split_once(':') {
            Some((user, _)) => format!("{user}:{PLACEHOLDER}@{host}"),
            // Without a password, the name is often a token.
            None => format!("{PLACEHOLDER}@{host}"),
        },
        None => authority.to_owned(),
    };
    let (rest, fragment) = match rest.split_once('#') {
        Some((rest, fragment)) => (rest, format!("#{}", clean_parameters(fragment))),
        None => (rest, String::new()),
    };
    match rest.split_once('?') {
        Some((path, query)) => {
            let path = clean_path(&authority, path);
            format!("{authority}{path}?{}{fragment}", clean_parameters(query))
        }
        None => format!("{authority}{}{fragment}", clean_path(&authority, rest)),
    }
}

/// A password may hold what should have been escaped: what seems a port and is none begins one.
fn end_of_authority(url: &str) -> usize {
    let path = url.find(['/', '?', '#', '\\']).unwrap_or(url.len());
    let authority = &url[..path];
    let is_port = |port: &str| port.bytes().all(|each| each.is_ascii_digit());
    let is_cut = !authority.contains(['@', '['])
        && authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !is_port(port));
    match url.rfind('@').filter(|_| is_cut) {
        Some(at) => {
            at + url[at..]
                .find(['/', '?', '#', '\\'])
                .unwrap_or(url.len() - at)
        }
        None => path,
    }
}

fn clean_path(authority: &str, path: &str) -> String {
    let place = format!(
        "{}{}",
        authority.to_ascii_lowercase(),
        // JSON may write `\/` for a slash.
        path.replace('\\', "")
    );
    let secret = SECRET_PATHS
        .iter()
        .find(|known| match known.strip_prefix('.') {
            Some(_) => place.contains(**known),
            None => place.starts_with(**known),
        });
    match secret {
        Some(_) if path.len() > 1 => format!("/{PLACEHOLDER}"),
        _ => path.to_owned(),
    }
}

fn clean_parameters(parameters: &str) -> String {
    let parts = parameters
        .split('&')
        .map(|part| match part.split_once('=') {
            // The signature of a shared access link of Azure is such a value.
            Some((name, value)) if !is_shown(value) && !PUBLIC_PARAMETERS.contains(&name) => {
                format!("{name}={PLACEHOLDER}")
            }
            _ => part.to_owned(),
        });
    parts.collect::<Vec<_>>().join("&")
}
