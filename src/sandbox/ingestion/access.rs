//! May this caller write to this rule through this endpoint?

use super::refusal::{Denial, DeniedWrite, IngestionRefusal};
use crate::sandbox::{
    authorization::may_act_on_data,
    azure::Azure,
    request::ServiceRequest,
    state::StoredRule,
    tokens::{TokenCaller, TokenRejection},
};

const ACTION: &str = "Microsoft.Insights/Telemetry/Write";

/// Who sends the request.
pub(super) fn authenticate(
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<TokenCaller, IngestionRefusal> {
    let token = request.bearer().ok_or(TokenRejection::Missing)?;
    Ok(azure
        .tokens
        .verify(token, &azure.state.cloud.audiences().ingestion, request.now)?)
}

/// Checks the way first and the role second, as the pipeline does.
pub(super) fn authorize(
    caller: &TokenCaller,
    rule: &StoredRule,
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<(), IngestionRefusal> {
    let denied = |denial| {
        IngestionRefusal::Denied(Box::new(DeniedWrite {
            denial,
            immutable_id: rule.immutable_id.clone(),
            rule: rule.id.clone(),
            caller: caller.clone(),
        }))
    };
    let endpoint = rule
        .endpoint
        .as_ref()
        .and_then(|id| azure.state.data_collection_endpoints.get(id))
        // The endpoint is known by its host name alone; the path names only the rule.
        .filter(|endpoint| Some(&endpoint.ingestion_label) == request.label.as_ref())
        .ok_or_else(|| denied(Denial::Binding))?;
    // The same 403 as for a missing role; only the text differs.
    if endpoint.public_network_access != "Enabled" {
        return Err(denied(Denial::Network));
    }
    // The scope is the rule: a role on the workspace alone never allows a write.
    let allowed = may_act_on_data(
        &azure.state,
        caller.object_id,
        ACTION,
        &rule.id,
        request.now,
        azure.options.role_propagation,
    );
    if allowed {
        Ok(())
    } else {
        Err(denied(Denial::Role))
    }
}
