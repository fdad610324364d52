//! Which other writers a resource has: a controller that reverts manual changes, or `kubectl apply` with a file?

use std::cmp::Reverse;

use serde_json::Value;
use serde_yaml as yaml;

use super::marks::{self, MANAGER_LABEL};
use crate::next_step::{ChangeScope, NextStep};
use crate::spec::command_line::{KubeContext, kubectl, option};
use crate::target::Target;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How a resource is kept as it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ownership {
    pub(crate) owner: Option<Owner>,
    /// Several programs can apply a part of the resource each.
    pub(crate) appliers: Vec<Applier>,
}

/// Something that writes the resource again by itself, or with its next release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Helm {
        release: String,
    },
    ArgoCd {
        application: Option<String>,
    },
    /// `kind` is Kustomization or HelmRelease.
    Flux {
        kind: &'static str,
        name: String,
    },
    /// Another program that applies what it has as its own.
    Program {
        name: &'static str,
    },
    /// A program that is known only by the label that names the manager of a resource.
    Labelled {
        value: String,
    },
    /// Another resource, whose controller makes this one.
    Resource {
        kind: String,
        name: String,
    },
}

/// How `kubectl apply` or another client has applied a file to the resource. One that was created, edited or patched has none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Applier {
    /// With the file as it was applied last: what is in it, the next `kubectl apply` writes again.
    ClientSide(Value),
    /// `fields` is what the manager owns, as `fieldsV1` of the metadata.
    ServerSide { manager: String, fields: Value },
}

impl Ownership {
    /// From the metadata of a resource as the API server gives it.
    pub(crate) fn read(metadata: &Value) -> Self {
        Self {
            owner: owner(metadata),
            appliers: appliers(metadata),
        }
    }

    /// The one that has applied this file, by the fields that both have: applied by another one, the file would take away
    /// what only the file of that one has.
    pub(super) fn applier_of(&self, own: &yaml::Value) -> Option<&Applier> {
        // `min_by_key` takes the first of several that are equal, and the client-side one is the first.
        self.appliers.iter().min_by_key(|applier| {
            let all = applier.top_fields();
            let is_in_file = |(part, key): &&(&str, &str)| {
                let part = own.get(*part);
                part.is_some_and(|part| part.get(*key).is_some())
            };
            let present = all.iter().filter(is_in_file).count();
            (Reverse(present), all.len() - present)
        })
    }

    /// The keys of a ConfigMap that applying the file takes away, such as `data.rules.yml`. `own` is that file, and `after` the same
    /// with the connection in it.
    pub(crate) fn lost_keys(
        &self,
        live: &yaml::Value,
        own: &yaml::Value,
        after: &yaml::Value,
    ) -> Vec<String> {
        let applier = self.applier_of(own);
        let lost = |part: &'static str| {
            let keys = live[part].as_mapping().into_iter().flatten();
            keys.filter_map(|(key, _)| key.as_str())
                .filter(move |key| after[part].get(*key).is_none())
                // What no applied file had, the next one leaves alone.
                .filter(move |key| applier.is_some_and(|one| one.fields(&[part, *key]).is_some()))
                .map(move |key| format!("{part}.{key}"))
        };
        ["data", "binaryData"].into_iter().flat_map(lost).collect()
    }

    /// The next step with the user's own file, which describes the resource. `own` is what the file contains.
    pub(crate) fn after_own_file(
        &self,
        file: &str,
        own: &yaml::Value,
        namespace: Option<&str>,
        context: Option<&KubeContext>,
    ) -> NextStep {
        let apply = || match self.applier_of(own) {
            Some(Applier::ServerSide { manager, .. }) => {
                kubectl::apply_server_side(file, manager, namespace, context)
            }
            Some(Applier::ClientSide(_)) | None => kubectl::apply(file, namespace, context),
        };
        match &self.owner {
            Some(Owner::Labelled { value }) => {
                NextStep::from(apply()).only_if(does_not_undo(value))
            }
            Some(owner) => NextStep::from(owner.hand_over(file)).with_scope(ChangeScope::Cluster),
            None => apply().into(),
        }
    }
}

/// Completes "only if". The label alone does not show whether a program acts on it.
pub(super) fn does_not_undo(value: &str) -> String {
    format!("program `{value}` does not undo it")
}

