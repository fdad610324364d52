//! How does a change reach a Prometheus resource of the cluster, so that what others wrote there stays?

mod changes;
mod configuration;
mod losses;
mod marks;
mod ownership;
mod schema;
mod sides;
mod values;

use ownership::Applier;
use serde_yaml::Value;

pub(crate) use changes::{ValueChange, changes};
pub(crate) use configuration::missing;
pub(crate) use ownership::{Owner, Ownership};
pub(crate) use schema::missing_fields;
pub(crate) use sides::LiveAndDesired;
pub(crate) use values::lost_values;

use crate::next_step::NextStep;
use crate::render::ManifestResource;
use crate::spec::command_line::KubeContext;
use crate::target::Target;

/// A resource as the cluster has it.
#[derive(Debug, Clone)]
pub(crate) struct LiveResource {
    pub(crate) resource: ManifestResource,
    /// As YAML, without what the API server and the Operator added.
    pub(crate) text: String,
    pub(crate) ownership: Ownership,
}

impl LiveResource {
    /// What happens to a change by hand where a controller owns the resource; `None` where nothing undoes it.
    /// `has_file` is whether the user named a file of their own.
    pub(crate) fn warning(&self, has_file: bool) -> Option<String> {
        let owner = self.ownership.owner.as_ref()?;
        let values = Target::of_release(true);
        Some(owner.warning(&self.resource.reference(), has_file, values))
    }

    /// The next step with a JSON Patch that was written to `file`.
    pub(crate) fn after_patch(&self, file: &str, context: Option<&KubeContext>) -> NextStep {
        let line = || self.resource.patch_line(file, context);
        match (&self.ownership.owner, self.warning(false)) {
            (Some(Owner::Labelled { value }), _) => {
                NextStep::from(line()).only_if(ownership::does_not_undo(value))
            }
            // A line that is undone by the owner, or that makes its next run fail, is no way to go on.
            (_, Some(warning)) => warning.into(),
            (_, None) => line().into(),
        }
    }

    /// The next step with the user's own file, which describes the resource. `own` is what the file contains.
    pub(crate) fn after_own_file(
        &self,
        file: &str,
        own: &Value,
        context: Option<&KubeContext>,
    ) -> NextStep {
        let namespace = Some(&*self.resource.namespace);
        self.ownership.after_own_file(file, own, namespace, context)
    }

    /// What happens to these changes when their owners write the resource again. Each change is the keys that lead to it.
    /// `effect` completes "the next `kubectl apply` …".
    pub(crate) fn notes(&self, changes: &[Vec<String>], effect: &str) -> Vec<String> {
        if self.ownership.owner.is_some() {
            return Vec::new();
        }
        let appliers = self.ownership.appliers.iter();
        appliers
            .filter_map(|applier| self.note(applier, changes, effect))
            .collect()
    }

    fn note(&self, applier: &Applier, changes: &[Vec<String>], effect: &str) -> Option<String> {
        let mut fields: Vec<String> = changes
            .iter()
            .filter(|keys| applier.has(keys))
            .map(|keys| format!("`{}`", keys.join(".")))
            .collect();
        fields.dedup();
        if fields.is_empty() {
            return None;
        }
        let fields = fields.join(" and ");
        let add = "add the connection to your own file too: --input FILE";
        let reference = self.resource.reference();
        Some(match applier {
            Applier::ClientSide(_) => format!(
                "your own file of {reference} sets {fields}, so the next `kubectl apply` of it {effect}; {add}"
            ),
            Applier::ServerSide { manager, .. } => format!(
                "field manager `{manager}` owns {fields} of {reference}, so its next server-side apply stops with a conflict; \
                 {add}"
            ),
        })
    }

    /// What the running resource has, and what applying the user's own file takes away. `own` is that file before the
    /// connection was put into it.
    pub(crate) fn losses(&self, own: &Value, after: &Value) -> Vec<String> {
        let live = self.data();
        let live = &live;
        let applier = self.ownership.applier_of(own);
        let lost = losses::losses(LiveAndDesired { live, own, after }, applier);
        let reference = self.resource.reference();
        lost.into_iter()
            .map(|lost| match lost.item {
                Some(item) => format!(
                    "`{}` of {reference} has `{item}`, which this file does not have: applying the file removes it",
                    lost.path
                ),
                None => format!(
                    "{reference} has `{}`, which this file does not have: applying the file removes it",
                    lost.path
                ),
            })
            .collect()
    }

    /// Which values of the running resource applying the user's own file changes.
    pub(crate) fn changes(&self, own: &Value, after: &Value) -> Vec<ValueChange> {
        let live = self.data();
        let parts = ["labels", "annotations"].map(|part| (vec!["metadata", part], "metadata."));
        let parts = parts.into_iter().chain([(vec!["spec"], "")]);
        parts
            .flat_map(|(path, before)| {
                let at = |value| {
                    let found = path.iter().try_fold(value, |at: &Value, key| at.get(*key));
                    found.unwrap_or(&Value::Null)
                };
                let [live, own, after] = [at(&live), at(own), at(after)];
                let name = path.last().copied().unwrap_or_default();
                changes(
                    LiveAndDesired { live, own, after },
                    &format!("{before}{name}"),
                )
            })
            .collect()
    }

