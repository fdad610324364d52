//! Files with keys that no Prometheus knows, and remote writes where nothing reads them.

use crate::support::{CommandOutcome, World};

const RENDER: &str = "render --cluster-label prod --prometheus-version 3.14.0 --write --write-url \
    https://shop-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id cccccccc-cccc-cccc-cccc-cccccccccccc";

/// Renders into one of the files of `tests/data/known-keys`.
fn rendered(name: &str, flags: &str) -> (World, CommandOutcome) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/known-keys/");
    let text = std::fs::read_to_string(format!("{path}{name}")).unwrap();
    let world = World::new().file(name, &text).file("secret", "one-secret");
    let run = world.run_alone(&format!("{RENDER} {flags} --input {name}"));
    (world, run)
}

/// The file is put right, with these notes; what it has then and what it has lost.
fn fixed(name: &str, flags: &str, notes: &[&str], has: &[&str], lost: &[&str]) {
    let (world, run) = rendered(name, flags);

    run.succeeds().mentions(notes);

    let text = world.read(name);
    for part in has {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for part in lost {
        assert!(!text.contains(part), "{part}\n{text}");
    }
}

/// The file is refused for this reason, and stays as it is.
fn refused(name: &str, flags: &str, words: &[&str]) {
    let (world, run) = rendered(name, flags);

    run.ends_with(1).mentions(words);

    assert!(!world.path(&format!("{name}.bak")).exists());
}

const PLAIN: &str = "--target prometheus-yml --auth user-identity";
const STACK: &str = "--target kube-prometheus-stack --auth user-identity";

#[test]
fn a_client_id_next_to_an_empty_method_is_removed() {
    fixed(
        "empty-method.yml",
        PLAIN,
        &["line 12: Prometheus does not know the key `remote_write[0].azuread.client_id`"],
        &[
            "managed_identity:\n        client_id: cccccccc",
            "remote_timeout: 20s # slow line",
        ],
        &["\n      client_id:"],
    );
}

#[test]
fn a_secret_at_the_wrong_level_is_taken_out_and_called_exposed() {
    let flags = "--target prometheus-yml --auth entra-secret --client-secret-file secret --tenant-id dddddddd-dddd-dddd-dddd-dddddddddddd";
    fixed(
        "secret-too-high.yml",
        flags,
        &[
            "line 8: Prometheus does not know the key `remote_write[0].azuread.client_secret`",
            "replace that secret",
        ],
        &["oauth:\n"],
        &["hunter2"],
    );
    let (_, run) = rendered("secret-too-high.yml", flags);
    assert!(!format!("{}{}", run.stdout(), run.stderr()).contains("hunter2"));
}

#[test]
fn another_name_of_a_setting_becomes_the_one_that_prometheus_knows() {
    fixed(
        "certificate-names.yml",
        "--target prometheus-yml --auth entra-certificate --certificate file:/etc/shop/app.crt --tenant-id dddddddd-dddd-dddd-dddd-dddddddddddd",
        &[
            "by the name `certificate_path`",
            "by the name `certificate_key_path`",
            "`certificate_key_path` stays /etc/shop/app.key: it must be the private key of /etc/shop/app.crt",
        ],
        &[
            "certificate_path: /etc/shop/app.crt",
            "certificate_key_path: /etc/shop/app.key",
        ],
        &["cert_file", "private_key_file", "old.crt"],
    );
}

#[test]
fn stray_keys_of_another_entry_are_named_and_stay() {
    fixed(
        "method-with-type.yml",
        PLAIN,
        &[
            "line 4: Prometheus does not know the key `remote_write[0].send_metadata`",
            "managed_identity.type",
            "managed_identity.resource_id",
        ],
        &[
            "send_metadata: true",
            "max_samples_per_send: 900",
            "max_shards: 10",
        ],
        &["UserAssigned", "maxSamplesPerSend"],
    );
}

#[test]
fn the_spelling_of_the_operator_is_corrected_in_the_prometheus_chart() {
    fixed(
        "chart-camel-case.yaml",
        "--target prometheus-chart --auth user-identity",
        &[
            "`server.remoteWrite[0].azureAd` by the name `azuread`",
            "write_relabel_configs",
        ],
        &["azuread:\n", "source_labels:", "action: drop"],
        &["azureAd", "sourceLabels"],
    );
}

#[test]
fn the_spelling_of_prometheus_is_corrected_for_the_operator_and_the_filter_counts_again() {
    fixed(
        "operator-snake-case.yaml",
        STACK,
        &[
            "line 11: ",
            "by the name `writeRelabelConfigs`",
            "line 16: ",
            "by the name `remoteTimeout`: the API server drops it",
        ],
        &[
            "writeRelabelConfigs:\n",
            "sourceLabels:",
            "maxShards: 30",
            "retryOnRateLimit: false",
            "remote_timeout: 10s",
        ],
        &["write_relabel_configs", "azuread:", "queue_config"],
    );
}

#[test]
fn a_remote_write_where_prometheus_does_not_take_one_is_refused_with_its_line() {
    let belongs = "it belongs in `remote_write`";
    refused(
        "under-global.yml",
        PLAIN,
        &["line 3", "`global.remote_write`", belongs],
    );
    refused(
        "in-job.yml",
        PLAIN,
        &["line 4", "`scrape_configs[1].remote_write`", belongs],
    );
}

#[test]
fn a_remote_write_that_no_chart_reads_is_named() {
    let note = "line 2: nothing reads the remote write at `prometheus.remoteWrite`";
    fixed(
        "outside-prometheusspec.yaml",
        STACK,
        &[note],
        &["additionalRemoteWrite:"],
        &[],
    );
}

#[test]
fn the_remote_write_of_a_prometheus_agent_among_the_values_is_read_by_the_operator() {
    let (_, run) = rendered("agent-in-manifests.yaml", STACK);

    let run = run.succeeds();
    assert!(!run.stderr().contains("nothing reads"), "{}", run.stderr());
}

#[test]
fn the_query_endpoint_of_a_workspace_is_no_place_to_write_to() {
    refused(
        "query-endpoint.yml",
        PLAIN,
        &["line 2", "the query endpoint of a workspace"],
    );
}

#[test]
fn two_remote_writes_that_are_equal_to_prometheus_are_refused() {
    refused(
        "equal-entries.yml",
        PLAIN,
        &["line 3", "equals the one on line 2"],
    );
}

#[test]
fn no_second_remote_write_is_added_next_to_a_variable_that_may_name_the_same_workspace() {
    refused(
        "variable-url.yml",
        PLAIN,
        &[
            "line 2",
            "a remote write without a name writes to `${AZURE_WRITE_URL}`",
            "write the URL of this block in its place",
            "add this by hand",
        ],
    );
}

#[test]
fn a_remote_write_of_our_name_with_a_variable_is_neither_replaced_nor_joined_by_a_second_one() {
    let text = "remote_write:\n  - name: azure-monitor-shop\n    url: $TARGET\n";
    let world = World::new().file("prometheus.yml", text);

    let run = world.run_alone(&format!("{RENDER} {PLAIN} --input prometheus.yml"));

    run.ends_with(1).mentions(&[
        "line 2",
        "`azure-monitor-shop` writes to `$TARGET`",
        "rename it",
    ]);
    assert_eq!(world.read("prometheus.yml"), text);
}

#[test]
fn a_variable_that_signs_in_elsewhere_is_named_and_ours_is_added() {
    let text =
        "remote_write:\n  - url: ${MIMIR_URL}\n    basic_auth: {username: a, password_file: b}\n";
    let world = World::new().file("prometheus.yml", text);

    let run = world.run_alone(&format!("{RENDER} {PLAIN} --input prometheus.yml"));

    run.succeeds()
        .mentions(&["line 2: a remote write without a name writes to `${MIMIR_URL}`"]);
    assert!(world.read("prometheus.yml").contains("azure-monitor-shop"));
}

#[test]
fn a_variable_is_kept_if_the_connection_has_its_remote_write_in_the_same_list() {
    let world = World::new().file("prometheus.yml", "scrape_configs: []\n");
    let render = format!("{RENDER} {PLAIN} --input prometheus.yml");
    world.run_alone(&render).succeeds();
    let other = "  - url: ${AMW_URL}\n    azuread: {sdk: {}}\n";
    let text = world.read("prometheus.yml");
    let at = text.find("  - name: azure-monitor-shop").unwrap();
    let text = format!("{}{other}{}", &text[..at], &text[at..]);
    let world = World::new().file("prometheus.yml", &text);

    let run = world.run_alone(&render);

    run.succeeds().mentions(&["`${AMW_URL}`"]);
    assert_eq!(world.read("prometheus.yml"), text);
}

#[test]
fn the_block_for_a_template_is_conditional_where_it_has_a_sign_in_to_azure() {
    let text = "remote_write:\n  - url: {{ amw_url }}\n    azuread:\n      sdk: {}\n";
    let world = World::new().file("prometheus.yml", text);

    let run = world.run_alone(&format!("{RENDER} {PLAIN} --input prometheus.yml"));

    run.ends_with(1)
        .mentions(&["unless the remote write with the sign-in on line 3 writes to this workspace"]);
}

#[test]
fn a_key_that_this_version_does_not_know_yet_is_refused() {
    let text = "remote_write:\n- name: azure-monitor-shop\n  url: https://shop-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/x/api/v1/write\n  round_robin_dns: true\n";
    let world = World::new().file("prometheus.yml", text);

    let run = world.run_alone(&format!(
        "{} {PLAIN} --input prometheus.yml",
        RENDER.replace("3.14.0", "2.55.1")
    ));

    run.ends_with(1)
        .mentions(&["line 4", "round_robin_dns", "3.1.0 or newer"]);
    assert_eq!(world.read("prometheus.yml"), text);
}

#[test]
fn doctor_judges_an_entry_as_the_server_would_and_names_the_lines() {
    let mut world = World::new();
    let connect = "--target prometheus-yml --auth user-identity";
    world
        .run(&format!(
            "init --accept-unproved --yes {connect} --out prometheus.yml"
        ))
        .succeeds();
    let text = world.read("prometheus.yml");
    let doctor = format!("doctor --only configuration {connect} --input prometheus.yml");
    let right = world.run(&doctor).succeeds();
    assert!(right.stdout().contains("writes to the current rule"));

    let damaged = [
        (
            "managed_identity:\n",
            "managed_identity:\n        extra: 1\n",
            "does not know the key",
        ),
        (
            "cloud: AzurePublic",
            "cloud: AzureCloud",
            "`cloud` is not one of",
        ),
        (
            "managed_identity:\n",
            "sdk: {}\n      managed_identity:\n",
            "and only one is allowed",
        ),
        ("azuread:", "azure_ad:", "by the name `azuread`"),
        ("azuread:", "azuread: [", "not valid YAML"),
    ];
    for (from, to, fault) in damaged {
        assert!(text.contains(from), "{from}\n{text}");
        std::fs::write(world.path("prometheus.yml"), text.replacen(from, to, 1)).unwrap();

        let wrong = world.run(&doctor).ends_with(4);

        let stdout = wrong.stdout();
        assert!(
            stdout.contains("line ") && stdout.contains(fault),
            "{fault}\n{stdout}"
        );
    }
}
