//! Off the sidecar: what happens to files and to what runs, what is asked for, and what is left alone.

use serde_json::json;

use crate::support::{World, pod_identity};

const VALUES: &str = include_str!("../../data/migrate/values-user-assigned.yaml");
const PLAIN: &str = include_str!("../../data/migrate/prometheus.yml");
const RESOURCE: &str = include_str!("../../data/migrate/prometheus-resource.yaml");
const DEPLOYMENT: &str = include_str!("../../data/migrate/deployment.yaml");

#[test]
fn values_are_migrated_in_place_with_a_backup_and_the_way_back_is_printed() {
    let world = World::new().file("values.yaml", VALUES);

    let run = world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --write")
        .succeeds();

    let written = world.read("values.yaml");
    assert!(
        written.contains("azureAd:") && !written.contains("containers:"),
        "{written}"
    );
    assert_eq!(world.read("values.yaml.bak"), VALUES);
    assert_eq!(run.stdout(), "");
    run.mentions(&[
        "Found the Azure Monitor sidecar in container `prom-remotewrite` on port 8081.",
        "Removed: container `prom-remotewrite`.",
        "-      - url: http://localhost:8081/api/v1/write",
        "to apply it, pass values.yaml, all your other values files and `--reset-values` to Helm",
        "so look at its values first:
  helm get values RELEASE -n NAMESPACE -o yaml",
        "the pod restarts",
        "every sample arrives twice",
        "values.yaml.bak back",
        "2027-03-31",
    ]);
}

#[test]
fn the_way_back_leads_to_the_very_same_file() {
    let world = World::new().file("values.yaml", VALUES);
    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --write")
        .succeeds();

    std::fs::rename(world.path("values.yaml.bak"), world.path("values.yaml")).unwrap();

    assert_eq!(world.read("values.yaml"), VALUES);
    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --check")
        .ends_with(3);
}

#[test]
fn check_exits_with_three_until_there_is_nothing_left_to_migrate() {
    let world = World::new().file("values.yaml", VALUES);
    let check = "migrate --input values.yaml --prometheus-version 3.14.0 --check";

    world.run_alone(check).ends_with(3);
    assert_eq!(world.read("values.yaml"), VALUES);

    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --write")
        .succeeds();
    world
        .run_alone(check)
        .succeeds()
        .mentions(&["There is nothing to migrate"]);
}

#[test]
fn without_a_place_to_write_to_the_file_goes_to_stdout_and_progress_to_stderr() {
    let world = World::new().file("values.yaml", VALUES);

    let run = world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0")
        .succeeds();

    assert!(
        run.stdout()
            .starts_with("# kube-prometheus-stack, production cluster.")
    );
    assert!(!run.stdout().contains("containers:"));
    assert_eq!(world.read("values.yaml"), VALUES);
    run.mentions(&["Found the Azure Monitor sidecar"]);
}

#[test]
fn a_plain_file_and_the_manifest_of_its_pod_are_enough() {
    let world = World::new()
        .file("prometheus.yml", PLAIN)
        .file("deployment.yaml", DEPLOYMENT);

    let run = world
        .run_alone("migrate --input prometheus.yml --sidecar deployment.yaml --diff")
        .succeeds();

    assert!(
        run.stdout().contains("+    managed_identity:"),
        "{}",
        run.stdout()
    );
    run.mentions(&["Found the Azure Monitor sidecar in container `azure` on port 8081."]);
}

#[test]
fn the_file_of_a_resource_is_compared_with_the_cluster_before_it_is_applied() {
    let without_namespace = RESOURCE.replace("  namespace: monitoring\n", "");
    for (text, line) in [
        (RESOURCE, ":\n  kubectl diff -f cr.yaml -n monitoring"),
        (
            &*without_namespace,
            "by that of the Prometheus):\n  kubectl diff -f cr.yaml -n NAMESPACE",
        ),
    ] {
        let world = World::new().file("cr.yaml", text);

        let run = world
            .run_alone("migrate --input cr.yaml --prometheus-version 3.14.0 --write")
            .succeeds()
            .mentions(&["applying it removes values that only the cluster has", line]);

        assert!(!run.stderr().contains("kubectl apply"), "{}", run.stderr());
    }
}

#[test]
fn what_no_file_has_is_listed_at_once_with_its_flags() {
    let world = World::new().file("prometheus.yml", PLAIN);

    world
        .run_alone("migrate --input prometheus.yml")
        .ends_with(2)
        .mentions(&[
            "5 required options are missing",
            "--sidecar",
            "--write-url",
            "--auth",
            "--client-id",
            "--tenant-id",
        ]);
}

