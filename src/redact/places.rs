//! Which values are secret by their place: those of container variables, an inline private key, and HTTP headers.

use super::keys::{is_secret, owns_key};

/// Variables of a container whose values are no secret: ours, those of the sidecars, and of the Go runtime. Any other value may be one.
const PUBLIC_VARIABLES: [&str; 17] = [
    "AAD_CLIENT_ID",
    "AAD_TENANT_ID",
    "AAD_TOKEN_REFRESH_INTERVAL_IN_PERCENTAGE",
    "AUDIENCE",
    "AZURE_CLIENT_ID",
    "AZURE_CLOUD",
    "AZURE_ENVIRONMENT",
    "AZURE_TENANT_ID",
    "CLOUD",
    "CLUSTER",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "IDENTITY_TYPE",
    "INGESTION_URL",
    "NO_PROXY",
    "TZ",
];

/// Ends of variables that name the place of something.
const PLACES: [&str; 6] = ["_AUDIENCE", "_ENDPOINT", "_FILE", "_HOST", "_PATH", "_PORT"];

/// The keys above a line, as far as they decide whether its value is a secret.
#[derive(Default)]
pub(super) struct Above {
    /// Column and name of each key that the line is below of, the outermost first.
    keys: Vec<(usize, String)>,
    /// Column of the keys of an item, and the `name` that it has.
    item: Option<(usize, String)>,
}

/// The key of a line: its column, its name, and where its value starts.
struct KeyOfLine<'l> {
    column: usize,
    name: &'l str,
    value: usize,
    starts_item: bool,
}

fn key_of(line: &str) -> Option<KeyOfLine<'_>> {
    let mut column = indent_of(line);
    let starts_item = line[column..].starts_with("- ");
    // `- - name:` is an item of a list within a list.
    while line[column..].starts_with("- ") {
        column += 2;
        column += line[column..].len() - line[column..].trim_start().len();
    }
    let colon = column
        + line[column..]
            // Without a space behind it the colon is a part of the text, as in a URL.
            .find(": ")
            .or_else(|| line[column..].find(":\t"))
            .or_else(|| line.ends_with(':').then(|| line.len() - 1 - column))?;
    let name = line[column..colon].trim_matches(['"', '\'']);
    let is_name = !name.is_empty() && !name.contains([' ', '{', '[', '#', '"', '\'']);
    let rest = &line[colon + 1..];
    is_name.then(|| KeyOfLine {
        column,
        name,
        value: colon + 1 + rest.len() - rest.trim_start().len(),
        starts_item,
    })
}

impl Above {
    /// Goes on to this line; `next` is the one after it.
    pub(super) fn read(&mut self, line: &str, next: &str) {
        let Some(key) = key_of(line) else { return };
        self.keys.retain(|(column, _)| *column < key.column);
        if self
            .item
            .as_ref()
            .is_some_and(|(column, _)| key.starts_item || key.column < *column)
        {
            self.item = None;
        }
        if key.name == "name" {
            self.item = Some((key.column, plain(&line[key.value..]).to_owned()));
        } else if self.item.is_none() && key.name == "value" {
            let next = next.trim_end_matches(['\r', '\n']);
            let named =
                // Kubernetes prints `name` first, but keys of a map have no order: people write `value` above it as
                // well.
                key_of(next).filter(|next| next.name == "name" && next.column == key.column);
            self.item = named.map(|named| (key.column, plain(&next[named.value..]).to_owned()));
        }
        self.keys.push((key.column, key.name.to_owned()));
    }

    /// Whether the key of the line is in a `spec` or `prometheusSpec`.
    pub(super) fn is_below_spec(&self) -> bool {
        let above = self.keys.len().checked_sub(2);
        above.is_some_and(|parent| is_spec(&self.keys[parent].1))
    }

    /// Column of the key of the line, and where its value starts, if its place makes it a secret.
    pub(super) fn secret_value(&self, line: &str) -> Option<(usize, usize)> {
        let key = key_of(line)?;
        let parents = &self.keys[..self.keys.len().checked_sub(1)?];
        let parent = parents.last().map_or("", |(_, name)| name);
        let is_secret = match key.name {
            "value" => self
                .item
                .as_ref()
                .is_some_and(|(column, name)| *column == key.column && is_private_name(name)),
            // The private key itself; a file or a Kubernetes Secret has another key.
            "key" => ["tls_config", "tlsConfig"].contains(&parent),
            "values" | "secrets" => {
                // Prometheus has lists for the values of a header: `secrets`, and `values`, which
                // it does not hide.
                let is_headers = |(_, name): &(usize, String)| {
                    ["http_headers", "httpHeaders"].contains(&name.as_str())
                };
                parents.iter().any(is_headers)
            }
            name => {
                !is_public_parameter(name)
                    && !line[key.value..].is_empty()
                    && is_below_parameters(parents.iter().map(|(_, name)| name.as_str()))
            }
        };
        is_secret.then_some((key.column, key.value))
    }
}

