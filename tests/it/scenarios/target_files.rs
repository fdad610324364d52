//! What people have: files that are odd, broken or out of reach. Nothing is lost, and nothing is made that the plan did not show.

use crate::support::World;

const OFFLINE: &str = "--auth user-identity --target prometheus-yml --prometheus-version 3.14.0 --cluster-label prod \
    --write-url https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id cccccccc-cccc-cccc-cccc-cccccccccccc";

/// Renders offline into this text.
fn patched(text: &str) -> (World, crate::support::CommandOutcome) {
    let world = World::new().file("prometheus.yml", text);
    let run = world.run_alone(&format!("render {OFFLINE} --input prometheus.yml --write"));
    (world, run)
}

/// A text that cannot be edited stays as it is, and the reason is shown.
fn refused(text: &str, words: &[&str]) {
    refused_with(1, text, words);
}

fn refused_with(code: i32, text: &str, words: &[&str]) {
    let (world, run) = patched(text);

    run.ends_with(code).mentions(words);

    assert_eq!(world.read("prometheus.yml"), text);
    assert!(!world.path("prometheus.yml.bak").exists());
}

#[test]
fn an_empty_file_becomes_a_complete_one() {
    let (world, run) = patched("");

    run.succeeds();

    assert!(world.read("prometheus.yml").contains("remote_write:"));
}

#[test]
fn a_text_that_is_not_yaml_is_left_alone_with_the_line() {
    refused("global: [unclosed\n", &["line"]);
}

#[test]
fn a_list_is_no_configuration() {
    refused_with(2, "- a\n- b\n", &["the file is a list"]);
}

#[test]
fn a_duplicate_key_is_named() {
    refused(
        "remote_write: []\nglobal: {}\nremote_write: []\n",
        &["remote_write", "line"],
    );
}

/// What a user has, where a new file would go.
const THEIRS: &str = "global:\n  scrape_interval: 5s\nremote_write:\n- name: mimir\n  url: https://mimir.example/push\n";

#[test]
fn a_new_file_does_not_replace_one_that_has_more() {
    let world = World::new().file("prometheus.yml", THEIRS);

    let run = world.run_alone(&format!("render {OFFLINE} --out prometheus.yml"));

    run.ends_with(2).mentions(&[
        "cannot write a new file to prometheus.yml",
        "`global.scrape_interval`, `remote_write[mimir]`",
        "--input prometheus.yml --write",
    ]);
    assert_eq!(world.read("prometheus.yml"), THEIRS);
    assert!(!world.path("prometheus.yml.bak").exists());
}

#[test]
fn a_new_file_replaces_an_earlier_one_until_others_wrote_into_it() {
    let world = World::new();
    let render = format!("render {OFFLINE} --out prometheus.yml");
    world.run_alone(&render).succeeds();
    let relabelled = render.replace("--cluster-label prod", "--cluster-label test");
    world.run_alone(&relabelled).succeeds();
    let ours = world.read("prometheus.yml");
    assert!(ours.contains("cluster: test"), "{ours}");
    let both = format!("{ours}  - name: mimir\n    url: https://mimir.example/push\n");
    let world = world.file("prometheus.yml", &both);

    world
        .run_alone(&render)
        .ends_with(2)
        .mentions(&["`remote_write[mimir]`"]);

    assert_eq!(world.read("prometheus.yml"), both);
}

#[test]
fn what_a_user_wrote_into_a_file_of_an_earlier_run_is_not_replaced() {
    let world = World::new();
    let render = format!("render {OFFLINE} --out prometheus.yml");
    world.run_alone(&render).succeeds();
    let ours = world.read("prometheus.yml");
    for (edited, named) in [
        (ours.replace("30s", "15s"), "`global.scrape_interval`"),
        (ours.replace("localhost:9090", "a:1"), "static_configs"),
        (format!("{ours}# ask Ada first\n"), "`# ask Ada first`"),
        (format!("{ours}rule_files: [a.yml]\n"), "`rule_files[…]`"),
    ] {
        assert_ne!(edited, ours, "{named}");
        std::fs::write(world.path("prometheus.yml"), &edited).unwrap();

        world
            .run_alone(&render.replace("--cluster-label prod", "--cluster-label test"))
            .ends_with(2)
            .mentions(&[named, "--input prometheus.yml --write"]);

        assert_eq!(world.read("prometheus.yml"), edited);
    }
}

