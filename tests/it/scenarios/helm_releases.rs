//! Helm replaces a list as a whole. A file for a release holds what the release has, and none is written where that
//! is not known.

use crate::support::{World, table};

const NEW_FILE: &str =
    "init --accept-unproved --yes --auth user-identity --cluster aks-prod --out values.yaml";

/// No file, and nothing made in Azure.
#[track_caller]
fn refused(scenario: &str, arguments: &str, code: i32, words: &[&str]) {
    let mut world = World::new().scenario(scenario);

    world
        .run(&format!("{NEW_FILE} {arguments}"))
        .ends_with(code)
        .mentions(words);

    assert!(!world.path("values.yaml").exists());
    assert_eq!(world.writes(), []);
}

#[test]
fn another_remote_write_of_the_release_is_in_the_new_file() {
    let mut world = World::new().scenario("other-remote-write");

    world.run(NEW_FILE).succeeds();

    let written = world.read("values.yaml");
    assert!(written.contains("mimir"), "{written}");
    assert!(written.contains("azure-monitor-amw-aks-prod"), "{written}");
}

#[test]
fn a_second_run_leaves_the_file_as_it_is() {
    let mut world = World::new().scenario("other-remote-write");
    world.run(NEW_FILE).succeeds();
    let written = world.read("values.yaml");

    world.run(NEW_FILE).succeeds().mentions(&["is up to date"]);

    assert_eq!(world.read("values.yaml"), written);
}

#[test]
fn rights_in_one_namespace_are_enough_for_a_release_of_that_namespace() {
    let mut world = World::new().scenario("one-namespace");

    world
        .run(&format!(
            "{NEW_FILE} --prometheus monitoring/kube-prometheus-stack-prometheus"
        ))
        .succeeds()
        .mentions(&["helm upgrade kube-prometheus-stack REPOSITORY/kube-prometheus-stack"]);
}

#[test]
fn rights_in_one_namespace_are_enough_for_a_release_that_is_named_with_it() {
    let mut world = World::new().scenario("one-namespace");

    world
        .run(&format!(
            "{NEW_FILE} --prometheus release:monitoring/kube-prometheus-stack"
        ))
        .succeeds()
        .mentions(&["helm upgrade kube-prometheus-stack REPOSITORY/kube-prometheus-stack"]);
}

#[test]
fn rights_in_one_namespace_get_the_advice_to_name_the_prometheus() {
    for (choice, next) in [
        ("", "--prometheus NAMESPACE/NAME or release:NAMESPACE/NAME"),
        (
            "--prometheus release:kube-prometheus-stack",
            "--prometheus release:NAMESPACE/kube-prometheus-stack",
        ),
    ] {
        for sign_in in ["user-identity", "workload-identity"] {
            let mut world = World::new().scenario("one-namespace");

            let run = world.run(&format!(
                "init --yes --cluster aks-prod --out values.yaml --auth {sign_in} {choice}"
            ));

            run.mentions(&[next]);
            assert_eq!(world.writes(), []);
        }
    }
}

#[test]
fn a_release_that_does_not_exist_is_a_wrong_answer() {
    for choice in ["release:kube-prometeus-stack", "release:monitoring/nope"] {
        for (scenario, command) in [
            ("example", "init --yes --out values.yaml"),
            ("example", "plan"),
            ("one-namespace", "plan"),
        ] {
            if scenario == "one-namespace" && !choice.contains('/') {
                continue;
            }
            let mut world = World::new().scenario(scenario);

            world
                .run(&format!(
                    "{command} --auth user-identity --cluster aks-prod --prometheus {choice}"
                ))
                .ends_with(2)
                .mentions(&[
                    "cannot find Helm release `",
                    "monitoring/kube-prometheus-stack",
                    "add --prometheus release:monitoring/kube-prometheus-stack",
                ]);

            assert_eq!(world.writes(), []);
            assert!(!world.path("values.yaml").exists());
        }
    }
}

#[test]
fn a_release_that_may_not_be_looked_up_is_not_called_missing() {
    let mut world = World::new().scenario("helm-secrets-forbidden");

    world
        .run(&format!("{NEW_FILE} --prometheus release:nope"))
        .ends_with(5)
        .mentions(&["not allowed to list the Secrets of Helm releases"]);
    assert_eq!(world.writes(), []);
}

