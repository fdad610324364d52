//! Resources of Flux, Argo CD and the like, and what patching makes of the values in them.

use serde_yaml::Value;

use super::examples::{installation, outcome};
use super::{PatchOutcome, PatchRefusal, Reason, patch, review};
use crate::compat::Installation;
use crate::remote_write::samples::{remote_write, user_identity};
use crate::remote_write::{ClusterLabel, RemoteWrite};
use crate::target::Target;

const FLUX: &str = "\
# managed by the platform team
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: prometheus-community, namespace: monitoring}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: kube-prometheus-stack
spec:
  chart:
    spec:
      chart: kube-prometheus-stack
      version: 88.x   # pinned
  values:
    prometheus:
      prometheusSpec:
        retention: 1d
  # after the values
  timeout: 10m
";

const ARGO: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source:
    chart: kube-prometheus-stack
    helm:
      values: |
        # ours
        prometheus:
          prometheusSpec:
            retention: 1d
  destination: {namespace: monitoring}
";

fn stack() -> Installation {
    installation(Target::KubePrometheusStack, "3.14.0")
}

fn printed(source: &str) -> String {
    outcome(source, &stack(), &remote_write(user_identity()))
}

fn patched(source: &str) -> String {
    let patched = patch(source, &stack(), &remote_write(user_identity())).unwrap();
    assert_eq!(patched.outcome, PatchOutcome::Added, "{source}");
    let again = patch(&patched.text, &stack(), &remote_write(user_identity())).unwrap();
    assert_eq!(again.outcome, PatchOutcome::Unchanged, "{}", patched.text);
    patched.text
}

fn refused(source: &str) -> PatchRefusal {
    patch(source, &stack(), &remote_write(user_identity())).unwrap_err()
}

/// The values at a place of the last document, in which our remote write has to be.
fn values(text: &str, place: impl Fn(&Value) -> Value) -> Value {
    let documents = super::documents(text).unwrap();
    place(documents.last().unwrap())
}

fn assert_ours(values: &Value) {
    let list = &values["prometheus"]["prometheusSpec"]["additionalRemoteWrite"];
    assert_eq!(list[0]["name"], "amw-monitor", "{values:?}");
}

#[test]
fn the_values_of_a_helm_release_are_patched_among_other_documents() {
    insta::assert_snapshot!(printed(FLUX), @r#"
    Added, cluster prod
    --- old
    +++ new
    @@ -16,5 +16,16 @@
         prometheus:
           prometheusSpec:
             retention: 1d
    +        externalLabels:
    +          cluster: prod
    +        additionalRemoteWrite:
    +          - name: amw-monitor
    +            url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +            queueConfig:
    +              retryOnRateLimit: true
    +            azureAd:
    +              cloud: AzurePublic
    +              managedIdentity:
    +                clientId: 11111111-2222-3333-4444-555555555555
       # after the values
       timeout: 10m
    "#);
}

#[test]
fn the_text_below_values_of_an_application_is_patched() {
    insta::assert_snapshot!(printed(ARGO), @r#"
    Added, cluster prod
    --- old
    +++ new
    @@ -9,4 +9,15 @@
             prometheus:
               prometheusSpec:
                 retention: 1d
    +            externalLabels:
    +              cluster: prod
    +            additionalRemoteWrite:
    +              - name: amw-monitor
    +                url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +                queueConfig:
    +                  retryOnRateLimit: true
    +                azureAd:
    +                  cloud: AzurePublic
    +                  managedIdentity:
    +                    clientId: 11111111-2222-3333-4444-555555555555
       destination: {namespace: monitoring}
    "#);
}

#[test]
fn values_that_are_missing_or_empty_are_created_at_their_place() {
    let flux = |values: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart:\n    spec:\n      chart: kube-prometheus-stack\n{values}"
        )
    };

    for text in [
        "",
        "  values: {}\n",
        "  values:\n",
        "  values:\n    mine: 1\n",
    ] {
        let text = patched(&flux(text));
        assert_ours(&values(&text, |document| {
            document["spec"]["values"].clone()
        }));
    }
}

#[test]
fn every_source_and_form_of_an_application_is_found() {
    let of_source = |source: &str| {
        format!("apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n{source}")
    };
    let parsed = |value: &Value| serde_yaml::from_str::<Value>(value.as_str().unwrap()).unwrap();

    let object = patched(&of_source(
        "  source:\n    chart: kube-prometheus-stack\n    helm:\n      valuesObject:\n        grafana: {enabled: false}\n",
    ));
    assert_ours(&values(&object, |document| {
        document["spec"]["source"]["helm"]["valuesObject"].clone()
    }));
    let second = patched(&of_source(
        "  sources:\n    - repoURL: https://example.com/git\n      ref: values\n    - chart: kube-prometheus-stack\n      helm:\n        values: |-\n          grafana:\n            enabled: false\n",
    ));
    assert_ours(&values(&second, |document| {
        parsed(&document["spec"]["sources"][1]["helm"]["values"])
    }));
    let quoted = patched(&of_source(
        "  source:\n    chart: kube-prometheus-stack\n    helm:\n      values: \"grafana: {enabled: false}\\n\"\n",
    ));
    assert_ours(&values(&quoted, |document| {
        parsed(&document["spec"]["source"]["helm"]["values"])
    }));
}

