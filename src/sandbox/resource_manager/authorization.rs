//! Whether a request may be done: roles first, then what forbids it whatever the roles.

use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::{authentication::belongs_to_tenant, call::ArmCall, refusal::ArmRefusal, verb::Verb};
use crate::sandbox::{
    authorization::{covers, may_act},
    faults::FaultEffect,
    state::{AzureState, LockLevel, Policy, Registration, StoredDenyAssignment, StoredResourceId},
    tokens::TokenCaller,
};

/// Namespaces that no one has to register.
const ALWAYS_REGISTERED: [&str; 3] = [
    "microsoft.authorization",
    "microsoft.resourcegraph",
    "microsoft.resources",
];

/// Refuses what the caller, the subscription, a lock or a policy does not allow.
pub(super) fn admit(call: &mut ArmCall<'_>) -> Result<(), ArmRefusal> {
    subscription_is_reachable(call)?;
    let Some(action) = call.action() else {
        return Ok(());
    };
    let scope = call.target();
    roles_allow(&call.azure.state, &call.caller, &action, &scope)?;
    nothing_denies(&call.azure.state, &call.caller, &action, &scope)?;
    // Locks, policies and registration concern writes only; a disabled subscription can still be read.
    if call.verb.reads() {
        return Ok(());
    }
    subscription_is_writable(call)?;
    // A lock can be changed and deleted while it holds.
    if !action.starts_with("Microsoft.Authorization/locks/") {
        no_lock_holds(&call.azure.state, call.verb, &scope)?;
    }
    // Registering is the one write to a provider that an unregistered one accepts.
    if !action.ends_with("/register/action") {
        provider_is_registered(call, &action)?;
    }
    let writes = matches!(call.verb, Verb::Put | Verb::Patch);
    if writes {
        no_policy_forbids(call, &resource_type(&action), &scope)
    } else {
        Ok(())
    }
}

/// The type that an action is about: `Microsoft.Monitor/accounts/write` is about `Microsoft.Monitor/accounts`.
fn resource_type(action: &str) -> String {
    let (kind, _) = action.rsplit_once('/').unwrap_or_default();
    kind.to_ascii_lowercase()
}

fn subscription_is_reachable(call: &ArmCall<'_>) -> Result<(), ArmRefusal> {
    let target = call.target();
    let Some(id) = target.subscription() else {
        return Ok(());
    };
    let Some(subscription) = call.azure.state.subscription(id) else {
        return Err(ArmRefusal::not_found(
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        ));
    };
    belongs_to_tenant(&call.caller, subscription.tenant_id, call.azure)
}

/// Refuses an action that no role of the caller covers.
pub(super) fn roles_allow(
    state: &AzureState,
    caller: &TokenCaller,
    action: &str,
    scope: &StoredResourceId,
) -> Result<(), ArmRefusal> {
    if may_act(state, caller.object_id, action, scope) {
        return Ok(());
    }
    // The same text for a scope that does not exist: Azure does not disclose which it is.
    Err(ArmRefusal::forbidden(
        "AuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
             '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            caller.name, caller.object_id
        ),
    ))
}

fn nothing_denies(
    state: &AzureState,
    caller: &TokenCaller,
    action: &str,
    scope: &StoredResourceId,
) -> Result<(), ArmRefusal> {
    let denied = state
        .deny_assignments
        .iter()
        .find(|it| denies(it, caller.object_id, action, scope));
    let Some(denied) = denied else {
        return Ok(());
    };
    Err(ArmRefusal::forbidden(
        "DenyAssignmentAuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' has permission to perform action '{action}' on scope '{scope}'; \
             however, the access is denied because of the deny assignment with name '{}' and Id '{}' at scope '{}'.",
            caller.name,
            caller.object_id,
            denied.display_name,
            denied.name.simple(),
            denied.scope
        ),
    ))
}

fn denies(
    denied: &StoredDenyAssignment,
    principal: Uuid,
    action: &str,
    scope: &StoredResourceId,
) -> bool {
    let matched = |patterns: &[&str]| patterns.iter().any(|pattern| covers(pattern, action));
    scope.is_within(&denied.scope)
        && !denied.excluded_principals.contains(&principal)
        && matched(&denied.actions)
        // The exceptions of a denial belong to it alone, as those of a role do.
        && !matched(&denied.not_actions)
}

