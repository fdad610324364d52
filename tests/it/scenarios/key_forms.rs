//! Keys with an anchor, a tag, a `?` or quotes: edited like any other, in every kind of file.

use crate::support::{CommandOutcome, World};

const OFFLINE: &str = "render --prometheus-version 3.14.0 --auth user-identity --cluster-label prod \
    --write-url https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id cccccccc-cccc-cccc-cccc-cccccccccccc";
const FORMS: [fn(usize, &str) -> String; 5] = [
    |number, key| format!("&k{number} {key}:"),
    |_, key| format!("!!str {key}:"),
    |_, key| format!("? {key}\n:"),
    |_, key| format!("\"{key}\":"),
    |number, key| format!("!!str &k{number} '{key}':"),
];

const NEW_GLOBAL: &str = "scrape_configs:\n- job_name: x\n  honor_labels: true\n";
const CONFIGURATION: &str = "global:\n  external_labels:\n    team: x\nremote_write:\n- name: mimir\n  url: https://mimir.example/push\n";
const VALUES: &str = "grafana:\n  enabled: true\nprometheus:\n  prometheusSpec:\n    replicas: 2\n    remoteWrite:\n    - name: mimir\n      url: https://mimir.example/push\n";
const RESOURCE: &str = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata:\n  name: k8s\n  namespace: monitoring\nspec:\n  replicas: 2\n";

/// The text with every key of a line of its own in another form; the first key of a list's item is left as it is.
fn in_form(text: &str, form: fn(usize, &str) -> String) -> String {
    let line = |(number, line): (usize, &str)| {
        let key = line.trim_start();
        let indent = &line[..line.len() - key.len()];
        match key.split_once(':') {
            Some((key, value)) if !key.starts_with(['-', '#']) => {
                let key = form(number, key).replace('\n', &format!("\n{indent}"));
                format!("{indent}{key}{value}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().enumerate().map(line).collect()
}

/// Every line of the file is in the result, in the same order.
#[track_caller]
fn keeps_lines(before: &str, run: CommandOutcome) {
    let run = run.succeeds();
    let mut after = run.stdout().lines();
    for line in before.lines() {
        assert!(
            after.any(|other| other == line),
            "{line} of\n{before}\nis not in\n{}",
            run.stdout()
        );
    }
    assert_eq!(run.stdout().matches("dataCollectionRules").count(), 1);
}

#[test]
fn every_form_of_a_key_is_edited_and_keeps_its_bytes() {
    let files = [
        ("prometheus-yml", NEW_GLOBAL),
        ("prometheus-yml", CONFIGURATION),
        ("kube-prometheus-stack", VALUES),
        ("custom-resource", RESOURCE),
    ];

    for form in FORMS {
        for (target, plain) in files {
            let text = in_form(plain, form);
            let world = World::new().file("mine.yaml", &text);

            let run = world.run_alone(&format!("{OFFLINE} --target {target} --input mine.yaml"));

            keeps_lines(&text, run);
        }
    }
}

#[test]
fn a_sidecar_is_migrated_whatever_the_form_of_the_keys() {
    const SIDECAR: &str = include_str!("../../data/migrate/values-user-assigned.yaml");
    let migrate = "migrate --input values.yaml --prometheus-version 3.14.0";
    let plain = World::new().file("values.yaml", SIDECAR);
    let expected = plain.run_alone(migrate).succeeds();
    let expected: serde_yaml::Value = serde_yaml::from_str(expected.stdout()).unwrap();

    for form in FORMS {
        let world = World::new().file("values.yaml", &in_form(SIDECAR, form));

        let migrated = world.run_alone(migrate).succeeds();

        let migrated: serde_yaml::Value = serde_yaml::from_str(migrated.stdout()).unwrap();
        assert_eq!(migrated, expected);
    }
}

#[test]
fn a_key_that_the_parsers_read_differently_is_refused_with_its_line() {
    let text = "scrape_configs: []\n! global:\n  scrape_interval: 5s\n";
    let world = World::new().file("mine.yaml", text);

    world
        .run_alone(&format!(
            "{OFFLINE} --target prometheus-yml --input mine.yaml"
        ))
        .ends_with(1)
        .mentions(&[
            "line 2, column 1: the key `global` has a tag",
            "write the key without them",
        ]);
}
