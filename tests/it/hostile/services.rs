//! Each service of the sandbox in turn does not answer, or answers what no service of Azure does.

use std::net::TcpListener;
use std::process::Child;
use std::time::{Duration, Instant};

use super::verdict::watch;
use crate::support::{World, table};

const SIGN_IN_AS_VM: &str = "managedidentitycredential";

/// A service, and a command that asks it something.
struct ServiceCommand {
    service: &'static str,
    command: &'static str,
    /// Whether the connection is made before.
    is_made: bool,
    /// How the command may end when the service never answers.
    codes: &'static [i32],
}

const fn first(
    service: &'static str,
    command: &'static str,
    codes: &'static [i32],
) -> ServiceCommand {
    ServiceCommand {
        service,
        command,
        is_made: false,
        codes,
    }
}

const fn later(
    service: &'static str,
    command: &'static str,
    codes: &'static [i32],
) -> ServiceCommand {
    ServiceCommand {
        is_made: true,
        ..first(service, command, codes)
    }
}

const PLAN: &str = "plan --auth entra-secret";
const INIT: &str = "init --yes --auth entra-secret --out new.yaml";
const DOCTOR: &str = "doctor --auth entra-secret";

/// Doctor skips what it cannot look at, and fails where that is a broken part of the data path.
const QUESTIONS: [ServiceCommand; 15] = [
    first("resource-manager", PLAN, &[1]),
    first("resource-manager", INIT, &[1]),
    later("resource-manager", DOCTOR, &[4]),
    first("graph", PLAN, &[1]),
    first("graph", INIT, &[1]),
    later("graph", DOCTOR, &[0, 4]),
    first("entra", PLAN, &[1]),
    later("entra", DOCTOR, &[4]),
    first("imds", PLAN, &[1]),
    first("kubernetes", PLAN, &[0]),
    first("kubernetes", INIT, &[1]),
    later("kubernetes", DOCTOR, &[0, 4]),
    first("ingestion", INIT, &[1]),
    later("ingestion", DOCTOR, &[4]),
    first("query", INIT, &[0]),
];

/// The ways of not answering; the first is asked with every question.
const SILENCES: [&str; 3] = ["stall", "silent-body", "slow-body"];

/// The longest wait in docs/waits.md that no Retry-After asks for, and the time that a process needs under load.
const LONGEST: Duration = Duration::from_secs(60 + 30);
/// Between two lines: 15 s, and the same.
const LONGEST_SILENCE: Duration = Duration::from_secs(15 + 15);

fn world(question: &ServiceCommand) -> Result<World, String> {
    let world = match question.service {
        "imds" => World::new()
            .without("AZURE_CLIENT_SECRET")
            .variable("AZURE_TOKEN_CREDENTIALS", SIGN_IN_AS_VM),
        _ => World::new(),
    };
    made(world, question.is_made)
}

fn made(mut world: World, is_made: bool) -> Result<World, String> {
    world.start_sandbox();
    if is_made {
        world.run("apply --yes --auth entra-secret").check(0)?;
    }
    Ok(world)
}

/// Waits for the end; gives the code, and the longest time without a new line.
fn ended(child: &mut Child, world: &World) -> (Option<i32>, Duration) {
    let (start, mut last, mut longest, mut seen) =
        (Instant::now(), Instant::now(), Duration::ZERO, 0);
    loop {
        let length = world.read("asked.err").len();
        if length > seen {
            (seen, last) = (length, Instant::now());
        }
        longest = longest.max(last.elapsed());
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), longest);
        }
        if start.elapsed() > LONGEST {
            child.kill().ok();
            child.wait().unwrap();
            return (None, longest);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn ask(world: &mut World, command: &str, codes: &[i32]) -> Result<(), String> {
    let mut child = world.start(command, "asked");
    let (code, silence) = ended(&mut child, world);
    let text = world.read("asked.err");
    let is_expected = code.is_some_and(|code| codes.contains(&code));
    let is_named = text.contains("waiting for 127.0.0.1") || text.contains("does not answer");
    let has_next = !text.contains("error:") || text.contains("next:");
    match is_expected && is_named && has_next && silence < LONGEST_SILENCE {
        true => Ok(()),
        false => Err(format!("{code:?}, silent for {silence:?}: {text}")),
    }
}

/// All three wait for the limits of real time and hardly compute, so they wait side by side.
#[test]
fn a_silent_or_confused_service_is_named_and_does_no_harm() {
    std::thread::scope(|scope| {
        scope.spawn(a_service_that_never_answers_is_named_and_given_up_in_time);
        scope.spawn(a_host_that_accepts_and_never_begins_tls_is_named_and_given_up_in_time);
        scope.spawn(no_answer_of_any_service_harms_the_one_who_asked);
        scope.spawn(many_slow_answers_are_no_silence);
    });
}

/// Each answer comes before its request is worth a line, and together they take ten seconds.
fn many_slow_answers_are_no_silence() {
    let mut world = World::new().sandbox_flag("--latency", "1500ms");
    world.start_sandbox();

    let mut child = world.start(PLAN, "asked");
    let (code, silence) = ended(&mut child, &world);

    let text = world.read("asked.err");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("sending requests to 127.0.0.1"), "{text}");
    assert!(silence < LONGEST_SILENCE, "{silence:?}: {text}");
}

