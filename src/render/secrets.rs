//! Takes secrets out of configuration text before anyone sees it: line by line, so that broken YAML, templates and
//! YAML inside YAML are covered too. Where in doubt, too much is hidden.

/// The replacement for a secret, as in Prometheus' own output.
const PLACEHOLDER: &str = "<secret>";

/// Ends of key names, in lower case and without `_` and `-`, whose values are secret.
const SECRET_ENDINGS: [&str; 10] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "credentials",
    "authorization",
    "apikey",
    "secretkey",
    "privatekey",
    "connectionstring",
];

/// Keys with such an ending that only name a secret kept elsewhere.
const REFERENCES: [&str; 1] = ["existingsecret"];

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

/// Ends of variables that say where something is.
const PLACES: [&str; 6] = ["_AUDIENCE", "_ENDPOINT", "_FILE", "_HOST", "_PATH", "_PORT"];

/// Parts of a query that name no credential: those of Azure's write URL, and of InfluxDB's.
const PUBLIC_PARAMETERS: [&str; 4] = ["api-version", "db", "precision", "rp"];

/// The text, with as many lines as before, and every secret value replaced.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut unfinished = None;
    let mut above = Above::default();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let body = line.trim_end_matches(['\r', '\n']);
        match unfinished.filter(|secret: &OpenSecret| secret.covers(body)) {
            Some(secret) => {
                clean.push_str(&masked(body));
                unfinished = secret.after(body);
            }
            None => {
                let is_comment = body.trim_start().starts_with('#');
                above.read(body, lines.peek().copied().unwrap_or_default());
                unfinished = match above.secret_value(body) {
                    Some((column, start)) => hide_value(body, column, start, &mut clean),
                    None => clean_line(body, &mut clean),
                }
                .filter(|_| !is_comment);
            }
        }
        clean.push_str(&line[body.len()..]);
    }
    clean
}

/// Hides a value whose key is secret only where it is, a list below it included.
fn hide_value(line: &str, column: usize, start: usize, clean: &mut String) -> Option<OpenSecret> {
    let value = &line[start..];
    clean.push_str(&line[..start]);
    if !is_shown(value) && !value.trim_start().starts_with('#') {
        clean.push_str(PLACEHOLDER);
    } else {
        clean.push_str(value);
    }
    Some(OpenSecret::DeeperOrItem(column))
}

/// The keys above a line, as far as they decide whether its value is a secret.
#[derive(Default)]
struct Above {
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
    while line[column..].starts_with("- ") {
        column += 2;
        column += line[column..].len() - line[column..].trim_start().len();
    }
    let colon = column
        + line[column..]
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
    fn read(&mut self, line: &str, next: &str) {
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
                key_of(next).filter(|next| next.name == "name" && next.column == key.column);
            self.item = named.map(|named| (key.column, plain(&next[named.value..]).to_owned()));
        }
        self.keys.push((key.column, key.name.to_owned()));
    }

    /// Column of the key of the line, and where its value starts, if its place makes it a secret.
    fn secret_value(&self, line: &str) -> Option<(usize, usize)> {
        let key = key_of(line)?;
        let parents = &self.keys[..self.keys.len().checked_sub(1)?];
        let parent = parents.last().map_or("", |(_, name)| name);
        let is_secret = match key.name {
            "value" => self
                .item
                .as_ref()
                .is_some_and(|(column, name)| *column == key.column && is_private_variable(name)),
            // The private key itself; a file or a Kubernetes Secret has another key.
            "key" => ["tls_config", "tlsConfig"].contains(&parent),
            "values" | "secrets" => {
                let is_headers = |(_, name): &(usize, String)| {
                    ["http_headers", "httpHeaders"].contains(&name.as_str())
                };
                parents.iter().any(is_headers)
            }
            _ => false,
        };
        is_secret.then_some((key.column, key.value))
    }
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