/// An API server that fails for longer than a run waits: the client gives up after the first answer.
fn api_server_fault(path: &str) -> String {
    format!("500:GET:{path}:service=kubernetes:retry-after=3600")
}

#[test]
fn an_owner_that_could_not_be_read_is_not_called_absent() {
    let mut world = World::new().scenario("flux").fault(&api_server_fault(
        "/prometheuses/kube-prometheus-stack-prometheus",
    ));

    let run = world.run(&format!(
        "{NEW_FILE} --prometheus release:kube-prometheus-stack"
    ));

    run.mentions(&["cannot read whether Flux or Argo CD installs"]);
    let refused = world
        .run(&format!(
            "{NEW_FILE} --prometheus release:kube-prometheus-stack"
        ))
        .succeeds();
    assert!(
        !refused.stderr().contains("helm upgrade "),
        "{}",
        refused.stderr()
    );
}

#[test]
fn rights_in_one_namespace_are_enough_to_migrate_a_release_that_is_named_with_it() {
    let mut world = World::new().scenario("one-namespace");

    world
        .run("migrate --prometheus release:kube-prometheus-stack")
        .ends_with(5)
        .mentions(&["--prometheus release:NAMESPACE/kube-prometheus-stack"]);
    world
        .run("migrate --prometheus release:monitoring/kube-prometheus-stack")
        .succeeds();
}

#[test]
fn a_release_that_may_not_be_read_gets_no_new_file() {
    refused(
        "helm-secrets-forbidden",
        "",
        5,
        &[
            "cannot write new Helm values",
            "not allowed to list the Secrets of Helm releases",
            "(set -C; text=$(helm get values kube-prometheus-stack -n monitoring -o yaml --kube-context aks-prod) && printf '%s\\n' \"$text\" > release-values.yaml)",
            "--input release-values.yaml",
        ],
    );
}

#[test]
fn a_users_own_file_is_patched_with_a_note_about_what_was_not_compared() {
    let mut world = World::new()
        .scenario("helm-secrets-forbidden")
        .file("mine.yaml", "prometheus: {}\n");

    world
        .run(&format!("{NEW_FILE} --input mine.yaml"))
        .succeeds()
        .mentions(&[
            "could not be compared",
            "does not have. Compare them first:\n  helm get values kube-prometheus-stack -n monitoring -o yaml --kube-context aks-prod",
        ]);

    assert!(
        world
            .read("values.yaml")
            .contains("azure-monitor-amw-aks-prod")
    );
}

#[test]
fn a_comparison_shows_the_command_for_what_was_not_compared_apart_from_the_note() {
    let mut world = World::new()
        .scenario("helm-secrets-forbidden")
        .file("mine.yaml", "prometheus: {}\n");

    world
        .run("apply --yes --auth user-identity --cluster aks-prod")
        .succeeds();
    let run = world
        .run("render --auth user-identity --cluster aks-prod --input mine.yaml --diff")
        .succeeds();

    let (notes, next) = run.stderr().split_once("Next:").expect("a next step");
    assert!(
        notes.contains("could not be compared with this file: "),
        "{notes}"
    );
    assert!(!notes.contains("helm get values"), "{notes}");
    assert!(
        next.contains("helm get values kube-prometheus-stack -n monitoring"),
        "{next}"
    );
}

#[test]
fn an_empty_file_is_no_proof_that_a_release_has_no_values() {
    for (file, text, saved) in [
        ("mine.yaml", "", "release-values.yaml"),
        ("mine.yaml", "---\n# grafana: {}\n", "release-values.yaml"),
        ("release-values.yaml", "\n", "running-values.yaml"),
    ] {
        let mut world = World::new()
            .scenario("helm-secrets-forbidden")
            .file(file, text);

        world
            .run(&format!("{NEW_FILE} --input {file}"))
            .ends_with(5)
            .mentions(&[
                &*format!("cannot add the connection to {file}"),
                "is empty: Helm replaces a list as a whole",
                &*format!("helm get values kube-prometheus-stack -n monitoring -o yaml --kube-context aks-prod) && printf '%s\\n' \"$text\" > {saved})"),
                &*format!("--input {saved}"),
            ]);

        assert!(!world.path("values.yaml").exists());
        assert_eq!(world.writes(), []);
    }
    // What Helm prints for a release without values states that it has none.
    for text in ["null\n", "{}\n"] {
        let mut world = World::new()
            .scenario("helm-secrets-forbidden")
            .file("mine.yaml", text);
        world
            .run(&format!("{NEW_FILE} --input mine.yaml"))
            .succeeds();
    }
}

