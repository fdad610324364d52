//! The next steps after a migration: how to apply it, what to watch for, and how to go back.

use super::detect::DetectedSetup;
use super::native::NativeForm;
use crate::compat::SIDECAR_END_OF_SUPPORT;

/// How the native form gets to Prometheus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeliveryInfo {
    /// The command, such as `kubectl diff -f prometheus.yaml`.
    pub(crate) apply: String,
    /// Completes "to go back, ".
    pub(crate) way_back: String,
    /// The file that describes the pod, where that is another one.
    pub(crate) manifest: Option<String>,
}

/// Sentences, in the order in which they matter.
pub(crate) fn next_steps(
    found: &DetectedSetup,
    native: &NativeForm,
    delivery: &DeliveryInfo,
) -> Vec<String> {
    let mut steps = vec![delivery.apply.clone()];
    let name = found
        .sidecar
        .as_ref()
        .map_or("the proxy", |sidecar| sidecar.name.as_str());
    if found.position.is_some() {
        steps.push(
            "the pod restarts without the container, and samples that it has not sent by then are lost".to_owned(),
        );
    } else if found.sidecar.is_some() {
        let manifest = delivery.manifest.as_deref().unwrap_or("the pod");
        steps.push(format!(
            "once samples arrive, remove container `{name}` and the volumes that only it uses from {manifest}"
        ));
    }
    let both = match native.replacement.gone.is_empty() {
        true => {
            "the new remote write replaces the old one: if both run at the same time, every sample arrives twice"
        }
        false => {
            "until this is applied, both remote writes send every sample, so each arrives twice"
        }
    };
    steps.push(both.to_owned());
    let back = &delivery.way_back;
    steps.push(format!(
        "to go back, {back}; Microsoft supports the sidecar until {SIDECAR_END_OF_SUPPORT}"
    ));
    if let Some(more) = &found.more {
        steps.push(format!(
            "container `{more}` is a proxy too: run the command again for it"
        ));
    }
    steps
}
