//! Reads the sandbox's journal: one JSON object per request.

use std::path::Path;

/// One request as the sandbox saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u64,
    pub(crate) write: bool,
    /// Whether a fault of the sandbox met it.
    pub(crate) fault: bool,
}

pub(super) fn read(file: &Path) -> Vec<Request> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // The sandbox may be in the middle of its last line.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            let word = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            Request {
                service: word("service"),
                method: word("method"),
                path: word("path"),
                status: entry["status"].as_u64().unwrap_or_default(),
                write: entry["write"].as_bool().unwrap_or_default(),
                fault: !entry["fault"].is_null(),
            }
        })
        .collect()
}