#[test]
fn an_unreachable_cluster_gets_no_new_file_with_any_flag() {
    refused(
        "cluster-unreachable",
        "--target kube-prometheus-stack --prometheus monitoring/stack --prometheus-version 3.14.0",
        1,
        &[
            "helm get values RELEASE -n NAMESPACE",
            "--input release-values.yaml",
        ],
    );
}

#[test]
fn an_unreadable_version_is_asked_for_before_a_file_is_patched() {
    let mut world = World::new()
        .scenario("cluster-unreachable")
        .file("mine.yaml", "prometheus: {}\n");
    let patch = format!(
        "{NEW_FILE} --target kube-prometheus-stack --input mine.yaml --prometheus release:monitoring/stack"
    );

    world
        .run(&patch)
        .ends_with(1)
        .mentions(&["--prometheus-version VERSION"]);
    assert_eq!(world.writes(), []);
    let run = world
        .run(&format!("{patch} --prometheus-version 3.14.0"))
        .succeeds()
        .mentions(&[
            "the lists of the running release could not be compared with this file: ",
            "does not have. Compare them first:\n  helm get values stack -n monitoring -o yaml --kube-context aks-prod",
        ]);
    // Pasted, an upgrade would take away lists that are not known, and a redirection could replace the file.
    for line in ["helm upgrade", "> release-values.yaml"] {
        assert!(!run.stderr().contains(line), "{}", run.stderr());
    }
}

#[test]
fn what_a_file_of_the_users_own_lacks_is_named_on_every_run() {
    let mut world = World::new()
        .scenario("other-remote-write")
        .file("old.yaml", "prometheus: {}\n");
    let init = "init --accept-unproved --yes --auth user-identity --cluster aks-prod --input old.yaml --write";

    for _ in 0..2 {
        let run = world.run(init).succeeds().mentions(&[
            "the running release has `mimir` in `prometheus.prometheusSpec.additionalRemoteWrite`",
            "old.yaml lacks values of the cluster that the notes above name",
        ]);

        assert!(
            !run.stderr().contains("helm upgrade kube"),
            "{}",
            run.stderr()
        );
    }
}

#[test]
fn values_that_a_file_of_the_users_own_would_reset_are_named_before_the_upgrade_line() {
    let mut world = World::new().file(
        "old.yaml",
        "prometheus:\n  prometheusSpec:\n    retention: 2d\n    walCompression: false\n",
    );

    world
        .run("init --accept-unproved --yes --auth user-identity --cluster aks-prod --input old.yaml --write")
        .succeeds()
        .mentions(&[
            "`prometheus.prometheusSpec.retention` is `10d` in Helm release `kube-prometheus-stack`, and this file makes it `2d`",
            "only if the values that the notes above name are to change:\n  #   helm upgrade kube-prometheus-stack",
        ]);
}

#[test]
fn a_null_above_what_the_release_has_is_a_loss() {
    let mut world = World::new().scenario("other-remote-write").file(
        "old.yaml",
        "prometheus:\n  prometheusSpec:\n    retention: null\n    additionalRemoteWrite: null\n",
    );

    let run = world
        .run("init --accept-unproved --yes --auth user-identity --cluster aks-prod --input old.yaml --write")
        .succeeds()
        .mentions(&[
            "the running release has `mimir` in `prometheus.prometheusSpec.additionalRemoteWrite`",
            "the running release has `prometheus.prometheusSpec.retention`",
            "old.yaml lacks values of the cluster that the notes above name",
        ]);

    assert!(
        !run.stderr().contains("helm upgrade kube"),
        "{}",
        run.stderr()
    );
}

#[test]
fn the_plan_of_a_file_that_cannot_be_written_reports_it() {
    let mut world = World::new().scenario("helm-secrets-forbidden");
    let plan = "plan --auth user-identity";

    let looked = world.run(plan).succeeds();
    assert!(
        looked.stdout().contains("the file cannot be written yet"),
        "{}",
        looked.stdout()
    );
    world
        .run(&format!("{plan} --out values.yaml"))
        .ends_with(5)
        .mentions(&["cannot write new Helm values"]);
}

