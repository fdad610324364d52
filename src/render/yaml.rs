//! Writes values as YAML text that every reader takes for the same value, YAML 1.1 readers such as Helm included.

use serde_yaml::Value;

use crate::spec::prometheus_duration::PrometheusDuration;
use crate::text::visible::is_hidden;

/// How a file lays out its blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockStyle {
    /// Columns from a key to the keys below it.
    pub(crate) step: usize,
    /// Columns from a key to the dashes of its list; 0 where the dashes are right below the key.
    pub(crate) dash: usize,
    pub(crate) quoting: Quoting,
}

/// The quotes of a file's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quoting {
    /// Of strings that need some.
    pub(crate) strings: Quote,
    /// Of durations such as `20m`, which need none: `None` where the file has none either.
    pub(crate) durations: Option<Quote>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quote {
    Single,
    Double,
}

/// The style of flow maps and lists in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowStyle {
    /// Every key and every string in double quotes.
    Json,
    /// Words as they are, and these quotes for everything else.
    Words(Quoting),
}

impl Default for BlockStyle {
    fn default() -> Self {
        Self {
            step: 2,
            dash: 2,
            quoting: Quoting::default(),
        }
    }
}

impl Default for Quoting {
    fn default() -> Self {
        Self {
            strings: Quote::Double,
            durations: None,
        }
    }
}

impl Quoting {
    /// The quotes of this text; `None` where it is a string without any, as `is_plain` decides for other text.
    fn of(self, text: &str, is_plain: impl Fn(&str) -> bool) -> Option<Quote> {
        match PrometheusDuration::has_unit(text) {
            true => self.durations,
            false => (!is_plain(text)).then_some(self.strings),
        }
    }

    fn write(self, text: &str, is_plain: impl Fn(&str) -> bool) -> String {
        match self.of(text, is_plain) {
            Some(quote) => quoted_text(text, quote),
            None => text.to_owned(),
        }
    }
}

/// A map or list as lines that start at column 0; anything else as its one line.
pub(crate) fn block_lines(value: &Value, style: BlockStyle) -> Vec<String> {
    match value {
        Value::Mapping(map) if !map.is_empty() => map
            .iter()
            .flat_map(|(key, value)| entry_lines(&scalar_text(key, style.quoting), value, style))
            .collect(),
        Value::Sequence(items) if !items.is_empty() => items
            .iter()
            .flat_map(|item| item_lines(item, style))
            .collect(),
        _ => vec![inline_text(value, style.quoting)],
    }
}

fn entry_lines(key: &str, value: &Value, style: BlockStyle) -> Vec<String> {
    let indent = match value {
        Value::Mapping(map) if !map.is_empty() => style.step,
        Value::Sequence(items) if !items.is_empty() => style.dash,
        _ => return vec![format!("{key}: {}", inline_text(value, style.quoting))],
    };
    let below = block_lines(value, style)
        .into_iter()
        .map(|line| format!("{:indent$}{line}", ""));
    std::iter::once(format!("{key}:")).chain(below).collect()
}

fn item_lines(item: &Value, style: BlockStyle) -> Vec<String> {
    let lines = block_lines(item, style).into_iter().enumerate();
    lines
        .map(|(index, line)| format!("{}{line}", if index == 0 { "- " } else { "  " }))
        .collect()
}

fn inline_text(value: &Value, quoting: Quoting) -> String {
    match value {
        Value::Mapping(_) | Value::Sequence(_) => flow_text(value, FlowStyle::Words(quoting)),
        _ => scalar_text(value, quoting),
    }
}

/// A scalar for block context: plain where no reader can mistake it, quoted elsewhere.
pub(crate) fn scalar_text(value: &Value, quoting: Quoting) -> String {
    match value {
        // Plain where possible, since a quoted id among unquoted ones looks foreign in a diff.
        Value::String(text) => quoting.write(text, is_plain),
        _ => flow_text(value, FlowStyle::Words(quoting)),
    }
}

/// Any value on one line, in YAML flow style.
pub(crate) fn flow_text(value: &Value, style: FlowStyle) -> String {
    let text = |value| flow_text(value, style);
    match value {
        Value::Mapping(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", text(key), text(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Sequence(items) => format!(
            "[{}]",
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        ),
        Value::String(text) => match style {
            FlowStyle::Words(quoting) => quoting.write(text, is_word),
            FlowStyle::Json => double_quoted(text),
        },
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Tagged(tagged) => format!("{} {}", tagged.tag, text(&tagged.value)),
    }
}

