//! Files of users, and what patching makes of them.

use insta::assert_snapshot;

use super::refusal::Reason;
use super::{PatchOutcome, PatchRefusal, patch};
use crate::compat::Installation;
use crate::remote_write::samples::{
    CLIENT, TENANT, URL, remote_write, secret, user_identity, workload_identity,
};
use crate::remote_write::{Authentication, ClientSecret, ClusterLabel, RemoteWrite};
use crate::render::unified_diff;
use crate::target::Target;

const COMMENTED: &str = include_str!("../../tests/data/patch/prometheus-commented.yml");
const WINDOWS: &str = include_str!("../../tests/data/patch/prometheus-windows.yml");
const VALUES: &str = include_str!("../../tests/data/patch/values-in-git.yaml");
const FLOW: &str = include_str!("../../tests/data/patch/prometheus-flow.yml");
const CHART: &str = include_str!("../../tests/data/patch/values-prometheus-chart.yaml");
const UMBRELLA: &str = include_str!("../../tests/data/patch/values-umbrella.yaml");

fn plain() -> Installation {
    installation(Target::PrometheusYml, "3.14.0")
}

fn chart() -> Installation {
    installation(Target::KubePrometheusStack, "v3.14.0-distroless")
}

pub(super) fn installation(target: Target, prometheus: &str) -> Installation {
    Installation {
        target,
        prometheus: prometheus.parse().ok(),
        operator: None,
    }
}

/// The diff and the notices, as a user would see them; a second patch must change nothing.
pub(super) fn outcome(
    source: &str,
    installation: &Installation,
    connection: &RemoteWrite,
) -> String {
    let patched = patch(source, installation, connection).unwrap();
    let again = patch(&patched.text, installation, connection).unwrap();
    assert_eq!(
        (again.outcome, &again.text),
        (PatchOutcome::Unchanged, &patched.text)
    );
    let diff = unified_diff("old", "new", source, &patched.text);
    let notices = patched
        .notices
        .iter()
        .map(|notice| format!("{notice}\n"))
        .collect::<String>();
    format!(
        "{:?}, cluster {}\n{notices}{diff}",
        patched.outcome, patched.cluster_label
    )
}

