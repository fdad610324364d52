//! Is there a Secret of the name that the client secret goes by? One that was not made for this program is not replaced.

use secrecy::{ExposeSecret, SecretString};

use crate::cluster::Kubernetes;
use crate::cluster::secret::LiveSecret;
use crate::delivery::Ownership;
use crate::error::Failure;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::remote_write::{CLIENT_ID_ANNOTATION, SECRET_KEY};
use crate::render::MANAGED_BY;
use crate::spec::command_line::{KubeContext, kubectl, option};

/// A Secret of the cluster by its name.
#[derive(Clone, Copy)]
pub(super) struct SecretName<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

/// What this connection would put into it.
#[derive(Clone, Copy, Default)]
pub(super) struct OwnSecret<'a> {
    pub(super) value: Option<&'a SecretString>,
    pub(super) client_id: Option<&'a str>,
}

/// What happens to the Secret when the manifest is applied.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LiveSecretState {
    /// It is made, or a value of ours is replaced.
    Free,
    /// A value of ours is replaced; `kubectl apply` of the manifest would take away the rest of what was applied last.
    Shared,
    /// It holds the value already.
    UpToDate,
    Immutable,
    /// Its value is not ours; the clause names its owner.
    Foreign(String),
    /// This program or resource keeps it, and would write its own value again.
    Owned(String),
    /// It holds the client secret of this other application.
    OtherApplication(String),
    Unknown(String),
}

/// The methods that need no client secret, as `--auth one or two`.
pub(super) struct OtherMethods(pub(super) String);

impl OtherMethods {
    fn sentence(&self) -> String {
        format!("or connect without a client secret: {}", self.0)
    }
}