#[test]
fn a_json_patch_of_the_users_own_is_not_replaced() {
    let resource = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a, namespace: b}\nspec: {}\n";
    let theirs = r#"[{"op": "replace", "path": "/spec/retention", "value": "9d"}]"#;
    let world = World::new()
        .file("cr.yaml", resource)
        .file("patch.json", theirs);
    let offline = OFFLINE.replace("prometheus-yml", "custom-resource");

    world
        .run_alone(&format!(
            "render {offline} --json-patch --input cr.yaml --out patch.json"
        ))
        .ends_with(2)
        .mentions(&["a JSON Patch that changes something else too: `/spec/retention`"]);

    assert_eq!(world.read("patch.json"), theirs);
}

#[test]
fn a_file_that_cannot_be_read_is_not_replaced() {
    let world = World::new();
    std::fs::write(world.path("prometheus.yml"), b"global: \xff\n").unwrap();

    let run = world.run_alone(&format!("render {OFFLINE} --out prometheus.yml"));

    run.ends_with(2).mentions(&["it exists and cannot be read"]);
    assert_eq!(
        std::fs::read(world.path("prometheus.yml")).unwrap(),
        b"global: \xff\n"
    );
}

#[test]
fn a_json_patch_does_not_replace_the_resource_that_it_patches() {
    let resource = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a, namespace: b}\nspec: {}\n";
    let world = World::new().file("cr.yaml", resource);
    let offline = OFFLINE.replace("prometheus-yml", "custom-resource");
    let render = format!("render {offline} --json-patch --input cr.yaml --out");

    world
        .run_alone(&format!("{render} cr.yaml"))
        .ends_with(2)
        .mentions(&["a JSON Patch for the resource in the cluster would replace it"]);
    for _ in 0..2 {
        world.run_alone(&format!("{render} patch.json")).succeeds();
    }

    assert_eq!(world.read("cr.yaml"), resource);
}

#[test]
fn the_patch_of_a_file_without_a_namespace_goes_to_the_one_that_was_named() {
    let resource = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: plain}\nspec: {}\n";
    let world = World::new().file("old.yaml", resource);
    let offline = OFFLINE.replace("prometheus-yml", "custom-resource");

    world
        .run_alone(&format!(
            "render {offline} --prometheus monitoring/plain --json-patch --input old.yaml --out p.json"
        ))
        .succeeds()
        .mentions(&["kubectl patch prometheuses.monitoring.coreos.com plain -n monitoring --type json --patch-file p.json"]);
}

#[test]
fn the_patch_line_of_a_file_without_any_namespace_leaves_it_open() {
    let resource = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: plain}\nspec: {}\n";
    let world = World::new().file("old.yaml", resource);
    let offline = OFFLINE.replace("prometheus-yml", "custom-resource");

    world
        .run_alone(&format!(
            "render {offline} --json-patch --input old.yaml --out p.json"
        ))
        .succeeds()
        .mentions(&["kubectl patch prometheuses.monitoring.coreos.com plain -n NAMESPACE --type json --patch-file p.json"]);
}