fn subscription_is_writable(call: &ArmCall<'_>) -> Result<(), ArmRefusal> {
    let target = call.target();
    let subscription = target
        .subscription()
        .and_then(|id| call.azure.state.subscription(id));
    match subscription {
        Some(subscription) if subscription.state == "Disabled" => Err(ArmRefusal::conflict(
            "ReadOnlyDisabledSubscription",
            format!(
                "The subscription '{}' is disabled and therefore marked as read only. \
                 You cannot perform any write actions on this subscription until it is re-enabled.",
                subscription.id
            ),
        )),
        _ => Ok(()),
    }
}

fn no_lock_holds(
    state: &AzureState,
    verb: Verb,
    scope: &StoredResourceId,
) -> Result<(), ArmRefusal> {
    let held = state.locks.iter().find(|lock| {
        // A ReadOnly lock forbids POST actions as well, such as listing credentials.
        scope.is_within(&lock.scope) && (lock.level == LockLevel::ReadOnly || verb == Verb::Delete)
    });
    let Some(lock) = held else {
        return Ok(());
    };
    let operation = match verb {
        Verb::Delete => "delete",
        _ => "write",
    };
    // 409, not 403: no role overrules a lock, not even Owner.
    Err(ArmRefusal::conflict(
        "ScopeLocked",
        format!(
            "The scope '{scope}' cannot perform {operation} operation because following scope(s) are locked: '{}'. \
             Please remove the lock and try again.",
            lock.scope
        ),
    ))
}

/// Refuses writes to a provider that the subscription has not registered, and repeats that refusal to the same
/// client request id for ever, as Azure's cache does.
fn provider_is_registered(call: &mut ArmCall<'_>, action: &str) -> Result<(), ArmRefusal> {
    let (namespace, _) = action.split_once('/').unwrap_or_default();
    if ALWAYS_REGISTERED.contains(&namespace.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    let request_id = call
        .request
        .header("x-ms-client-request-id")
        .map(str::to_owned);
    let refused = &mut call.azure.state.refused_as_unregistered;
    let is_repeated = request_id.as_ref().is_some_and(|id| refused.contains(id));
    if !is_repeated && call.registration(namespace) == Registration::Registered {
        return Ok(());
    }
    // Azure repeats the refusal from a cache for the same client request id, so a client needs a new id after
    // registering.
    call.azure.state.refused_as_unregistered.extend(request_id);
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. \
         See https://aka.ms/rps-not-found for how to register subscriptions."
    );
    let detail =
        json!({"code": "MissingSubscriptionRegistration", "target": namespace, "message": message});
    Err(ArmRefusal::conflict("MissingSubscriptionRegistration", message).with_detail(detail))
}

/// Refuses a write that a policy denies, from the scenario or from a fault.
pub(super) fn no_policy_forbids(
    call: &ArmCall<'_>,
    resource_type: &str,
    scope: &StoredResourceId,
) -> Result<(), ArmRefusal> {
    let by_fault = match call.request.fault.as_ref().map(|fault| &fault.kind) {
        Some(FaultEffect::Policy { name }) => Some(policy_violation(name, scope, scope)),
        _ => None,
    };
    let forbids =
        |policy: &&Policy| policy.resource_type == resource_type && scope.is_within(&policy.scope);
    let by_policy = call.azure.state.policies.iter().find(forbids);
    let violation = by_fault
        .or_else(|| by_policy.map(|policy| policy_violation(&policy.name, &policy.scope, scope)));
    violation.map_or(Ok(()), Err)
}

fn policy_violation(
    name: &str,
    assigned_at: &StoredResourceId,
    resource: &StoredResourceId,
) -> ArmRefusal {
    let definition = "/providers/Microsoft.Authorization/policyDefinitions/sandbox-deny";
    let assignment =
        format!("{assigned_at}/providers/Microsoft.Authorization/policyAssignments/{name}");
    let identifiers = json!([{
        "policyAssignment": {"name": name, "id": assignment},
        "policyDefinition": {"name": "Not allowed resource types", "id": definition},
    }]);
    ArmRefusal::new(
        StatusCode::FORBIDDEN,
        "RequestDisallowedByPolicy",
        format!(
            "Resource '{}' was disallowed by policy. Policy identifiers: '{identifiers}'.",
            resource.name()
        ),
    )
    // The policy's names are only in `additionalInfo`: the message has them as JSON in a text.
    .about(resource.name())
    .with_additional_information(json!({
        "type": "PolicyViolation",
        "info": {
            "policyAssignmentName": name,
            "policyAssignmentDisplayName": name,
            "policyAssignmentId": assignment,
            "policyAssignmentScope": assigned_at,
            "policyDefinitionDisplayName": "Not allowed resource types",
            "policyDefinitionId": definition,
            "policyDefinitionEffect": "deny",
        },
    }))
}
