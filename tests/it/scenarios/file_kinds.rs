//! A file is patched at a place that a program reads, or is refused.

use crate::support::{CommandOutcome, World};

const OFFLINE: &str = "--auth user-identity --prometheus-version 3.14.0 --cluster-label prod \
    --write-url https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id cccccccc-cccc-cccc-cccc-cccccccccccc";

fn rendered(text: &str, target: &str) -> (World, CommandOutcome) {
    let world = World::new().file("file.yaml", text);
    let run = world.run_alone(&format!(
        "render {OFFLINE} {target} --input file.yaml --write"
    ));
    (world, run)
}

fn patched(text: &str, place: &str) {
    let (world, run) = rendered(text, "");

    run.succeeds();

    let after = world.read("file.yaml");
    let rest = after.split_once(place);
    assert!(
        rest.is_some_and(|(_, rest)| rest.contains("dataCollectionRules")),
        "{place}:\n{after}"
    );
}

fn refused(text: &str, target: &str, words: &[&str]) {
    let (world, run) = rendered(text, target);

    let run = run.check_failed().expect("it is refused");

    run.mentions(words);
    assert_eq!(world.read("file.yaml"), text);
}

#[test]
fn an_empty_prometheus_yml_becomes_a_configuration_and_no_values() {
    let world = World::new().file("prometheus.yml", "# ours\n");

    world
        .run_alone(&format!("render {OFFLINE} --input prometheus.yml --write"))
        .succeeds();

    let written = world.read("prometheus.yml");
    assert!(written.contains("\nremote_write:"), "{written}");
}

#[test]
fn without_a_target_the_keys_of_a_file_decide_its_kind() {
    patched(
        "server:\n  retention: 15d\n  persistentVolume: {size: 8Gi}\nserverFiles: {}\n",
        "remoteWrite:",
    );
    patched(
        "grafana: {}\nprometheus:\n  prometheusSpec: {}\n",
        "additionalRemoteWrite:",
    );
    patched("scrape_configs: []\n", "remote_write:");
    patched(
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\nspec: {}\n",
        "remoteWrite:",
    );
}

#[test]
fn values_are_patched_below_the_keys_of_the_charts_that_read_them() {
    patched(
        "platform:\n  monitoring:\n    prometheus:\n      prometheusSpec:\n        replicas: 2\n",
        "\n        additionalRemoteWrite:",
    );
    patched(
        "prometheus:\n  port: 9090\nkube-prometheus-stack:\n  grafana: {}\n",
        "kube-prometheus-stack:\n",
    );
}

#[test]
fn values_that_no_chart_reads_are_not_written() {
    refused(
        "mgmt:\n  prometheus: {prometheusSpec: {}}\nsvc:\n  prometheus: {prometheusSpec: {}}\n",
        "",
        &["`mgmt` and those at `svc`", "additionalRemoteWrite"],
    );
    refused(
        "prometheus:\n  enabled: false\ngrafana: {}\n",
        "--target kube-prometheus-stack",
        &["prometheus.enabled", "renders no Prometheus"],
    );
}

#[test]
fn a_file_of_another_program_is_refused_for_every_target() {
    for (text, words) in [
        ("groups:\n  - name: up\n    rules: []\n", "alerting rules"),
        (
            "route: {receiver: mail}\nreceivers: [{name: mail}]\n",
            "Alertmanager",
        ),
        ("services:\n  web: {image: nginx}\n", "Compose"),
        (
            "receivers: {otlp: {}}\nexporters: {debug: {}}\nservice: {pipelines: {}}\n",
            "OpenTelemetry",
        ),
    ] {
        for target in [
            "",
            "prometheus-yml",
            "kube-prometheus-stack",
            "prometheus-chart",
        ] {
            let flag = match target {
                "" => String::new(),
                target => format!("--target {target}"),
            };
            refused(text, &flag, &[words]);
        }
    }
}

