//! The start of a message about a remote write in the wrong place.

/// What a remote write leads to in a part of the configuration that has none.
pub(super) fn effect_of_misplaced(path: &str) -> &'static str {
    // Prometheus reads a list of this name, and starts with an item that has only keys of a remote read.
    match path.ends_with("remote_read") || path.ends_with("remoteRead") {
        true => "Azure Monitor answers no reads at the URL of",
        false => "Prometheus does not start with",
    }
}
