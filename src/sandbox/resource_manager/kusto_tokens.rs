//! Splits a Kusto query into tokens.

use std::fmt::{self, Display, Formatter};

/// The smallest part of a query that means something.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum KustoToken {
    /// A name, a dotted path or a number.
    Name(String),
    /// The text between single quotes.
    Text(String),
    /// `=~`, `==` or `in~`.
    Operator(String),
    /// One of `|`, `,`, `(`, `)` and `=`.
    Punctuation(char),
}

impl Display for KustoToken {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(text) | Self::Operator(text) => write!(formatter, "`{text}`"),
            Self::Text(text) => write!(formatter, "'{text}'"),
            Self::Punctuation(mark) => write!(formatter, "`{mark}`"),
        }
    }
}

/// The tokens of a query; the error names what cannot begin one.
pub(super) fn tokens(text: &str) -> Result<Vec<KustoToken>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' => quoted(&rest[1..])?,
            '|' | ',' | '(' | ')' => (KustoToken::Punctuation(first), &rest[1..]),
            '=' if rest.starts_with("=~") || rest.starts_with("==") => {
                (KustoToken::Operator(rest[..2].to_owned()), &rest[2..])
            }
            '=' => (KustoToken::Punctuation('='), &rest[1..]),
            _ if belongs_to_name(first) => name(rest),
            _ => return Err(format!("'{first}' is not understood")),
        };
        tokens.push(word);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str) -> Result<(KustoToken, &str), String> {
    let (text, after) = rest
        .split_once('\'')
        .ok_or_else(|| format!("the text '{rest} never ends"))?;
    Ok((KustoToken::Text(text.to_owned()), after))
}

fn name(rest: &str) -> (KustoToken, &str) {
    let end = rest
        .find(|character| !belongs_to_name(character))
        .unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    match (name, after.strip_prefix('~')) {
        // The tilde makes the comparison ignore letter case, as in `=~`.
        ("in", Some(after)) => (KustoToken::Operator("in~".to_owned()), after),
        _ => (KustoToken::Name(name.to_owned()), after),
    }
}

fn belongs_to_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "._".contains(character)
}