/// A secret value that the next lines may go on with.
#[derive(Clone, Copy)]
enum OpenSecret {
    /// Lines that are indented more than this column belong to it.
    Deeper(usize),
    /// The same, unless they are a map or a list.
    DeeperScalar(usize),
    /// The same, and the items of a list that begins at this column.
    DeeperOrItem(usize),
    /// All up to this closing quote.
    Quoted(char),
}

impl OpenSecret {
    fn covers(self, line: &str) -> bool {
        let is_deeper = |column| line.trim().is_empty() || indent_of(line) > column;
        match self {
            Self::Deeper(column) => is_deeper(column),
            Self::DeeperScalar(column) => {
                is_deeper(column) && !line.contains(": ") && !line.ends_with(':')
            }
            Self::DeeperOrItem(column) => {
                is_deeper(column)
                    || indent_of(line) == column && line.trim_start().starts_with("- ")
            }
            Self::Quoted(_) => true,
        }
    }

    fn after(self, line: &str) -> Option<Self> {
        match self {
            Self::Quoted(quote) if line.contains(quote) => None,
            _ => Some(self),
        }
    }
}

fn clean_line(line: &str, clean: &mut String) -> Option<OpenSecret> {
    let mut from = 0;
    while let Some((column, start)) = next_secret(line, from) {
        clean.push_str(&clean_urls(&line[from..start]));
        let (length, unfinished) =
            extent(&line[start..], column, line[..column].contains(['{', '[']));
        if is_shown(&line[start..start + length]) {
            clean.push_str(&line[start..start + length]);
        } else {
            clean.push_str(PLACEHOLDER);
        }
        from = start + length;
        if unfinished.is_some() {
            clean.push_str(&line[from..]);
            return unfinished;
        }
    }
    clean.push_str(&clean_urls(&line[from..]));
    None
}

/// Column of the next key with a secret value, and where the value starts.
fn next_secret(line: &str, from: usize) -> Option<(usize, usize)> {
    line[from..].match_indices(':').find_map(|(colon, _)| {
        let colon = from + colon;
        let key = line[..colon].trim_end().trim_end_matches(['"', '\'']);
        let is_part = |each: char| each.is_ascii_alphanumeric() || "_-".contains(each);
        let column = key
            .char_indices()
            .rfind(|(_, each)| !is_part(*each))
            .map_or(0, |(at, before)| at + before.len_utf8());
        let value = &line[colon + 1..];
        let spaces = value.len() - value.trim_start().len();
        let is_entry = spaces > 0 || value.is_empty() || line[..colon].ends_with(['"', '\'']);
        let name = &key[column..];
        (column >= from && is_entry && (is_secret(name) || is_secret_in_flow(line, column, name)))
            .then_some((column, colon + 1 + spaces))
    })
}

/// How far around a key of a flow map is looked, in bytes: a line can have megabytes, and a key at every tenth of them.
const NEAR: usize = 4096;

/// Whether the map in braces around a key makes its value a secret.
fn is_secret_in_flow(line: &str, column: usize, key: &str) -> bool {
    if !["value", "key", "values", "secrets"].contains(&key) {
        return false;
    }
    let before = &line[line.floor_char_boundary(column.saturating_sub(NEAR))..column];
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
            names.any(|(_, name)| is_private_variable(plain(name)))
        }
        "key" => ["tls_config", "tlsConfig"].contains(&plain(owner)),
        "values" | "secrets" => ["http_headers", "httpHeaders"]
            .iter()
            .any(|key| above.contains(key)),
        _ => false,
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['_', '-'], "");
    !REFERENCES.contains(&key.as_str()) && SECRET_ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// How much of a line is the value that it starts with, and whether the value goes on after it.