fn a_service_that_never_answers_is_named_and_given_up_in_time() {
    let cells: Vec<_> = QUESTIONS
        .iter()
        .flat_map(|question| SILENCES.iter().map(move |silence| (question, silence)))
        .filter(|(question, silence)| **silence == SILENCES[0] || !question.is_made)
        .collect();

    // Nearly all of the time is waited, so all wait at once.
    let failures = table::failures(&cells, cells.len(), |(question, silence)| {
        let ServiceCommand {
            service, command, ..
        } = question;
        let judged = world(question).and_then(|mut world| {
            world.set_faults(&format!("{silence}:service={service}"));
            ask(&mut world, command, question.codes)
        });
        judged.map_err(|why| format!("{service}, {silence}, {command}: {why}"))
    });

    table::assert_none(&failures, cells.len());
}

fn a_host_that_accepts_and_never_begins_tls_is_named_and_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let kubeconfig = format!(
        r#"{{"clusters":[{{"name":"c","cluster":{{"server":"{url}"}}}}],"users":[{{"name":"clusterUser_rg-prod_aks-prod","user":{{"token":"t"}}}}],
            "contexts":[{{"name":"c","context":{{"cluster":"c","user":"clusterUser_rg-prod_aks-prod"}}}}]}}"#
    );
    let cells = [
        ("AMW_RW_RESOURCE_MANAGER_ENDPOINT", &*url, PLAN, 1),
        ("AMW_RW_AUTHORITY", &*url, PLAN, 1),
        ("AMW_RW_GRAPH_ENDPOINT", &*url, PLAN, 1),
        (
            "KUBECONFIG",
            "kubeconfig",
            "plan --cluster context:c --auth workload-identity",
            1,
        ),
    ];

    let failures = table::failures(&cells, cells.len(), |(variable, value, command, code)| {
        let world = World::new().file("kubeconfig", &kubeconfig);
        let mut world = world.variable(variable, value);
        let judged = ask(&mut world, command, &[*code]);
        judged.map_err(|why| format!("{variable}, {command}: {why}"))
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What a service answers, in the words of the sandbox's faults.
const ANSWERS: [&str; 15] = [
    "endless-body",
    "hostile:name=empty",
    "hostile:name=no-content",
    "hostile:name=sign-in-page",
    "hostile:name=plain-text",
    "hostile:name=redirect",
    "hostile:name=not-utf-8",
    "hostile:name=deep-lists",
    "hostile:name=deep-maps",
    "hostile:name=huge-numbers",
    "hostile:name=duplicate-keys",
    "hostile:name=gzip-bomb",
    "hostile:name=forged-error",
    "hostile:name=long-error",
    "hostile:name=absurd-wait",
];

const ASKED: [ServiceCommand; 7] = [
    first("resource-manager", PLAN, &[1, 5]),
    first("graph", PLAN, &[1, 5]),
    first("entra", PLAN, &[1, 5]),
    first("imds", PLAN, &[1, 5]),
    // Without the facts of the cluster, a plan is still a plan.
    first("kubernetes", PLAN, &[0, 1, 2]),
    later(
        "ingestion",
        "doctor --only write --only read-back --auth entra-secret",
        &[0, 4],
    ),
    later(
        "query",
        "doctor --only write --only read-back --auth entra-secret",
        &[0, 4],
    ),
];

fn no_answer_of_any_service_harms_the_one_who_asked() {
    // A doctor waits for its sample, so each of its answers has a world of its own and all wait at once.
    let cells: Vec<(&ServiceCommand, &[&str])> = ASKED
        .iter()
        .flat_map(|question| {
            let at_once = if question.is_made { 1 } else { ANSWERS.len() };
            ANSWERS
                .chunks(at_once)
                .map(move |answers| (question, answers))
        })
        .collect();

    let failures = table::failures(&cells, cells.len(), |(question, answers)| {
        let mut world = world(question)?;
        let judge = |answer: &&str| judge(&mut world, question, answer).err();
        let failures: Vec<String> = answers.iter().filter_map(judge).collect();
        match failures.is_empty() {
            true => Ok(()),
            false => Err(failures.join("\n\n")),
        }
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn judge(world: &mut World, question: &ServiceCommand, answer: &str) -> Result<(), String> {
    let ServiceCommand {
        service, command, ..
    } = question;
    world.set_faults(&format!("{answer}:service={service}"));
    let watched = watch(world, command);
    let judged = watched.and_then(|watched| watched.is_civil_and_ends_with(question.codes));
    judged.map_err(|why| format!("{service}, {answer}, {command}: {why}"))
}
