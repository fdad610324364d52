//! The next steps after a migration: how to apply it, what to watch for, and how to go back.

use super::detected_setup::DetectedSetup;
use super::native::NativeForm;
use crate::compat::SIDECAR_END_OF_SUPPORT;
use crate::next_step::{CommandLine, NextStep};

/// How the native form is applied to Prometheus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeliveryInfo {
    /// The command, such as `kubectl diff -f prometheus.yaml`.
    pub(crate) apply: Vec<NextStep>,
    pub(crate) rollback: Rollback,
    /// The file that describes the pod, where that is another one.
    pub(crate) manifest: Option<String>,
}

/// How to restore the sidecar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rollback {
    /// Completes "to go back, ".
    Sentence(String),
    Command(CommandLine),
}

/// The steps, in the order in which they matter.
pub(crate) fn next_steps(
    found: &DetectedSetup,
    native: &NativeForm,
    delivery: &DeliveryInfo,
) -> Vec<NextStep> {
    let mut steps = delivery.apply.clone();
    let name = found
        .sidecar
        .as_ref()
        .map_or("the proxy", |sidecar| sidecar.name.as_str());
    if found.position.is_some() {
        steps.push(
            "the pod restarts without the container, and samples that it has not sent by then are lost".into(),
        );
    } else if let Some(proxy) = &found.elsewhere {
        steps.push(
            format!("once samples arrive, and if no other program sends to it, delete {proxy} and its Service")
                .into(),
        );
    } else if found.sidecar.is_some() {
        let manifest = delivery.manifest.as_deref().unwrap_or("the pod");
        steps.push(format!(
            "once samples arrive, remove container `{name}` and the volumes that only it uses from {manifest}"
        ).into());
    }
    // Nothing documents that Azure takes equal samples of two writers for one.
    let both = match native.replacement.gone.is_empty() {
        true => {
            "the new remote write replaces the old one: if both run at the same time, every sample arrives twice"
        }
        false => {
            "until this is applied, both remote writes send every sample, so each arrives twice"
        }
    };
    steps.push(both.into());
    steps.push(rollback_step(&delivery.rollback));
    if let Some(more) = &found.more {
        steps.push(
            format!("container `{more}` is a proxy too: run the command again for it").into(),
        );
    }
    steps
}

fn rollback_step(rollback: &Rollback) -> NextStep {
    let until = format!("Microsoft supports the sidecar until {SIDECAR_END_OF_SUPPORT}");
    match rollback {
        Rollback::Sentence(back) => format!("to go back, {back}; {until}").into(),
        Rollback::Command(command) => {
            NextStep::from(command.clone()).only_if(format!("you want to go back; {until}"))
        }
    }
}
