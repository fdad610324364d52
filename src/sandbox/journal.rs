//! What was asked of the embedded Azure and how it answered: one line per request, without bodies or tokens.

use std::{io, path::Path, sync::Mutex};

use http::Method;
use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};

use super::{
    journal_output::JournalOutput, request::ServiceRequest, response::Response, service::Service,
};

/// Endings of POST paths that only read, in lower case.
const READING_POSTS: [&str; 4] = [
    "/providers/microsoft.resourcegraph/resources",
    "/listclusterusercredential",
    "/listclusteradmincredential",
    "/directoryobjects/getbyids",
];

/// The requests so far in a file of JSON lines, when asked for; tests find them in memory.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Option<Mutex<JournalOutput>>,
    #[cfg(test)]
    entries: Mutex<Vec<Map<String, Value>>>,
}

impl Journal {
    /// A journal that also appends each line to a file.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(JournalOutput::open).transpose()?;
        Ok(Self {
            file: file.map(Mutex::new),
            #[cfg(test)]
            entries: Mutex::default(),
        })
    }

    /// Notes a request and the answer to it, be it lost on its way out or not.
    pub(crate) fn note(&self, request: &ServiceRequest, response: &Response, finished: Timestamp) {
        let entry = entry(request, response, finished);
        if let Some(file) = &self.file {
            append(file, &entry);
        }
        #[cfg(test)]
        self.entries
            .lock()
            .expect("no one panics while adding an entry")
            .push(entry);
    }

    /// All entries so far, oldest first.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> Vec<Map<String, Value>> {
        self.entries
            .lock()
            .expect("no one panics while adding an entry")
            .clone()
    }
}

/// A journal that cannot be written is no reason to stop serving.
fn append(file: &Mutex<JournalOutput>, entry: &Map<String, Value>) {
    let line = format!("{}\n", json!(entry));
    let mut file = file.lock().expect("no one panics while writing a line");
    if let Err(error) = file.append(&line) {
        tracing::warn!(%error, "cannot append to the sandbox's journal");
    }
}

fn entry(request: &ServiceRequest, response: &Response, finished: Timestamp) -> Map<String, Value> {
    let fields = json!({
        "time": to_milliseconds(request.now),
        "service": request.service.name(),
        "method": request.method.as_str(),
        "path": request.path,
        "api_version": request.query("api-version"),
        "status": response.status.as_u16(),
        "write": is_write(request),
        "fault": request.fault.as_ref().map(|fault| &fault.name),
        "started": to_milliseconds(request.received),
        "milliseconds": finished.duration_since(request.received).as_millis() as i64,
        "label": request.label,
        "client_request_id": request.header("x-ms-client-request-id"),
    });
    let Value::Object(mut fields) = fields else {
        unreachable!("the literal above is an object");
    };
    fields.extend(response.notes.clone());
    fields
}

/// Whether a request asks to change a resource in Azure or the directory, whatever the result is.
fn is_write(request: &ServiceRequest) -> bool {
    if !matches!(request.service, Service::ResourceManager | Service::Graph) {
        return false;
    }
    match request.method {
        Method::GET | Method::HEAD | Method::OPTIONS => false,
        Method::POST => {
            let path = request.path.to_ascii_lowercase();
            !READING_POSTS.iter().any(|ending| path.ends_with(ending))
        }
        _ => true,
    }
}

/// RFC 3339 in UTC with exactly three digits of a second.
fn to_milliseconds(time: Timestamp) -> String {
    let time = time.round(Unit::Millisecond).unwrap_or(time);
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::sandbox::testing::request;

    fn noted(line: &str) -> Map<String, Value> {
        let request = request(line);
        let response = Response::empty(StatusCode::OK).noting("samples", 3);
        entry(&request, &response, request.now)
    }

    #[test]
    fn a_line_has_the_request_without_its_query_and_token() {
        let line = noted("GET /subscriptions?api-version=2022-12-01&sig=hidden");

        assert_eq!(line["time"], "2026-01-15T12:00:00.000Z");
        assert_eq!(line["api_version"], "2022-12-01");
        assert_eq!(line["samples"], 3);
        assert!(!Value::Object(line).to_string().contains("hidden"));
    }

    #[test]
    fn only_what_asks_for_a_change_is_a_write() {
        assert_eq!(noted("PUT /a")["write"], true);
        assert_eq!(noted("POST /a/register")["write"], true);
        assert_eq!(noted("GET /a")["write"], false);
        assert_eq!(noted("POST /a/listClusterUserCredential")["write"], false);
        assert_eq!(
            noted("POST /providers/Microsoft.ResourceGraph/resources")["write"],
            false
        );
    }
}