impl Owner {
    /// What happens to a change by hand, and what to do instead. `has_file` is whether the user named a file of their own.
    /// `values` are those of a Helm release.
    pub(crate) fn warning(&self, reference: &str, has_file: bool, values: Target) -> String {
        let instead = match self {
            Self::ArgoCd { .. } | Self::Flux { .. } if has_file => {
                "commit the changed file to the repository that it reads".to_owned()
            }
            Self::Helm { .. } => format!(
                "change the values of the release instead: {}",
                option("--target", values)
            ),
            Self::ArgoCd { .. } | Self::Flux { .. } => {
                "change the file in its repository instead: --input FILE".to_owned()
            }
            Self::Program { .. } | Self::Labelled { .. } => {
                "change the manifest that it applies".to_owned()
            }
            Self::Resource { name, .. } => format!("change `{name}` instead"),
        };
        format!("{}{instead}", self.reverts(reference))
    }

    /// What happens to a change by hand; what to do instead follows.
    fn reverts(&self, what: &str) -> String {
        match self {
            Self::Helm { .. } => format!(
                "{self} owns {what}: its next upgrade reverts a manual change or stops with a conflict; "
            ),
            Self::ArgoCd { .. } | Self::Flux { .. } => {
                format!("{self} owns {what} and reverts manual changes; ")
            }
            Self::Program { .. } => format!("{self} manages {what} and reverts manual changes; "),
            Self::Labelled { value } => format!(
                "the label {MANAGER_LABEL} of {what} is `{value}`: if that program reverts manual changes, "
            ),
            Self::Resource { .. } => {
                format!("the controller of {self} owns {what} and reverts manual changes; ")
            }
        }
    }

    /// What to do with values of a chart that this installs.
    pub(crate) fn instead_of_helm(&self, reference: &str) -> String {
        format!(
            "{self} installs {reference} and reverts manual upgrades; put the values into the repository that it reads"
        )
    }

    /// What happens to a pod template that is patched by hand, and what to do instead.
    pub(crate) fn instead_of_pod_patch(&self, workload: &str) -> String {
        let place = match self {
            Self::Helm { .. } => "the values of the release".to_owned(),
            Self::ArgoCd { .. } | Self::Flux { .. } => "the repository that it reads".to_owned(),
            Self::Program { .. } | Self::Labelled { .. } => "what it applies".to_owned(),
            Self::Resource { name, .. } => format!("`{name}`"),
        };
        format!(
            "{}put what the pod needs into {place}",
            self.reverts(workload)
        )
    }

    /// What happens to annotations of a service account that are set by hand; `None` where they stay.
    ///
    /// Flux takes over every field that kubectl wrote (<https://fluxcd.io/flux/faq/#why-are-kubectl-edits-rolled-back-by-flux>).
    /// Helm and Argo CD keep annotations that their manifests do not have.
    pub(crate) fn instead_of_annotation(&self, account: &str) -> Option<String> {
        let Self::Flux {
            kind: "Kustomization",
            ..
        } = self
        else {
            return None;
        };
        Some(format!(
            "{self} owns service account {account} and reverts manual annotations; put them into the repository that \
             it reads"
        ))
    }

    /// What to do with the user's own file.
    pub(super) fn hand_over(&self, file: &str) -> String {
        match self {
            Self::Helm { .. } => {
                format!("put {file} where {self} takes it from, and upgrade the release")
            }
            Self::Program { .. } | Self::Labelled { .. } => {
                format!("put {file} where {self} takes it from")
            }
            Self::ArgoCd { .. } | Self::Flux { .. } => {
                format!("commit {file} to the repository that {self} reads")
            }
            Self::Resource { kind, name } => format!("change {kind} `{name}` as {file} shows it"),
        }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Helm { release } => write!(out, "Helm release `{release}`"),
            Self::ArgoCd {
                application: Some(application),
            } => write!(out, "Argo CD application `{application}`"),
            Self::ArgoCd { application: None } => write!(out, "Argo CD"),
            Self::Flux { kind, name } => write!(out, "Flux {kind} `{name}`"),
            Self::Program { name } => out.write_str(name),
            Self::Labelled { value } => write!(out, "program `{value}`"),
            Self::Resource { kind, name } => write!(out, "{kind} `{name}`"),
        }
    }
}

/// The parts of an object that files describe.
const PARTS: [&str; 3] = ["spec", "data", "binaryData"];

impl Applier {
    /// Whether the file that was applied sets what these keys lead to.
    pub(crate) fn has(&self, keys: &[String]) -> bool {
        self.fields(keys).is_some()
    }