#[test]
fn tabs_as_indentation_are_refused() {
    refused("global:\n\tscrape_interval: 15s\n", &["line 2"]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_survive() {
    let (world, run) = patched("\u{feff}global:\r\n  scrape_interval: 15s # ours\r\n");

    run.succeeds();

    let written = world.read("prometheus.yml");
    assert!(written.starts_with("\u{feff}global:\r\n  scrape_interval: 15s # ours\r\n"));
    assert!(
        !written.replace("\r\n", "").contains('\n'),
        "every line ends as the first one does"
    );
}

#[test]
fn a_file_of_ten_mebibytes_is_patched_like_any_other() {
    let job = "  - job_name: node\n    static_configs:\n      - targets: ['a:9100']\n";
    let text = format!(
        "scrape_configs:\n{}",
        job.repeat(10 * 1024 * 1024 / job.len())
    );

    let (world, run) = patched(&text);

    run.succeeds();
    assert!(world.read("prometheus.yml").contains(&text[..1000]));
}

#[test]
fn a_file_to_write_is_written_even_when_the_input_needs_no_change() {
    let (world, run) = patched("global: {}\n");
    run.succeeds();
    let input = world.read("prometheus.yml");
    let render = format!("render {OFFLINE} --input prometheus.yml --out other.yml");

    let first = world.run_alone(&render);
    let second = world.run_alone(&render);
    std::fs::write(world.path("other.yml"), "global: {}\n").unwrap();
    let third = world.run_alone(&render);

    first.succeeds().mentions(&["Wrote [HOME]/other.yml."]);
    second.succeeds().mentions(&["other.yml is up to date."]);
    third.succeeds().mentions(&["Wrote [HOME]/other.yml; "]);
    assert_eq!(world.read("other.yml"), input);
}

#[test]
fn a_patch_without_operations_is_written_too() {
    let resource = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata:\n  name: main\n  namespace: monitoring\nspec: {}\n";
    let options = OFFLINE.replace("prometheus-yml", "custom-resource");
    let world = World::new().file("main.yml", resource);
    let patched = world.run_alone(&format!("render {options} --input main.yml --write"));
    patched.succeeds();

    let run = world.run_alone(&format!(
        "render {options} --input main.yml --json-patch --out patch.json"
    ));

    run.succeeds().mentions(&["Wrote [HOME]/patch.json."]);
    assert_eq!(world.read("patch.json"), "[]\n");
}

#[test]
fn a_second_time_nothing_changes_and_check_reports_it() {
    let (world, run) = patched("global: {}\n");
    run.succeeds();
    let first = world.read("prometheus.yml");

    world
        .run_alone(&format!("render {OFFLINE} --input prometheus.yml --check"))
        .succeeds();
    world
        .run_alone(&format!("render {OFFLINE} --input prometheus.yml --write"))
        .succeeds();

    assert_eq!(world.read("prometheus.yml"), first);
}

#[test]
fn a_stale_file_is_what_check_exits_with_three_for() {
    let world = World::new().file("prometheus.yml", "global: {}\n");

    let run = world
        .run_alone(&format!(
            "render {OFFLINE} --input prometheus.yml --check --diff"
        ))
        .ends_with(3);

    assert!(run.stdout().contains("+remote_write:"), "{}", run.stdout());
    assert_eq!(world.read("prometheus.yml"), "global: {}\n");
}

#[test]
fn a_symbolic_link_stays_one() {
    let world = World::new().file("real.yml", "global: {}\n");
    std::os::unix::fs::symlink("real.yml", world.path("prometheus.yml")).unwrap();

    world
        .run_alone(&format!("render {OFFLINE} --input prometheus.yml --write"))
        .succeeds();

    assert!(world.path("prometheus.yml").is_symlink());
    assert!(world.read("real.yml").contains("remote_write:"));
}

#[test]
fn the_other_names_of_a_file_are_counted_before_it_is_replaced() {
    const SIDECAR: &str = include_str!("../../data/migrate/values-user-assigned.yaml");
    let note = |name: &str| {
        format!(
            "note: {name} has 2 more hard links: a run that writes {name} replaces it under this name only"
        )
    };
    let mut world = World::new()
        .file("mine.yaml", "prometheus:\n  prometheusSpec: {}\n")
        .file("sidecar.yaml", SIDECAR);
    for name in ["mine.yaml", "sidecar.yaml"] {
        for other in ["other", "third"] {
            std::fs::hard_link(world.path(name), world.path(&format!("{other}-{name}"))).unwrap();
        }
    }
    let migrate = "migrate --input sidecar.yaml --prometheus-version 3.14.0";
    let init =
        "init --yes --accept-unproved --auth user-identity --input mine.yaml --out mine.yaml";

    for write in ["--diff", "--write"] {
        world
            .run_alone(&format!("{migrate} {write}"))
            .succeeds()
            .mentions(&[&note("sidecar.yaml")]);
    }
    world.run(init).succeeds().mentions(&[&note("mine.yaml")]);
    let again = world.run(init).succeeds();

    assert!(!again.stderr().contains("hard link"), "{}", again.stderr());
    assert!(world.read("mine.yaml").contains("emoteWrite"));
    assert!(!world.read("other-mine.yaml").contains("emoteWrite"));
    assert_eq!(world.read("third-sidecar.yaml"), SIDECAR);
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_anything_is_made() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");
    std::fs::create_dir(world.path("folder")).unwrap();

    for (out, word) in [
        ("folder", "is a directory"),
        ("/proc/values.yaml", "/proc/values.yaml"),
        ("no/such/folder.yaml", "no/such"),
    ] {
        world
            .run(&format!("init --yes --input values.yaml --out {out}"))
            .ends_with(1)
            .mentions(&["cannot write", word]);
    }

    assert_eq!(world.writes(), []);
}

#[test]
fn a_full_disk_is_reported_and_the_input_is_unchanged() {
    let world = World::new().file("prometheus.yml", "global: {}\n");

    world
        .run_alone(&format!(
            "render {OFFLINE} --input prometheus.yml --out /dev/full"
        ))
        .ends_with(1)
        .mentions(&["disk is full"]);

    assert_eq!(world.read("prometheus.yml"), "global: {}\n");
}

#[test]
fn an_input_that_is_not_there_is_named() {
    let world = World::new();

    world
        .run_alone(&format!("render {OFFLINE} --input nowhere.yml"))
        .ends_with(1)
        .mentions(&["nowhere.yml", "does not exist"]);
}

/// A sign-in that needs a list which the release of this scenario has too: that of containers.
const BY_SDK: &str = "--cluster aks-prod --auth user-identity --azuread sdk --force";

#[test]
fn new_values_carry_over_the_lists_of_the_running_release() {
    let mut world = World::new().scenario("sidecar");

    let run = world
        .run(&format!(
            "init --accept-unproved --yes --out values.yaml {BY_SDK}"
        ))
        .succeeds();

    let written = world.read("values.yaml");
    for part in [
        "# Values for Helm release kube-prometheus-stack",
        "      - name: prom-remotewrite\n",
        "      - name: prometheus\n        env:\n          - name: AZURE_CLIENT_ID\n",
    ] {
        assert!(written.contains(part), "{part} is not in\n{written}");
    }
    run.mentions(&[
        "helm upgrade kube-prometheus-stack REPOSITORY/kube-prometheus-stack --version ",
        "-n monitoring --reset-then-reuse-values -f values.yaml --kube-context aks-prod",
    ]);
}

#[test]
fn without_a_context_for_the_cluster_the_command_fetches_its_credentials_under_a_name_of_its_own() {
    let mut world = World::new().scenario("sidecar").without("KUBECONFIG");

    let run = world
        .run(&format!(
            "init --accept-unproved --yes --out values.yaml {BY_SDK}"
        ))
        .succeeds();

    let stderr = run.stderr();
    let line = stderr.lines().find(|line| line.contains("helm upgrade"));
    let line = line.expect("a command for Helm").trim_start();
    let (fetch, upgrade) = line.split_once(" && ").expect("two commands");
    assert!(
        fetch.starts_with("az aks get-credentials --subscription "),
        "{line}"
    );
    let (_, context) = fetch.split_once(" --context ").unwrap();
    assert!(context.starts_with("aks-prod.rg-prod."), "{line}");
    assert!(
        upgrade.ends_with(&format!("--kube-context {context}")),
        "{line}"
    );
}

#[test]
fn a_values_file_that_would_remove_items_of_the_release_has_a_note() {
    let mut world = World::new()
        .scenario("sidecar")
        .file("values.yaml", "prometheus: {}\n");

    world
        .run(&format!("init --accept-unproved --yes --write --input values.yaml {BY_SDK}"))
        .succeeds()
        .mentions(&[
            "the running release has `prom-remotewrite` in `prometheus.prometheusSpec.containers`; this file does not",
        ]);
}

#[test]
fn an_entry_of_ours_in_other_letter_case_is_not_doubled() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");
    let init = "init --accept-unproved --yes --auth user-identity --input values.yaml --write";
    world.run(init).succeeds();
    let text = world.read("values.yaml");
    let other = text
        .replace("/dataCollectionRules/", "/datacollectionrules/")
        .replace("name: azure-monitor-amw-aks-prod", "name: mine");
    assert_ne!(text, other);
    std::fs::write(world.path("values.yaml"), other).unwrap();

    world.run(init).succeeds();

    let urls = world.read("values.yaml").matches("url: ").count();
    assert_eq!(urls, 1, "{}", world.read("values.yaml"));
}

#[test]
fn values_of_a_release_without_any_are_like_an_empty_file() {
    let init =
        "init --accept-unproved --yes --auth user-identity --input release-values.yaml --write";
    let mut empty = World::new().file("release-values.yaml", "");
    let mut null = World::new().file("release-values.yaml", "null\n");

    empty.run(init).succeeds();
    null.run(init).succeeds();

    let written = null.read("release-values.yaml");
    let parsed: serde_yaml::Value = serde_yaml::from_str(&written).unwrap();
    assert!(
        parsed["prometheus"]["prometheusSpec"].is_mapping(),
        "{written}"
    );
    assert!(empty.read("release-values.yaml").contains("emoteWrite"));
}

#[test]
fn a_config_map_is_patched_and_read_by_doctor() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: prometheus\ndata:\n  prometheus.yml: |\n    global:\n      scrape_interval: 15s\n";
    let mut world = World::new().file("config.yaml", config_map);
    let answers = "--target configmap --input config.yaml";

    let connected = world
        .run(&format!("init --accept-unproved --yes --write {answers}"))
        .succeeds();
    let looked = world.run(&format!("doctor --only configuration {answers}"));

    connected.mentions(&[
        "kubectl annotate serviceaccount kube-prometheus-stack-prometheus -n monitoring azure.workload.identity",
        "amw-rw render",
        "--companions",
    ]);
    let looked = looked.succeeds();
    assert!(
        looked
            .stdout()
            .contains("config.yaml writes to the current rule"),
        "{}",
        looked.stdout()
    );
    let companions = world
        .run(&format!("render --companions {answers}"))
        .succeeds();
    assert!(
        companions
            .stdout()
            .contains("kubectl annotate serviceaccount")
            && !companions.stdout().contains("kind: ServiceAccount"),
        "{}",
        companions.stdout()
    );
}