#[test]
fn what_was_installed_with_kubectl_is_of_no_release_for_all_its_labels() {
    let mut world = World::new().scenario("kube-prometheus");

    let found = world
        .run("plan --auth user-identity -o json")
        .succeeds()
        .json();

    let diff = found["target"]["diff"].as_str().unwrap();
    assert!(
        diff.contains("Prometheus monitoring/kube-prometheus-stack-prometheus"),
        "{diff}"
    );
    refused(
        "kube-prometheus",
        "--target kube-prometheus-stack",
        1,
        &["was not installed by Helm", "--target custom-resource"],
    );
}

#[test]
fn a_failed_revision_is_called_failed() {
    let mut world = World::new().scenario("failed-upgrade");

    let run = world.run(NEW_FILE).succeeds().mentions(&[
        "revision 2 of Helm release `kube-prometheus-stack` is marked failed",
        "values of revision 1",
    ]);

    assert!(!run.stderr().contains("rollback"), "{}", run.stderr());
}

#[test]
fn a_pending_upgrade_keeps_helm_from_another_one() {
    let mut world = World::new().scenario("pending-upgrade");

    let run = world
        .run(NEW_FILE)
        .succeeds()
        .mentions(&["revision 2 of Helm release `kube-prometheus-stack` is pending-upgrade"]);

    let (_, next) = run.stderr().split_once("Next:").unwrap();
    let line = |words: &str| next.lines().position(|line| line.contains(words)).unwrap();
    assert!(
        line("helm rollback kube-prometheus-stack 1 -n monitoring --kube-context aks-prod")
            < line("helm upgrade kube-prometheus-stack"),
        "{next}"
    );
    for command in next.lines().filter(|line| line.contains("helm ")) {
        assert!(command.trim_start().starts_with('#'), "{command}");
    }
}

#[test]
fn an_agent_is_connected_by_the_values_of_its_release() {
    let mut world = World::new().scenario("agent");

    world
        .run(NEW_FILE)
        .succeeds()
        .mentions(&["helm upgrade kube-prometheus-stack"]);

    let written = world.read("values.yaml");
    assert!(written.contains("prometheusSpec:"), "{written}");
}

#[test]
fn two_servers_and_no_one_to_ask_is_a_missing_answer_for_every_sign_in() {
    for sign_in in ["user-identity", "entra-secret", "workload-identity"] {
        let mut world = World::new().scenario("two-prometheus");

        world
            .run(&format!("init --yes --auth {sign_in} --out values.yaml"))
            .ends_with(2)
            .mentions(&[
                "add --prometheus",
                "monitoring/kube-prometheus-stack-prometheus",
                "apps/own",
            ]);

        assert_eq!(world.writes(), []);
    }
}

#[test]
fn a_release_that_is_named_with_its_namespace_is_found() {
    let mut world = World::new().scenario("two-prometheus");

    for release in [
        "release:kube-prometheus-stack",
        "release:monitoring/kube-prometheus-stack",
    ] {
        world
            .run(&format!("plan --auth user-identity --prometheus {release}"))
            .succeeds();
    }
}

