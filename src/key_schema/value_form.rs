//! What a single value must be, and whether one is.

use serde_yaml::Value;

use super::go_url;
use crate::spec::prometheus_duration::PrometheusDuration;
use crate::target::Spelling;
use crate::text::filled_in::is_filled_in;

/// What the value of a key must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum ValueForm {
    Any,
    Text,
    /// A list of texts.
    Texts,
    /// A map from the user's own names to texts.
    TextMap,
    /// A map from the user's own names to lists of texts.
    NamedTexts,
    /// A map with anything in it.
    Map,
    /// A URL; the Operator takes it with one of these schemes only.
    Address(&'static [&'static str]),
    Duration,
    /// A whole number.
    Count,
    /// A whole number that is not negative.
    Limit,
    /// A divisor: Prometheus holds it in 64 bits without a sign.
    Modulus,
    /// A number of bytes.
    Size,
    Switch,
    OneOf(&'static [&'static str]),
    /// A list of some of these, each once.
    SomeOf(&'static [&'static str]),
    /// A text other than this one, in upper and lower case.
    OtherThan(&'static str),
}

impl ValueForm {
    /// What the value should be, if it is not. Null and what another program fills in are not judged here.
    pub(super) fn expected(self, value: &Value, spelling: Spelling) -> Option<String> {
        let text = value.as_str();
        let is_it = match self {
            Self::Any => true,
            Self::Text => is_text(value, spelling),
            Self::Texts => is_list(value, |item| is_text(item, spelling)),
            Self::TextMap => value
                .as_mapping()
                .is_some_and(|map| map.values().all(|text| is_text(text, spelling))),
            Self::NamedTexts => value.as_mapping().is_some_and(|map| {
                map.values()
                    .all(|list| list.is_null() || is_list(list, |item| is_text(item, spelling)))
            }),
            Self::Map => value.is_mapping(),
            Self::Address(schemes) => return address_fault(value, schemes, spelling),
            Self::Duration => is_duration(value, spelling),
            Self::Count => is_number(value, spelling),
            Self::Limit => {
                is_number(value, spelling) && !value.as_f64().is_some_and(|it| it <= -1.0)
            }
            Self::Modulus => {
                let is_unsigned = value.as_u64().is_some() && spelling == Spelling::Prometheus;
                is_unsigned || is_number(value, spelling)
            }
            Self::Size => is_size(value),
            Self::Switch => is_switch(value),
            Self::OneOf(words) => text.is_some_and(|text| words.contains(&text)),
            Self::SomeOf(words) => is_selection(value, words),
            Self::OtherThan(word) => {
                is_text(value, spelling)
                    && !text.is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
            }
        };
        (!is_it).then(|| self.description(spelling))
    }

    fn description(self, spelling: Spelling) -> String {
        match self {
            Self::Any => "a value".to_owned(),
            Self::Text if spelling == Spelling::Operator => {
                "a text (a number or boolean needs quotes)".to_owned()
            }
            Self::Text => "a text".to_owned(),
            Self::Texts => "a list of texts".to_owned(),
            Self::TextMap => "a map of texts".to_owned(),
            Self::NamedTexts => "a map of lists of texts".to_owned(),
            Self::Map => "a map".to_owned(),
            Self::Address(_) => "a URL".to_owned(),
            Self::Duration => "a duration with its unit, such as 30s".to_owned(),
            Self::Count | Self::Modulus => "a whole number".to_owned(),
            Self::Limit => "a whole number that is 0 or above".to_owned(),
            Self::Size => "a size with its unit, such as 10MB".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::SomeOf(words) => format!("a list of some of {}, each once", words.join(", ")),
            Self::OtherThan(word) => format!("a text other than {word}"),
        }
    }
}

/// Prometheus reads a number or a boolean as text; the schema of the Operator does not.
fn is_text(value: &Value, spelling: Spelling) -> bool {
    match value {
        Value::String(_) | Value::Null => true,
        Value::Number(_) | Value::Bool(_) => spelling == Spelling::Prometheus,
        _ => false,
    }
}

fn is_list(value: &Value, is_item: impl Fn(&Value) -> bool) -> bool {
    value
        .as_sequence()
        .is_some_and(|items| items.iter().all(is_item))
}