#[test]
fn doctor_judges_a_sidecar_by_the_settings_of_its_container() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");
    let answers =
        "--target kube-prometheus-stack --input values.yaml --auth user-identity --path sidecar";

    world
        .run(&format!("init --accept-unproved --yes --write {answers}"))
        .succeeds();
    let right = world
        .run(&format!("doctor --only configuration {answers}"))
        .succeeds();
    let text = world.read("values.yaml").replace("/dcr-", "/dcr-f");
    let mut broken = world.file("values.yaml", &text);
    let wrong = broken.run(&format!("doctor --only configuration {answers}"));

    assert!(
        right
            .stdout()
            .contains("values.yaml writes to the current rule"),
        "{}",
        right.stdout()
    );
    let wrong = wrong.ends_with(4);
    assert!(
        wrong.stdout().contains("(in container `prom-remotewrite`)"),
        "{}",
        wrong.stdout()
    );
}

#[test]
fn a_sidecar_that_cannot_be_is_wrong_usage_whatever_the_file() {
    let resource =
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {version: v3.14.0}\n";
    let world = World::new()
        .file("prometheus.yml", "global: {}\n")
        .file("resource.yaml", resource);
    let facts = OFFLINE
        .replace("--target prometheus-yml", "--path sidecar")
        .replace("--auth user-identity", "");

    for (words, next) in [
        (
            "--auth user-identity --target prometheus-yml",
            "use --path native, or a target that describes the pod",
        ),
        (
            "--auth user-identity --target prometheus-yml --input prometheus.yml",
            "use --path native, or a target that describes the pod",
        ),
        (
            "--auth system-identity --target custom-resource --input resource.yaml",
            "use --auth workload-identity, user-identity, entra-certificate or kubelet-identity, or --path native",
        ),
    ] {
        let run = world.run_alone(&format!("render {facts} {words}"));

        run.ends_with(2).mentions(&["the sidecar", next]);
    }
}

