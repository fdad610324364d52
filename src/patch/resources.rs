//! What happens to the Kubernetes resources that users keep in files.

use insta::assert_snapshot;

use super::examples::{installation, outcome};
use super::{PatchOutcome, PatchRefusal, patch};
use crate::compat::Installation;
use crate::remote_write::ClientSecret;
use crate::remote_write::samples::{remote_write, secret, user_identity, workload_identity};
use crate::target::Target;

const RESOURCES: &str = include_str!("../../tests/data/patch/prometheus-resources.yaml");
const CONFIG_MAP: &str = include_str!("../../tests/data/patch/configmap.yaml");

fn resource() -> Installation {
    installation(Target::CustomResource, "v3.14.0-distroless")
}

fn config_map() -> Installation {
    installation(Target::ConfigMap, "3.14.0")
}

fn refusal(source: &str, installation: &Installation) -> PatchRefusal {
    patch(source, installation, &remote_write(user_identity())).unwrap_err()
}

#[test]
fn a_prometheus_among_other_resources_is_patched_and_the_others_stay() {
    assert_snapshot!(outcome(RESOURCES, &resource(), &remote_write(workload_identity())), @r#"
    Added, cluster prod
    line 22: a remote write without a name writes to mimir.example.com and is not changed
    --- old
    +++ new
    @@ -18,6 +18,7 @@
       serviceMonitorSelector: {}        # all of them
       externalLabels:
         region: westeurope
    +    cluster: prod
       remoteWrite:
       - url: https://mimir.example.com/api/v1/push
         # the tenant is checked by the gateway
    @@ -25,9 +26,21 @@
         basicAuth:
           username: {name: mimir, key: username}
           password: {name: mimir, key: password}
    +  - name: amw-monitor
    +    url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +    queueConfig:
    +      retryOnRateLimit: true
    +    azureAd:
    +      cloud: AzurePublic
    +      workloadIdentity:
    +        clientId: 11111111-2222-3333-4444-555555555555
    +        tenantId: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
       resources:
         requests:
           memory: 2Gi
    +  podMetadata:
    +    labels:
    +      azure.workload.identity/use: "true"
     
     --- # the rules live next door
     apiVersion: v1
    "#);
}

#[test]
fn an_agent_that_signs_in_with_a_secret_refers_to_it() {
    let agent = "{apiVersion: monitoring.coreos.com/v1alpha1, kind: PrometheusAgent, spec: {}}\n";
    let reference = ClientSecret::KubernetesSecret {
        name: "amw".into(),
        key: "secret".into(),
    };

    let patched = patch(agent, &resource(), &remote_write(secret(reference))).unwrap();

    assert!(
        patched
            .text
            .contains("clientSecret: {name: amw, key: secret}"),
        "{}",
        patched.text
    );
}

#[test]
fn a_resource_that_cannot_be_selected_is_refused() {
    let service = "apiVersion: v1\nkind: Service\n";
    let prometheus = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\n";

    let refusals = [
        refusal(service, &resource()).to_string(),
        refusal(
            &format!("{prometheus}---\n{service}---\n{prometheus}"),
            &resource(),
        )
        .to_string(),
        refusal(service, &config_map()).to_string(),
        refusal(
            "kind: ConfigMap\ndata: {rules.yml: 'groups: []'}\n",
            &config_map(),
        )
        .to_string(),
    ];

    assert_snapshot!(refusals.join("\n"), @"
    the file holds no Prometheus or PrometheusAgent of monitoring.coreos.com
    line 7, column 1: the file holds 2 resources of the kind Prometheus or PrometheusAgent of monitoring.coreos.com, and only a file with one can be edited
    the file holds no ConfigMap
    line 2, column 1: no ConfigMap of the file has a configuration of Prometheus
    ");
}

#[test]
fn the_configuration_in_a_config_map_is_patched_line_by_line() {
    assert_snapshot!(outcome(CONFIG_MAP, &config_map(), &remote_write(workload_identity())), @"
    Added, cluster prod
    line 16: a remote write without a name writes to thanos-receive:19291 and is not changed
    --- old
    +++ new
    @@ -10,6 +10,7 @@
           scrape_interval: 15s   # as agreed
           external_labels:
             environment: 'test'
    +        cluster: 'prod'
     
         # Where samples go
         remote_write:
    @@ -17,6 +18,16 @@
             # not the histograms
             write_relabel_configs:
               - {source_labels: [__name__], regex: '.*_bucket', action: drop}
    +      - name: amw-monitor
    +        url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +        queue_config:
    +          retry_on_http_429: true
    +          sample_age_limit: 20m
    +        azuread:
    +          cloud: AzurePublic
    +          workload_identity:
    +            client_id: 11111111-2222-3333-4444-555555555555
    +            tenant_id: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
        
         scrape_configs:
           - job_name: self
    ");
}

#[test]
fn a_config_map_gets_no_secret() {
    let inline = secret(ClientSecret::Inline("s3cret".into()));
    let reference = ClientSecret::KubernetesSecret {
        name: "amw".into(),
        key: "secret".into(),
    };

    let refused = patch(CONFIG_MAP, &config_map(), &remote_write(inline)).unwrap_err();
    let patched = patch(CONFIG_MAP, &config_map(), &remote_write(secret(reference))).unwrap();

    assert_snapshot!(refused, @"this target is stored in plain text in the cluster, so the client secret must come from a Kubernetes Secret");
    assert!(patched.text.contains("          sdk: {}\n"));
}

#[test]
fn a_configuration_on_one_quoted_line_stays_on_one() {
    let exported =
        r#"{"kind": "ConfigMap", "data": {"prometheus.yml": "global:\n  scrape_interval: 15s\n"}}"#;

    let patched = patch(exported, &config_map(), &remote_write(user_identity())).unwrap();
    let again = patch(&patched.text, &config_map(), &remote_write(user_identity())).unwrap();

    assert!(patched.text.contains(r#""global:\n  scrape_interval: 15s\n  external_labels:\n    cluster: prod\nremote_write:\n"#));
    assert_eq!(
        (patched.text.lines().count(), again.outcome),
        (1, PatchOutcome::Unchanged)
    );
}

#[test]
fn an_error_in_the_configuration_has_its_line_in_the_file() {
    let twice = CONFIG_MAP.replace("    # Where samples go\n", "    global: {}\n");
    let two_keys =
        "kind: ConfigMap\ndata:\n  a.yml: 'scrape_configs: []'\n  b.yml: 'scrape_configs: []'\n";

    assert_snapshot!(refusal(&twice, &config_map()), @"line 14, column 5: the key `global` is a duplicate of the one on line 9");
    assert_snapshot!(refusal(two_keys, &config_map()), @"line 4, column 3: `a.yml` and `b.yml` are both a configuration of Prometheus, and only a ConfigMap with one can be edited");
}

#[test]
fn with_a_prometheus_yml_only_another_file_of_that_name_may_be_meant() {
    let with = |entry: &str| {
        format!("kind: ConfigMap\ndata:\n  {entry}\n  prometheus.yml: |\n    scrape_configs: []\n")
    };
    for other in [
        "promtail.yaml: '{clients: [], scrape_configs: []}'",
        "vmagent.yml: 'scrape_configs: [{stream_parse: true}]'",
        "prometheus.yml.bak: 'scrape_configs: []'",
        "scrape_nodes.yml: 'scrape_configs: []'",
    ] {
        let patched = patch(&with(other), &config_map(), &remote_write(user_identity())).unwrap();

        assert_eq!(patched.outcome, PatchOutcome::Added, "{other}");
        assert!(patched.text.contains(other), "{other}");
    }
    let two = with("prometheus.yaml: 'scrape_configs: []'");
    let refused = refusal(&two, &config_map()).to_string();
    assert!(refused.contains("are both a configuration"), "{refused}");
}

#[test]
fn a_literal_block_may_strip_keep_be_indented_or_end_the_file_without_a_line_break() {
    let blocks = [
        ("|", "", ""),
        ("|-", "", ""),
        ("|+", "\n\n", ""),
        ("|1", "", "\n"),
        ("|", "", "\nx: y\n"),
    ];
    for (head, blank, end) in blocks {
        let head = format!("kind: ConfigMap\ndata:\n  prometheus.yml: {head}\n");
        let list = "    rule_files: []\n    remote_write:";
        let source = format!("{head}{list} []{blank}{end}");
        let label = "    global:\n      external_labels:\n        cluster: prod\n";

        let patched = patch(&source, &config_map(), &remote_write(user_identity())).unwrap();

        assert!(
            patched
                .text
                .starts_with(&format!("{head}{label}{list}\n      - name: amw-monitor\n")),
            "{}",
            patched.text
        );
        assert!(
            patched.text.ends_with(&format!(
                "client_id: 11111111-2222-3333-4444-555555555555{blank}{end}"
            )),
            "{}",
            patched.text
        );
    }
}

fn item(document: &str) -> String {
    let lines = document.lines().filter(|line| *line != "---").enumerate();
    let indented = lines.map(|(number, line)| match (number, line) {
        (_, "") => "\n".to_owned(),
        (0, line) => format!("- {line}\n"),
        (_, line) => format!("  {line}\n"),
    });
    indented.collect()
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";
const PROMETHEUS: &str = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata:\n  name: k8s\nspec:\n  replicas: 2\n";
const SCRAPING: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  prometheus.yml: |\n    scrape_configs: []\n";

#[test]
fn the_resource_in_a_list_is_patched_as_it_is_alone() {
    let list = |documents: &[&str]| {
        let items: String = documents.iter().map(|document| item(document)).collect();
        format!("apiVersion: v1\nkind: List\nitems:\n{items}")
    };
    for (document, installation) in [(PROMETHEUS, resource()), (SCRAPING, config_map())] {
        let connection = remote_write(user_identity());
        let alone = patch(document, &installation, &connection).unwrap();

        let within = patch(&list(&[SERVICE, document]), &installation, &connection).unwrap();

        let data = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text).unwrap();
        assert_eq!(data(&within.text)["items"][0], data(SERVICE));
        let (in_list, alone) = (&data(&within.text)["items"][1], data(&alone.text));
        assert_eq!(in_list["spec"], alone["spec"]);
        let key = "prometheus.yml";
        let inner = |resource: &serde_yaml::Value| resource["data"][key].as_str().map(data);
        assert_eq!(inner(in_list), inner(&alone));
        let again = patch(&within.text, &installation, &connection).unwrap();
        assert_eq!(again.outcome, PatchOutcome::Unchanged);
    }
    let two = list(&[PROMETHEUS, PROMETHEUS]);
    assert_snapshot!(refusal(&two, &resource()), @"line 10, column 3: the file holds 2 resources of the kind Prometheus or PrometheusAgent of monitoring.coreos.com (`k8s`, `k8s`), and only a file with one can be edited");
    let operations = super::json_patch(
        &list(&[PROMETHEUS]),
        &resource(),
        &remote_write(user_identity()),
    );
    assert!(operations.unwrap_err().to_string().contains("`List`"));
}