#[test]
fn a_file_that_no_target_fits_is_described_by_what_it_has() {
    for (text, words) in [
        (
            "apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMAlert\nspec: {}\n",
            "Kubernetes resources of other kinds than Prometheus: `VMAlert`",
        ),
        (
            "suite: prometheus\ntests: []\n",
            "no key of Prometheus or of its Helm charts, only `suite`, `tests`",
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {path: monitoring}}\n",
            "that folder has the chart and its values",
        ),
    ] {
        refused(text, "", &[words, "--input FILE"]);
    }
    let words = "the file has no key that values of kube-prometheus-stack can have";
    refused(
        "suite: a\ntests: []\n",
        "--target kube-prometheus-stack",
        &[words],
    );
}

#[test]
fn files_of_programs_with_keys_like_ours_are_refused() {
    let release = |chart: &str, values: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: a}}\nspec:\n  chart: {{spec: {{chart: {chart}}}}}\n  values: {values}\n"
        )
    };
    for (text, words) in [
        (
            "global: {resolve_timeout: 5m, smtp_smarthost: mail}\n".to_owned(),
            "",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ama-metrics-prometheus-config}\ndata:\n  prometheus-config: |\n    scrape_configs: []\n".to_owned(),
            "Azure's own metrics add-on",
        ),
        (
            "kubeEtcd: {enabled: false}\nvmalert: {}\ngrafana: {}\n".to_owned(),
            "victoria-metrics-k8s-stack",
        ),
        (
            "server:\n  remoteWrite: []\n  alertingRules: {}\n".to_owned(),
            "Bitnami",
        ),
        (
            "prometheus: {enabled: true, serviceMonitor: {enabled: true}}\n".to_owned(),
            "no key that only one kind of file has",
        ),
        (
            release("victoria-metrics-k8s-stack", "{kubelet: {}, grafana: {}}"),
            "another chart",
        ),
        (
            release("kube-prometheus", "{prometheus: {enabled: true}, kubelet: {enabled: true}}"),
            "another chart",
        ),
        (
            release("prometheus", "{server: {retention: 10d, persistence: {}}}"),
            "Bitnami",
        ),
    ] {
        refused(&text, "", &[words]);
    }
}

#[test]
fn a_key_that_the_program_does_not_read_makes_a_kind_uncertain_until_the_user_names_it() {
    for (text, words, target) in [
        // Parca, Bitnami's kube-prometheus, Bitnami's prometheus.
        (
            "object_storage: {}\nscrape_configs: []\n",
            "keys of a prometheus.yml, but `object_storage`",
            "prometheus-yml",
        ),
        (
            "prometheus:\n  remoteWrite: []\nkubelet: {enabled: true}\n",
            "no key that only one kind of file has",
            "kube-prometheus-stack",
        ),
        (
            "server:\n  remoteWrite: []\n  resourcesPreset: small\n",
            "keys of values of the prometheus chart, but `server.resourcesPreset`",
            "prometheus-chart",
        ),
        // loki-stack, linkerd-viz, Airflow; Grafana.
        (
            "grafana: {enabled: true}\nprometheus: {enabled: true}\n",
            "no key that only one kind of file has",
            "kube-prometheus-stack",
        ),
        (
            "initChownData: {enabled: false}\n",
            "no key that only one kind of file has",
            "prometheus-chart",
        ),
    ] {
        refused(text, "", &[words, "--target "]);
        let (world, run) = rendered(text, &format!("--target {target}"));
        run.succeeds();
        let after = world.read("file.yaml");
        assert!(after.contains("dataCollectionRules"), "{text}\n{after}");
    }
}

#[test]
fn what_the_cluster_has_decides_about_keys_of_its_chart_and_no_others() {
    let init =
        "init --accept-unproved --yes --auth user-identity --cluster aks-prod --write --input";
    let mut world = World::new()
        .scenario("example")
        .file(
            "mine.yaml",
            "grafana: {enabled: true}\nprometheus: {enabled: true}\n",
        )
        .file("other.yaml", "prometheus: {remoteWrite: []}\nkubelet: {}\n");

    world
        .run(&format!("{init} other.yaml"))
        .ends_with(2)
        .mentions(&["no key that only one kind of file has", "--target"]);
    assert_eq!(world.writes(), []);
    world.run(&format!("{init} mine.yaml")).succeeds();
    assert!(world.read("mine.yaml").contains("dataCollectionRules"));
}

