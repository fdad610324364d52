//! The network is down, slow, in the way, or the clock is wrong.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::support::{CommandOutcome, World};

#[test]
fn a_host_that_does_not_answer_is_named() {
    let mut world = World::new().variable("AMW_RW_RESOURCE_MANAGER_ENDPOINT", "http://127.0.0.1:9");

    world.run("plan").ends_with(1).mentions(&["127.0.0.1:9"]);
}

#[test]
fn an_unreachable_authority_exits_with_the_network_code() {
    let mut world = World::new().variable("AMW_RW_AUTHORITY", "http://127.0.0.1:9");

    let run = world.run("plan").ends_with(1).mentions(&[
        "cannot sign in to Azure",
        "no connection to 127.0.0.1:9: Connection refused",
        "HTTPS_PROXY",
    ]);

    assert!(!run.stderr().contains("az login"), "{}", run.stderr());
}

#[test]
fn a_proxy_of_the_environment_is_not_used_for_this_machine() {
    let mut world = World::new()
        .variable("HTTPS_PROXY", "http://127.0.0.1:9")
        .variable("HTTP_PROXY", "http://127.0.0.1:9");

    world.run("plan").succeeds();
}

#[test]
fn an_address_that_is_neither_https_nor_this_machine_gets_no_token() {
    let mut world =
        World::new().variable("AMW_RW_RESOURCE_MANAGER_ENDPOINT", "http://azure.example");

    let run = world.run("plan");

    assert!(run.ends_with(1).mentions(&["https"]).stdout().is_empty());
}

#[test]
fn a_clock_that_is_ten_minutes_off_is_what_doctor_finds() {
    let mut world = World::new().sandbox_flag("--clock-ahead", "10m");
    world.run("apply --yes").succeeds();

    let report = world.run("doctor --only clock -o json").ends_with(4).json();

    assert_eq!(report["checks"][0]["id"], "clock");
    assert_eq!(report["checks"][0]["verdict"], "fail", "{report}");
}

#[test]
fn throttling_is_waited_out() {
    let mut world = World::new().fault("429:PUT:/roleAssignments/:times=1:retry-after=1");

    world.run("apply --yes").succeeds();
}

#[test]
fn a_lost_reply_leads_to_no_second_object() {
    let mut world = World::new().fault("lost-reply:PUT:/userAssignedIdentities/:times=1");

    world.run("apply --yes").succeeds();

    assert_eq!(world.run("plan -o json").succeeds().json()["changes"], 0);
}

#[test]
fn other_hosts_are_reached_through_the_proxy_of_the_environment() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let asked = std::thread::spawn(move || {
        let (mut connection, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&connection).read_line(&mut line).unwrap();
        connection
            .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        line
    });
    let mut world = World::new()
        .variable("HTTPS_PROXY", format!("http://{address}"))
        .variable(
            "AMW_RW_RESOURCE_MANAGER_ENDPOINT",
            "https://management.example",
        );

    let run = world.run("plan").ends_with(1);

    assert!(
        asked
            .join()
            .unwrap()
            .starts_with("CONNECT management.example:443 "),
        "{}",
        run.stderr()
    );
    run.mentions(&["management.example", "HTTPS_PROXY"]);
}

#[test]
fn one_failed_read_of_kubernetes_changes_nothing_of_what_is_planned() {
    let file = |run: &CommandOutcome| {
        run.stdout()
            .split_once("--- /dev/null")
            .unwrap()
            .1
            .to_owned()
    };
    let asked = |world: &World, path: &str| {
        let requests = world.requests().into_iter();
        let reads = requests.filter(|it| it.service == "kubernetes" && it.path.contains(path));
        reads.count()
    };
    let mut clean = World::new();
    let planned = file(&clean.run("plan").succeeds());

    for kind in ["429", "500", "503", "reset", "lost-reply", "cut-body"] {
        for path in ["/prometheuses", "/deployments"] {
            let fault = format!("{kind}:GET:{path}:service=kubernetes:times=1");
            let mut world = World::new().fault(&fault);

            let run = world.run("plan").succeeds();

            assert_eq!(file(&run), planned, "{fault}");
            assert_eq!(asked(&world, path), asked(&clean, path) + 1, "{fault}");
        }
    }
}

#[test]
fn an_azure_cli_that_prints_no_time_as_the_end_of_its_token_is_refused() {
    for (fields, words) in [
        (
            r#""expires_on":3093496473600"#,
            "unable to parse expires_on",
        ),
        (r#""expires_on":-62135596800"#, "impossible expiry time"),
        (r#""expires_on":"99999-01-01""#, "99999-01-01"),
        (
            r#""expiresOn":"99999-01-01 00:00:00.000000""#,
            "expires_on field not found",
        ),
    ] {
        let mut world = World::new()
            .without("AZURE_CLIENT_SECRET")
            .variable("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential");
        let program = world.path("az");
        let text = format!(
            "#!/bin/sh\necho '{{\"accessToken\":\"x\",\"tokenType\":\"Bearer\",{fields}}}'\n"
        );
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let folder = world.path("").display().to_string();
        world = world.variable("PATH", format!("{folder}:/usr/bin:/bin"));

        let run = world
            .run("plan")
            .ends_with(5)
            .mentions(&["Azure CLI", words]);

        assert!(!run.stderr().contains("panicked"), "{}", run.stderr());
    }
}

#[test]
fn an_answer_that_ends_early_is_not_called_a_missing_connection() {
    let cases = [
        ("resource-manager", "entra-secret"),
        ("graph", "entra-secret"),
        ("entra", "entra-secret"),
        ("kubernetes", "workload-identity"),
    ];
    for (service, sign_in) in cases {
        let mut world = World::new().fault(&format!("cut-body:service={service}"));

        let run = world
            .run(&format!("plan --auth {sign_in}"))
            .ends_with(1)
            .mentions(&["early, after ", " bytes", "next:"]);

        let report = run.stderr();
        assert!(!report.contains("no connection"), "{service}: {report}");
        assert!(!report.contains("cannot be reached"), "{service}: {report}");
    }
}

#[test]
fn a_metadata_endpoint_that_asks_for_a_long_wait_is_not_waited_for() {
    let mut world = World::new()
        .fault("hostile:name=absurd-wait:service=imds")
        .without("AZURE_CLIENT_SECRET")
        .variable("AZURE_TOKEN_CREDENTIALS", "managedidentitycredential");
    world.start_sandbox();
    let start = Instant::now();

    let run = world.run("plan --auth entra-secret").ends_with(1);

    assert!(start.elapsed() < Duration::from_secs(20));
    drop(run.mentions(&["asked to wait", "next:"]));
}