    fn fields<Key: AsRef<str>>(&self, keys: &[Key]) -> Option<&Value> {
        let mut keys = keys.iter().map(AsRef::as_ref);
        match self {
            Self::ClientSide(last) => keys.try_fold(last, |at, key| at.get(key)),
            Self::ServerSide { fields, .. } => {
                keys.try_fold(fields, |at, key| at.get(format!("f:{key}")))
            }
        }
    }

    /// Part and key of the uppermost fields that it applies.
    fn top_fields(&self) -> Vec<(&'static str, &str)> {
        let below = |part: &'static str| {
            let fields = self.fields(&[part]).and_then(Value::as_object);
            let keys = fields.into_iter().flat_map(|fields| fields.keys());
            keys.filter_map(move |key| match self {
                Self::ClientSide(_) => Some((part, key.as_str())),
                // `.` is the part itself.
                Self::ServerSide { .. } => Some((part, key.strip_prefix("f:")?)),
            })
        };
        PARTS.into_iter().flat_map(below).collect()
    }
}

/// Flux and Argo CD come first: what they install of a chart can carry Helm's marks too.
fn owner(metadata: &Value) -> Option<Owner> {
    let text = |place: &str, key: &str| {
        let value = metadata[place][key].as_str();
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let flux = [
        ("HelmRelease", "helm.toolkit.fluxcd.io/name"),
        ("Kustomization", "kustomize.toolkit.fluxcd.io/name"),
    ];
    let flux = flux.into_iter().find_map(|(kind, label)| {
        Some(Owner::Flux {
            kind,
            name: text("labels", label)?,
        })
    });
    let helm = || text("annotations", "meta.helm.sh/release-name");
    flux.or_else(|| argo_cd(metadata, text))
        // Fleet installs by Helm.
        .or_else(|| marks::program(metadata).map(|name| Owner::Program { name }))
        .or_else(|| helm().map(|release| Owner::Helm { release }))
        .or_else(|| controller(metadata))
        .or_else(|| marks::labelled(metadata).map(|value| Owner::Labelled { value }))
}

/// <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>: the tracking id is `APPLICATION:GROUP/KIND:…`.
/// Helm and others set the label `app.kubernetes.io/instance` too, so it counts only with Argo CD's field manager.
fn argo_cd(metadata: &Value, text: impl Fn(&str, &str) -> Option<String>) -> Option<Owner> {
    let tracked = text("annotations", "argocd.argoproj.io/tracking-id");
    let tracked = tracked.and_then(|id| Some(id.split_once(':')?.0.to_owned()));
    let labelled = || text("labels", "argocd.argoproj.io/instance");
    let is_manager = managers(metadata).any(|field| {
        let name = field["manager"].as_str().unwrap_or_default();
        name.starts_with("argocd-") && name.ends_with("controller")
    });
    match tracked.or_else(labelled) {
        Some(application) => Some(Owner::ArgoCd {
            application: Some(application),
        }),
        None if is_manager => Some(Owner::ArgoCd {
            application: text("labels", "app.kubernetes.io/instance"),
        }),
        None => None,
    }
}

fn controller(metadata: &Value) -> Option<Owner> {
    let owners = metadata["ownerReferences"].as_array()?;
    // Of several owners at most one is the controller; the others only keep the object from being collected.
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    Some(Owner::Resource {
        kind: owner["kind"].as_str()?.to_owned(),
        name: owner["name"].as_str()?.to_owned(),
    })
}

fn managers(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["managedFields"].as_array().into_iter().flatten()
}

fn appliers(metadata: &Value) -> Vec<Applier> {
    let last = metadata["annotations"][LAST_APPLIED].as_str();
    // Only client-side apply writes this annotation; it is the whole file, as JSON.
    let last = last.and_then(|text| serde_json::from_str(text).ok());
    // Status controllers apply too, but own nothing of what files describe.
    let server_side = managers(metadata).filter(|field| {
        let fields = &field["fieldsV1"];
        let has_content = PARTS.map(|part| format!("f:{part}"));
        let has_content = has_content
            .iter()
            .any(|part| fields.get(part.as_str()).is_some());
        field["operation"] == "Apply" && has_content
    });
    let server_side = server_side.map(|field| Applier::ServerSide {
        manager: field["manager"].as_str().unwrap_or_default().to_owned(),
        fields: field["fieldsV1"].clone(),
    });
    let client_side = last.map(Applier::ClientSide);
    client_side.into_iter().chain(server_side).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn owner_of(metadata: &Value) -> Option<String> {
        Ownership::read(metadata)
            .owner
            .map(|owner| owner.to_string())
    }

    #[test]
    fn every_controller_is_known_by_its_own_marks() {
        for (metadata, expected) in [
            (
                json!({"annotations": {"meta.helm.sh/release-name": "kps"}}),
                "Helm release `kps`",
            ),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:monitoring.coreos.com/Prometheus:m/plain"}}),
                "Argo CD application `shop`",
            ),
            (
                json!({"labels": {"argocd.argoproj.io/instance": "shop"}}),
                "Argo CD application `shop`",
            ),
            (
                json!({"labels": {"app.kubernetes.io/instance": "shop"},
                       "managedFields": [{"manager": "argocd-controller", "operation": "Apply"}]}),
                "Argo CD application `shop`",
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
                "Flux Kustomization `apps`",
            ),
            (
                json!({"labels": {"helm.toolkit.fluxcd.io/name": "kps"},
                       "annotations": {"meta.helm.sh/release-name": "kps"}}),
                "Flux HelmRelease `kps`",
            ),
            (
                json!({"annotations": {"objectset.rio.cattle.io/id": "x", "meta.helm.sh/release-name": "kps"}}),
                "Rancher Fleet",
            ),
            (
                json!({"annotations": {"config.k8s.io/owning-inventory": "x"}}),
                "kpt or Config Sync",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "pulumi"}}),
                "Pulumi",
            ),
            (
                json!({"managedFields": [{"manager": "HashiCorp", "operation": "Update", "fieldsV1": {"f:spec": {}}}]}),
                "Terraform",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "team-platform"}}),
                "program `team-platform`",
            ),
            (
                json!({"ownerReferences": [{"kind": "MonitoringStack", "name": "team", "controller": true}]}),
                "MonitoringStack `team`",
            ),
        ] {
            assert_eq!(owner_of(&metadata).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_file_that_was_named_is_not_asked_for() {
        let flux = Owner::Flux {
            kind: "Kustomization",
            name: "apps".into(),
        };

        assert!(
            flux.warning("m/plain", false, Target::MOST_COMMON)
                .ends_with("--input FILE")
        );
        assert_eq!(
            flux.warning("m/plain", true, Target::MOST_COMMON),
            "Flux Kustomization `apps` owns m/plain and reverts manual changes; commit the changed file to the repository that it reads"
        );
    }

    #[test]
    fn a_label_that_others_set_too_makes_no_owner() {
        let labels =
            json!({"app.kubernetes.io/instance": "k8s", "app.kubernetes.io/managed-by": "Helm"});
        let managers = json!([{"manager": "kubectl-client-side-apply", "operation": "Update"}]);

        assert_eq!(
            owner_of(&json!({"labels": labels, "managedFields": managers})),
            None
        );
        assert_eq!(owner_of(&json!({})), None);
    }

    #[test]
    fn keys_that_only_another_manager_applied_stay_in_a_config_map() {
        let ownership = Ownership::read(&json!({"managedFields": [
            {"manager": "rules", "operation": "Apply", "fieldsV1": {"f:data": {"f:rules.yml": {}}}},
            {"manager": "shop", "operation": "Apply", "fieldsV1": {
                "f:data": {"f:prometheus.yml": {}, "f:web.yml": {}}, "f:binaryData": {"f:sd.gz": {}}}},
        ]}));
        let read = |text: &str| -> yaml::Value { yaml::from_str(text).unwrap() };
        let live =
            read("data: {prometheus.yml: a, web.yml: b, rules.yml: c}\nbinaryData: {sd.gz: x}");
        let own = read("data: {prometheus.yml: a}");

        assert_eq!(
            ownership.lost_keys(&live, &own, &own),
            ["data.web.yml", "binaryData.sd.gz"]
        );
    }

    #[test]
    fn a_created_resource_was_not_applied() {
        let created = json!({"managedFields": [
            {"manager": "kubectl-create", "operation": "Update", "fieldsV1": {"f:spec": {}}},
            {"manager": "PrometheusOperator", "operation": "Apply", "subresource": "status",
             "fieldsV1": {"f:status": {}}},
        ]});

        assert_eq!(Ownership::read(&created).appliers, []);
    }
}