#[test]
fn a_commented_file_with_other_remote_writes_gets_one_more() {
    assert_snapshot!(outcome(COMMENTED, &plain(), &remote_write(user_identity())), @r#"
    Added, cluster prod
    line 42: `mimir` writes to mimir.example.com and is not changed
    line 59: `grafana-cloud` writes to prometheus-prod-01-eu-west-0.grafana.net and is not changed
    --- old
    +++ new
    @@ -12,6 +12,7 @@
       external_labels:
         region: westeurope
         replica: "a"             # keep the quotes, Thanos wants a string
    +    cluster: prod
     
     # ------------------------------------------------------------------
     # Rules
    @@ -73,6 +74,16 @@
       # - name: thanos
       #   url: https://thanos-receive.example.com/api/v1/receive
     
    +  - name: amw-monitor
    +    url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +    queue_config:
    +      retry_on_http_429: true
    +      sample_age_limit: 20m
    +    azuread:
    +      cloud: AzurePublic
    +      managed_identity:
    +        client_id: 11111111-2222-3333-4444-555555555555
    +
     # ------------------------------------------------------------------
     # What is scraped
     # ------------------------------------------------------------------
    "#);
}

#[test]
fn our_entry_is_corrected_line_by_line() {
    assert_snapshot!(outcome(FLOW, &plain(), &remote_write(user_identity())), @"
    Updated, cluster prod-1
    line 9: the remote write `azure` is renamed to `amw-monitor`, and so is the label remote_name of its metrics
    line 21: `sidecar` writes to localhost:8081; if an Azure sidecar listens there, samples arrive twice, and `amw-rw migrate` replaces it
    the label cluster stays `prod-1`; --cluster-label prod would change it
    `remote_write[0].oauth2` conflicts with this connection and is removed
    line 15: this comment is removed with its lines: # <secret>
    --- old
    +++ new
    @@ -6,16 +6,16 @@
     
     remote_write:
     # Azure, first try
    -- name: azure            # the dashboard of the team filters by this name
    -  url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2021-11-01-preview
    +- name: amw-monitor            # the dashboard of the team filters by this name
    +  url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
       # tuned with support, case 4711
    -  queue_config: {capacity: 5000, max_shards: 10}
    -  oauth2:
    -    client_id: 00000000-0000-0000-0000-000000000001
    -    client_secret: <secret>   # <secret>
    -    token_url: https://login.microsoftonline.com/t/oauth2/v2.0/token
    +  queue_config: {capacity: 5000, max_shards: 10, retry_on_http_429: true}
       write_relabel_configs:
       - {source_labels: [__name__], regex: 'go_.*', action: drop}
    +  azuread:
    +    cloud: AzurePublic
    +    managed_identity:
    +      client_id: 11111111-2222-3333-4444-555555555555
     
     # the sidecar of the colleagues
     - {name: sidecar, url: 'http://localhost:8081/api/v1/write'}
    ");
}

#[test]
fn a_file_of_windows_keeps_its_byte_order_mark_and_its_line_ends() {
    let patched = patch(WINDOWS, &plain(), &remote_write(user_identity())).unwrap();

    assert!(patched.text.starts_with('\u{feff}'));
    assert!(!patched.text.replace("\r\n", "").contains(['\r', '\n']));
    let kept = WINDOWS
        .lines()
        .filter(|line| patched.text.contains(&format!("{line}\r\n")));
    assert_eq!(kept.count(), WINDOWS.lines().count());
}

#[test]
fn a_cluster_label_that_our_entry_sets_by_relabeling_is_not_set_again() {
    let source = format!(
        "remote_write:\n  - name: amw-monitor\n    url: {URL}\n    write_relabel_configs:\n      - target_label: cluster\n        replacement: eu\n"
    );

    let patched = patch(&source, &plain(), &remote_write(user_identity())).unwrap();

    assert!(
        !patched.text.contains("external_labels"),
        "{}",
        patched.text
    );
    assert_eq!(patched.cluster_label, "eu");
    assert_snapshot!(&patched.notices[0], @"the label cluster stays `eu`; --cluster-label prod would change it");
}

#[test]
fn a_huge_file_is_patched_and_refused_as_a_small_one_is() {
    let job = "  - job_name: a\n    metrics_path: /m\n";
    let twice = "  - job_name: a\n    job_name: a\n";
    let template = "  - job_name: {{ a }}\n";
    let remote_writes = "remote_write:\n  - {name: mimir, url: 'http://mimir'}\n";
    let huge = format!("scrape_configs:\n{}{remote_writes}", job.repeat(40_000));
    let with = |line: &str| huge.replacen(job, &format!("{job}{line}"), 1);

    let patched = patch(&huge, &plain(), &remote_write(user_identity())).unwrap();
    let refused = [twice, template].map(|line| refusal(&with(line), &plain()));

    let label = "global:\n  external_labels:\n    cluster: prod\n";
    assert!(patched.text.starts_with(&format!("{label}{huge}")));
    assert_snapshot!(&patched.notices[0], @"line 80003: `mimir` writes to mimir and is not changed");
    assert_snapshot!(refused[0], @"line 5, column 5: the key `job_name` is a duplicate of the one on line 4");
    assert!(matches!(refused[1].reason, Reason::Template));
}

#[test]
fn a_huge_file_that_ends_within_a_text_is_left_alone_as_a_small_one_is() {
    let job = format!("  - job_name: {}\n", "a".repeat(1000));
    let end = "x-text: |\n  without a line break";
    let huge = format!("scrape_configs:\n{}{end}", job.repeat(1100));

    let refusals = [refusal(end, &plain()), refusal(&huge, &plain())];

    assert_eq!(
        refusals.map(|refusal| refusal.reason),
        [Reason::OpenEnd, Reason::OpenEnd]
    );
}

#[test]
fn helm_values_get_label_annotations_and_remote_write() {
    assert_snapshot!(outcome(VALUES, &chart(), &remote_write(workload_identity())), @r#"
    Added, cluster prod
    line 42: `mimir` writes to mimir-gateway.mimir.svc and is not changed
    --- old
    +++ new
    @@ -27,6 +27,9 @@
       serviceAccount:
         # annotations: {}
         create: true
    +    annotations:
    +      azure.workload.identity/client-id: 11111111-2222-3333-4444-555555555555
    +      azure.workload.identity/tenant-id: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
       ingress:
         enabled: false
       prometheusSpec:
    @@ -35,7 +38,10 @@
         podMetadata:
           annotations:
             cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    -    externalLabels: {}
    +      labels:
    +        azure.workload.identity/use: 'true'
    +    externalLabels:
    +      cluster: prod
         resources:
           requests: {cpu: 500m, memory: 2Gi}
         remoteWrite:
    @@ -57,6 +63,16 @@
         # Thanos is gone since 2025
         # thanos:
         #   objectStorageConfig: {}
    +    additionalRemoteWrite:
    +      - name: amw-monitor
    +        url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +        queueConfig:
    +          retryOnRateLimit: true
    +        azureAd:
    +          cloud: AzurePublic
    +          workloadIdentity:
    +            clientId: 11111111-2222-3333-4444-555555555555
    +            tenantId: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
     
     nodeExporter:
       enabled: true
    "#);
}

#[test]
fn values_of_a_parent_chart_are_patched_below_its_dependency() {
    assert_snapshot!(outcome(UMBRELLA, &chart(), &remote_write(user_identity())), @"
    Added, cluster platform
    line 12: `mimir` writes to mimir and is not changed
    the label cluster stays `platform`; --cluster-label prod would change it
    --- old
    +++ new
    @@ -11,3 +11,11 @@
                 additionalRemoteWrite:
                 -   name: mimir
                     url: http://mimir/api/v1/push
    +            - name: amw-monitor
    +              url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +              queueConfig:
    +                  retryOnRateLimit: true
    +              azureAd:
    +                  cloud: AzurePublic
    +                  managedIdentity:
    +                      clientId: 11111111-2222-3333-4444-555555555555
    ");
}

#[test]
fn values_of_the_prometheus_chart_keep_their_environment_and_get_ours() {
    let chart = installation(Target::PrometheusChart, "3.14.0");
    let reference = ClientSecret::KubernetesSecret {
        name: "amw".into(),
        key: "secret".into(),
    };

    let own = "value: 11111111-2222-3333-4444-555555555555";
    let elsewhere = "valueFrom:\n        configMapKeyRef: {name: azure, key: client}";
    let text = CHART.replace(elsewhere, own);

    assert_snapshot!(outcome(&text, &chart, &remote_write(secret(reference))), @r#"
    Added, cluster prod
    line 18: a remote write without a name writes to aps-workspaces.eu-west-1.amazonaws.com and is not changed
    --- old
    +++ new
    @@ -11,12 +11,27 @@
           value: "75"
         - name: AZURE_CLIENT_ID        # from the first try
           value: 11111111-2222-3333-4444-555555555555
    +    - name: AZURE_TENANT_ID
    +      value: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
    +    - name: AZURE_CLIENT_SECRET
    +      valueFrom:
    +        secretKeyRef:
    +          name: amw
    +          key: secret
       global:
         scrape_interval: 1m
    -    external_labels: {env: prod}
    +    external_labels: {env: prod, cluster: prod}
       remoteWrite:
       - url: https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write
         sigv4: {region: eu-west-1}
    +  - name: amw-monitor
    +    url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +    queue_config:
    +      retry_on_http_429: true
    +      sample_age_limit: 20m
    +    azuread:
    +      cloud: AzurePublic
    +      sdk: {}
       persistentVolume:
         size: 20Gi
    "#);
}

#[test]
fn a_variable_of_another_identity_is_replaced_only_where_it_was_set_for_this_connection() {
    let chart = installation(Target::PrometheusChart, "3.14.0");
    let reference = || ClientSecret::KubernetesSecret {
        name: "amw".into(),
        key: "secret".into(),
    };
    let sdk =
        |name: &str, url: &str| format!("{{name: {name}, url: '{url}', azuread: {{sdk: {{}}}}}}");
    let patched = |entries: &[String]| {
        let env = "env: [{name: AZURE_CLIENT_ID, value: another}]";
        let list = entries.join(", ");
        let text = format!("server:\n  {env}\n  remoteWrite: [{list}]\n");
        patch(&text, &chart, &remote_write(secret(reference()))).map(|patched| patched.text)
    };
    let (own, other) = (sdk("amw-monitor", URL), sdk("other", "https://other/write"));

    let replaced = patched(std::slice::from_ref(&own)).unwrap();

    assert!(!replaced.contains("another"), "{replaced}");
    for entries in [vec![], vec![other.clone()], vec![own, other]] {
        let refusal = patched(&entries).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "with azuread.sdk, variable `AZURE_CLIENT_ID` of Prometheus' container would change to this identity, and it was not set for this connection"
        );
    }
}

#[test]
fn a_chart_that_reads_its_configuration_elsewhere_is_left_alone() {
    let chart = installation(Target::PrometheusChart, "3.14.0");
    let elsewhere = "server:\n  configMapOverrideName: ours\n";
    let twice = "server:\n  remoteWrite: [{url: http://a}]\nserverFiles:\n  prometheus.yml:\n    remote_write: []\n";

    assert_snapshot!(refusal(elsewhere, &chart), @"line 2, column 3: `server.configMapOverrideName` overrides this section, so changes here have no effect");
    assert_snapshot!(refusal(twice, &chart), @"line 5, column 5: `serverFiles.prometheus.yml.remote_write` defines the remote writes a second time, and the chart would write both");
    assert_eq!(
        refusal(twice, &chart).manual_advice(),
        "move the remote writes of `serverFiles.prometheus.yml.remote_write` to `server.remoteWrite`, then run this command again"
    );
}

#[test]
fn a_list_in_the_second_place_for_remote_writes_is_the_one_that_is_edited() {
    let ours = format!("- url: {URL}\n");
    for item in ["", "- url: http://mimir/push\n", &ours] {
        let server_files = format!(
            "serverFiles:\n  prometheus.yml:\n    remote_write:{}\n",
            match item {
                "" => " []".to_owned(),
                item => format!("\n    {item}"),
            }
        );
        let values = installation(Target::PrometheusChart, "3.14.0");

        let patched = outcome(&server_files, &values, &remote_write(user_identity()));

        assert!(!patched.contains("remoteWrite:"), "{patched}");
        assert_eq!(patched.matches("managed_identity:").count(), 1, "{patched}");
    }
    let additional = format!(
        "prometheus: {{prometheusSpec: {{additionalConfig: {{remoteWrite: [{{url: '{URL}'}}]}}}}}}\n"
    );
    let patched = patch(&additional, &chart(), &remote_write(user_identity())).unwrap();
    assert_eq!(patched.outcome, PatchOutcome::Updated);
    assert_eq!(patched.text.matches("/dataCollectionRules/").count(), 1);
}

#[test]
fn an_entry_that_is_right_already_keeps_every_byte_whatever_its_style() {
    let source = format!(
        "global: {{external_labels: {{cluster: prod}}}}\nremote_write:\n    - azuread: {{managed_identity: {{client_id: '{CLIENT}'}}, cloud: \"AzurePublic\"}}\n      url: '{URL}'\n      queue_config: {{retry_on_http_429: false}} # we know why\n      name: amw-monitor"
    );

    let patched = patch(&source, &plain(), &remote_write(user_identity())).unwrap();

    assert_eq!(
        (patched.outcome, patched.text),
        (PatchOutcome::Unchanged, source)
    );
}

#[test]
fn another_way_to_sign_in_takes_the_place_of_the_old_one() {
    let before = "
global:
  external_labels: {cluster: prod}
remote_write:
  - name: amw-monitor
    url: URL
    queue_config:
      retry_on_http_429: true
    azuread:
      # the node pool's identity
      managed_identity:
        client_id: 99999999-2222-3333-4444-555555555555
      cloud: AzurePublic
"
    .replace("URL", URL);

    assert_snapshot!(outcome(&before, &plain(), &remote_write(workload_identity())), @"
    Updated, cluster prod
    `remote_write[0].azuread.managed_identity` conflicts with this connection and is removed
    --- old
    +++ new
    @@ -8,6 +8,7 @@
           retry_on_http_429: true
         azuread:
           # the node pool's identity
    -      managed_identity:
    -        client_id: 99999999-2222-3333-4444-555555555555
           cloud: AzurePublic
    +      workload_identity:
    +        client_id: 11111111-2222-3333-4444-555555555555
    +        tenant_id: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
    ");
}

#[test]
fn our_entry_in_the_templated_list_of_the_chart_is_corrected_in_place() {
    let before = "
prometheus:
  prometheusSpec:
    externalLabels: {cluster: prod}
    remoteWrite:
    - url: URL
      name: amw-monitor
      azureAd:
        managedIdentity:
          clientId: old
"
    .replace("URL", URL);

    assert_snapshot!(outcome(&before, &chart(), &remote_write(user_identity())), @"
    Updated, cluster prod
    --- old
    +++ new
    @@ -7,4 +7,7 @@
           name: amw-monitor
           azureAd:
             managedIdentity:
    -          clientId: old
    +          clientId: 11111111-2222-3333-4444-555555555555
    +        cloud: AzurePublic
    +      queueConfig:
    +        retryOnRateLimit: true
    ");
}

#[test]
fn before_3_14_the_token_volume_joins_the_volumes_of_the_user() {
    let before = "
prometheus:
  prometheusSpec:
    volumes:
      - name: certificates
        secret: {secretName: certificates}
    volumeMounts: []
";
    let old = installation(Target::KubePrometheusStack, "v3.13.2");

    let shown = outcome(before, &old, &remote_write(workload_identity()));

    let volumes = shown
        .lines()
        .skip_while(|line| !line.contains("volumes:"))
        .take(19);
    assert_snapshot!(volumes.collect::<Vec<_>>().join("\n"), @"
         volumes:
           - name: certificates
             secret: {secretName: certificates}
    -    volumeMounts: []
    +      - name: azure-identity-token
    +        projected:
    +          sources:
    +            - serviceAccountToken:
    +                audience: api://AzureADTokenExchange
    +                expirationSeconds: 3600
    +                path: azure-identity-token
    +    volumeMounts:
    +      - name: azure-identity-token
    +        mountPath: /var/run/secrets/azure/tokens
    +        readOnly: true
    +    externalLabels:
    +      cluster: prod
    +    additionalRemoteWrite:
    +      - name: amw-monitor
    ");
}

#[test]
fn a_key_that_goes_as_a_whole_takes_its_unknown_keys_along() {
    let own = "remote_write:\n- basic_auth:\n    X-Scope-OrgID: a\n    username: ada\n  url: URL\n";

    assert_snapshot!(outcome(&own.replace("URL", URL), &plain(), &remote_write(user_identity())), @r"
    Updated, cluster prod
    line 3: Prometheus does not know the key `remote_write[0].basic_auth.X-Scope-OrgID`, so it is removed
    `remote_write[0].basic_auth` conflicts with this connection and is removed
    --- old
    +++ new
    @@ -1,5 +1,12 @@
    +global:
    +  external_labels:
    +    cluster: prod
     remote_write:
    -- basic_auth:
    -    X-Scope-OrgID: a
    -    username: ada
    -  url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +- url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +  name: amw-monitor
    +  queue_config:
    +    retry_on_http_429: true
    +  azuread:
    +    cloud: AzurePublic
    +    managed_identity:
    +      client_id: 11111111-2222-3333-4444-555555555555
    ");
}

#[test]
fn a_missing_global_goes_before_the_first_key_and_its_comments() {
    let label = "global:\n  external_labels:\n    cluster: prod\n";
    for (before, keys, expected) in [
        ("", "rule_files: []\n", "LABEL"),
        ("\u{feff}", "rule_files: []\n", "LABEL"),
        ("---\n", "rule_files: []\n", "LABEL"),
        // It is not known whether comments on the first lines are about the file or about the first key.
        ("# Managed by Ansible\n", "rule_files: []\n", "\nLABEL\n"),
        ("---\n# Rules\n", "rule_files: []\n", "\nLABEL\n"),
        ("# Managed\n\n", "# Rules\nrule_files: []\n", "LABEL"),
        (
            "# Managed\n\n",
            "rule_files: []\n\nscrape_configs: []\n",
            "LABEL\n",
        ),
    ] {
        let source = format!("{before}{keys}");

        let patched = patch(&source, &plain(), &remote_write(user_identity())).unwrap();

        let start = format!("{before}{}{keys}", expected.replace("LABEL", label));
        assert!(patched.text.starts_with(&start), "{}", patched.text);
    }
}

fn refused_keys(keys: &str) -> String {
    let source = format!("remote_write:\n- url: {URL}\n{keys}");

    patch(&source, &plain(), &remote_write(user_identity()))
        .err()
        .map(|refusal| refusal.to_string())
        .unwrap_or_default()
}

#[test]
fn an_unknown_key_that_chooses_what_is_sent_is_not_removed() {
    for (keys, named) in [
        (
            "  write_relabel_configs:\n  - {source_labels: [a], regx: b, action: drop}\n",
            "regx",
        ),
        (
            "  write_relabel_config:\n  - {source_labels: [a], action: drop}\n",
            "write_relabel_config`",
        ),
        ("  relabel_configs: []\n", "relabel_configs"),
        (
            "  write_relabel_configs: []\n  writeRelabelConfigs: []\n",
            "writeRelabelConfigs",
        ),
    ] {
        let refused = refused_keys(keys);

        assert!(refused.contains(named), "{keys}: {refused}");
    }
}

#[test]
fn a_label_that_the_relabeling_of_the_entry_replaces_is_refused() {
    let source = format!(
        "remote_write:\n- url: {URL}\n  write_relabel_configs:\n  - {{target_label: cluster, replacement: zz}}\n"
    );
    let with = |label| RemoteWrite {
        cluster_label: label,
        ..remote_write(user_identity())
    };

    let asked = patch(
        &source,
        &plain(),
        &with(ClusterLabel::Explicit("prod".into())),
    );
    let same = patch(
        &source,
        &plain(),
        &with(ClusterLabel::Explicit("zz".into())),
    );

    let refusal = asked.err().unwrap();
    assert_eq!(
        refusal.to_string(),
        "line 2, column 3: a relabeling rule of this remote write sets `cluster` to `zz`, in place of the external label"
    );
    assert!(same.is_ok());
}

#[test]
fn a_value_that_prometheus_refuses_is_refused_with_its_line() {
    for (keys, expected) in [
        (
            "  remote_timeout: 30\n",
            "line 3, column 3: `remote_timeout` is not a duration with its unit, such as 30s",
        ),
        (
            "  http_headers:\n    X-A: text\n",
            "line 4, column 5: `X-A` is no map",
        ),
        (
            "  tls_config:\n    cert_file: a\n",
            "line 4, column 5: `cert_file` needs `key`, `key_file` or `key_ref`",
        ),
        (
            "  azuread: {scope: [a]}\n",
            "line 3, column 13: `scope` is not a text",
        ),
    ] {
        let refused = refused_keys(keys);
        assert_eq!(
            refused,
            format!("{expected}: Prometheus does not start with it")
        );
    }
}

#[test]
fn a_scope_of_another_service_is_removed_with_a_note() {
    let source = |scope| {
        format!(
            "remote_write:\n- url: {URL}\n  azuread:\n    managed_identity: {{client_id: 11111111-2222-3333-4444-555555555555}}\n    scope: {scope}\n"
        )
    };
    let patched = |scope| patch(&source(scope), &plain(), &remote_write(user_identity())).unwrap();

    let other = patched("https://management.azure.com/.default");
    let own = patched("https://metrics.example.com/.default");

    assert!(!other.text.contains("scope"), "{}", other.text);
    assert!(
        own.text
            .contains("scope: https://metrics.example.com/.default")
    );
    let notices: Vec<String> = other.notices.iter().map(ToString::to_string).collect();
    assert!(
        notices.iter().any(|notice| notice
            .starts_with("line 5: `scope` https://management.azure.com/.default is removed")),
        "{notices:?}"
    );
}

#[test]
fn a_value_of_global_that_prometheus_refuses_is_named() {
    let found = notices("global:\n  scrape_interval: 30\n");

    assert!(
        found.contains("line 2: global.scrape_interval: `scrape_interval` is not a duration with its unit, such as 30s: Prometheus does not start with it"),
        "{found}"
    );
}

#[test]
fn a_key_that_gets_its_right_name_leaves_its_unknown_keys_behind() {
    let own = "remote_write:\n- url: URL\n  queueConfig:\n    maxShards: 10\n    foo: 1\n  writeRelabelConfigs:\n  - sourceLabels: [a]\n    action: drop\n";

    assert_snapshot!(outcome(&own.replace("URL", URL), &plain(), &remote_write(user_identity())), @r"
    Updated, cluster prod
    line 2: `write_relabel_configs[0]` of this connection drops every sample, so none arrives
    line 3: Prometheus calls the key `remote_write[0].queueConfig` by the name `queue_config`, so it is renamed
    line 5: Prometheus does not know the key `remote_write[0].queueConfig.foo`, so it is removed
    line 6: Prometheus calls the key `remote_write[0].writeRelabelConfigs` by the name `write_relabel_configs`, so it is renamed
    --- old
    +++ new
    @@ -1,8 +1,17 @@
    +global:
    +  external_labels:
    +    cluster: prod
     remote_write:
     - url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    -  queueConfig:
    -    maxShards: 10
    -    foo: 1
    -  writeRelabelConfigs:
    -  - sourceLabels: [a]
    +  name: amw-monitor
    +  queue_config:
    +    max_shards: 10
    +    retry_on_http_429: true
    +  azuread:
    +    cloud: AzurePublic
    +    managed_identity:
    +      client_id: 11111111-2222-3333-4444-555555555555
    +  write_relabel_configs:
    +  - source_labels:
    +    - a
         action: drop
    ");
}

#[test]
fn a_label_that_the_user_asked_for_replaces_another_one() {
    let before = "global: {external_labels: {cluster: 'old'}}\n";
    let mut connection = remote_write(user_identity());
    connection.cluster_label = ClusterLabel::Explicit("new".into());

    let patched = patch(before, &plain(), &connection).unwrap();

    assert!(
        patched
            .text
            .starts_with("global: {external_labels: {cluster: 'new'}}\n")
    );
    assert_eq!(patched.cluster_label, "new");
    assert_snapshot!(&patched.notices[0], @"the label cluster becomes `new` instead of `old`: older and newer series differ in it");
}

#[test]
fn our_name_with_the_endpoint_of_another_workspace_is_refused() {
    let other = URL.replace("monitor-abcd.westeurope-1", "monitor-zz11.northeurope-1");
    let other = other.replace("dcr-0", "dcr-f");
    let before = format!("remote_write:\n- {{name: amw-monitor, url: '{other}'}}\n");

    let problem = refusal(&before, &plain()).problem();
    let next = problem.next_steps().iter().map(|step| step.sentence());
    let next = next.collect::<Vec<_>>().join("\n");
    assert_snapshot!(format!("{problem}\n{next}"), @"
    line 2, column 3: the remote write `amw-monitor` writes to monitor-zz11.northeurope-1.metrics.ingest.monitor.azure.com, which is another workspace or an earlier one
    rename the remote write `amw-monitor` there, or set its url to https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 if that workspace is gone; then run this command again
    ");
}

#[test]
fn a_duplicate_and_an_old_url_of_ours_are_seen() {
    let other_rule = URL.replace("dcr-0", "dcr-f");
    let renamed = format!(
        "remote_write:\n- {{name: amw-monitor, url: '{URL}'}}\n- {{name: copy, url: '{URL}', write_relabel_configs: []}}\n- {{url: '{other_rule}'}}\n"
    );
    let moved = format!("remote_write:\n- {{name: amw-monitor, url: '{other_rule}'}}\n");

    assert_snapshot!(notices(&renamed), @"
    line 3: `copy` writes through the same rule, so samples that both send arrive twice
    line 4: a remote write without a name writes to the same workspace through another rule, so samples may arrive twice
    ");
    assert_snapshot!(notices(&moved), @"line 2: this connection wrote to https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-f123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 until now");
}

#[test]
fn ambiguous_entries_are_not_changed() {
    let other_rule = URL.replace("dcr-0", "dcr-f");
    let taken = "remote_write:\n- {name: amw-monitor, url: 'https://ada:pw@mimir/push'}\n";
    let two = format!(
        "remote_write:\n- {{name: amw-monitor, url: '{other_rule}'}}\n- {{name: b, url: '{URL}'}}\n"
    );
    let chart_twice = "prometheus: {prometheusSpec: {remoteWrite: [{url: http://a}], additionalConfig: {remoteWrite: []}}}\n";

    let refusals = [
        refusal(taken, &plain()).to_string(),
        refusal(&two, &plain()).to_string(),
        refusal(chart_twice, &chart()).to_string(),
    ];

    assert_snapshot!(refusals.join("\n"), @"
    line 2, column 3: the name `amw-monitor` is already used by a remote write to mimir
    line 2, column 3: one remote write has the name `amw-monitor` and another one writes through the same data collection rule
    line 1, column 82: `prometheus.prometheusSpec.additionalConfig.remoteWrite` defines the remote writes a second time, and the chart would write both
    ");
}

#[test]
fn an_incomplete_entry_made_of_merge_keys_is_completed() {
    let shared = format!(
        "x-azure: &azure\n  queue_config: {{retry_on_http_429: true}}\nremote_write:\n- <<: *azure\n  name: amw-monitor\n  url: {URL}\n"
    );
    let hidden = shared.replace("{retry_on_http_429: true}", "{capacity: 1}");

    let patched = patch(&shared, &plain(), &remote_write(user_identity())).unwrap();

    assert!(
        !patched.text.contains("- queue_config")
            && patched.text.matches("queue_config").count() == 1
    );
    assert_snapshot!(refusal(&hidden, &plain()), @"line 4, column 3: `remote_write[0].queue_config` is inherited through a merge key (`<<`), and a key of its own would hide it");
}

#[test]
fn a_refusal_brings_the_block_to_paste_without_the_secret() {
    let connection = remote_write(secret(ClientSecret::Inline("s3cret".into())));

    let refusal = patch("remote_write: *nothing\n", &plain(), &connection).unwrap_err();

    assert_snapshot!(format!("{refusal}\n\n{}", refusal.paste()), @r#"
    line 1, column 15: this is not valid YAML: while parsing node, found unknown anchor

    global:
      external_labels:
        cluster: prod
    remote_write:
      - name: amw-monitor
        url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
        queue_config:
          retry_on_http_429: true
          sample_age_limit: 20m
        azuread:
          cloud: AzurePublic
          oauth:
            client_id: 11111111-2222-3333-4444-555555555555
            client_secret: <secret>
            tenant_id: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
    "#);
}

#[test]
fn a_client_secret_goes_into_the_file_and_nowhere_else() {
    let connection = remote_write(secret(ClientSecret::Inline("s3cret".into())));

    let patched = patch(COMMENTED, &plain(), &connection).unwrap();

    let shown = unified_diff("old", "new", COMMENTED, &patched.text);
    assert!(patched.text.contains(&format!(
        "client_secret: s3cret\n        tenant_id: {TENANT}\n"
    )));
    assert!(!shown.contains("s3cret") && !format!("{patched:?}").contains("s3cret"));
}

#[test]
fn nothing_is_written_that_the_target_has_no_words_for() {
    let inline = remote_write(secret(ClientSecret::Inline("s3cret".into())));

    let refused = patch(VALUES, &chart(), &inline).unwrap_err();

    assert_snapshot!(refused, @"this target is stored in plain text in the cluster, so the client secret must come from a Kubernetes Secret");
}

#[test]
fn the_own_identity_takes_the_client_id_of_another_one_out() {
    let before = "
prometheus:
  prometheusSpec:
    externalLabels: {cluster: prod}
    additionalRemoteWrite:
      - name: amw-monitor
        url: URL
        queueConfig: {retryOnRateLimit: true}
        azureAd:
          cloud: AzurePublic
          managedIdentity:
            clientId: 99999999-2222-3333-4444-555555555555
"
    .replace("URL", URL);
    let own = remote_write(Authentication::ManagedIdentity { client_id: None });

    let patched = patch(&before, &chart(), &own).unwrap();

    assert!(
        patched.text.ends_with("          managedIdentity: {}\n"),
        "{}",
        patched.text
    );
}

fn notices(source: &str) -> String {
    let patched = patch(source, &plain(), &remote_write(user_identity())).unwrap();
    patched
        .notices
        .iter()
        .map(|notice| format!("{notice}\n"))
        .collect()
}

fn refusal(source: &str, installation: &Installation) -> PatchRefusal {
    patch(source, installation, &remote_write(user_identity())).unwrap_err()
}

#[test]
fn an_empty_list_in_the_place_of_a_map_is_refused_with_its_line() {
    let stack = installation(Target::KubePrometheusStack, "3.14.0");
    let text = "prometheus:\n  prometheusSpec:\n    externalLabels: []\n";

    let refusal = refusal(text, &stack);

    assert_eq!(
        refusal.to_string(),
        "line 3, column 21: `prometheus.prometheusSpec.externalLabels` is a list where a map is expected"
    );
    let advice = refusal.manual_advice();
    let change = "change the value of `prometheus.prometheusSpec.externalLabels` on line 3";
    assert!(advice.contains(change), "{advice}");
}

#[test]
fn a_label_among_quoted_ones_is_quoted_as_they_are() {
    let label = |labels: &str| {
        let text = format!("global:\n  external_labels:\n{labels}scrape_configs: []\n");
        let patched = patch(&text, &plain(), &remote_write(user_identity())).unwrap();
        let line = patched.text.lines().find(|line| line.contains("cluster:"));
        line.unwrap().trim().to_owned()
    };

    assert_eq!(label("    a: \"1\"\n    b: \"x\"\n"), "cluster: \"prod\"");
    assert_eq!(label("    a: 'x'\n"), "cluster: 'prod'");
    assert_eq!(label("    a: x\n    b: \"1\"\n"), "cluster: prod");
}

#[test]
fn no_remote_write_is_added_next_to_a_text_in_the_place_of_one() {
    for item in [
        "${AZURE_REMOTE_WRITE}",
        "'{{ rw }}'",
        "RW",
        "!include rw.yaml",
        "[$RW]",
        "${{ rw }}:",
    ] {
        let refused = refusal(&format!("remote_write:\n- {item}\n"), &plain());

        assert!(matches!(refused.reason, Reason::StandIn { .. }), "{item}");
        assert_eq!(refused.location.unwrap().line, 2, "{item}");
        assert!(
            refused
                .manual_advice()
                .contains("replace it by the remote write of this block")
        );
    }
    let text = "prometheus:\n  prometheusSpec:\n    remoteWrite:\n    - ${RW}\n";
    assert_snapshot!(refusal(text, &chart()), @"line 4, column 7: `${RW}` is in the place of a remote write, so its workspace is not known. It may write to this workspace already, and a second remote write would send every sample twice");
    // Prometheus refuses this text, but nothing can be doubled.
    assert_snapshot!(notices("remote_write:\n- https://mimir.example.com/push\n"), @"line 2: a remote write without a name writes to mimir.example.com and is not changed");
}

#[test]
fn every_list_of_remote_writes_that_the_chart_reads_has_to_be_a_list() {
    let with = |key: &str, value: &str| {
        format!("prometheus:\n  prometheusSpec:\n    {key}: {value}\n    retention: 1d\n")
    };
    for key in ["remoteWrite", "additionalRemoteWrite"] {
        for value in [
            "${REMOTE_WRITE}",
            "'{{ .Values.rw }}'",
            "{url: https://x}",
            "|\n      - url: https://x",
            "''",
            "{}",
        ] {
            let refused = refusal(&with(key, value), &chart());
            let expected = format!("`prometheus.prometheusSpec.{key}` is a ");

            assert!(refused.to_string().contains(&expected), "{refused}");
            // A block of text starts on the line below its key.
            let line = 3 + usize::from(value.starts_with('|'));
            assert_eq!(refused.location.unwrap().line, line, "{refused}");
            let expected = match value.starts_with('{') {
                true => "make it a list with this map as its item",
                false => "replace it by a list of the remote writes that it refers to",
            };
            assert!(
                refused.manual_advice().starts_with(expected),
                "{}",
                refused.manual_advice()
            );
        }
        for value in ["", "~", "[]", "[{url: https://mimir.example.com/push}]"] {
            patch(&with(key, value), &chart(), &remote_write(user_identity())).unwrap();
        }
    }
    let flux = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n  chart: {spec: {chart: kube-prometheus-stack}}\n  \
                values: {prometheus: {prometheusSpec: {remoteWrite: $RW}}}\n";
    assert_snapshot!(refusal(flux, &chart()), @"line 6, column 55: `spec.values.prometheus.prometheusSpec.remoteWrite` is a single value where a list is expected");
}

#[test]
fn a_block_without_the_values_of_azure_is_not_to_be_added_yet() {
    let mut planned = remote_write(user_identity());
    let text = "remote_write: {{ x }}\n";
    let next = |remote_write: &RemoteWrite| {
        patch(text, &plain(), remote_write)
            .unwrap_err()
            .manual_advice()
    };

    assert!(next(&planned).starts_with("add this by hand"));
    planned.url = crate::remote_write::Pending::AfterApply;
    assert!(next(&planned).starts_with(
        "apply the plan, then run this command again for the values that are `(known after apply)`; then add this by hand"
    ));
}

#[test]
fn no_block_is_to_be_added_to_a_text_that_has_the_rule_already() {
    let template = format!(
        "remote_write:\n- url: {URL}\n{{{{ if .x }}}}\nscrape_configs: []\n{{{{ end }}}}\n"
    );
    let map = format!("remote_write:\n  url: {URL}\n");
    let item = format!("remote_write:\n- {URL}\n");
    for (text, expected) in [
        (
            template,
            "add no second one: the remote write of this connection is on line 2",
        ),
        (map, "make it a list with this map as its item"),
        (
            item,
            "the one on line 2 already writes to the same data collection rule",
        ),
    ] {
        let next = refusal(&text, &plain()).manual_advice();

        assert!(next.contains(expected), "{next}");
        assert_eq!(
            next.matches("/dataCollectionRules/").count(),
            usize::from(next.contains("differs"))
        );
    }
    let refused = refusal(&format!("remote_write:\n- {URL}\n"), &plain()).of_cluster();
    assert!(
        refused
            .manual_advice()
            .contains("the one there already writes")
    );
    // In a comment it leads nowhere.
    let comment = format!("# url: {URL}\nremote_write: {{{{ x }}}}\n");
    assert!(
        refusal(&comment, &plain())
            .manual_advice()
            .starts_with("add this by hand")
    );
}

const VALUES_BY_ALIAS: &str = "\
x-rw: &rw
- name: amw-monitor
  url: URL
  writeRelabelConfigs: [{action: keep}]
  azureAd: {oauth: {clientId: a}}
x-spec: &spec
  externalLabels: {region: a}
prometheus:
  prometheusSpec:
    <<: *spec
    remoteWrite: *rw
";

#[test]
fn of_a_remote_write_behind_an_alias_only_the_changes_are_printed() {
    let text = VALUES_BY_ALIAS.replace("URL", URL);

    let next = refusal(&text, &chart()).manual_advice();

    assert_snapshot!(next, @r"
    add no second one: the remote write of this connection is on line 2; remove its `azureAd.oauth`, and add these keys to those that it has:

    queueConfig:
      retryOnRateLimit: true
    azureAd:
      cloud: AzurePublic
      managedIdentity:
        clientId: 11111111-2222-3333-4444-555555555555

    and add this by hand, below the existing keys, without repeating a key: write what is below `prometheus.prometheusSpec.externalLabels` into the map on line 7, since only that map takes effect:

    prometheus:
      prometheusSpec:
        externalLabels:
          cluster: prod
    ");
}

#[test]
fn a_block_has_no_second_key_for_a_list_that_is_there() {
    let template = "remote_write:\n- url: http://mimir/push\nscrape_configs:\n{{ if .x }}\n- job_name: a\n{{ end }}\n";
    let no_yaml = "remote_write:\n- url: http://mimir/push\nscrape_configs: [\n";
    for (text, expected) in [
        (
            template,
            "without repeating a key: add the item to the list `remote_write` on line 1:",
        ),
        (
            no_yaml,
            "without repeating a key: if `remote_write` exists already, add the item to that list:",
        ),
    ] {
        let next = refusal(text, &plain()).manual_advice();

        assert!(next.contains(expected), "{next}");
    }
}

#[test]
fn of_two_remote_writes_to_our_rule_one_is_to_be_removed() {
    let text = format!(
        "remote_write:\n- {{url: '{URL}', remote_timeout: 1s}}\n- {{name: b, url: '{URL}', azuread: {{sdk: {{}}}}}}\n"
    );

    let refusal = refusal(&text, &plain());

    assert_snapshot!(refusal, @"line 2, column 3: the remote write `b` on line 3 and the remote write without a name on line 2 write to the same data collection rule, so every sample is sent twice");
    assert_eq!(
        refusal.manual_advice(),
        "keep the remote write `b` on line 3, remove the remote write without a name on line 2, then run this command again"
    );
}

#[test]
fn a_remote_write_in_global_is_to_be_moved() {
    let misplaced =
        |url: &str| format!("global:\n  scrape_interval: 15s\n  remote_write:\n  - url: {url}\n");
    let own = format!("remote_write:\n- url: {URL}\n");
    let both = misplaced(URL) + &own;
    for text in [misplaced(URL), misplaced("${AMW_URL}")] {
        assert_eq!(
            refusal(&text, &plain()).manual_advice(),
            "move the remote write at `global.remote_write` to `remote_write`, then run this command again"
        );
    }
    assert!(
        refusal(&both, &plain())
            .manual_advice()
            .starts_with("remove the remote write at `global.remote_write`")
    );
    // A merge key is no place of its own.
    let merged = format!("<<: {{remote_write: [{{url: '{URL}'}}]}}\n");
    assert!(!matches!(
        refusal(&merged, &plain()).reason,
        Reason::MisplacedEntry { .. }
    ));
}

#[test]
fn what_a_sandbox_left_is_replaced_once_and_named_otherwise() {
    let trial = "http://127.0.0.1:37097/ingestion/a-1.westeurope-1/dataCollectionRules/dcr-59be8bf9d79b576d84877a8cac603989/streams/x";
    let left = |name: &str| format!("- {{name: {name}, url: '{trial}'}}\n");
    let one = format!("remote_write:\n{}", left("a"));

    let patched = patch(&one, &plain(), &remote_write(user_identity())).unwrap();

    assert_eq!(patched.outcome, PatchOutcome::Updated);
    assert!(!patched.text.contains("127.0.0.1"), "{}", patched.text);
    assert_snapshot!(notices(&(one + &left("b"))), @"
    line 2: `a` is left over from a trial with --sandbox, and this connection takes its place
    line 3: `b` is left over from a trial with --sandbox and writes to nothing any more; remove it
    ");
}

#[test]
fn an_entry_without_a_url_is_named_and_stays() {
    assert_snapshot!(notices("remote_write:\n-\n- {remote_timeout: 1s}\n"), @"
    line 2: this entry has no url and is not changed; Prometheus does not start with such an entry
    line 3: this entry has no url and is not changed; Prometheus does not start with such an entry
    ");
    assert_snapshot!(refusal("remote_write:\n- name: azure-monitor\n", &plain()), @"line 2, column 3: `azure-monitor` has no url, so its workspace is not known. It may write to this workspace already, and a second remote write would send every sample twice");
}

#[test]
fn our_url_in_a_list_of_another_name_or_within_a_list_is_refused_with_its_line() {
    let entry = format!(
        "url: {URL}\n  azuread: {{managed_identity: {{client_id: 11111111-2222-3333-4444-555555555555}}}}\n"
    );
    let nested = format!(
        "remote_write:\n- - {}",
        entry.replace("  azuread", "    azuread")
    );
    for (text, path) in [
        (format!("remote_read:\n- {entry}"), "remote_read"),
        (
            format!("remote_write_configs:\n- {entry}"),
            "remote_write_configs",
        ),
        (nested, "remote_write[0]"),
        (
            format!("storage:\n  remote:\n    {}", entry.replace("\n", "\n  ")),
            "storage.remote",
        ),
        (format!("alerting:\n  {entry}"), "alerting"),
    ] {
        let source = format!("global: {{scrape_interval: 15s}}\n{text}");

        let refusal = refusal(&source, &plain());

        let shown = refusal.to_string();
        assert!(shown.contains(&format!("`{path}`")), "{shown}");
    }
}