    fn data(&self) -> Value {
        serde_yaml::from_str(&self.text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::target::resource_kind::ResourceKind;

    fn live(metadata: &serde_json::Value) -> LiveResource {
        LiveResource {
            resource: ManifestResource::new(ResourceKind::Prometheus, "monitoring", "plain"),
            text: "spec: {remoteWrite: [{name: mimir}, {name: azure}]}".to_owned(),
            ownership: Ownership::read(metadata),
        }
    }

    fn applied(spec: &str) -> LiveResource {
        let last = format!(r#"{{"kind": "Prometheus", "spec": {spec}}}"#);
        live(&json!({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": last}}))
    }

    fn changes() -> Vec<Vec<String>> {
        let keys = |path: &str| path.split('.').map(str::to_owned).collect();
        vec![keys("spec.remoteWrite"), keys("spec.podMetadata")]
    }

    #[test]
    fn a_resource_that_nothing_owns_is_patched() {
        assert_eq!(
            applied("{}").after_patch("cr.yaml", Some(&KubeContext::existing("aks prod"))),
            "kubectl patch prometheuses.monitoring.coreos.com plain -n monitoring --type json --patch-file cr.yaml \
             --context 'aks prod'"
        );
    }

    #[test]
    fn a_list_of_the_users_own_file_would_be_applied_over_ours() {
        let with_list =
            applied(r#"{"remoteWrite": []}"#).notes(&changes(), "takes this connection out again");
        let without =
            applied(r#"{"replicas": 2}"#).notes(&changes(), "takes this connection out again");

        assert_eq!(
            with_list,
            [
                "your own file of monitoring/plain sets `spec.remoteWrite`, so the next `kubectl apply` of it takes this \
                 connection out again; add the connection to your own file too: --input FILE"
            ]
        );
        assert_eq!(without, [""; 0]);
    }

    #[test]
    fn a_list_that_was_applied_server_side_ends_in_a_conflict() {
        let fields = json!({"f:spec": {"f:remoteWrite": {}}});
        let live = live(&json!({"managedFields": [
            {"manager": "team-a", "operation": "Apply", "fieldsV1": fields}]}));

        assert_eq!(
            live.notes(&changes(), "takes this connection out again"),
            [
                "field manager `team-a` owns `spec.remoteWrite` of monitoring/plain, so its next server-side apply stops \
                 with a conflict; add the connection to your own file too: --input FILE"
            ]
        );
        assert_eq!(
            live.after_own_file("cr.yaml", &Value::Null, None),
            "kubectl apply --server-side --field-manager team-a -f cr.yaml -n monitoring"
        );
    }

    #[test]
    fn each_of_several_managers_keeps_what_it_applied() {
        let fields = |keys: serde_json::Value| json!({"f:spec": keys});
        let live = live(&json!({"managedFields": [
            {"manager": "team-a", "operation": "Apply",
             "fieldsV1": fields(json!({"f:replicas": {}, "f:version": {}}))},
            {"manager": "team-b", "operation": "Apply",
             "fieldsV1": fields(json!({"f:remoteWrite": {}, "f:podMetadata": {"f:labels": {}}}))},
        ]}));
        let file = |text: &str| -> Value { serde_yaml::from_str(text).unwrap() };
        let of_a = file("spec: {replicas: 2, version: v3.14.0}");
        let of_b = file("spec: {remoteWrite: [{name: mimir}, {name: azure}], podMetadata: {}}");

        assert_eq!(
            live.notes(&changes(), "takes this connection out again"),
            [
                "field manager `team-b` owns `spec.remoteWrite` and `spec.podMetadata` of monitoring/plain, so its next \
                 server-side apply stops with a conflict; add the connection to your own file too: --input FILE"
            ]
        );
        for (own, manager) in [(of_a, "team-a"), (of_b, "team-b")] {
            let line = live.after_own_file("cr.yaml", &own, None).line();
            assert!(
                line.contains(&format!("--field-manager {manager} ")),
                "{line}"
            );
        }
    }

    #[test]
    fn no_line_is_given_that_helm_would_undo() {
        let live = live(&json!({"annotations": {"meta.helm.sh/release-name": "kps"}}));

        assert_eq!(
            live.after_patch("cr.yaml", None),
            "Helm release `kps` owns monitoring/plain: its next upgrade reverts a manual change or stops with a conflict; \
             change the values of the release instead: --target kube-prometheus-stack"
        );
        assert_eq!(
            live.after_own_file("cr.yaml", &Value::Null, None),
            "put cr.yaml where Helm release `kps` takes it from, and upgrade the release"
        );
    }

    #[test]
    fn a_label_alone_leaves_the_decision_to_the_user() {
        let live = live(&json!({"labels": {"app.kubernetes.io/managed-by": "team-platform"}}));

        let line = live.after_patch("cr.yaml", None).line();

        assert!(
            line.contains("only if program `team-platform` does not undo it"),
            "{line}"
        );
        assert!(line.contains("kubectl patch "), "{line}");
    }

    #[test]
    fn what_only_the_cluster_has_is_named() {
        let file = serde_yaml::from_str("spec: {remoteWrite: [{name: azure}]}").unwrap();

        let losses = applied("{}").losses(&file, &file);

        assert_eq!(
            losses,
            [
                "`spec.remoteWrite` of monitoring/plain has `mimir`, which this file does not have: applying the file removes it"
            ]
        );
    }
}