/// Whether the lists of secrets below a key are those of a resource, which only name them.
pub(super) fn is_spec(key: &str) -> bool {
    key.ends_with("spec") || key.ends_with("Spec")
}

/// Whether these keys above a map make something in it a secret.
pub(super) fn is_secret_parent(above: &[&str]) -> bool {
    is_below_headers(above)
        || is_webhook(above)
        || is_key_parent(above)
        || is_below_parameters(above.iter().copied())
}

/// What a token endpoint is sent in addition, such as an assertion: any of it may be what signs in.
const PARAMETERS: [&str; 2] = ["endpoint_params", "endpointParams"];

/// Of them those for how and who, not with what.
const PUBLIC_PARAMETERS: [&str; 2] = ["grant_type", "client_id"];

pub(super) fn is_below_parameters<'k>(mut above: impl Iterator<Item = &'k str>) -> bool {
    above.any(is_parameters)
}

pub(super) fn is_parameters(key: &str) -> bool {
    PARAMETERS.contains(&key)
}

pub(super) fn is_public_parameter(key: &str) -> bool {
    PUBLIC_PARAMETERS.contains(&key)
}

pub(super) fn is_below_headers(above: &[&str]) -> bool {
    let is_headers = |key: &&str| ["http_headers", "httpHeaders"].contains(key);
    above.iter().any(is_headers) || above.last() == Some(&"headers")
}

pub(super) fn is_webhook(above: &[&str]) -> bool {
    let parent = above.last().map_or("", |parent| parent);
    ["webhook_configs", "webhookConfigs"].contains(&parent)
}

pub(super) fn is_key_parent(above: &[&str]) -> bool {
    above.last().is_some_and(|parent| owns_key(parent))
}

/// Whether the value of an item with this name is a secret: a variable, a parameter, a header.
pub(super) fn is_private_name(name: &str) -> bool {
    is_private_variable(name) || is_secret(name)
}

/// Names of variables have capitals; those of other items, such as volumes, have none.
fn is_private_variable(name: &str) -> bool {
    let is_part = |each: char| each.is_ascii_uppercase() || each.is_ascii_digit() || each == '_';
    let is_public =
        PUBLIC_VARIABLES.contains(&name) || PLACES.iter().any(|place| name.ends_with(place));
    !name.is_empty() && name.chars().all(is_part) && !is_public
}

/// A plain or quoted scalar without a comment.
fn plain(value: &str) -> &str {
    let value = value.split(" #").next().unwrap_or_default();
    value.trim().trim_end_matches(',').trim_matches(['"', '\''])
}

/// How far around a key of a flow map is looked, in bytes: a line can have megabytes, and a key at every tenth of them.
const NEAR: usize = 4096;

/// Whether the map in braces around a key makes its value a secret.
pub(super) fn is_secret_in_flow(line: &str, column: usize, key: &str) -> bool {
    let before = &line[line.floor_char_boundary(column.saturating_sub(NEAR))..column];
    if let Some(at) = PARAMETERS.iter().find_map(|name| before.rfind(name))
        && !before[at..].contains('}')
    {
        return before[at..].contains('{') && !is_public_parameter(key);
    }
    if !["value", "key", "values", "secrets"].contains(&key) {
        return false;
    }
    let after = &line[column..line.floor_char_boundary(column + NEAR)];
    let Some(start) = before.rfind('{') else {
        return false;
    };
    let above = &before[..start];
    let owner = above.trim_end().trim_end_matches(':');
    let owner = owner.rsplit(['{', ',', ' ']).next().unwrap_or_default();
    match key {
        "value" => {
            let after = &after[..after.find('}').unwrap_or(after.len())];
            let inside = [&before[start + 1..], after].concat();
            let parts = inside.split(',').filter_map(|part| part.split_once(':'));
            let mut names = parts.filter(|(key, _)| plain(key) == "name");
            names.any(|(_, name)| is_private_name(plain(name)))
        }
        "key" => ["tls_config", "tlsConfig"].contains(&plain(owner)),
        "values" | "secrets" => ["http_headers", "httpHeaders"]
            .iter()
            .any(|key| above.contains(key)),
        _ => false,
    }
}

pub(super) fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}