#[test]
fn values_for_another_chart_than_that_of_the_release_are_refused_before_anything_is_made() {
    let mut world = World::new();

    world
        .run("init --yes --target prometheus-chart --auth workload-identity --out values.yaml")
        .ends_with(2)
        .mentions(&[
            "is of chart kube-prometheus-stack",
            "--target kube-prometheus-stack",
        ]);

    assert!(world.writes().is_empty());
    assert!(!world.path("values.yaml").exists());
}

#[test]
fn a_new_file_that_the_operator_does_not_read_gets_a_warning() {
    let mut world = World::new();

    let plan = world.run("plan --target prometheus-yml --auth workload-identity -o json");

    let warnings = plan.succeeds().json()["warnings"].to_string();
    assert!(
        warnings.contains("use --target kube-prometheus-stack"),
        "{warnings}"
    );
}

#[test]
fn a_second_writer_to_the_same_rule_is_refused_before_any_write() {
    let mut world = World::new().scenario("sidecar");

    world
        .run("init --yes --out values.yaml --cluster aks-prod")
        .ends_with(2)
        .mentions(&[
            "container `prom-remotewrite`",
            "stored twice",
            "amw-rw migrate --cluster aks-prod",
        ]);

    assert!(world.writes().is_empty());
    assert!(!world.path("values.yaml").exists());
}