/// The same with each entry and item on lines of its own, `step` columns to the right of its brace or bracket.
pub(crate) fn flow_lines(value: &Value, style: FlowStyle, step: usize) -> Vec<String> {
    let (open, parts, close) = match value {
        Value::Mapping(map) if !map.is_empty() => {
            let entries = map.iter().map(|(key, value)| {
                let mut lines = flow_lines(value, style, step);
                lines[0].insert_str(0, &format!("{}: ", flow_text(key, style)));
                lines
            });
            ("{", entries.collect::<Vec<_>>(), "}")
        }
        Value::Sequence(items) if !items.is_empty() => {
            let items = items.iter().map(|item| flow_lines(item, style, step));
            ("[", items.collect(), "]")
        }
        _ => return vec![flow_text(value, style)],
    };
    let mut lines = vec![open.to_owned()];
    let last = parts.len() - 1;
    for (index, part) in parts.into_iter().enumerate() {
        lines.extend(part.iter().map(|line| format!("{:step$}{line}", "")));
        if index < last {
            lines.last_mut().into_iter().for_each(|line| line.push(','));
        }
    }
    lines.push(close.to_owned());
    lines
}

/// Text that is a string within braces and brackets too, where a colon or a question mark may mean something.
fn is_word(text: &str) -> bool {
    is_plain(text)
        && text
            .chars()
            .all(|each| each.is_ascii_alphanumeric() || "_-./".contains(each))
}

/// Text that is a string to YAML 1.1 and 1.2 alike: an id, or what starts like a word or a path and holds no indicator.
fn is_plain(text: &str) -> bool {
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let holds_well = text
        .chars()
        .all(|each| each.is_ascii_alphanumeric() || "_-./:?=&%+@~".contains(each));
    // A colon at the end would make a key of it. A digit, sign or dot at the start can begin a number, a date
    // or `.inf`.
    is_uuid(text) || (starts_well && holds_well && !text.ends_with(':') && !is_reserved(text))
}

fn is_uuid(text: &str) -> bool {
    let groups = text.split('-');
    groups.clone().map(str::len).eq([8, 4, 4, 4, 12])
        && groups
            .flat_map(str::chars)
            .all(|each| each.is_ascii_hexdigit())
}