#[test]
fn a_target_that_the_file_contradicts_is_accepted_with_force_only() {
    for (text, target, words) in [
        (
            "kube-prometheus-stack:\n  prometheus: {enabled: true}\n",
            "prometheus-chart",
            "values of kube-prometheus-stack below `kube-prometheus-stack`",
        ),
        (
            "prometheus:\n  server: {retention: 1d}\n",
            "kube-prometheus-stack",
            "values of the prometheus chart below `prometheus`",
        ),
        (
            "prometheus: {enabled: true}\nquery: {}\n",
            "kube-prometheus-stack",
            "its key `query` does not belong to them",
        ),
        (
            "operator: {}\nprometheus: {remoteWrite: []}\n",
            "kube-prometheus-stack",
            "Bitnami's kube-prometheus",
        ),
    ] {
        let target = format!("--target {target}");
        refused(text, &target, &[words, "--force"]);
        let (_, run) = rendered(text, &target);
        run.ends_with(2);
        let (_, accepted) = rendered(text, &format!("{target} --force"));
        accepted
            .succeeds()
            .mentions(&["accepted with --force", words]);
    }
    refused(
        "global: {hub: docker.io/istio}\nprometheus: {enabled: true}\n",
        "--target kube-prometheus-stack",
        &["the values of Istio"],
    );
}

#[test]
fn of_two_places_in_a_file_none_is_chosen() {
    let spec = "prometheus: {prometheusSpec: {}}";
    refused(
        &format!("{spec}\nkube-prometheus-stack: {{{spec}}}\n"),
        "",
        &["the top of the file and those at `kube-prometheus-stack`"],
    );
    refused(
        "kps: {prometheus: {prometheusSpec: {}}}\nprometheus: {server: {retention: 1d}}\n",
        "",
        &["kube-prometheus-stack and of prometheus-chart", "--target"],
    );
    refused(
        "kind: ConfigMap\ndata:\n  prometheus.yml: |\n    scrape_configs: []\n  prometheus.yaml: |\n    scrape_configs: []\n",
        "",
        &["`prometheus.yml` and `prometheus.yaml`"],
    );
}

#[test]
fn a_release_whose_chart_is_named_elsewhere_has_the_chart_of_its_values_or_of_the_user() {
    let release = |name: &str, values: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: a}}\nspec:\n  chartRef: {{kind: OCIRepository, name: {name}}}\n  values:\n    {values}\n"
        )
    };
    patched(
        &release("kube-prometheus-stack", "grafana: {enabled: true}"),
        "additionalRemoteWrite:",
    );
    patched(
        &release("monitoring", "prometheus: {prometheusSpec: {replicas: 2}}"),
        "additionalRemoteWrite:",
    );
    let unknown = release("monitoring", "grafana: {enabled: true}");

    refused(
        &unknown,
        "",
        &["chart is not named in it", "--target kube-prometheus-stack"],
    );
    let (world, run) = rendered(&unknown, "--target kube-prometheus-stack");
    run.succeeds();
    assert!(world.read("file.yaml").contains("\n    prometheus:\n"));
}

#[test]
fn a_release_from_another_repository_is_of_another_chart() {
    let release = |repository: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: a}}\nspec:\n  chart: {{spec: {{chart: prometheus, sourceRef: {{kind: HelmRepository, name: {repository}}}}}}}\n  values:\n    server:\n      retention: 1d\n"
        )
    };

    refused(&release("bitnami"), "", &["another chart"]);
    patched(&release("prometheus-community"), "remoteWrite:");
}

#[test]
fn a_refusal_of_a_target_that_was_named_does_not_ask_for_it() {
    let text = "groups:\n  - name: up\n    rules: []\n";
    let (_, run) = rendered(text, "--target prometheus-yml");

    let run = run.check_failed().expect("it is refused");

    assert!(!run.stderr().contains("--target"), "{}", run.stderr());
}

#[test]
fn a_file_of_the_metrics_add_on_is_refused_when_it_is_called_a_config_map() {
    refused(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ama-metrics-prometheus-config}\ndata:\n  prometheus-config: |\n    scrape_configs: []\n",
        "--target configmap",
        &["Azure's own metrics add-on"],
    );
}

