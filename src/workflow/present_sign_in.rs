//! Does this connection sign in in another way already? The default of `--auth` does not change that without a word.

use super::live_resource::ResourceState;
use super::present_entries;
use super::running_release::RunningRelease;
use crate::error::Failure;
use crate::remote_write::{OwnMark, RemoteWrite, WrittenEntry, WrittenForm};
use crate::sign_in::SignIn;
use crate::spec::command_line::option;
use crate::target::Target;

/// A connection whose sign-in method was not chosen.
pub(super) struct UndecidedSignIn<'a> {
    pub(super) target: Target,
    pub(super) remote_write: &'a RemoteWrite,
    /// The content of each of these texts counts: the user's file, and the one that will be written.
    pub(super) files: Vec<String>,
    /// Whether the user's own file takes the place of what runs.
    pub(super) has_input: bool,
}

impl UndecidedSignIn<'_> {
    /// Refuses the default where the remote write that is there signs in otherwise, before anything is made.
    pub(super) fn check(
        &self,
        release: &RunningRelease,
        resource: &ResourceState,
    ) -> Result<(), Failure> {
        let of_file =
            |text: &String| present_entries::look(Some(text), self.target, release, resource, None);
        let running = (!self.has_input)
            .then(|| present_entries::look(None, self.target, release, resource, None));
        let mut entries: Vec<WrittenEntry> = self.files.iter().flat_map(of_file).collect();
        entries.extend(running.into_iter().flatten());
        let marked = entries
            .iter()
            .filter_map(|entry| Some((self.mark(entry)?, entry)));
        let own = marked.min_by_key(|(mark, _)| *mark);
        own.and_then(|(_, entry)| self.refusal(entry))
            .map_or(Ok(()), Err)
    }

    fn mark(&self, entry: &WrittenEntry) -> Option<OwnMark> {
        let url = self.remote_write.url.known();
        let has_rule = url.is_some_and(|url| entry.leads_to_rule(url));
        OwnMark::of(has_rule, entry.has_name(&self.remote_write.name))
    }

    fn refusal(&self, entry: &WrittenEntry) -> Option<Failure> {
        let default = self.remote_write.authentication.sign_in();
        let name = entry.title();
        let refused = |how: &str| {
            Failure::usage("connect this Prometheus").reason(format!(
                "its remote write `{name}` signs in {how}, and --auth is not given, whose default {default} would change that"
            ))
        };
        let change = format!("or to change it: {}", option("--auth", default));
        let key = |sign_in: SignIn| sign_in.method().azuread.key;
        let present = entry.sign_in();
        match (&entry.form, present) {
            // Workload identity needs no variable, so another method is in the environment.
            (WrittenForm::Sdk(ids), _) if ids.client_id.is_some() => Some(
                refused("by the environment of its container")
                    .next("to keep it, name the method, and the way: --auth METHOD --azuread sdk")
                    .next(change),
            ),
            // Compared by block: the identity of the kubelet has the block of any other user-assigned identity.
            (_, Some(present)) if key(present) != key(default) => Some(
                refused(&format!("by {present}"))
                    .next(format!("to keep it: {}", option("--auth", present)))
                    .next(change),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::helm::HelmRelease;
    use crate::remote_write::samples;

    fn release(azure_ad: &serde_json::Value, env: &serde_json::Value) -> RunningRelease {
        let entry = json!({"name": "mine", "url": samples::URL, "azureAd": azure_ad});
        let spec = json!({"additionalRemoteWrite": [entry], "containers": [{"name": "prometheus", "env": env}]});
        RunningRelease::Found(Box::new(HelmRelease {
            name: "kps".into(),
            namespace: "monitoring".into(),
            chart: "kube-prometheus-stack".into(),
            chart_version: "88.5.3".into(),
            values: json!({"prometheus": {"prometheusSpec": spec}}),
            defaults: serde_json::Value::Null,
            revision: 1,
            undeployed: None,
            context: None,
        }))
    }

    fn checked(release: &RunningRelease, file: Option<&str>) -> Result<(), Vec<String>> {
        let unchosen = UndecidedSignIn {
            target: Target::KubePrometheusStack,
            remote_write: &samples::remote_write(samples::workload_identity()),
            files: file.map(str::to_owned).into_iter().collect(),
            has_input: file.is_some(),
        };
        let checked = unchosen.check(release, &ResourceState::NotConcerned);
        checked.map_err(|failure| crate::next_step::lines(failure.next_steps()))
    }

    #[test]
    fn the_default_does_not_take_the_place_of_another_sign_in_that_runs() {
        let identity = json!({"managedIdentity": {"clientId": "c"}});
        let client = json!([{"name": "AZURE_CLIENT_ID", "value": "c"}]);
        let refused = |azure_ad: &serde_json::Value, env: &serde_json::Value| {
            checked(&release(azure_ad, env), None).unwrap_err()[0].clone()
        };

        assert_eq!(
            refused(&identity, &json!([])),
            "to keep it: --auth user-identity"
        );
        assert!(refused(&json!({"sdk": {}}), &client).ends_with("--auth METHOD --azuread sdk"));
    }

    #[test]
    fn the_same_sign_in_and_a_file_without_one_are_no_matter() {
        let same = json!({"workloadIdentity": {"clientId": "c"}});
        let other = json!({"managedIdentity": {"clientId": "c"}});

        assert_eq!(checked(&release(&same, &json!([])), None), Ok(()));
        assert_eq!(
            checked(&release(&json!({"sdk": {}}), &json!([])), None),
            Ok(())
        );
        // The user's own file takes the place of what runs, which its notes name.
        assert_eq!(
            checked(&release(&other, &json!([])), Some("prometheus: {}")),
            Ok(())
        );
    }
}
