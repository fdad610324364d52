//! Takes secrets out of a text that is no YAML, such as a template, line by line. Where in doubt, too much is hidden.

use super::arguments::is_secret_flag;
use super::keys;
use super::places::{Above, indent_of, is_secret_in_flow};
use super::sentences::without_stated;
use super::urls::{PLACEHOLDER, is_shown};
use super::values::clean_text;

/// The text, with as many lines as before, and every secret value replaced.
pub(super) fn hide(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut unfinished = None;
    let mut above = Above::default();
    let mut follows_flag = false;
    let mut command = ContinuedCommand::default();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let body = line.trim_end_matches(['\r', '\n']);
        let start = clean.len();
        match unfinished.filter(|secret: &OpenSecret| secret.covers(body)) {
            Some(secret) => {
                clean.push_str(&masked_line(body));
                unfinished = secret.after(body);
            }
            None if follows_flag && !item_of(body).starts_with('-') && !is_shown(item_of(body)) => {
                clean.push_str(&body[..body.len() - item_of(body).len()]);
                clean.push_str(PLACEHOLDER);
            }
            None => {
                let is_comment = body.trim_start().starts_with('#');
                let stated = is_comment.then(|| without_stated(body));
                let body = stated.as_deref().unwrap_or(body);
                above.read(body, lines.peek().copied().unwrap_or_default());
                unfinished = match above.secret_value(body) {
                    Some((column, start)) => hide_value(body, column, start, &mut clean),
                    None => clean_line(body, &above, &mut clean),
                }
                .filter(|_| !is_comment);
            }
        }
        follows_flag = is_item(body) && is_secret_flag(plain_item(body));
        if command.has_secret_in(&clean[start..], body.ends_with('\\')) {
            clean.truncate(start);
            clean.push_str(&masked_line(body));
        }
        clean.push_str(&line[body.len()..]);
    }
    clean
}

/// A command of a shell on several lines, each but the last with `\` at its end.
#[derive(Default)]
struct ContinuedCommand(String);

impl ContinuedCommand {
    /// More bytes are no command, and would be read again with each line.
    const LONGEST: usize = 2048;

    /// Whether a line that is clean by itself has a secret of the command that began before it.
    fn has_secret_in(&mut self, line: &str, goes_on: bool) -> bool {
        let words = line.trim_start_matches([' ', '\t', '#']);
        let words = words.trim_end().trim_end_matches('\\');
        let whole = format!("{}{words} ", self.0);
        let has_secret = !self.0.is_empty() && clean_text(&whole) != whole;
        let is_kept = goes_on && !has_secret && whole.len() <= Self::LONGEST;
        self.0 = if is_kept { whole } else { String::new() };
        has_secret
    }
}

/// Whether a line, perhaps of a comment, is an item of a list.
fn is_item(line: &str) -> bool {
    line.trim_start_matches([' ', '\t', '#']).starts_with("- ")
}

/// The text of an item of a list.
fn item_of(line: &str) -> &str {
    let item = line.trim_start_matches([' ', '\t', '#']);
    item.strip_prefix("- ").unwrap_or(item).trim_start()
}

fn plain_item(line: &str) -> &str {
    item_of(line).trim_end().trim_matches(['"', '\''])
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

fn clean_line(line: &str, above: &Above, clean: &mut String) -> Option<OpenSecret> {
    let mut from = 0;
    while let Some((column, start)) = next_secret(line, from, above) {
        clean.push_str(&clean_text(&line[from..start]));
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
    clean.push_str(&clean_text(&line[from..]));
    None
}

/// Column of the next key with a secret value, and where the value starts.
fn next_secret(line: &str, from: usize, above: &Above) -> Option<(usize, usize)> {
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
        // YAML wants a space behind the colon, unless the key is in quotes: JSON has none.
        let is_entry = spaces > 0 || value.is_empty() || line[..colon].ends_with(['"', '\'']);
        let name = &key[column..];
        (column >= from
            && is_entry
            && (is_secret(name, above) || is_secret_in_flow(line, column, name)))
        .then_some((column, colon + 1 + spaces))
    })
}

fn is_secret(key: &str, above: &Above) -> bool {
    // Those of a resource are names, as are those that a pod mounts.
    let are_names = key == "secrets" && above.is_below_spec();
    keys::is_secret(key) && !are_names
}

/// How much of a line is the value that it starts with, and whether the value goes on after it.
fn extent(value: &str, column: usize, in_flow: bool) -> (usize, Option<OpenSecret>) {
    match value.chars().next() {
        None | Some('#') => (0, Some(OpenSecret::DeeperScalar(column))),
        // The secret is on the lines below, each of which is hidden.
        Some('|' | '>') => (0, Some(OpenSecret::Deeper(column))),
        Some('[') if !value.contains('{') => (closing_bracket(value, ']'), None),
        Some('{') if !is_reference(value) => (closing_bracket(value, '}'), None),
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
            // `#` begins a comment only behind a space.
            let end = value.find(" #").unwrap_or(value.len());
            (
                value[..end].trim_end().len(),
                Some(OpenSecret::Deeper(column)),
            )
        }
    }
}

/// Just after the bracket that closes the first one; a value that goes on in the next line ends with this one.
fn closing_bracket(value: &str, bracket: char) -> usize {
    value.find(bracket).map_or(value.len(), |end| end + 1)
}

/// A map that names the Kubernetes Secret of something, or an expression of a template.
fn is_reference(value: &str) -> bool {
    value.starts_with("{{")
        || ["name:", "secretName:", "\"name\":"]
            .iter()
            .any(|key| value.contains(key))
}

/// Just after the quote that closes the one at the start.
fn closing_quote(value: &str, quote: char) -> Option<usize> {
    let mut inside = value.char_indices().skip(1).peekable();
    while let Some((at, each)) = inside.next() {
        // In single quotes YAML doubles the quote; in double quotes a backslash escapes it.
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

/// Keeps the indentation.
pub(super) fn masked_line(line: &str) -> String {
    let indent = &line[..indent_of(line)];
    if line.trim().is_empty() {
        line.to_owned()
    } else {
        format!("{indent}{PLACEHOLDER}")
    }
}