#[test]
fn resources_of_other_controllers_are_patched_too() {
    let k3s = patched(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec:\n  chart: kube-prometheus-stack\n  valuesContent: |\n    grafana:\n      enabled: false\n",
    );
    assert_ours(&values(&k3s, |document| {
        serde_yaml::from_str(document["spec"]["valuesContent"].as_str().unwrap()).unwrap()
    }));
    let kustomize = patched(
        "helmCharts:\n  - name: kube-prometheus-stack\n    version: 88.5.3\n    valuesInline:\n      grafana:\n        enabled: false\n",
    );
    assert_ours(&values(&kustomize, |document| {
        document["helmCharts"][0]["valuesInline"].clone()
    }));
}

#[test]
fn values_that_are_merged_over_others_get_a_notice() {
    let text = FLUX.replace(
        "  timeout: 10m",
        "  valuesFrom:\n    - {kind: ConfigMap, name: base}",
    );

    let patched = patch(&text, &stack(), &remote_write(user_identity())).unwrap();

    let notice = patched.notices[0].to_string();
    assert!(
        notice.contains("merged over those of `spec.valuesFrom` (ConfigMap `base`)"),
        "{notice}"
    );
    let unread = patched.unread.unwrap();
    assert_eq!(
        unread.lists,
        ["prometheus.prometheusSpec.additionalRemoteWrite"]
    );
    let again = patch(&patched.text, &stack(), &remote_write(user_identity())).unwrap();
    assert_eq!(again.unread, None);
}

#[test]
fn lists_that_the_values_have_already_replace_those_of_other_values_without_us() {
    let spec = "additionalRemoteWrite: []\n        remoteWrite: []";
    let text = FLUX.replace("retention: 1d", spec).replace(
        "  timeout: 10m",
        "  valuesFrom:\n    - {kind: ConfigMap, name: base}",
    );

    let patched = patch(&text, &stack(), &remote_write(user_identity())).unwrap();

    assert_eq!(patched.unread, None);
}

#[test]
fn values_of_a_parent_chart_get_a_notice_that_it_has_others() {
    let text = FLUX
        .replace("chart: kube-prometheus-stack", "chart: platform")
        .replace(
            "    prometheus:\n      prometheusSpec:\n        retention: 1d",
            "    kps: {prometheus: {prometheusSpec: {}}}",
        );

    let patched = patch(&text, &stack(), &remote_write(user_identity())).unwrap();

    let notice = patched.notices[0].to_string();
    assert!(
        notice.contains("`values.yaml` of the chart itself"),
        "{notice}"
    );
    assert_eq!(patched.unread, None);
}

/// An ApplicationSet for all clusters, with these labels.
fn set(labels: &str) -> String {
    let set = ARGO.replace("kind: Application\nspec:\n", "");
    let (head, source) = set.split_once('\n').unwrap();
    let source = source.replace("retention: 1d", &format!("externalLabels: {labels}"));
    let source = source.replace('\n', "\n    ");
    format!(
        "{head}\nkind: ApplicationSet\nspec:\n  generators: [{{clusters: {{}}}}]\n  template:\n    spec:\n    {source}"
    )
}

#[test]
fn the_clusters_of_an_application_set_get_no_label_that_is_the_same_for_all() {
    for labels in ["{}", "{cluster: prod}", "{team: a}"] {
        let refusal = refused(&set(labels));

        assert!(
            matches!(refusal.reason, Reason::OneLabel { .. }),
            "{refusal}"
        );
        let problem = refusal.problem();
        let [next] = problem.next_steps() else {
            panic!("one step: {problem:?}");
        };
        let next = next.line();
        assert!(next.ends_with("--cluster-label '{{name}}'"), "{next}");
    }

    let for_one = set("{}").replace("clusters: {}", "list: {elements: [{name: a}]}");
    assert!(patch(&for_one, &stack(), &remote_write(user_identity())).is_ok());
}

#[test]
fn a_label_that_the_set_does_not_fill_in_is_refused_with_the_right_one() {
    let names = set("{}");
    let go = names.replace(
        "spec:\n  generators",
        "spec:\n  goTemplate: true\n  generators",
    );
    let with = |text: &str, label: &str| {
        let remote_write = RemoteWrite {
            cluster_label: ClusterLabel::Explicit(label.into()),
            ..remote_write(user_identity())
        };
        patch(text, &stack(), &remote_write)
    };

    for (text, wrong, right) in [
        (&go, "{{name}}", "{{.name}}"),
        (&names, "{{.name}}", "{{name}}"),
    ] {
        let refusal = with(text, wrong).unwrap_err();
        let next = refusal.problem().next_steps()[0].line();
        assert!(
            next.ends_with(&format!("--cluster-label '{right}'")),
            "{next}"
        );
        let written = with(text, right).unwrap();
        assert_eq!(written.cluster_label, right);
    }
}

