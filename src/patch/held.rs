//! Generated files that are a part of another one: in a ConfigMap, in a resource of Flux or Argo CD, next to other documents.

use proptest::prelude::*;

use super::generate::{GeneratedFile, any_file};
use crate::target::Target;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\ndata:\n  rules.yml: |\n    groups:\n    - name: |\n        a\n  prometheus.yml: |\n";
const FLUX: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: a\nspec:\n  postRenderers:\n    - kustomize:\n        patches: []\n  values:\n";
const ARGO: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  source:\n    chart: kube-prometheus-stack\n    helm:\n      values: |\n";
const RULES: &str = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n    - name: a\n      rules:\n        - expr: |\n            sum(a)\n---\n";

/// Any file within something else, where its target has that.
pub(super) fn held_file() -> impl Strategy<Value = GeneratedFile> {
    (any_file(), any::<bool>()).prop_map(|(file, is_text)| {
        let (target, text) = match file.target {
            Target::PrometheusYml => (Target::ConfigMap, below(CONFIG_MAP, &file.text)),
            Target::KubePrometheusStack if is_text => (file.target, below(ARGO, &file.text)),
            Target::KubePrometheusStack => (file.target, below(FLUX, &file.text)),
            target => (target, format!("{RULES}{}", file.text)),
        };
        GeneratedFile {
            target,
            text,
            ..file
        }
    })
}

fn below(head: &str, text: &str) -> String {
    let last = head.lines().last().unwrap_or_default();
    let indent = last.len() - last.trim_start().len() + 2;
    let bare = text.replace(['\r', '\u{feff}'], "");
    let lines = bare.trim_end().lines().map(|line| match line {
        "" => "\n".to_owned(),
        line if line.starts_with("---") => "\n".to_owned(),
        line => format!("{:indent$}{line}\n", ""),
    });
    format!("{head}{}", lines.collect::<String>())
}