#[test]
fn a_fault_of_the_api_server_lowers_nothing() {
    let mut cells = Vec::new();
    for (path, words) in [
        ("/v1/prometheuses", "Prometheus resources"),
        ("/deployments", "list Deployments"),
        ("/secrets", "list the Secrets of Helm releases"),
    ] {
        cells.extend(["user-identity", "workload-identity"].map(|sign_in| (path, words, sign_in)));
    }

    let failures = table::failures(&cells, cells.len(), |(path, words, sign_in)| {
        let mut world = World::new().fault(&api_server_fault(path));

        let arguments = format!("init --yes --auth {sign_in} --out values.yaml");
        let run = world.run(&arguments).check(1)?;

        let nothing_made = world.writes().is_empty() && !world.path("values.yaml").exists();
        match nothing_made && run.stderr().contains(words) {
            true => Ok(()),
            false => Err(format!("{path}, {sign_in}: {}", run.stderr())),
        }
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A list that was refused can hold the Prometheus to connect, or a second one.
#[test]
fn a_list_that_is_refused_leaves_open_which_prometheus_to_connect() {
    let mut cells = Vec::new();
    for (path, words) in [
        ("/prometheuses", "not allowed to list Prometheus resources"),
        ("/prometheusagents", "not allowed to list PrometheusAgent"),
        ("/statefulsets", "not allowed to list StatefulSets"),
        ("/deployments", "not allowed to list Deployments (403)\n"),
    ] {
        let sign_ins = ["user-identity", "entra-secret", "workload-identity"];
        cells.extend(sign_ins.map(|sign_in| (path, words, sign_in)));
    }

    let failures = table::failures(&cells, cells.len(), |(path, words, sign_in)| {
        let fault = format!("403:GET:{path}:service=kubernetes");
        let mut world = World::new().fault(&fault);

        let arguments = format!("init --yes --auth {sign_in} --out values.yaml");
        let run = world.run(&arguments).check(5)?;

        let nothing_made = world.writes().is_empty() && !world.path("values.yaml").exists();
        let text = run.stderr();
        let advice = "--prometheus NAMESPACE/NAME";
        match nothing_made && text.contains(words) && text.contains(advice) {
            true => Ok(()),
            false => Err(format!("{path}, {sign_in}: {text}")),
        }
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_second_prometheus_is_not_overlooked_where_a_list_is_refused() {
    for (path, list) in [
        ("/deployments", "list Deployments"),
        ("/prometheuses", "list Prometheus resources"),
    ] {
        let fault = format!("403:GET:{path}:service=kubernetes");
        let mut world = World::new().scenario("two-prometheus").fault(&fault);
        let named = "--prometheus NAMESPACE/NAME";

        world
            .run("init --yes --auth entra-secret --out values.yaml")
            .ends_with(5)
            .mentions(&[list, named]);
        let plan = world.run("plan --auth entra-secret").succeeds();
        assert!(plan.stdout().contains(list), "{}", plan.stdout());
        assert!(plan.stdout().contains(named), "{}", plan.stdout());
        let doctor = world.run("doctor --auth entra-secret");
        assert!(doctor.stdout().contains(list), "{}", doctor.stdout());
        assert!(doctor.stdout().contains(named), "{}", doctor.stdout());

        assert_eq!(world.writes(), []);
    }
}

#[test]
fn a_prometheus_that_is_named_needs_no_list() {
    for path in ["/apps/v1/deployments", "/v1/prometheuses"] {
        let mut world = World::new()
            .scenario("two-prometheus")
            .fault(&format!("403:GET:{path}:service=kubernetes"));

        world
            .run(&format!(
                "{NEW_FILE} --prometheus monitoring/kube-prometheus-stack-prometheus"
            ))
            .succeeds();
    }
}

#[test]
fn nothing_is_changed_until_it_is_known_which_prometheus_to_connect() {
    let mut cells = Vec::new();
    for (kind, code) in [("403", 5), ("404", 1), ("500", 1), ("reset", 1)] {
        for sign_in in ["entra-secret", "user-identity"] {
            cells.extend([
                (kind, code, format!("apply --yes --auth {sign_in}")),
                (kind, 4, format!("doctor --fix --yes --auth {sign_in}")),
                (
                    kind,
                    code,
                    format!(
                        "init --yes --auth {sign_in} --target kube-prometheus-stack --input mine.yaml --write \
                         --prometheus-version 3.14.0"
                    ),
                ),
            ]);
        }
    }

    let failures = table::failures(&cells, cells.len(), |(kind, code, command)| {
        let mut world = World::new()
            .scenario("two-prometheus")
            .fault(&format!("{kind}:GET:/v1/prometheuses:service=kubernetes"))
            .file("mine.yaml", "prometheus: {}\n");

        let run = world.run(command).check(*code)?;

        let is_unchanged = world.read("mine.yaml") == "prometheus: {}\n";
        let text = run.stderr();
        let is_explained = text.contains("which Prometheus to connect is not known")
            && text.contains("--prometheus NAMESPACE/NAME");
        match is_unchanged && is_explained && world.writes().is_empty() {
            true => Ok(()),
            false => Err(format!("{kind}, {command}: {text}")),
        }
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn the_release_takes_the_place_of_a_prometheus_that_may_not_be_read() {
    let mut world = World::new()
        .scenario("two-prometheus")
        .fault("403:GET:/prometheuses:service=kubernetes");
    let named = "--prometheus monitoring/kube-prometheus-stack-prometheus";

    world
        .run(&format!("{NEW_FILE} {named}"))
        .ends_with(5)
        .mentions(&["--prometheus release:monitoring/RELEASE"]);
    assert_eq!(world.writes(), []);

    world
        .run(&format!(
            "{NEW_FILE} --prometheus release:monitoring/kube-prometheus-stack --prometheus-version 3.14.0"
        ))
        .succeeds();
}
