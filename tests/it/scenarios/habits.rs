//! What people type out of habit from az, kubectl, Helm and terraform means the same here.

use crate::support::World;

#[test]
fn a_dry_run_is_the_plan_and_changes_nothing() {
    let mut world = World::new();

    let plan = world.run("plan").succeeds().stdout().to_owned();
    let apply = world
        .run("apply --dry-run --yes")
        .succeeds()
        .stdout()
        .to_owned();
    let init = world
        .run("init --dry-run --yes")
        .succeeds()
        .stdout()
        .to_owned();

    assert_eq!(apply, plan);
    assert_eq!(init, plan);
    assert!(world.writes().is_empty());
}

#[test]
fn the_short_forms_of_az_and_the_context_of_kubectl_are_understood() {
    let mut world = World::new();

    let long = world
        .run("plan --cluster aks-prod --resource-group rg-metrics")
        .succeeds()
        .stdout()
        .to_owned();
    let short = world.run("plan -n aks-prod -g rg-metrics").succeeds();
    assert_eq!(short.stdout(), long);

    world
        .run("plan --context nowhere")
        .ends_with(2)
        .mentions(&["nowhere"]);
}

const CONFIGURATION: &str = "global:\n  scrape_interval: 15s\nscrape_configs: []\n";
/// The Azure side as given facts, so that no sandbox is needed.
const OFFLINE: &str = "--auth user-identity --client-id 11111111-2222-3333-4444-555555555555 --cluster-label prod \
    --write-url https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

fn with_configuration() -> World {
    World::new().file("prometheus.yml", CONFIGURATION)
}

#[test]
fn a_file_is_rendered_as_the_kind_that_it_is() {
    let world = with_configuration();

    let patched = world
        .run_alone(&format!("render --input prometheus.yml {OFFLINE}"))
        .succeeds();

    assert!(
        patched.stdout().starts_with(CONFIGURATION.split_at(31).0),
        "{}",
        patched.stdout()
    );
    assert!(patched.stdout().contains("\nremote_write:\n"));
}

#[test]
fn a_difference_and_its_document_show_no_secret_of_the_user() {
    let hidden = "params: {token: [S3CRET]}\n  password:\n    value: S3CRET\n  http_headers: {X: {secrets: [S3CRET]}}\n  \
                  args: [--password, S3CRET]\n  # password: S3CRET\n";
    let text = format!(
        "extra:\n  {hidden}global: {{external_labels: {{cluster: x}}}}\nremote_write: []\n"
    );
    let world = World::new().file("prometheus.yml", &text);

    for flags in ["--diff", "--diff -o json", "-o json"] {
        let shown = world
            .run_alone(&format!("render --input prometheus.yml {flags} {OFFLINE}"))
            .succeeds();

        let shown = shown.stdout().to_owned() + shown.stderr();
        assert!(!shown.contains("S3CRET"), "{flags}: {shown}");
        assert!(
            shown.contains("<secret>") && shown.contains("cluster: "),
            "{flags}: {shown}"
        );
    }
}

#[test]
fn a_file_that_sops_encrypted_is_left_as_it_is_and_the_block_is_printed() {
    let text =
        "global: {}\nremote_write: []\nsops:\n  mac: ENC[AES256_GCM,data:x]\n  version: 3.8.1\n";
    let world = World::new().file("prometheus.yml", text);

    for flags in ["", "--write", "--diff", "--out other.yml"] {
        let refusal = world.run_alone(&format!("render --input prometheus.yml {flags} {OFFLINE}"));

        let printed = refusal.stdout().to_owned() + refusal.stderr();
        for part in [
            "line 3, column 1: the file is encrypted with SOPS",
            "open the file with `sops`",
            "remote_write:",
        ] {
            assert!(printed.contains(part), "{flags}: {printed}");
        }
        assert_ne!(refusal.code(), Some(0), "{flags}");
    }
    assert_eq!(world.read("prometheus.yml"), text);
}

#[test]
fn a_difference_names_the_file() {
    let world = with_configuration();

    let of_input = world
        .run_alone(&format!("render --input prometheus.yml --diff {OFFLINE}"))
        .succeeds();
    let of_new = world
        .run_alone(&format!("render --target prometheus-yml --diff {OFFLINE}"))
        .succeeds();

    let head = "--- prometheus.yml\n+++ prometheus.yml\n";
    assert!(of_input.stdout().starts_with(head), "{}", of_input.stdout());
    let head = "--- /dev/null\n+++ prometheus.yml\n";
    assert!(of_new.stdout().starts_with(head), "{}", of_new.stdout());
}

#[test]
fn a_check_judges_the_file_that_out_names_and_names_what_is_not_up_to_date() {
    let world = with_configuration();
    let render = format!("render --input prometheus.yml --out new.yml {OFFLINE}");

    world
        .run_alone(&format!("{render} --check"))
        .ends_with(3)
        .mentions(&["new.yml is not up to date: it does not exist"]);
    world.run_alone(&render).succeeds();
    world
        .run_alone(&format!("{render} --check"))
        .succeeds()
        .mentions(&["new.yml is up to date"]);

    std::fs::write(world.path("new.yml"), CONFIGURATION).unwrap();
    let stale = world.run_alone(&format!("{render} --check --diff"));
    let stale = stale.ends_with(3);
    assert!(
        stale.stdout().starts_with("--- new.yml\n+++ new.yml\n"),
        "{}",
        stale.stdout()
    );
    world
        .run_alone(&format!("{render} --check"))
        .ends_with(3)
        .mentions(&["new.yml is not up to date", "lines would change; --diff"]);
}

