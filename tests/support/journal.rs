//! The sandbox's journal: one JSON object per request. Shared by both suites.

use std::path::Path;

/// One request as the sandbox saw it, and how it was answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JournalRequest {
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The object id of the identity whose token came with the request; empty without one.
    pub(crate) principal: String,
    pub(crate) status: u64,
    /// Whether it asked for a change in Azure or the directory, whatever the answer was.
    pub(crate) write: bool,
    /// Whether a fault of the sandbox applied to it.
    pub(crate) fault: bool,
}

impl JournalRequest {
    pub(crate) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// All requests so far, oldest first; none where there is no journal yet.
pub(crate) fn read(file: &Path) -> Vec<JournalRequest> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // The sandbox may be in the middle of its last line.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(request).collect()
}

fn request(line: &str) -> JournalRequest {
    let entry: serde_json::Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let word = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    JournalRequest {
        service: word("service"),
        method: word("method"),
        path: word("path"),
        principal: word("principal"),
        status: entry["status"].as_u64().unwrap_or_default(),
        write: entry["write"].as_bool().unwrap_or_default(),
        fault: !entry["fault"].is_null(),
    }
}