#[test]
fn a_prometheus_that_is_too_old_is_named_with_the_version_that_can() {
    let world = World::new().file("values.yaml", VALUES);

    world
        .run_alone("migrate --input values.yaml --prometheus-version 2.44.0")
        .ends_with(1)
        .mentions(&[
            "Prometheus 2.44.0 does not support user-assigned identities (added in 2.45.0)",
            "upgrade Prometheus",
            "keep the sidecar until then",
        ]);

    assert_eq!(world.read("values.yaml"), VALUES);
}

#[test]
fn a_release_is_read_from_the_cluster_and_only_what_changes_is_written() {
    let mut world = World::new().scenario("sidecar");

    let run = world
        .run("migrate --cluster aks-prod --prometheus release:kube-prometheus-stack")
        .succeeds();

    let values = run.stdout();
    assert!(
        values.contains("containers: []") && values.contains("managedIdentity"),
        "{values}"
    );
    assert!(
        !values.contains("retention"),
        "what stays is not in it:\n{values}"
    );
    run.mentions(&[
        "Found the Azure Monitor sidecar",
        "helm rollback kube-prometheus-stack 1 -n monitoring --kube-context aks-prod",
        "helm upgrade kube-prometheus-stack REPOSITORY/kube-prometheus-stack --version 88.5.3 -n monitoring --reset-then-reuse-values",
    ]);
    assert_eq!(world.writes(), []);
}

#[test]
fn the_only_prometheus_of_the_only_cluster_need_not_be_named() {
    let mut world = World::new().scenario("sidecar");

    let document = world.run("migrate --diff -o json").succeeds().json();

    assert_eq!(document["schema"], "amw-rw/migrate/v1");
    assert_eq!(document["sidecar"]["container"], "prom-remotewrite");
    assert_eq!(document["native"]["auth"], "user-identity");
    assert_eq!(document["native"]["cluster_label"], "aks-prod");
    assert_eq!(document["up_to_date"], false);
}

