//! May this caller write to this rule through this endpoint?

use super::refusal::{Denial, Denied, Refusal};
use crate::sandbox::{
    authorization::may_act_on_data,
    azure::Azure,
    request::Request,
    state::DataCollectionRule,
    tokens::{Caller, TokenRejection},
};

const ACTION: &str = "Microsoft.Insights/Telemetry/Write";

/// Who sends the request.
pub(super) fn authenticate(request: &Request, azure: &Azure) -> Result<Caller, Refusal> {
    let token = request.bearer().ok_or(TokenRejection::Missing)?;
    Ok(azure
        .tokens
        .verify(token, &azure.state.cloud.audiences().ingestion, request.now)?)
}

/// Checks the way first and the role second, as the pipeline does.
pub(super) fn authorize(
    caller: &Caller,
    rule: &DataCollectionRule,
    request: &Request,
    azure: &Azure,
) -> Result<(), Refusal> {
    let denied = |denial| {
        Refusal::Denied(Box::new(Denied {
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
        .filter(|endpoint| Some(&endpoint.ingestion_label) == request.label.as_ref())
        .ok_or_else(|| denied(Denial::Binding))?;
    if endpoint.public_network_access != "Enabled" {
        return Err(denied(Denial::Network));
    }
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
