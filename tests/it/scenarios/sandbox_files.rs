//! The files that a sandbox writes: what cannot be written is refused before it serves, and no reader keeps it from ending.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;

use crate::support::World;

/// A command that waits is ended by it, with exit code 124.
const DEADLINE: &[&str] = &["/usr/bin/timeout", "30"];

fn make_pipe(world: &World) {
    let made = Command::new("mkfifo").arg(world.path("pipe")).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_pipe_without_a_reader_is_refused_with_its_name() {
    let world = World::new();
    make_pipe(&world);
    let _socket = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();

    for (arguments, words) in [
        ("sandbox --journal pipe", "no program reads from pipe"),
        ("sandbox --journal socket", "socket is a socket or a disk"),
        ("sandbox --journal .", "is a directory"),
        (
            "sandbox --as-azure --hosts-file pipe",
            "pipe is a pipe or a device, and this needs a file",
        ),
        ("sandbox --env-file pipe", "cannot write pipe"),
        ("sandbox --as-azure --ca-file pipe", "cannot write pipe"),
    ] {
        world
            .run_under(DEADLINE, arguments)
            .ends_with(1)
            .mentions(&[words, "next:"]);
    }
}

#[test]
fn a_file_that_cannot_be_written_at_the_end_or_that_is_not_the_sandboxs_is_refused_at_the_start() {
    const MINE: &str = "remote_write: []\n";
    let world = World::new().file("mine.yaml", MINE);

    for (arguments, words) in [
        (
            "sandbox --dump missing/state.json",
            "create its folder first",
        ),
        (
            "sandbox --dump /proc/state.json",
            "cannot write /proc/state.json",
        ),
        ("sandbox --env-file missing/env", "create its folder first"),
        ("sandbox --dump mine.yaml", "name another file"),
        ("sandbox --env-file mine.yaml", "name another file"),
        ("sandbox --journal mine.yaml", "name another file"),
        (
            "sandbox --as-azure --ca-file mine.yaml",
            "name another file",
        ),
        (
            "sandbox --as-azure --hosts-file mine.yaml",
            "is not a hosts file",
        ),
    ] {
        world
            .run_under(DEADLINE, arguments)
            .ends_with(1)
            .mentions(&[words, "next:"]);
        assert_eq!(world.read("mine.yaml"), MINE, "{arguments}");
    }
}

/// Whether the service at this URL answers a request of which the journal gets a line.
fn is_answered(url: &str) -> bool {
    let (host, path) = url["http://".len()..].split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let head = format!("GET /{path}/x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 ")
}

#[test]
fn a_journal_whose_reader_stops_neither_stops_the_sandbox_nor_keeps_it_from_ending() {
    let world = World::new();
    make_pipe(&world);
    let mut options = std::fs::OpenOptions::new();
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let journal = options.read(true).custom_flags(nonblocking);
    let journal = journal.open(world.path("pipe")).unwrap();
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_amw-rw"))
        .args(["sandbox", "--journal", "pipe", "-o", "json"])
        .current_dir(world.path("."))
        .env_clear()
        .env("TMPDIR", world.path("."))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut announced = String::new();
    let mut stdout = BufReader::new(sandbox.stdout.take().unwrap());
    stdout.read_line(&mut announced).unwrap();
    let announced: serde_json::Value = serde_json::from_str(&announced).unwrap();
    let entra = announced["entra"].as_str().unwrap();

    // A pipe holds 64 KiB: some 200 lines.
    let answered = (0..300).filter(|_| is_answered(entra)).count();
    let ended = Command::new("kill").arg(sandbox.id().to_string()).status();

    assert!(ended.unwrap().success());
    assert_eq!(sandbox.wait().unwrap().code(), Some(0));
    assert_eq!(answered, 300);
    let mut lines = String::new();
    BufReader::new(journal).read_to_string(&mut lines).unwrap();
    assert!(lines.lines().count() > 100);
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}
