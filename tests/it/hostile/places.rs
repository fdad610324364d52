//! Every place where a file is named, given what is no plain readable file.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::files::{FACTS, SIDECAR};
use super::verdict::is_obeyed;
use crate::support::{CommandOutcome, World, table};

/// How a file is named to the program.
enum FileArgument {
    /// In the arguments.
    Argument(&'static str),
    /// In a variable that replaces the value of the sandbox.
    Variable(&'static str),
    /// In a field of the kubeconfig: its section, and the field.
    Kubeconfig(&'static str, &'static [&'static str]),
}

const PLACES: [(&str, FileArgument); 12] = [
    ("-f", FileArgument::Argument("plan -f FILE")),
    (
        "--input",
        FileArgument::Argument("render --target prometheus-yml --input FILE FACTS"),
    ),
    (
        "--input of init",
        FileArgument::Argument("init --yes --input FILE"),
    ),
    (
        "--input of migrate",
        FileArgument::Argument("migrate --input FILE"),
    ),
    (
        "--sidecar",
        FileArgument::Argument("migrate --input sidecar.yml --sidecar FILE"),
    ),
    (
        "--prometheus",
        FileArgument::Argument("plan --prometheus file:FILE"),
    ),
    (
        "--template-dir",
        FileArgument::Argument("render --target prometheus-yml --template-dir templates FACTS"),
    ),
    ("KUBECONFIG", FileArgument::Variable("KUBECONFIG")),
    (
        "a federated token",
        FileArgument::Variable("AZURE_FEDERATED_TOKEN_FILE"),
    ),
    (
        "a certificate authority",
        FileArgument::Kubeconfig("cluster", &["certificate-authority"]),
    ),
    (
        "a client certificate",
        FileArgument::Kubeconfig("user", &["client-certificate", "client-key"]),
    ),
    ("a token", FileArgument::Kubeconfig("user", &["tokenFile"])),
];

/// A world in which the place names `file`, and the command that reads it.
fn arranged(place: &FileArgument, file: &str) -> (World, String) {
    let mut world = World::new().file("sidecar.yml", SIDECAR);
    fs::create_dir(world.path("templates")).unwrap();
    let path = world.path(file);
    match place {
        FileArgument::Argument(command) => {
            std::os::unix::fs::symlink(&path, world.path("templates/prometheus.yml")).unwrap();
            (world, command.replace("FILE", file).replace("FACTS", FACTS))
        }
        FileArgument::Variable(name) => {
            let world = world.variable(name, path.to_str().unwrap());
            let world = match *name {
                "KUBECONFIG" => world,
                _ => world.without("AZURE_CLIENT_SECRET"),
            };
            (world, "plan --cluster aks-prod".to_owned())
        }
        FileArgument::Kubeconfig(section, fields) => {
            world.start_sandbox();
            let text = fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
            let mut kubeconfig: Value = serde_json::from_str(&text).unwrap();
            let entry = &mut kubeconfig[format!("{section}s")][0][*section];
            let entry = entry.as_object_mut().unwrap();
            entry.remove("certificate-authority-data");
            entry.remove("token");
            for field in *fields {
                entry.insert((*field).to_owned(), json!(path.to_str().unwrap()));
            }
            let context = kubeconfig["current-context"].as_str().unwrap().to_owned();
            let world = world.file("kubeconfig", &kubeconfig.to_string());
            let world = world.variable("KUBECONFIG", "kubeconfig");
            (world, format!("plan --cluster context:{context}"))
        }
    }
}

fn run_program(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}

#[test]
fn waiting_for_a_pipe_is_reported_and_ends_at_a_signal() {
    let cells: Vec<_> = PLACES
        .iter()
        .flat_map(|place| [("INT", 130), ("TERM", 143)].map(|signal| (place, signal)))
        .collect();

    let failures = table::failures(&cells, cells.len(), |((name, place), (signal, code))| {
        let (mut world, command) = arranged(place, "pipe");
        run_program("mkfifo", &[world.path("pipe").to_str().unwrap()]);
        let mut child = world.start(&command, "waiting");
        let fail = |why: &str, world: &World| {
            Err(format!(
                "{name}, {signal}: {why}: {}",
                world.read("waiting.err")
            ))
        };
        let start = Instant::now();
        let is_reported = |world: &World| {
            world
                .read("waiting.err")
                .contains("waiting until another program")
        };
        while !is_reported(&world) {
            let has_ended = child.try_wait().unwrap().is_some();
            if has_ended || start.elapsed() > Duration::from_secs(60) {
                child.kill().ok();
                return fail("the wait was not reported", &world);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let sent = Instant::now();
        run_program("kill", &["-s", signal, &child.id().to_string()]);
        let ended = child.wait().unwrap().code();
        // Under load, a process may start late.
        if ended != Some(*code) || sent.elapsed() > Duration::from_secs(5) {
            return fail(&format!("{ended:?} after {:?}", sent.elapsed()), &world);
        }
        match world.read("waiting.err").contains("interrupted") {
            true => Ok(()),
            false => fail("the interruption was not reported", &world),
        }
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Makes the file `odd`.
type MakeFile = fn(&World);

/// What a file can be instead of a readable text, with a name for the report.
const NO_FILES: [(&str, MakeFile); 9] = [
    ("a folder", |world| {
        fs::create_dir(world.path("odd")).unwrap();
    }),
    ("a device without end", |world| link(world, "/dev/zero")),
    ("a link to nothing", |world| link(world, "nowhere")),
    ("a link to itself", |world| link(world, "odd")),
    ("a file without read permission", |world| {
        File::create(world.path("odd")).unwrap();
        fs::set_permissions(world.path("odd"), Permissions::from_mode(0o000)).unwrap();
    }),
    ("ten sparse gigabytes", |world| {
        File::create(world.path("odd"))
            .unwrap()
            .set_len(10 << 30)
            .unwrap();
    }),
    ("a socket", |world| {
        std::os::unix::net::UnixListener::bind(world.path("odd")).unwrap();
    }),
    ("memory that cannot be read", |world| {
        link(world, "/proc/self/mem");
    }),
    ("letters that are no text", |world| {
        fs::write(world.path("odd"), b"global: {}\n# caf\xe9\n").unwrap();
    }),
];

fn link(world: &World, target: &str) {
    std::os::unix::fs::symlink(target, world.path("odd")).unwrap();
}

#[test]
fn what_cannot_be_read_is_named_in_an_error_or_left_out_within_limits() {
    let cells: Vec<_> = PLACES
        .iter()
        .flat_map(|place| NO_FILES.iter().map(move |file| (place, file)))
        .collect();

    let failures = table::failures(&cells, 6, |((name, place), (what, make))| {
        let (mut world, command) = arranged(place, "odd");
        make(&world);
        world.start_sandbox();
        let outcome = limited(&world, &command);
        // Without the user's own kubeconfig, the credentials of Azure lead to the cluster.
        let named = match *name {
            "--template-dir" => "prometheus.yml",
            // PEM may have comments in any encoding; without a certificate it is refused as such.
            _ if matches!(place, FileArgument::Kubeconfig(..))
                && *what == "letters that are no text" =>
            {
                ""
            }
            _ => "odd",
        };
        // Without the user's own kubeconfig, the credentials of Azure lead to the cluster.
        let may_succeed = matches!(place, FileArgument::Variable("KUBECONFIG"));
        let judged = match may_succeed && outcome.stderr().is_empty() {
            true => Ok(()),
            false => names(outcome, named),
        };
        judged.map_err(|why| format!("{name} is {what}, {command}: {why}"))
    });

    table::assert_none(&failures, cells.len());
}

/// With at most a gigabyte of memory, and without the rights of root that see through permissions.
fn limited(world: &World, command: &str) -> CommandOutcome {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let prefix: &[&str] = match is_root {
        true => &[
            "/usr/bin/prlimit",
            "--as=1500000000",
            "/usr/bin/setpriv",
            "--bounding-set=-all",
            "--inh-caps=-all",
        ],
        false => &["/usr/bin/prlimit", "--as=1500000000"],
    };
    world.run_under(prefix, command)
}

fn names(outcome: CommandOutcome, file: &str) -> Result<(), String> {
    let (stdout, stderr) = (outcome.stdout().to_owned(), outcome.stderr().to_owned());
    outcome.check_failed()?;
    let is_reported = stderr.contains(file) && stderr.contains("next:");
    let is_clean = !stderr.chars().any(|letter| is_obeyed(&letter)) && !stderr.contains("memory");
    match is_reported && is_clean && stdout.is_empty() {
        true => Ok(()),
        false => Err(stderr),
    }
}