/// A pod with a sidecar, as it is left by another connection.
fn with_sidecar(rule: &str, variables: &str) -> String {
    format!(
        "prometheus:\n  prometheusSpec:\n    remoteWrite:\n      - url: http://localhost:8081/api/v1/write\n    containers:\n      - name: prom-remotewrite\n        image: x/prom-remotewrite:1\n        env:\n          - {{name: INGESTION_URL, value: \"https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/{rule}/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24\"}}\n          - {{name: LISTENING_PORT, value: '8081'}}\n{variables}"
    )
}

fn by_sidecar(auth: &str) -> String {
    OFFLINE
        .replace(
            "--target prometheus-yml",
            "--path sidecar --target kube-prometheus-stack --input values.yaml",
        )
        .replace("--auth user-identity", auth)
}

#[test]
fn the_sidecar_of_another_workspace_is_not_taken_over() {
    let text = with_sidecar("dcr-99999999999999999999999999999999", "");
    let world = World::new().file("values.yaml", &text);
    let render = format!("render {} --write", by_sidecar("--auth user-identity"));

    let refused = world.run_alone(&render).ends_with(2);

    refused.mentions(&[
        "`prom-remotewrite` is the sidecar of another workspace and listens on port 8081",
        "--sidecar-port 8082",
    ]);
    assert_eq!(world.read("values.yaml"), text);

    let render = format!("{render} --sidecar-port 8082");
    world.run_alone(&render).succeeds();
    let after = world.read("values.yaml");
    assert!(
        after.starts_with(text.trim_end()) || after.contains("dcr-9999"),
        "{after}"
    );
    assert!(
        after.contains("http://localhost:8082/api/v1/write"),
        "{after}"
    );
    assert_eq!(after.matches("INGESTION_URL").count(), 2, "{after}");
    world.run_alone(&render).succeeds();
    assert_eq!(world.read("values.yaml"), after);
}

#[test]
fn with_workload_identity_a_leftover_client_id_goes_from_the_sidecar() {
    let rule = OFFLINE
        .split_once("/dataCollectionRules/")
        .and_then(|(_, rest)| rest.split('/').next())
        .unwrap();
    let text = with_sidecar(
        rule,
        "          - {name: AZURE_CLIENT_ID, value: 99999999-2222-3333-4444-555555555555}\n          - {name: CLUSTER, value: prod}\n",
    );
    let world = World::new().file("values.yaml", &text);
    let auth = "--auth workload-identity --tenant-id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

    world
        .run_alone(&format!("render {} --write", by_sidecar(auth)))
        .succeeds();

    let after = world.read("values.yaml");
    assert!(!after.contains("AZURE_CLIENT_ID"), "{after}");
    assert!(after.contains("{name: CLUSTER, value: prod}"), "{after}");
}

#[test]
fn a_file_that_helm_or_prometheus_cannot_read_is_refused_before_anything_is_made() {
    let kustomization = "configMapGenerator:\n- name: web\n  files: [prometheus.yml]\n";
    for (arguments, code, mentioned) in [
        (
            "--auth workload-identity --out %zz.yaml",
            2,
            "Helm parses the name of a file as a URL",
        ),
        (
            "--auth workload-identity --input kustomization.yaml --write",
            2,
            "--target prometheus-yml --input prometheus.yml --write",
        ),
        (
            "--auth entra-secret --target configmap --input kustomization.yaml --write",
            2,
            "--target prometheus-yml --input prometheus.yml --write",
        ),
    ] {
        let mut world = World::new().file("kustomization.yaml", kustomization);

        world
            .run(&format!("init --yes {arguments}"))
            .ends_with(code)
            .mentions(&[mentioned]);

        assert_eq!(world.writes(), [], "{arguments}");
        assert_eq!(world.read("kustomization.yaml"), kustomization);
    }
}

#[test]
fn a_long_list_of_notes_is_cut_and_counted() {
    let entries: String = (0..80)
        .map(|number| {
            format!("- name: other-{number}\n  url: https://mimir-{number}.example/push\n")
        })
        .collect();
    let world = World::new().file("prometheus.yml", &format!("remote_write:\n{entries}"));
    let render = format!("render {OFFLINE} --input prometheus.yml");
    let notes = |run: &crate::support::CommandOutcome| {
        let lines = run.stderr().lines();
        lines.filter(|line| line.starts_with("note: ")).count()
    };

    let cut = world.run_alone(&render).succeeds();
    let all = world.run_alone(&format!("{render} -v")).succeeds();

    assert_eq!(notes(&cut), 51, "{}", cut.stderr());
    assert!(notes(&all) >= 80, "{}", all.stderr());
    cut.mentions(&["more notes are not shown; -v prints all of them"]);
}