#[test]
fn a_resource_that_helm_owns_gets_the_warning_that_helm_restores_the_sidecar() {
    let mut world = World::new().scenario("sidecar");

    let run = world
        .run("migrate --prometheus monitoring/kube-prometheus-stack-prometheus")
        .succeeds();

    let patch: Vec<serde_json::Value> = serde_json::from_str(run.stdout()).unwrap();
    let paths = |op: &str| -> Vec<String> {
        let all = patch.iter().filter(|one| one["op"] == op);
        all.map(|one| one["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let tests = paths("test");
    let changed: Vec<String> = paths("add").into_iter().chain(paths("remove")).collect();
    assert!(
        changed.contains(&"/spec/remoteWrite".to_owned()),
        "{patch:?}"
    );
    assert!(changed.iter().all(|path| tests.contains(path)), "{patch:?}");
    run.mentions(&["--prometheus release:kube-prometheus-stack"]);
}

#[test]
fn without_a_sidecar_in_the_cluster_there_is_nothing_to_do() {
    let mut world = World::new();

    world
        .run_alone("migrate --sandbox")
        .succeeds()
        .mentions(&["There is nothing to migrate"]);
    world
        .run("migrate --prometheus release:kube-prometheus-stack")
        .succeeds()
        .mentions(&["There is nothing to migrate"]);
    world
        .run("migrate --prometheus release:other")
        .ends_with(2)
        .mentions(&["no deployed release of that name"]);
    world
        .run("migrate --prometheus monitoring/other")
        .ends_with(2)
        .mentions(&["no Prometheus and no PrometheusAgent"]);
}

const RULE: &str = "/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2021-11-01-preview";

/// The proxy in a deployment of its own, which Prometheus reaches by a Service with another port.
fn behind_a_service() -> World {
    let values = format!(
        "prometheus:\n  prometheusSpec:\n    externalLabels:\n      cluster: prod\n    remoteWrite:\n    - url: \"http://proxy.obs.svc.cluster.local{RULE}\"\n"
    );
    let manifest = "\
kind: Deployment
spec:
  template:
    metadata: {labels: {app: proxy}}
    spec:
      containers:
        - name: aad-auth-proxy
          image: mcr.microsoft.com/azuremonitor/auth-proxy/prod/aad-auth-proxy/images/aad-auth-proxy:1
          ports: [{name: auth-port, containerPort: 8081}]
          env:
            - {name: AUDIENCE, value: 'https://monitor.azure.com'}
            - {name: TARGET_HOST, value: 'https://amw-prod-a1b2.westeurope-1.metrics.ingest.monitor.azure.com'}
            - {name: LISTENING_PORT, value: '8081'}
            - {name: IDENTITY_TYPE, value: userAssigned}
            - {name: AAD_CLIENT_ID, value: 11111111-2222-3333-4444-555555555555}
---
kind: Service
metadata: {name: proxy, namespace: obs}
spec:
  ports: [{port: 80, targetPort: auth-port}]
  selector: {app: proxy}
";
    World::new()
        .file("values.yaml", &values)
        .file("proxy.yaml", manifest)
}

#[test]
fn a_proxy_behind_a_service_gives_the_host_and_the_identity() {
    let world = behind_a_service();

    let run = world.run_alone(
        "migrate --input values.yaml --sidecar proxy.yaml --prometheus-version 3.14.0 --write",
    );

    run.succeeds().mentions(&[
        "Found aad-auth-proxy in container `aad-auth-proxy` on port 8081",
        "the URL had api-version=2021-11-01-preview",
    ]);
    let after = world.read("values.yaml");
    for part in [
        "https://amw-prod-a1b2.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/",
        "api-version=2023-04-24",
        "clientId: 11111111-2222-3333-4444-555555555555",
    ] {
        assert!(after.contains(part), "{part}:\n{after}");
    }
    assert!(!after.contains("http://proxy"), "{after}");
}

#[test]
fn a_remote_write_to_a_proxy_of_the_cluster_is_not_called_nothing() {
    let world = behind_a_service();

    let run = world.run_alone("migrate --input values.yaml --check");

    run.ends_with(2).mentions(&[
        "--sidecar",
        "the manifest of the pod that listens at http://proxy.obs",
    ]);
}

#[test]
fn a_sidecar_at_a_place_that_nothing_reads_is_named_with_its_line() {
    let text = "\
prometheus:
  prometheusSpec:
    remoteWrite:
      - url: http://localhost:8081/api/v1/write
  containers:
    - name: writer
      image: x/prom-remotewrite:1
      env: [{name: LISTENING_PORT, value: '8081'}]
";
    let world = World::new().file("values.yaml", text);
    let words = [
        "line 5: nothing reads `prometheus.containers`, so container `writer`",
        "`prometheus.prometheusSpec.containers`",
    ];

    world
        .run_alone("migrate --input values.yaml")
        .ends_with(1)
        .mentions(&words);
    world
        .run_alone(&format!(
            "render --auth user-identity --prometheus-version 3.14.0 --cluster-label prod --client-id 11111111-2222-3333-4444-555555555555 \
             --write-url https://amw-prod-a1b2.westeurope-1.metrics.ingest.monitor.azure.com{} --input values.yaml --diff",
            RULE.replace("2021-11-01-preview", "2023-04-24")
        ))
        .succeeds()
        .mentions(&words);
}

#[test]
fn a_template_gets_the_block_to_paste() {
    let text = "\
server:
  remoteWrite:
    - url: http://localhost:8089/api/v1/write
  sidecarContainers:
    writer:
      image: {{ registry }}/prom-remotewrite:{{ tag }}
      env:
        - {name: LISTENING_PORT, value: '8089'}
        - name: INGESTION_URL
          value: {{ ingestion_url }}
        - {name: IDENTITY_TYPE, value: workloadIdentity}
";
    let world = World::new().file("values.yaml", text);

    let run = world.run_alone("migrate --input values.yaml");

    run.ends_with(1).mentions(&[
        "template",
        "remove container `writer`",
        "url: {{ ingestion_url }}",
        "azuread:",
    ]);
    assert_eq!(world.read("values.yaml"), text);
}

#[test]
fn line_ends_of_a_carriage_return_alone_are_named() {
    let text = VALUES.replace('\n', "\r");
    let world = World::new().file("values.yaml", &text);

    let run = world.run_alone("migrate --input values.yaml");

    run.ends_with(1)
        .mentions(&["line 1", "CR alone", "convert the line ends"]);
}

#[test]
fn secrets_of_the_file_and_of_its_comments_are_not_shown() {
    let container = "containers:\n      - name: prom-remotewrite\n";
    assert!(VALUES.contains(container), "the file has the sidecar there");
    let secrets = "containers:\n      - name: other\n        env:\n        - name: DB_PASSWORD\n          value: \
                   hidden-1 # was hidden-2\n          # value: hidden-3\n      - name: prom-remotewrite\n        # token: hidden-4\n";
    let text = VALUES.replace(container, secrets)
        + "grafana: {adminPassword: hidden-5, smtp: {dsn: 'smtp://u:hidden-6@h'}}\n";
    for options in ["--diff", "-o json", "-o yaml", "--check", "--write --diff"] {
        let world = World::new().file("values.yaml", &text);

        let run = world.run_alone(&format!(
            "migrate --input values.yaml --prometheus-version 3.14.0 {options}"
        ));

        for stream in [run.stdout(), run.stderr()] {
            assert!(!stream.contains("hidden-"), "{options}: {stream}");
        }
    }
}

#[test]
fn a_cluster_that_shows_nothing_is_named_and_not_called_empty() {
    World::new()
        .scenario("cluster-unreachable")
        .run("migrate")
        .ends_with(1)
        .mentions(&["run this where the API server can be reached"]);
    World::new()
        .scenario("one-namespace")
        .run("migrate")
        .ends_with(5)
        .mentions(&["name it: --prometheus namespace/name"]);
}

/// A resource whose remote write sends to `url`, with the sidecar behind a Service in the same file.
fn resource_with_proxy_elsewhere(url: &str) -> String {
    format!(
        "apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {{name: k8s, namespace: monitoring}}
spec:
  version: v3.14.0
  externalLabels: {{cluster: prod}}
  remoteWrite:
    - url: {url}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: metrics-out, namespace: monitoring}}
spec:
  template:
    metadata: {{labels: {{app: metrics-out}}}}
    spec:
      containers:
        - name: prom-remotewrite
          image: mcr.microsoft.com/azuremonitor/prometheus/promdev/prom-remotewrite:1
          env:
            - {{name: INGESTION_URL, value: '{WRITE_URL}'}}
            - {{name: LISTENING_PORT, value: '8081'}}
            - {{name: IDENTITY_TYPE, value: userAssigned}}
            - {{name: AZURE_CLIENT_ID, value: 11111111-2222-3333-4444-555555555555}}
---
apiVersion: v1
kind: Service
metadata: {{name: metrics-out, namespace: monitoring}}
spec: {{selector: {{app: metrics-out}}, ports: [{{port: 80, targetPort: 8081}}]}}
"
    )
}

const WRITE_URL: &str = "https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/\
    dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

#[test]
fn a_proxy_behind_a_service_of_the_same_file_is_migrated_and_not_doubled() {
    let text = resource_with_proxy_elsewhere("http://metrics-out.monitoring.svc/api/v1/write");
    let world = World::new().file("cr.yaml", &text);

    world
        .run_alone(&format!(
            "render --target custom-resource --input cr.yaml --auth user-identity --write-url {WRITE_URL} \
             --client-id 11111111-2222-3333-4444-555555555555 --cluster-label prod"
        ))
        .ends_with(2)
        .mentions(&["every sample would be stored twice", "amw-rw migrate"]);
    let migrated = world
        .run_alone("migrate --input cr.yaml --diff")
        .succeeds()
        .mentions(&[
            "Found the Azure Monitor sidecar in container `prom-remotewrite` on port 8081.",
        ]);
    let diff = migrated.stdout();
    assert!(
        diff.contains("-    - url: http://metrics-out.monitoring.svc/api/v1/write"),
        "{diff}"
    );
}

#[test]
fn a_proxy_of_the_same_file_to_which_nothing_is_sent_is_nothing_to_migrate() {
    for url in [
        "http://mimir.monitoring.svc/api/v1/push",
        // The port of the sidecar, in pods of another program.
        "http://mimir.monitoring.svc:8081/api/v1/push",
        "http://metrics-out.monitoring.svc:9090/api/v1/write",
    ] {
        let world = World::new().file("cr.yaml", &resource_with_proxy_elsewhere(url));

        world
            .run_alone("migrate --input cr.yaml --check")
            .succeeds()
            .mentions(&["There is nothing to migrate"]);
    }
}

#[test]
fn a_proxy_behind_a_service_of_the_cluster_is_a_writer() {
    let mut world = World::new().scenario("proxy-service");

    world
        .run("init --cluster aks-prod --auth user-identity --accept-unproved --yes --out values.yaml")
        .ends_with(2)
        .mentions(&[
            "every sample would be stored twice",
            "container `prom-remotewrite` (remote write to http://metrics-out:8081/api/v1/write)",
            "amw-rw migrate --cluster aks-prod",
        ]);
    let document = world.run("doctor -o json --only single-writer").json();
    let check = &document["checks"][0];
    assert_eq!(check["verdict"], "warn", "{check}");
    world
        .run("migrate --cluster aks-prod --out values.yaml --yes")
        .succeeds()
        .mentions(&[
            "Found the Azure Monitor sidecar in container `prom-remotewrite` on port 8081.",
            "delete container `prom-remotewrite` of Deployment monitoring/metrics-out and its Service",
        ]);
    let written = world.read("values.yaml");
    assert!(written.contains("clientId"), "{written}");
}

#[test]
fn a_file_without_the_proxy_that_runs_gets_a_warning() {
    let mut world = World::new()
        .scenario("sidecar")
        .file("more.yaml", "prometheus: {prometheusSpec: {replicas: 2}}\n");

    let planned = world
        .run("plan --cluster aks-prod --auth user-identity --input more.yaml")
        .succeeds();

    for part in [
        "which more.yaml does not have",
        "every sample is stored twice",
        "amw-rw migrate --cluster aks-prod",
    ] {
        assert!(planned.stdout().contains(part), "{}", planned.stdout());
    }
}

#[test]
fn a_service_that_may_not_be_read_is_named_and_not_taken_for_none() {
    let mut world = World::new().scenario("proxy-service-forbidden");
    let reason = "not allowed to read Service monitoring/metrics-out";

    let planned = world
        .run("plan --cluster aks-prod --auth user-identity")
        .succeeds();
    for part in [
        "it is not known whether the remote write to http://metrics-out:8081/api/v1/write leads to a proxy",
        reason,
    ] {
        assert!(planned.stdout().contains(part), "{}", planned.stdout());
    }
    let document = world.run("doctor -o json --only single-writer").json();
    let check = &document["checks"][0];
    assert_eq!(check["verdict"], "skip", "{check}");
    world
        .run("migrate --cluster aks-prod")
        .ends_with(1)
        .mentions(&[reason]);
}

#[test]
fn the_config_map_of_a_plain_workload_is_read_for_a_proxy() {
    let mut world = World::new().scenario("two-prometheus");
    world.start_sandbox();
    let configuration = "remote_write: [{url: 'http://azure-monitor-proxy:8081/api/v1/write'}]\n";
    pod_identity::create_in_cluster(
        &world,
        "/api/v1/namespaces/apps/configmaps",
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop", "namespace": "apps"},
                "data": {"prometheus.yml": configuration}}),
    );
    let (labels, image) = (
        json!({"app": "shop"}),
        "quay.io/prometheus/prometheus:v3.14.0",
    );
    let pod = json!({"containers": [{"name": "prometheus", "image": image}],
                     "volumes": [{"name": "c", "configMap": {"name": "shop"}}]});
    pod_identity::create_in_cluster(
        &world,
        "/apis/apps/v1/namespaces/apps/deployments",
        &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop", "namespace": "apps"},
                "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}}),
    );

    let run = world.run("plan --cluster aks-prod --prometheus apps/shop --target prometheus-yml --auth user-identity");
    let planned = run.succeeds();

    let note = "this Prometheus writes through the proxy at http://azure-monitor-proxy:8081/api/v1/write already";
    assert!(planned.stdout().contains(note), "{}", planned.stdout());
}

#[test]
fn a_flag_with_another_value_than_the_sidecar_has_is_named_with_both() {
    const OTHER: &str = "99999999-9999-4999-8999-999999999999";
    let world = World::new().file("values.yaml", VALUES);
    let migrate = "migrate --input values.yaml --prometheus-version 3.14.0 --diff";

    let plain = world.run_alone(migrate).succeeds();
    let other = world
        .run_alone(&format!(
            "{migrate} --client-id {OTHER} --cluster-label other"
        ))
        .succeeds();

    assert!(
        !plain.stderr().contains("is written, and container"),
        "{}",
        plain.stderr()
    );
    other.mentions(&[
        &format!("--client-id {OTHER} is written, and container `prom-remotewrite` has "),
        "this identity needs the role",
        "--cluster-label other is written, and container `prom-remotewrite` has ",
    ]);
}