#[test]
fn a_label_that_is_filled_in_for_each_cluster_stays() {
    let text = set("{cluster: '{{name}}'}");
    let with = |label: ClusterLabel| {
        let remote_write = RemoteWrite {
            cluster_label: label,
            ..remote_write(user_identity())
        };
        patch(&text, &stack(), &remote_write)
    };

    let patched = with(ClusterLabel::Default("prod".into())).unwrap();
    assert_eq!(patched.cluster_label, "{{name}}");
    assert!(with(ClusterLabel::Explicit("{{name}}".into())).is_ok());
    let refusal = with(ClusterLabel::Explicit("prod".into())).unwrap_err();
    assert!(
        matches!(refusal.reason, Reason::FilledInLabel { .. }),
        "{refusal}"
    );
}

#[test]
fn what_patches_the_remote_writes_after_helm_is_refused() {
    let with = |patch: &str| {
        FLUX.replace(
            "  timeout: 10m",
            &format!("  postRenderers: [{{kustomize: {{patches: [{{patch: '{patch}'}}]}}}}]"),
        )
    };

    let refusal = refused(&with("spec: {remoteWrite: []}"));

    assert!(
        matches!(refusal.reason, Reason::PatchedLater { .. }),
        "{refusal}"
    );
    patched(&with("spec: {replicas: 2}"));
}

#[test]
fn a_refusal_names_the_line_in_the_file_and_the_place_of_the_block() {
    let twice = ARGO.replace(
        "            retention: 1d",
        "            retention: 1d\n            retention: 2d",
    );
    let refusal = refused(&twice);
    assert!(matches!(refusal.reason, Reason::DuplicateKey { .. }));
    assert_eq!(refusal.location.unwrap().line, 12);
    assert_eq!(
        refusal.manual_advice(),
        "merge both into one key `retention`, remove the other, then run this command again"
    );
    let broken = ARGO.replace(
        "            retention: 1d",
        "            retention: 1d\n            x: [",
    );
    assert!(
        refused(&broken)
            .manual_advice()
            .starts_with("add this by hand, below the existing keys of `spec.source.helm.values`:"),
        "{}",
        refused(&broken).manual_advice()
    );

    let template = FLUX.replace("retention: 1d", "retention: {{ .Values.retention }}");
    assert!(
        refused(&template)
            .manual_advice()
            .contains("of `spec.values`")
    );

    let folded = ARGO.replace("values: |", "values: >");
    let refusal = refused(&folded);
    assert!(matches!(refusal.reason, Reason::Folded { .. }), "{refusal}");
    assert_eq!(refusal.location.unwrap().line, 7);
}

#[test]
fn of_two_releases_of_the_chart_none_is_guessed() {
    let two = format!("{FLUX}---\n{}", FLUX.split("---\n").nth(1).unwrap());

    let refusal = refused(&two);

    assert!(matches!(
        refusal.reason,
        Reason::SeveralResources { count: 2, .. }
    ));
    assert_eq!(refusal.location.unwrap().line, 22);
}

#[test]
fn a_release_of_another_chart_is_no_file_of_this_target() {
    let grafana = FLUX.replace("chart: kube-prometheus-stack", "chart: grafana");
    let grafana = grafana.replace("prometheusSpec", "other");

    let refusal = refused(grafana.split("---\n").nth(1).unwrap());

    assert!(
        matches!(refusal.reason, Reason::AnotherFile { .. }),
        "{refusal}"
    );
}

#[test]
fn a_review_names_lines_of_the_file() {
    let text = ARGO.replace(
        "            retention: 1d",
        "            remoteWrite:\n              - url: https://example.com/write\n                wrong: 1",
    );

    let review = review(&text, &stack()).unwrap();

    let [(_, fault)] = &review.faults[..] else {
        panic!("{:?}", review.faults);
    };
    assert_eq!(fault.location.unwrap().line, 13, "{fault}");
}

#[test]
fn a_key_at_the_end_of_a_text_without_a_last_line_break_is_removed() {
    let entry = ARGO.replace("retention: 1d", "retention: 1d\n            remoteWrite:\n            - url: URL\n              azureAd: {managedIdentity: {clientId: 11111111-2222-3333-4444-555555555555}}\n              basicAuth: {username: {name: a, key: b}}");
    let entry = entry.replace("URL", crate::remote_write::samples::URL);

    for header in ["values: |-", "values: |", "values: |+"] {
        let source = entry.replace("values: |", header);
        let patched = patch(&source, &stack(), &remote_write(user_identity())).unwrap();

        assert!(!patched.text.contains("basicAuth"), "{}", patched.text);
        assert!(patched.text.contains(header), "{}", patched.text);
    }
}