#[test]
fn values_of_a_chart_that_wraps_one_of_ours_are_patched() {
    patched(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n  chart: {spec: {chart: rancher-monitoring}}\n  values:\n    kubelet: {}\n    prometheus:\n      prometheusSpec: {}\n",
        "additionalRemoteWrite:",
    );
    patched(
        "kube-prometheus-stack:\n  prometheus:\n    prometheusSpec: {}\nvictoria-metrics-operator: {}\nvmalert: {}\n",
        "additionalRemoteWrite:",
    );
}

/// As Flux and Argo CD keep the values of a release, and the line below which ours are added.
const RELEASES: [(&str, &str); 3] = [
    (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: kps}\nspec:\n  chart: {spec: {chart: kube-prometheus-stack}}\n  values:\n    prometheus:\n      prometheusSpec:\n        retention: 1d\n",
        "\n        additionalRemoteWrite:\n",
    ),
    (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    chart: kube-prometheus-stack\n    helm:\n      values: |\n        prometheus:\n          prometheusSpec:\n            retention: 1d\n",
        "\n            additionalRemoteWrite:\n",
    ),
    (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n    - {repoURL: https://example.com/git, ref: values}\n    - chart: prometheus\n      helm:\n        valuesObject:\n          server:\n            retention: 1d\n",
        "\n            remoteWrite:\n",
    ),
];

#[test]
fn values_within_a_resource_of_flux_or_argo_cd_are_patched() {
    for (text, place) in RELEASES {
        patched(text, place);
    }
}

#[test]
fn a_release_whose_values_are_a_template_gets_the_block_and_its_place() {
    let (flux, _) = RELEASES[0];
    let template = flux.replace("1d", "{{ .Values.retention }}");

    refused(
        &template,
        "",
        &[
            "template",
            "below the existing keys of `spec.values`",
            "prometheusSpec:",
        ],
    );
}

#[test]
fn values_of_another_place_that_were_not_read_are_lost_or_doubled_only_where_the_user_accepts_it() {
    let text = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart: {spec: {chart: prometheus}}\n  valuesFrom:\n  - {kind: ConfigMap, name: base}\n  values:\n    server: {retention: 1d}\n";

    refused(
        text,
        "",
        &[
            "`spec.valuesFrom` (ConfigMap `base`)",
            "`server.remoteWrite`",
            "--force",
            "add this by hand to those values",
            "server:",
            "remoteWrite:",
        ],
    );

    let (world, run) = rendered(text, "--force");
    run.succeeds()
        .mentions(&["accepted with --force", "every sample would arrive twice"]);
    assert!(world.read("file.yaml").contains("dataCollectionRules"));
}

#[test]
fn the_clusters_of_an_application_set_have_labels_of_their_own() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  goTemplate: true\n  generators: [{clusters: {}}]\n  template:\n    spec:\n      source:\n        chart: kube-prometheus-stack\n        helm:\n          valuesObject: {}\n";
    refused(
        text,
        "",
        &["differ by cluster", "--cluster-label '{{.name}}'"],
    );

    let world = World::new().file("file.yaml", text);
    let offline = OFFLINE.replace("--cluster-label prod", "--cluster-label {{.name}}");
    let run = world.run_alone(&format!("render {offline} --input file.yaml --write"));

    run.succeeds();
    let after = world.read("file.yaml");
    assert!(
        after.contains("cluster: '{{.name}}'") || after.contains("cluster: \"{{.name}}\""),
        "{after}"
    );
}

#[test]
fn a_resource_of_flux_is_committed_and_not_given_to_helm() {
    let (flux, _) = RELEASES[0];
    let mut world = World::new().scenario("example").file("release.yaml", flux);
    let init = "init --accept-unproved --yes --auth user-identity --cluster aks-prod --input release.yaml --write";

    let run = world.run(init).succeeds();

    let run = run.mentions(&["commit and push release.yaml; Flux applies it"]);
    assert!(!run.stderr().contains("helm upgrade"), "{}", run.stderr());
    let after = world.read("release.yaml");
    assert!(
        after.contains("\n        additionalRemoteWrite:\n"),
        "{after}"
    );
    let doctor =
        "doctor --auth user-identity --cluster aks-prod --only configuration --input release.yaml";
    world.run(doctor).succeeds();
}

