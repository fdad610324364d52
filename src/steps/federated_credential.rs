//! Does Entra trust the tokens of Prometheus' service account? Issuer, subject and audience must match byte for byte.

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, federated_credentials};
use crate::error::Failure;
use crate::facts::{self, Fact, Facts, Observation};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::command_line::own;
use crate::spec::ids::ResourceId;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::spec::names;
use crate::spec::{ServiceAccount, Spec};

/// Entra's limit for one identity.
const LIMIT: usize = 20;

pub(super) struct FederatedCredentialStep;

fn parts(spec: &Spec) -> (&ResourceId, &ServiceAccount) {
    let parts = spec.credential.federation();
    parts.expect("`applies` holds")
}

fn listed(facts: &Facts) -> &[facts::FederatedCredential] {
    facts
        .federated_credentials
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The credential for our issuer and subject, whatever its name and audience.
fn ours<'a>(spec: &Spec, facts: &'a Facts, issuer: &str) -> Option<&'a facts::FederatedCredential> {
    let subject = parts(spec).1.subject();
    listed(facts)
        .iter()
        // Byte for byte, as Entra compares: an issuer without its trailing slash is another issuer. Azure refuses a
        // second credential with the same issuer and subject, so at most one matches.
        .find(|credential| credential.issuer == issuer && credential.subject == subject)
}

/// The list with this one in it, in place of its former self.
fn with(
    listed: &[facts::FederatedCredential],
    made: &facts::FederatedCredential,
) -> Vec<facts::FederatedCredential> {
    let others = listed.iter().filter(|one| one.name != made.name).cloned();
    others.chain([made.clone()]).collect()
}

fn issuer(facts: &Facts) -> Option<&str> {
    facts.cluster.known()?.issuer.as_deref()
}

#[async_trait]
impl Step for FederatedCredentialStep {
    fn id(&self) -> &'static str {
        "federated-credential"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::IdentityToPods
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.is_federated()
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["identity", "token-issuer"]
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::FederatedCredentials]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::FederatedCredentials, Observation::Cluster]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let found = observe::federated_credentials(azure, parts(spec).0).await?;
        Ok(Facts {
            federated_credentials: Fact::from(found),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        let (identity, account) = parts(spec);
        let subject = account.subject();
        let Some(issuer) = issuer(facts) else {
            return Change::create(
                identity.as_str(),
                format!("trust {subject} once the cluster issues tokens"),
            );
        };
        match ours(spec, facts, issuer) {
            // The property is a list, but Azure accepts exactly one audience and answers 400 to any other number.
            Some(one) if one.audiences == [spec.exchange_audience()] => Change::keep(
                identity
                    .child("federatedIdentityCredentials", &one.name)
                    .as_str(),
                format!("trusts {subject}"),
            ),
            Some(one) => Change::update(
                identity
                    .child("federatedIdentityCredentials", &one.name)
                    .as_str(),
                format!(
                    "its audience is {}, and must be {}",
                    one.audiences.join(", "),
                    spec.exchange_audience()
                ),
            ),
            None => Change::create(
                identity
                    .child(
                        "federatedIdentityCredentials",
                        &names::federated_credential(issuer, &subject),
                    )
                    .as_str(),
                format!("trust {subject} of {issuer}"),
            ),
        }
    }

    fn requires(&self, spec: &Spec, _: &Facts) -> Vec<Requirement> {
        let scope = parts(spec)
            .0
            .resource_group()
            .unwrap_or_else(|| spec.resource_group());
        let action =
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write"
                .to_owned();
        vec![Requirement { action, scope }]
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let (identity, account) = parts(spec);
        let doing = || {
            format!(
                "make identity `{}` trust {}",
                identity.name(),
                account.subject()
            )
        };
        let issuer = issuer(facts).ok_or_else(|| {
            Failure::new(doing())
                .reason("the cluster names no token issuer")
                .next(own::apply_only("token-issuer"))
        })?;
        // Azure would refuse the 21st. An existing one can still be changed at the limit.
        if ours(spec, facts, issuer).is_none() && listed(facts).len() >= LIMIT {
            return Err(Failure::new(doing())
                .reason(format!(
                    "it has {LIMIT} federated credentials, which is Entra's limit"
                ))
                .next("use another identity: --identity NAME"));
        }
        // The name cannot be changed later, so an existing credential keeps its own.
        let name = ours(spec, facts, issuer).map_or_else(
            || names::federated_credential(issuer, &account.subject()),
            |one| one.name.clone(),
        );
        let wanted = facts::FederatedCredential {
            name,
            issuer: issuer.to_owned(),
            subject: account.subject(),
            audiences: vec![spec.exchange_audience().to_owned()],
        };
        federated_credentials::create(tools.azure, identity, &wanted)
            .await
            .map_err(|error| Failure::new(doing()).azure(error))?;
        Ok(Facts {
            federated_credentials: Fact::Known(with(listed(facts), &wanted)),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    #[test]
    fn an_issuer_without_its_slash_is_another_issuer() {
        let mut facts = examples::everything_in_place();
        if let Fact::Known(list) = &mut facts.federated_credentials {
            list[0].issuer.pop();
        }

        let change = FederatedCredentialStep.plan(&examples::spec(), &facts);

        assert_eq!(change.action, Action::Create);
    }

    #[test]
    fn a_credential_that_someone_else_named_is_used() {
        let mut facts = examples::everything_in_place();
        if let Fact::Known(list) = &mut facts.federated_credentials {
            list[0].name = "made-by-hand".into();
        }

        let change = FederatedCredentialStep.plan(&examples::spec(), &facts);

        assert_eq!(change.action, Action::None);
        assert!(change.resource.ends_with("/made-by-hand"));
    }

    #[test]
    fn a_wrong_audience_is_put_right_under_the_same_name() {
        let mut facts = examples::everything_in_place();
        if let Fact::Known(list) = &mut facts.federated_credentials {
            list[0].audiences = vec!["api://other".into()];
        }

        let change = FederatedCredentialStep.plan(&examples::spec(), &facts);

        assert_eq!(change.action, Action::Update);
        assert!(change.why.contains("api://other"), "{}", change.why);
    }
}
