//! How does the product reach stdout? Whole, and as one document when it is JSON; a reader that goes away is no error.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::Value;

use crate::error::Failure;

/// The one writer to stdout.
#[derive(Debug, Default)]
pub(crate) struct Product {
    document_written: AtomicBool,
}

impl Product {
    /// Writes text as it is.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(gone) if gone.kind() == ErrorKind::BrokenPipe => Ok(()),
            Err(cause) => Err(Failure::new("write the result to stdout").because(cause)),
            Ok(()) => Ok(()),
        }
    }

    /// Writes the one JSON document, indented for people who look at it.
    pub(crate) fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.document_written.store(true, Ordering::Relaxed);
        let text = serde_json::to_string_pretty(document)
            .expect("our documents have string keys and no failing serialiser");
        self.text(&format!("{text}\n"))
    }

    /// Writes a document only if none was written: stdout holds one in any case, also after a failure.
    pub(crate) fn last_resort(&self, document: &Value) {
        if !self.document_written.load(Ordering::Relaxed) {
            let _ = self.document(document);
        }
    }
}
