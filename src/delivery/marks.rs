//! The marks by which programs know what they manage, beyond Helm, Argo CD and Flux, whose names of releases are read too.

use serde_json::Value;

/// The label that names the manager of a resource
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>).
pub(super) const MANAGER_LABEL: &str = "app.kubernetes.io/managed-by";

/// Where a mark is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MarkPlace {
    Label,
    Annotation,
    /// The name of a manager in `managedFields` that wrote more than the status.
    FieldManager,
}
use MarkPlace::{Annotation, FieldManager, Label};

struct OwnerMark {
    place: MarkPlace,
    /// What the key, or the name of the manager, begins with.
    start: &'static str,
    /// Of a label or annotation, in lower case; `None` for any.
    value: Option<&'static str>,
    program: &'static str,
}

/// With any value.
const fn mark(place: MarkPlace, start: &'static str, program: &'static str) -> OwnerMark {
    OwnerMark {
        place,
        start,
        value: None,
        program,
    }
}

impl OwnerMark {
    const fn with_value(self, value: &'static str) -> Self {
        Self {
            value: Some(value),
            ..self
        }
    }
}

const FLEET: &str = "Rancher Fleet";
const CONFIG_SYNC: &str = "kpt or Config Sync";
const PULUMI: &str = "Pulumi";
const TERRAFORM: &str = "Terraform";
const KAPP: &str = "Carvel kapp";
const CROSSPLANE: &str = "Crossplane";
const ADD_ONS: &str = "the add-on manager of the cluster";

/// What these programs write on the resources that they keep. A mark that a later release no longer writes costs nothing.
const MARKS: [OwnerMark; 20] = [
    mark(Annotation, "objectset.rio.cattle.io/", FLEET),
    mark(Label, "objectset.rio.cattle.io/", FLEET),
    mark(FieldManager, "fleetagent", FLEET),
    mark(Annotation, "config.k8s.io/owning-inventory", CONFIG_SYNC),
    mark(Annotation, "configmanagement.gke.io/managed", CONFIG_SYNC).with_value("enabled"),
    mark(Annotation, "configsync.gke.io/", CONFIG_SYNC),
    mark(FieldManager, "configsync", CONFIG_SYNC),
    mark(Label, MANAGER_LABEL, PULUMI).with_value("pulumi"),
    mark(Annotation, "pulumi.com/", PULUMI),
    mark(FieldManager, "pulumi-kubernetes", PULUMI),
    mark(Label, MANAGER_LABEL, TERRAFORM).with_value("terraform"),
    mark(FieldManager, "Terraform", TERRAFORM),
    mark(FieldManager, "HashiCorp", TERRAFORM),
    mark(Label, "kapp.k14s.io/app", KAPP),
    mark(Label, "olm.owner", "the Operator Lifecycle Manager"),
    mark(Label, "crossplane.io/", CROSSPLANE),
    mark(Annotation, "crossplane.io/", CROSSPLANE),
    mark(Label, "tanka.dev/environment", "Grafana Tanka"),
    mark(Label, "addonmanager.kubernetes.io/mode", ADD_ONS).with_value("reconcile"),
    mark(
        Label,
        "applyset.kubernetes.io/part-of",
        "an ApplySet of kubectl",
    ),
];

/// Values of the label that name no program which undoes a change: a person, this program, and charts that were rendered
/// and applied by hand; what Helm itself installs has its annotations.
const NO_OWNERS: [&str; 4] = ["amw-rw", "helm", "kubectl", "manual"];

/// The program whose mark a resource has.
pub(super) fn program(metadata: &Value) -> Option<&'static str> {
    let mark = MARKS.iter().find(|mark| mark.is_on(metadata))?;
    Some(mark.program)
}

/// The program that the label names, if it is none that is known.
pub(super) fn labelled(metadata: &Value) -> Option<String> {
    let value = metadata["labels"][MANAGER_LABEL].as_str()?;
    let lower = value.to_lowercase();
    // Kustomize adds its version.
    let is_owner = !lower.is_empty()
        && !NO_OWNERS.contains(&lower.as_str())
        && !lower.starts_with("kustomize");
    is_owner.then(|| value.to_owned())
}

impl OwnerMark {
    fn is_on(&self, metadata: &Value) -> bool {
        let has = |place: &str| {
            let entries = metadata[place].as_object();
            entries.is_some_and(|entries| {
                entries.iter().any(|(key, value)| {
                    let value = value.as_str().unwrap_or_default().to_lowercase();
                    key.starts_with(self.start)
                        && self.value.is_none_or(|expected| value == expected)
                })
            })
        };
        match self.place {
            Label => has("labels"),
            Annotation => has("annotations"),
            FieldManager => {
                let fields = metadata["managedFields"].as_array();
                fields.into_iter().flatten().any(|field| {
                    let manager = field["manager"].as_str().unwrap_or_default();
                    manager.starts_with(self.start) && field["subresource"].is_null()
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_mark_names_its_program() {
        for mark in &MARKS {
            let value = mark.value.unwrap_or("x");
            let metadata = match mark.place {
                Label => json!({"labels": {mark.start: value}}),
                Annotation => json!({"annotations": {mark.start: value}}),
                FieldManager => json!({"managedFields": [{"manager": mark.start}]}),
            };

            assert_eq!(program(&metadata), Some(mark.program), "{}", mark.start);
        }
    }

    #[test]
    fn the_documentation_names_every_program_with_its_marks() {
        let page = include_str!("../../docs/patching.md");
        for mark in &MARKS {
            let has = |line: &str| {
                line.contains(mark.program) && line.contains(&format!("`{}", mark.start))
            };
            assert!(page.lines().any(has), "{}: {}", mark.program, mark.start);
        }
        for value in NO_OWNERS {
            assert!(page.contains(&format!("`{value}`")), "{value}");
        }
    }

    #[test]
    fn marks_of_people_and_of_status_make_no_owner() {
        for value in NO_OWNERS {
            let metadata = json!({"labels": {MANAGER_LABEL: value}});
            assert_eq!((program(&metadata), labelled(&metadata)), (None, None));
        }
        let built = json!({"labels": {MANAGER_LABEL: "kustomize-v5.7.1"}});
        assert_eq!(labelled(&built), None);
        let of_status =
            json!({"managedFields": [{"manager": "Terraform", "subresource": "status"}]});
        assert_eq!(program(&of_status), None);
        let released = json!({"annotations": {"configmanagement.gke.io/managed": "disabled"}});
        assert_eq!(program(&released), None);
    }
}