impl LiveSecretState {
    pub(super) async fn look(
        kubernetes: &Result<Kubernetes, Problem>,
        secret: SecretName<'_>,
        ours: OwnSecret<'_>,
    ) -> Self {
        let kubernetes = match kubernetes {
            Ok(kubernetes) => kubernetes,
            Err(problem) => return Self::Unknown(problem.why()),
        };
        match kubernetes
            .secret(secret.namespace, secret.name, SECRET_KEY)
            .await
        {
            Ok(None) => Self::Free,
            Ok(Some(live)) => Self::of(&live, ours),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    fn of(live: &LiveSecret, ours: OwnSecret<'_>) -> Self {
        let held = live.value.as_ref().map(ExposeSecret::expose_secret);
        if held.is_some() && held == ours.value.map(ExposeSecret::expose_secret) {
            return Self::UpToDate;
        }
        // The API server refuses every change of its data, even from an administrator; it can only be deleted and made again.
        if live.is_immutable {
            return Self::Immutable;
        }
        let (label, value) = MANAGED_BY;
        if let Some(owner) = Ownership::read(&live.metadata).owner {
            return Self::Owned(owner.to_string());
        }
        // One workspace gives one name, and two applications can write to it from one namespace.
        let marked = live.metadata["annotations"][CLIENT_ID_ANNOTATION].as_str();
        if let (Some(_), Some(marked)) = (held, marked)
            && !ours
                .client_id
                .is_some_and(|own| own.eq_ignore_ascii_case(marked))
        {
            return Self::OtherApplication(marked.to_owned());
        }
        let lost = taken_away(live);
        if live.metadata["labels"][label] == value {
            return match lost.is_empty() {
                true => Self::Free,
                false => Self::Shared,
            };
        }
        match (lost.is_empty(), held) {
            (false, _) => Self::Foreign(format!(
                "`kubectl apply` of the manifest removes what was applied before: {}",
                lost.join(", ")
            )),
            (true, Some(_)) => Self::Foreign(format!("it has no label {label}={value}")),
            (true, None) => Self::Free,
        }
    }

    /// Why the manifest would replace what others rely on, found out before anything is made.
    pub(super) fn refusal(
        &self,
        secret: SecretName<'_>,
        context: Option<&KubeContext>,
        others: &OtherMethods,
    ) -> Option<Failure> {
        let SecretName { namespace, name } = secret;
        let doing = format!("hand the client secret to Secret {namespace}/{name}");
        match self {
            Self::Foreign(why) => {
                // With the label the next run takes the Secret for its own.
                let line = kubectl::label_secret(namespace, name, MANAGED_BY, context);
                Some(
                    Failure::new(doing)
                        .reason(format!(
                            "it exists, its key `{SECRET_KEY}` holds another value or none, and {why}, so what reads it could stop working"
                        ))
                        .next(NextStep::from(line).only_if("it may be replaced"))
                        .next(others.sentence()),
                )
            }
            Self::Owned(owner) => Some(
                Failure::new(doing)
                    .reason(format!(
                        "it exists, its key `{SECRET_KEY}` holds another value or none, and {owner} keeps it and would write that \
                         again"
                    ))
                    .next(format!(
                        "change the Secret where {owner} gets it from, {}",
                        others.sentence()
                    )),
            ),
            Self::OtherApplication(client) => Some(
                Failure::new(doing)
                    .reason(format!(
                        "it exists and holds the client secret of another application, client id {client}, which would no longer be accepted"
                    ))
                    .next(format!(
                        "to connect with that application: {}",
                        option("--identity", client)
                    ))
                    .next(
                        NextStep::from(kubectl::unmark_secret(
                            namespace,
                            name,
                            CLIENT_ID_ANNOTATION,
                            context,
                        ))
                        .only_if("that application is gone"),
                    )
                    .next(others.sentence()),
            ),
            Self::Immutable => Some(
                Failure::new(doing)
                    .reason(format!("it is immutable, and `{SECRET_KEY}` has another value"))
                    .next(format!("delete it if nothing uses it, {}", others.sentence())),
            ),
            Self::Free | Self::Shared | Self::UpToDate | Self::Unknown(_) => None,
        }
    }

    /// The next step with the manifest; `None` where the Secret has the value.
    pub(super) fn next(
        &self,
        secret: SecretName<'_>,
        file: &str,
        context: Option<&KubeContext>,
    ) -> Option<NextStep> {
        let SecretName { namespace, name } = secret;
        let apply = kubectl::apply(file, None, context);
        let guarded = |what: String, condition: &str| {
            let what = format!("Secret {namespace}/{name} {what}");
            Some(NextStep::run(what, apply.clone()).only_if(condition))
        };
        match self {
            Self::UpToDate => None,
            // It changes nothing where there is one after all.
            Self::Unknown(_) => Some(kubectl::create(file, context).into()),
            Self::Free => Some(apply.into()),
            Self::Shared => Some(kubectl::merge_secret(namespace, name, file, context).into()),
            Self::Foreign(why) => guarded(
                format!("holds another value or none, and {why}"),
                "it may be replaced",
            ),
            Self::Owned(owner) => guarded(
                format!("is kept by {owner}, which would write its own value again"),
                "that no longer keeps it",
            ),
            Self::OtherApplication(client) => guarded(
                format!("holds the client secret of another application, client id {client}"),
                "that is gone",
            ),
            Self::Immutable => guarded(
                "is immutable".to_owned(),
                "nothing else uses it and you deleted it",
            ),
        }
    }

    /// What to do where the Secret could not be read and exists.
    pub(super) fn otherwise(
        &self,
        secret: SecretName<'_>,
        file: &str,
        context: Option<&KubeContext>,
    ) -> Option<NextStep> {
        let Self::Unknown(why) = self else {
            return None;
        };
        let purpose = format!(
            "cannot read whether Secret {}/{} exists: {why}; the line before creates a new Secret and fails if one exists",
            secret.namespace, secret.name
        );
        let replace = kubectl::apply(file, None, context);
        Some(NextStep::run(purpose, replace).only_if("it exists and is of this connection"))
    }
}

/// What another file put into the Secret and the manifest lacks, also where the Secret has no value of this name.
fn taken_away(live: &LiveSecret) -> Vec<String> {
    let ours = [
        format!("data.{SECRET_KEY}"),
        format!("metadata.annotations.{CLIENT_ID_ANNOTATION}"),
        format!("metadata.labels.{}", MANAGED_BY.0),
    ];
    // `kubectl apply` removes what the last applied file had and the new one lacks, and leaves what other tools set.
    let theirs = live.applied.iter().filter(|path| !ours.contains(path));
    theirs.map(|path| format!("`{path}`")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live(metadata: serde_json::Value, value: Option<&str>) -> LiveSecret {
        LiveSecret {
            metadata,
            is_immutable: false,
            value: value.map(SecretString::from),
            applied: Vec::new(),
        }
    }

    fn state_of(live: &LiveSecret) -> LiveSecretState {
        let value = "ours".into();
        let own = OwnSecret {
            value: Some(&value),
            client_id: Some("1111"),
        };
        LiveSecretState::of(live, own)
    }

    fn state(
        metadata: serde_json::Value,
        value: Option<&str>,
        is_immutable: bool,
    ) -> LiveSecretState {
        state_of(&LiveSecret {
            is_immutable,
            ..live(metadata, value)
        })
    }

    #[test]
    fn a_secret_without_our_key_is_not_emptied_of_what_another_file_put_there() {
        let with = |applied: &[&str], metadata: serde_json::Value| {
            state_of(&LiveSecret {
                applied: applied.iter().map(|path| (*path).to_owned()).collect(),
                ..live(metadata, None)
            })
        };
        let marked = json!({"labels": {"app.kubernetes.io/managed-by": "amw-rw"}});
        let theirs = ["data.other", "metadata.labels.team"];

        let state = with(&theirs, json!({}));

        let secret = SecretName {
            namespace: "n",
            name: "s",
        };
        let refusal = state
            .refusal(
                secret,
                None,
                &OtherMethods("--auth workload-identity".into()),
            )
            .unwrap()
            .to_string();
        assert!(
            refusal.contains("`data.other`, `metadata.labels.team`"),
            "{refusal}"
        );
        let shared = with(&theirs, marked.clone());
        assert_eq!(
            shared.next(secret, "s.yaml", None).unwrap(),
            "kubectl patch secret s -n n --type merge --patch-file s.yaml"
        );
        let own = [
            "data.client-secret",
            "metadata.labels.app.kubernetes.io/managed-by",
        ];
        assert_eq!(with(&own, marked), LiveSecretState::Free);
        assert_eq!(
            with(&["data.client-secret"], json!({})),
            LiveSecretState::Free
        );
    }

    #[test]
    fn only_a_value_of_ours_or_none_is_replaced() {
        let marked = json!({"labels": {"app.kubernetes.io/managed-by": "amw-rw"}});
        let flux = json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}});

        assert_eq!(
            state(json!({}), Some("ours"), true),
            LiveSecretState::UpToDate
        );
        assert_eq!(
            state(marked.clone(), Some("old"), false),
            LiveSecretState::Free
        );
        assert_eq!(state(json!({}), None, false), LiveSecretState::Free);
        let of = |client: &str| {
            let mut marked = marked.clone();
            marked["annotations"]["amw-rw/client-id"] = client.into();
            state(marked, Some("old"), false)
        };
        assert_eq!(of("1111"), LiveSecretState::Free);
        assert_eq!(of("2222"), LiveSecretState::OtherApplication("2222".into()));
        assert_eq!(state(marked, Some("old"), true), LiveSecretState::Immutable);
        let unmarked = state(json!({}), Some("theirs"), false);
        assert!(
            matches!(unmarked, LiveSecretState::Foreign(_)),
            "{unmarked:?}"
        );
        let owned = state(flux, Some("theirs"), false);
        assert_eq!(
            owned,
            LiveSecretState::Owned("Flux Kustomization `apps`".into())
        );
    }

    #[test]
    fn a_secret_that_was_not_read_is_only_made() {
        let unknown = LiveSecretState::Unknown("not allowed".into());

        let secret = SecretName {
            namespace: "n",
            name: "s",
        };
        let next = |state: LiveSecretState| state.next(secret, "s.yaml", None);

        let note = unknown.otherwise(secret, "s.yaml", None).unwrap().line();
        assert!(note.ends_with("kubectl apply -f s.yaml"), "{note}");
        assert_eq!(
            next(unknown).unwrap(),
            "kubectl create --save-config -f s.yaml"
        );
        assert_eq!(next(LiveSecretState::UpToDate), None);
    }
}
