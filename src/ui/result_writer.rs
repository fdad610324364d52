//! How does the result reach stdout? Whole, and as one document when it is JSON; a reader that goes away is no error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::Value;

use super::palette::terminal_text;
use crate::error::Failure;
use crate::text::visible::is_hidden;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentFormat {
    Json,
    Yaml,
}

/// The one writer to stdout.
#[derive(Debug)]
pub(crate) struct ResultWriter {
    format: DocumentFormat,
    document_written: AtomicBool,
}

impl ResultWriter {
    pub(crate) fn new(format: DocumentFormat) -> Self {
        Self {
            format,
            document_written: AtomicBool::new(false),
        }
    }

    /// Writes text as it is; on a terminal without what a terminal would obey.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        match std::io::stdout().is_terminal() {
            // A pipe gets every byte, for its reader can be kubectl.
            true => self.view(text),
            false => write(text),
        }
    }

    /// Writes what people read, which may be coloured.
    pub(crate) fn view(&self, text: &str) -> Result<(), Failure> {
        write(&terminal_text(text))
    }

    /// Writes the one document, indented for people who look at it.
    pub(crate) fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.document_written.store(true, Ordering::Relaxed);
        match self.format {
            DocumentFormat::Json => write(&json(document)),
            DocumentFormat::Yaml => self.text(&yaml(document)),
        }
    }

    /// Writes a document only if none was written: stdout holds one in any case, also after a failure.
    pub(crate) fn last_resort(&self, document: &Value) {
        if !self.document_written.load(Ordering::Relaxed) {
            let _ = self.document(document);
        }
    }
}

fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        // What is left to the end of the process is written there without a word about an error.
        .and_then(|()| stdout.flush())
    {
        Err(gone) if gone.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(cause) => Err(Failure::new("write the result to stdout").because(cause)),
        Ok(()) => Ok(()),
    }
}

/// What cannot be seen is written as `\u…`, which every reader of JSON takes for the same text.
fn json(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document)
        .expect("our documents have string keys and no failing serialiser");
    format!("{}\n", escaped_json(&text))
}

fn yaml(document: &impl Serialize) -> String {
    serde_saphyr::to_string(document)
        .expect("our documents have string keys and no failing serialiser")
}

/// serde_json escapes the first 32 characters only.
fn escaped_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            // JSON has four hexadecimal digits for a character, so one above U+FFFF is a pair.
            let mut units = [0; 2];
            let units = letter.encode_utf16(&mut units).iter();
            units.for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_same_content_in_yaml() {
        let value = serde_json::json!({"checks": [{"id": "no", "seconds": 1.5, "found": null, "next": []}]});

        let text = yaml(&value);

        assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_document_shows_what_is_hidden_and_reads_back_the_same() {
        let value = serde_json::json!("\u{1b}[2J\u{202e}\u{9b}\u{e0041}\u{7f} ü");

        let text = escaped_json(&value.to_string());

        assert_eq!(text, r#""\u001b[2J\u202e\u009b\udb40\udc41\u007f ü""#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