fn extent(value: &str, column: usize, in_flow: bool) -> (usize, Option<OpenSecret>) {
    match value.chars().next() {
        None | Some('#') => (0, Some(OpenSecret::DeeperScalar(column))),
        Some('|' | '>') => (0, Some(OpenSecret::Deeper(column))),
        Some('{' | '[') => (0, None),
        // An anchor or tag with a map below it, perhaps; hidden itself, as it may be a password that wants quotes.
        Some('&' | '!') if !value.contains(' ') => {
            (value.len(), Some(OpenSecret::DeeperScalar(column)))
        }
        Some(_) if value.starts_with(PLACEHOLDER) => (PLACEHOLDER.len(), None),
        Some(quote @ ('"' | '\'')) => match closing_quote(value, quote) {
            Some(end) => (end, None),
            None => (value.len(), Some(OpenSecret::Quoted(quote))),
        },
        Some(_) if in_flow => (value.find([',', '}', ']']).unwrap_or(value.len()), None),
        Some(_) => {
            let end = value.find(" #").unwrap_or(value.len());
            (
                value[..end].trim_end().len(),
                Some(OpenSecret::Deeper(column)),
            )
        }
    }
}

/// Just after the quote that closes the one at the start.
fn closing_quote(value: &str, quote: char) -> Option<usize> {
    let mut inside = value.char_indices().skip(1).peekable();
    while let Some((at, each)) = inside.next() {
        let doubled =
            each == quote && quote == '\'' && inside.next_if(|(_, next)| *next == quote).is_some();
        if each == '\\' && quote == '"' {
            inside.next();
        } else if each == quote && !doubled {
            return Some(at + 1);
        }
    }
    None
}

/// Values that are no secret whatever their key is called.
fn is_shown(value: &str) -> bool {
    matches!(
        value.trim(),
        "" | "true" | "false" | "null" | "~" | "\"\"" | "''" | PLACEHOLDER
    )
}