fn is_selection(value: &Value, words: &[&str]) -> bool {
    let items = value.as_sequence().filter(|items| !items.is_empty());
    items.is_some_and(|items| {
        let is_filled_in = |item: &Value| item.as_str().is_some_and(is_filled_in);
        items.iter().enumerate().all(|(index, item)| {
            let is_word = item.as_str().is_some_and(|text| words.contains(&text));
            is_filled_in(item) || (is_word && !items[..index].contains(item))
        })
    })
}

fn address_fault(value: &Value, schemes: &[&str], spelling: Spelling) -> Option<String> {
    if !is_text(value, spelling) {
        return Some(ValueForm::Text.description(spelling));
    }
    let url = value.as_str()?;
    let has_scheme = |scheme: &&str| {
        let rest = url
            .strip_prefix(*scheme)
            .and_then(|rest| rest.strip_prefix("://"));
        rest.is_some_and(|rest| !rest.is_empty())
    };
    if spelling == Spelling::Operator && !schemes.iter().any(has_scheme) {
        return Some(format!("a URL that starts with {}", starts(schemes)));
    }
    let why = go_url::fault(url)?;
    Some(format!("a URL: {why}"))
}

fn starts(schemes: &[&str]) -> String {
    let starts: Vec<String> = schemes
        .iter()
        .map(|scheme| format!("{scheme}://"))
        .collect();
    starts.join(", ")
}

fn is_duration(value: &Value, spelling: Spelling) -> bool {
    match value {
        Value::String(text) => text.parse::<PrometheusDuration>().is_ok(),
        // Prometheus reads the number as text, and `0` is the one duration without a unit. The schema of the Operator wants
        // a string.
        Value::Number(number) => spelling == Spelling::Prometheus && number.as_i64() == Some(0),
        _ => false,
    }
}

/// A number as YAML 1.1 writes it, which Prometheus, kubectl and Helm read: `1_000`, `017`, `0x10`, and `5.0`. Prometheus cuts a
/// fraction; the schema of the Operator has whole numbers only.
fn is_number(value: &Value, spelling: Spelling) -> bool {
    let is_digit =
        |each: char| each.is_ascii_hexdigit() || matches!(each, '_' | 'x' | 'o' | '+' | '-');
    let is_text = |text: &str| {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        unsigned.starts_with(|each: char| each.is_ascii_digit())
            && text.chars().all(is_digit)
            && (text.contains('_') || unsigned.starts_with('0'))
    };
    match value {
        // Prometheus and Kubernetes hold it in 64 bits with a sign.
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let is_in_range = number.abs() < 9_223_372_036_854_775_808.0;
            is_in_range && (spelling == Spelling::Prometheus || number.fract() == 0.0)
        }
        Value::Number(number) => number.as_i64().is_some(),
        other => other.as_str().is_some_and(is_text),
    }
}

/// `None` also for the other forms of YAML 1.1. A fraction is cut, as Prometheus does.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    let number = value.as_i64();
    number.or_else(|| value.as_f64().map(|number| number as i64))
}

/// The words of YAML 1.1 too: kubectl and Helm send them as booleans.
fn is_switch(value: &Value) -> bool {
    const WORDS: [&str; 6] = ["y", "yes", "on", "n", "no", "off"];
    let is_word = |text: &str| WORDS.contains(&text.to_lowercase().as_str());
    value.is_bool() || value.as_str().is_some_and(is_word)
}

/// As `ParseBase2Bytes` of alecthomas/units reads it: parts such as `1GB500MB`.
fn is_size(value: &Value) -> bool {
    const UNITS: [&str; 13] = [
        "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "KB", "MB", "GB", "TB", "PB", "EB",
    ];
    let Some(text) = value.as_str() else {
        return value.as_i64() == Some(0);
    };
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest.is_empty() || rest == "0" {
        return !rest.is_empty();
    }
    while !rest.is_empty() {
        let is_of_number = |each: char| each.is_ascii_digit() || each == '.';
        let unit = rest.trim_start_matches(is_of_number);
        let number = &rest[..rest.len() - unit.len()];
        let end = unit.find(is_of_number).unwrap_or(unit.len());
        if number.parse::<f64>().is_err() || !UNITS.contains(&&unit[..end]) {
            return false;
        }
        rest = &unit[end..];
    }
    true
}