/// Words that YAML 1.1 reads as booleans or null.
fn is_reserved(word: &str) -> bool {
    const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    RESERVED
        .iter()
        .any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// A string in quotes: in single ones only where they can hold it.
pub(crate) fn quoted_text(text: &str, quote: Quote) -> String {
    match quote {
        Quote::Single if !text.contains(needs_escape) => format!("'{}'", text.replace('\'', "''")),
        _ => double_quoted(text),
    }
}

/// Characters that JSON allows but that YAML readers take for line breaks or refuse, and those that change how the line
/// around them is read.
fn needs_escape(each: char) -> bool {
    // JSON has no escape of one piece for the others, and what is written here may be JSON.
    each.is_control() || is_hidden(each) && each <= '\u{ffff}'
}

fn double_quoted(text: &str) -> String {
    // Almost every JSON string is a double-quoted string of YAML; the exceptions are escaped below.
    let json = serde_json::Value::from(text).to_string();
    let mut quoted = String::with_capacity(json.len());
    for each in json.chars() {
        if needs_escape(each) {
            quoted.push_str(&format!("\\u{:04x}", u32::from(each)));
        } else {
            quoted.push(each);
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    const SINGLE: Quoting = Quoting {
        strings: Quote::Single,
        durations: None,
    };
    const DOUBLE: Quoting = Quoting {
        strings: Quote::Double,
        durations: None,
    };

    #[test]
    fn blocks_follow_the_style_they_are_given() {
        let value: Value = serde_yaml::from_str(
            "{remote_write: [{name: amw, azuread: {managed_identity: {}}, write_relabel_configs: [{regex: a}]}]}",
        )
        .unwrap();

        let indented = block_lines(&value, BlockStyle::default()).join("\n");
        let tight = block_lines(
            &value,
            BlockStyle {
                step: 4,
                dash: 0,
                quoting: SINGLE,
            },
        )
        .join("\n");

        assert_snapshot!(indented, @r"
        remote_write:
          - name: amw
            azuread:
              managed_identity: {}
            write_relabel_configs:
              - regex: a
        ");
        assert_snapshot!(tight, @r"
        remote_write:
        - name: amw
          azuread:
              managed_identity: {}
          write_relabel_configs:
          - regex: a
        ");
    }

    #[test]
    fn braces_may_hold_words_or_json_on_one_line_or_on_many() {
        let value: Value =
            serde_yaml::from_str("{name: amw, url: 'http://h/x?y', ids: [a, 1], sdk: {}}").unwrap();
        let words = FlowStyle::Words(SINGLE);

        assert_snapshot!(flow_text(&value, words), @"{name: amw, url: 'http://h/x?y', ids: [a, 1], sdk: {}}");
        assert_snapshot!(flow_text(&value, FlowStyle::Json), @r#"{"name": "amw", "url": "http://h/x?y", "ids": ["a", 1], "sdk": {}}"#);
        assert_snapshot!(flow_lines(&value, words, 2).join("\n"), @"
        {
          name: amw,
          url: 'http://h/x?y',
          ids: [
            a,
            1
          ],
          sdk: {}
        }
        ");
    }

    #[test]
    fn what_yaml_1_1_would_take_for_something_else_is_quoted() {
        for text in [
            "true",
            "No",
            "on",
            "y",
            "1:30",
            "017",
            "1e3",
            "0x1F",
            "2001-01-01",
            "",
            "~",
            "<<",
            "=",
            ".5",
        ] {
            let written = scalar_text(&Value::from(text), DOUBLE);
            assert_eq!(written, format!("\"{text}\""));
        }
    }

    #[test]
    fn urls_paths_and_names_stay_plain() {
        for text in [
            "https://h.ingest.monitor.azure.com/x?api-version=2023-04-24",
            "/var/run/t",
            "AzurePublic",
        ] {
            assert_eq!(scalar_text(&Value::from(text), DOUBLE), text);
        }
    }

    #[test]
    fn whatever_a_string_holds_it_is_read_back_the_same() {
        let nasty = [
            "it's",
            "a: b",
            "a #b",
            "- a",
            "{{ x }}",
            "\"",
            "\\",
            "tab\there",
            "two\nlines",
            " blank ",
            "é 監視 🔥",
            "\u{2028}",
            "\u{85}",
            "\u{feff}x",
            "\u{7f}",
            "a\u{202e}b\u{200b}c\u{2066}",
            "\u{e0041}",
            "*alias",
            "&anchor",
            "!tag",
            "%x",
            "@x",
            "`x",
            "x:",
            "x,y",
        ];
        for text in nasty {
            for quoting in [SINGLE, DOUBLE] {
                let written = scalar_text(&Value::from(text), quoting);
                let read: Value = serde_yaml::from_str(&format!("key: {written}\n")).unwrap();
                assert_eq!(read["key"], Value::from(text), "{written}");
            }
            for style in [FlowStyle::Json, FlowStyle::Words(SINGLE)] {
                let in_flow = format!("{{{}: [{0}]}}", flow_text(&Value::from(text), style));
                let read: Value = serde_yaml::from_str(&in_flow).unwrap();
                assert_eq!(read[text][0], Value::from(text), "{in_flow}");
            }
        }
    }

    #[test]
    fn a_duration_has_the_quotes_of_the_files_other_durations() {
        let quoted = Quoting {
            strings: Quote::Double,
            durations: Some(Quote::Single),
        };
        for text in ["20m", "1h30m", "500ms", "2w", "0s"] {
            let value = Value::from(text);
            assert_eq!(scalar_text(&value, DOUBLE), text);
            assert_eq!(flow_text(&value, FlowStyle::Words(DOUBLE)), text);
            assert_eq!(scalar_text(&value, quoted), format!("'{text}'"));
            assert_eq!(flow_text(&value, FlowStyle::Json), format!("\"{text}\""));
        }
        for text in ["20", "m", "20 m", "1e3", "20q", "-5m", ""] {
            assert_eq!(scalar_text(&Value::from(text), quoted), expected(text));
        }
    }

    fn expected(text: &str) -> String {
        match text {
            "m" => text.to_owned(),
            _ => format!("\"{text}\""),
        }
    }
}