#[test]
fn two_places_to_write_to_are_refused() {
    let world = with_configuration();

    world
        .run_alone(&format!(
            "render --input prometheus.yml --write --out new.yml {OFFLINE}"
        ))
        .ends_with(2)
        .mentions(&["--write names prometheus.yml", "--out names new.yml"]);

    assert_eq!(world.read("prometheus.yml"), CONFIGURATION);
    assert!(!world.path("new.yml").exists());
}

#[test]
fn write_wins_over_the_output_that_a_spec_file_names() {
    let spec = "connections:\n- cluster-label: prod\n  out: other.yml\n";
    let mut world = with_configuration().file("amw-rw.yaml", spec);
    let input = "--prometheus-version 3.14.0 --input prometheus.yml --write";
    let init = format!("init --yes --auth entra-secret --platform aks --cluster aks-prod {input}");

    world.run(&init).succeeds();
    world
        .run(&format!(
            "render --auth entra-secret --cluster aks-prod {input}"
        ))
        .succeeds();

    assert!(world.read("prometheus.yml").contains("remote_write"));
    assert!(!world.path("other.yml").exists());
}

#[test]
fn a_dry_run_of_a_command_that_changes_nothing_is_explained() {
    let world = World::new();

    let run = world.run_alone("plan --dry-run");

    run.ends_with(2).mentions(&["leave it out"]);
}

#[test]
fn a_dash_reads_stdin_and_writes_stdout() {
    let world = with_configuration();
    let through_shell = |redirection: &str, arguments: &str| {
        let line = format!("exec \"$@\" {redirection}");
        let prefix = ["/bin/sh", "-c", &line, "sh"];
        world.run_under(&prefix, &format!("{arguments} {OFFLINE}"))
    };

    for (redirection, reason) in [
        ("< prometheus.yml", "in place"),
        ("< /dev/null", "no key that only one kind of file has"),
    ] {
        through_shell(redirection, "render --input - --write")
            .ends_with(2)
            .mentions(&[reason]);
    }
    for arguments in ["render --input - --out -", "render --prometheus file:-"] {
        let read = through_shell("< prometheus.yml", arguments).succeeds();

        assert!(read.stdout().contains("\nremote_write:\n"));
    }
    assert_eq!(world.read("prometheus.yml"), CONFIGURATION);
}

#[test]
fn migrate_reads_one_of_its_files_from_stdin_and_no_spec_comes_from_there() {
    let world = with_configuration().file("pod.yaml", "kind: Pod\n");
    let with_stdin = |arguments: &str| {
        let prefix = ["/bin/sh", "-c", "exec \"$@\" < prometheus.yml", "sh"];
        world.run_under(&prefix, arguments)
    };

    with_stdin("migrate --input -").mentions(&["nothing to migrate"]);
    with_stdin("migrate --input prometheus.yml --sidecar -").mentions(&["nothing to migrate"]);
    with_stdin("migrate --input - --sidecar -")
        .ends_with(2)
        .mentions(&["stdin holds one file"]);
    with_stdin("-f - plan")
        .ends_with(2)
        .mentions(&["read the spec file from stdin", "-f FILE"]);
}

#[test]
fn objects_that_are_not_needed_are_reported_as_not_needed() {
    let world = World::new();
    let render = format!("render --target prometheus-yml --companions {OFFLINE}");

    let text = world
        .run_alone(&render)
        .succeeds()
        .mentions(&["Prometheus needs only this file"]);
    let document = world.run_alone(&format!("{render} -o json")).succeeds();

    assert_eq!(text.stdout(), "");
    let document: serde_json::Value = serde_json::from_str(document.stdout()).unwrap();
    assert_eq!(document["schema"], "amw-rw/companions/v1");
    assert_eq!(document["companions"].as_array().unwrap().len(), 0);
}

#[test]
fn the_next_steps_of_apply_can_be_pasted() {
    let mut world = World::new();

    let applied = world.run("apply --yes").succeeds();

    let stderr = applied.stderr().to_owned();
    let lines = stderr.lines().skip_while(|line| *line != "Next:").skip(1);
    let commands: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("  amw-rw "))
        .collect();
    assert_eq!(commands.len(), 2, "{stderr}");
    for command in commands {
        world.run(&command.replace('\'', "")).succeeds();
    }
}

#[test]
fn a_step_that_fails_since_an_earlier_one_has_not_run_names_the_command_of_that_one() {
    let mut world = World::new();

    let run = world.run("apply --yes --only role-assignment --auth user-identity --identity mine");

    run.check_failed()
        .expect("nothing to give the role to")
        .mentions(&[
            "step `workspace` has not run",
            "amw-rw apply",
            "--only workspace",
            "--identity mine",
        ]);
}
