//! All steps, and which of them a connection has.

use super::step::Step;
use crate::plan::change::Plan;
use crate::spec::method_on_platform::MethodOnPlatform;

/// The one list; its order is the order on screen.
pub(super) static STEPS: &[&dyn Step] = &[
    &super::provider_registration::ProviderRegistrationStep,
    &super::resource_group::ResourceGroupStep,
    &super::workspace::WorkspaceStep,
    &super::token_issuer::TokenIssuerStep,
    &super::identity::IdentityStep,
    &super::application::ApplicationStep,
    &super::client_secret::ClientSecretStep,
    &super::node_identity::NodeIdentityStep,
    &super::federated_credential::FederatedCredentialStep,
    &super::role_assignment::RoleAssignmentStep,
];

/// The steps that such a connection has.
pub(crate) fn steps_for(connection: MethodOnPlatform) -> Vec<&'static dyn Step> {
    let all = STEPS.iter().copied();
    all.filter(|step| step.applies(connection)).collect()
}

/// The steps that must have looked before this one can look.
pub(super) fn observes_after(step: &dyn Step) -> Vec<&'static str> {
    let is_needed = |other: &&&dyn Step| {
        let mut seen = other.observes().iter();
        other.id() != step.id() && seen.any(|observation| step.needs().contains(observation))
    };
    STEPS
        .iter()
        .filter(is_needed)
        .map(|other| other.id())
        .collect()
}

/// The steps that this one comes after and that the plan still needs, in their order. Azure registers providers by itself where it is
/// allowed to, so that step is none of them.
pub(crate) fn earlier(steps: &[&'static dyn Step], plan: &Plan, id: &str) -> Vec<&'static str> {
    let mut after = vec![id];
    let mut earlier = Vec::new();
    // A step comes only after steps before it in the list.
    for step in steps
        .iter()
        .rev()
        .filter(|step| step.id() != "provider-registration")
    {
        if after.contains(&step.id()) {
            after.extend(step.applies_after());
            earlier.push(step.id());
        }
    }
    earlier.retain(|one| *one != id && plan.needs(one));
    earlier.reverse();
    earlier
}

/// The names of all steps, for `--only`.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.id())
}