#[test]
fn a_file_of_another_program_is_refused_before_anybody_signs_in() {
    let text = "route: {receiver: x}\nreceivers: [{name: x}]\n";
    for command in ["init", "plan", "apply", "render"] {
        let world = World::new().file("alertmanager.yml", text);

        world
            .run_alone(&format!(
                "{command} --cluster aks-prod --input alertmanager.yml"
            ))
            .ends_with(2)
            .mentions(&["put the connection into alertmanager.yml", "--input FILE"]);
    }
}

#[test]
fn a_variable_by_which_the_sdk_would_sign_in_as_another_identity_is_named() {
    let text = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\nspec:\n  version: v3.14.0\n  containers:\n  - name: prometheus\n    env:\n    - {name: AZURE_CLIENT_SECRET, value: x}\n";

    refused(
        text,
        "--azuread sdk",
        &["AZURE_CLIENT_SECRET", "another identity"],
    );
}

#[test]
fn a_named_file_that_the_prometheus_in_the_cluster_does_not_read_gets_a_warning() {
    let mut world = World::new().file("prometheus.yml", "scrape_configs: []\n");

    let run = world.run("plan --cluster aks-prod --input prometheus.yml");

    let warning = "does not read a file for target prometheus-yml";
    assert!(run.stdout().contains(warning), "{}", run.stdout());
}

#[test]
fn values_in_a_key_from_which_a_release_takes_them_are_patched_there() {
    let source = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kps}\ndata:\n  values.yaml: |\n    prometheus:\n      prometheusSpec:\n        replicas: 2\n";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: kps}\nspec:\n  chart: {spec: {chart: kube-prometheus-stack}}\n  valuesFrom: [{kind: ConfigMap, name: kps}]\n";
    let place = "\n        additionalRemoteWrite:";

    patched(source, place);
    patched(&format!("{release}---\n{source}"), place);
    let secret = source
        .replace("ConfigMap", "Secret")
        .replace("data:", "stringData:");
    patched(&secret, place);
    refused(
        &format!(
            "{release}  values: {{prometheus: {{prometheusSpec: {{externalLabels: {{}}}}}}}}\n---\n{source}"
        ),
        "",
        &["`spec.values` are merged over those of `spec.valuesFrom`"],
    );
}

#[test]
fn the_items_of_a_list_are_read() {
    let list = |items: &str| format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    let service = "- apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n";
    let prometheus = "- apiVersion: monitoring.coreos.com/v1\n  kind: Prometheus\n  metadata: {name: k8s}\n  spec:\n    replicas: 2\n";

    patched(
        &list(&format!("{service}{prometheus}")),
        "\n    remoteWrite:",
    );
    refused(
        &list(service),
        "",
        &["other kinds than Prometheus: `Service`"],
    );
}

#[test]
fn a_text_without_a_place_gets_no_block_for_any_target() {
    for (text, words) in [
        (
            "{{- define \"web.name\" -}}\n{{ .Values.name }}\n{{- end }}\n",
            "a Helm template",
        ),
        (
            "- name: install\n  become: true\n  apt: {name: web}\n",
            "a list of Ansible tasks",
        ),
        (
            "[Unit]\nDescription=Prometheus\n[Service]\nUser={{ user }}\n",
            "a systemd unit",
        ),
    ] {
        for target in [
            "",
            "--target prometheus-yml",
            "--target kube-prometheus-stack",
        ] {
            let (world, run) = rendered(text, target);
            let run = run.ends_with(2).mentions(&[words, "--input FILE"]);
            assert!(
                !run.stderr().contains("remote_write:\n"),
                "{}",
                run.stderr()
            );
            assert_eq!(world.read("file.yaml"), text);
        }
    }
}

#[test]
fn the_values_beside_the_template_of_a_chart_are_named_with_the_whole_command() {
    let world = World::new();
    std::fs::create_dir(world.path("templates")).unwrap();
    let world = world
        .file("values.yaml", "prometheus:\n  prometheusSpec: {}\n")
        .file(
            "templates/_helpers.tpl",
            "{{- define \"web.name\" -}}\n{{- end }}\n",
        );

    let run = world.run_alone(&format!("render {OFFLINE} --input templates/_helpers.tpl"));

    run.ends_with(2).mentions(&[
        "a Helm template that only defines other templates",
        "amw-rw render",
        "--input values.yaml",
    ]);
}