fn masked(line: &str) -> String {
    let indent = &line[..indent_of(line)];
    if line.trim().is_empty() {
        line.to_owned()
    } else {
        format!("{indent}{PLACEHOLDER}")
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Hides user and password, and the values of the query, of every URL.
fn clean_urls(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::without_secrets;

    /// Each text becomes the clean one, which is left as it is.
    fn become_and_stay(cases: &[(&str, &str)]) {
        for (text, clean) in cases {
            assert_eq!(without_secrets(text), *clean);
            assert_eq!(
                without_secrets(clean),
                *clean,
                "hiding twice changes nothing"
            );
        }
    }

    #[test]
    fn a_long_line_takes_a_time_in_proportion() {
        let line = format!("{{{}}}", "values: 1, ".repeat(100_000));

        assert_eq!(without_secrets(&line), line);
    }

    #[test]
    fn secrets_are_hidden_in_every_way_of_writing_them() {
        let cases = [
            (
                "client_secret: abc # ours\n",
                "client_secret: <secret> # ours\n",
            ),
            ("  - password: 'a''b'\r\n", "  - password: <secret>\r\n"),
            (
                "\"bearer_token\": \"a\\\"b\", \"x\": 1\n",
                "\"bearer_token\": <secret>, \"x\": 1\n",
            ),
            (
                "oauth: {client_secret: abc, tenant_id: t}",
                "oauth: {client_secret: <secret>, tenant_id: t}",
            ),
            (
                "credentials: |\n  abc\n  key: x\nurl: u\n",
                "credentials: |\n  <secret>\n  <secret>\nurl: u\n",
            ),
            (
                "client_secret:\n  abc\nurl: u\n",
                "client_secret:\n  <secret>\nurl: u\n",
            ),
            (
                "password: a\n  b: c\nurl: u\n",
                "password: <secret>\n  <secret>\nurl: u\n",
            ),
            (
                "password: \"a\n b\"\nurl: u\n",
                "password: <secret>\n <secret>\nurl: u\n",
            ),
            (
                "headers: {Authorization: Bearer abc}\n",
                "headers: {Authorization: <secret>}\n",
            ),
            (
                "url: https://ada:pw@host/x?y\n",
                "url: https://ada:<secret>@host/x?y\n",
            ),
            (
                "file: |\n  oauth2:\n    client_secret: x\n",
                "file: |\n  oauth2:\n    client_secret: <secret>\n",
            ),
        ];
        become_and_stay(&cases);
    }

    #[test]
    fn secrets_are_hidden_in_any_language_and_behind_anchors() {
        let cases = [
            (
                "région: a\n日本password: b\n\u{feff}token: c\n",
                "région: a\n日本password: <secret>\n\u{feff}token: <secret>\n",
            ),
            (
                "password: &shared abc\nurl: u\n",
                "password: <secret>\nurl: u\n",
            ),
            (
                "authorization: &shared\n  credentials_file: /token\n",
                "authorization: <secret>\n  credentials_file: /token\n",
            ),
        ];
        for (text, clean) in cases {
            assert_eq!(without_secrets(text), clean);
        }
    }

    #[test]
    fn values_are_hidden_where_their_place_makes_them_secret() {
        let cases = [
            (
                "env:\n- name: DB_PASS\n  value: abc\n- name: GOGC\n  value: \"50\"\n",
                "env:\n- name: DB_PASS\n  value: <secret>\n- name: GOGC\n  value: \"50\"\n",
            ),
            (
                "env:\n- value: abc\n  name: DB_PASS\n",
                "env:\n- value: <secret>\n  name: DB_PASS\n",
            ),
            (
                "env: [{name: DB_PASS, value: abc}, {name: TZ, value: UTC}]\n",
                "env: [{name: DB_PASS, value: <secret>}, {name: TZ, value: UTC}]\n",
            ),
            (
                "{\n  \"name\": \"DB_PASS\",\n  \"value\": \"abc\"\n}\n",
                "{\n  \"name\": \"DB_PASS\",\n  \"value\": <secret>\n}\n",
            ),
            (
                "tls_config:\n  cert: x\n  key: |\n    a\n    b\nurl: u\n",
                "tls_config:\n  cert: x\n  key: <secret>\n    <secret>\n    <secret>\nurl: u\n",
            ),
            (
                "tls_config: {cert: x, key: abc}\n",
                "tls_config: {cert: x, key: <secret>}\n",
            ),
            (
                "http_headers:\n  X-A:\n    values: [a, b]\n    secrets:\n    - c\n    files: [f]\n",
                "http_headers:\n  X-A:\n    values: <secret>\n    secrets:\n    <secret>\n    files: [f]\n",
            ),
            (
                "{url: 'https://u:a@h/', password: b, proxy_url: 'http://t0k@g'}\n",
                "{url: 'https://u:<secret>@h/', password: <secret>, proxy_url: 'http://<secret>@g'}\n",
            ),
            (
                "url: https://h/push?token=abc&api-version=1, source: http://t0k@g/\n",
                "url: https://h/push?token=<secret>&api-version=1, source: http://<secret>@g/\n",
            ),
        ];
        become_and_stay(&cases);
    }

    #[test]
    fn what_only_names_a_secret_stays_readable() {
        for text in [
            "tolerations:\n- key: a\n  operator: Equal\n  value: b\n",
            "env:\n- name: DB_PASS\n  valueFrom: {secretKeyRef: {name: db, key: pass}}\n",
            "tlsConfig:\n  keySecret:\n    name: tls\n    key: tls.key\n",
            "url: https://h/api/v1/write?api-version=2023-04-24\n",
            "clientSecret:\n  name: amw\n  key: secret\n",
            "clientSecret: {name: amw, key: client-value}\n",
            "password_file: /etc/p\n",
            "existingSecret: grafana\n",
            "automountServiceAccountToken: false\n",
            "sources:\n- serviceAccountToken:\n    audience: api://AzureADTokenExchange\n",
            "url: https://host:9090/a@b\n",
            "# our secret:\nurl: u\n",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }
}
