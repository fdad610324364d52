//! Takes secrets out of configuration text before anyone sees it: line by line, so that broken YAML, templates and
//! YAML inside YAML are covered too. Where in doubt, too much is hidden.

use super::secret_places::{Above, indent_of, is_secret_in_flow};
use super::secret_urls::{PLACEHOLDER, clean_urls, is_shown};

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
            // With a map below it, the key is a reference such as `password: {name: …, key: …}`, whose keys are judged
            // by themselves.
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

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['_', '-'], "");
    !REFERENCES.contains(&key.as_str()) && SECRET_ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// How much of a line is the value that it starts with, and whether the value goes on after it.
fn extent(value: &str, column: usize, in_flow: bool) -> (usize, Option<OpenSecret>) {
    match value.chars().next() {
        None | Some('#') => (0, Some(OpenSecret::DeeperScalar(column))),
        // The secret is on the lines below, each of which is hidden.
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

fn masked(line: &str) -> String {
    let indent = &line[..indent_of(line)];
    if line.trim().is_empty() {
        line.to_owned()
    } else {
        format!("{indent}{PLACEHOLDER}")
    }
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
