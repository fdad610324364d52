//! What a file has about the pod of Prometheus: which version it runs, and as which service account.

use serde_yaml::Value;

use super::Version;
use crate::target::{PodPaths, Target, at_path};

/// What the file contains. It counts more than what runs now: it is what will run when the file is applied.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct DescribedPod {
    pub(crate) version: Option<Version>,
    /// The Operator that the chart installs; `None` where that has all that a connection needs.
    pub(crate) operator: Option<Version>,
    /// The name of its service account.
    pub(crate) account: Option<String>,
    /// The resource names none, and `account` is what Kubernetes takes. The one that runs may have another.
    pub(crate) is_implied_account: bool,
    pub(crate) namespace: Option<String>,
    /// The account is the user's own: the chart renders none, so annotations in its values have no effect.
    pub(crate) has_own_account: bool,
}

impl DescribedPod {
    /// `found` is without the keys of a parent chart.
    pub(crate) fn of(target: Target, found: &Value) -> Self {
        let Some(pod) = target.pod() else {
            return Self::default();
        };
        let text = |path: &[&str]| at_path(found, path)?.as_str();
        let name = pod.account_name.and_then(text);
        let name = name.filter(|name| !name.is_empty());
        let has_own_account = pod.has_own_account(found);
        let is_implied_account = name.is_none() && !target.is_chart();
        let namespace = text(&["metadata", "namespace"]).filter(|_| !target.is_chart());
        Self {
            version: pod.version(found),
            operator: target
                .is_operated()
                .then(|| operator_image(found))
                .flatten(),
            account: match name {
                // Without a name and without creating one, the chart leaves `serviceAccountName` to Kubernetes.
                None if has_own_account || is_implied_account => Some("default".to_owned()),
                name => name.map(str::to_owned),
            },
            is_implied_account,
            namespace: namespace.map(str::to_owned),
            has_own_account,
        }
    }
}

/// The version of the Operator that values set instead of that of their chart.
fn operator_image(found: &Value) -> Option<Version> {
    // Another release has the Operator then, and this tag is not used.
    if at_path(found, &["prometheusOperator", "enabled"]).is_some_and(|enabled| *enabled == false) {
        return None;
    }
    let tag = at_path(found, &["prometheusOperator", "image", "tag"])?;
    Version::in_image(tag.as_str()?)
}

impl PodPaths {
    /// The version of Prometheus in the file.
    pub(crate) fn version(&self, found: &Value) -> Option<Version> {
        let texts = self
            .versions
            .iter()
            .filter_map(|path| at_path(found, path)?.as_str());
        // A digest alone names no version. The Operator runs the image and writes the configuration for `version`, so
        // the older of both decides. `azuread` needs 2.45, so a tag below 2.0 is an internal build number.
        let versions = texts.filter_map(Version::in_image);
        versions
            .filter(|version| version.is_at_least((2, 0, 0)))
            .reduce(Version::older)
    }

    /// Whether the file turns off the service account of the chart.
    pub(crate) fn has_own_account(&self, found: &Value) -> bool {
        let create = self.account_create.and_then(|path| at_path(found, path));
        create.is_some_and(|create| *create == false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(target: Target, text: &str) -> DescribedPod {
        DescribedPod::of(target, &serde_yaml::from_str(text).unwrap())
    }

    #[test]
    fn a_resource_names_its_version_account_and_namespace() {
        let text =
            "{metadata: {namespace: shop}, spec: {version: v3.6.0, serviceAccountName: prom}}";

        let described = described(Target::CustomResource, text);

        assert_eq!(described.version, "v3.6.0".parse().ok());
        assert_eq!(described.account.as_deref(), Some("prom"));
        assert_eq!(described.namespace.as_deref(), Some("shop"));
        assert!(!described.has_own_account);
    }

    #[test]
    fn a_resource_without_an_account_runs_as_the_default_one() {
        let unnamed = described(Target::CustomResource, "{spec: {version: v3.6.0}}");
        let values = described(
            Target::KubePrometheusStack,
            "prometheus: {prometheusSpec: {}}",
        );

        assert_eq!(unnamed.account.as_deref(), Some("default"));
        assert!(unnamed.is_implied_account);
        assert_eq!(values.account, None);
    }

    #[test]
    fn of_a_version_and_an_image_the_older_one_counts() {
        let resource =
            |spec: &str| described(Target::CustomResource, &format!("{{spec: {{{spec}}}}}"));
        let image = "quay.io/prometheus/prometheus";

        let older = resource(&format!("version: v3.14.0, image: '{image}:v3.5.0'"));
        let newer = resource(&format!("version: v3.5.0, image: '{image}:v3.14.0'"));
        let own_build = resource("version: v3.14.0, image: 'registry.example/prom:1.2.3'");
        let values = described(
            Target::KubePrometheusStack,
            "prometheus: {prometheusSpec: {version: v3.14.0, image: {tag: v3.5.0}}}",
        );

        for found in [older, newer, values] {
            assert_eq!(found.version, "v3.5.0".parse().ok());
        }
        assert_eq!(own_build.version, "v3.14.0".parse().ok());
    }

    #[test]
    fn an_account_that_the_chart_does_not_make_is_the_users_own() {
        let stack = "prometheus: {serviceAccount: {create: false, name: prom}, prometheusSpec: {image: {tag: v2.55.1}}}";
        let chart = "{serviceAccounts: {server: {create: false}}, server: {image: {tag: v3.5.0}}}";

        let stack = described(Target::KubePrometheusStack, stack);
        let chart = described(Target::PrometheusChart, chart);

        assert_eq!(stack.version, "v2.55.1".parse().ok());
        assert_eq!(stack.account.as_deref(), Some("prom"));
        assert_eq!(chart.account.as_deref(), Some("default"));
        assert!(stack.has_own_account && chart.has_own_account);
    }

    #[test]
    fn a_file_without_a_pod_decides_nothing() {
        let empty = described(
            Target::KubePrometheusStack,
            "prometheus: {prometheusSpec: {}}",
        );

        assert_eq!(empty, DescribedPod::default());
        assert_eq!(
            described(Target::PrometheusYml, "metadata: {namespace: x}"),
            DescribedPod::default()
        );
    }
}
