//! Authenticates the caller of Resource Manager, or answers 401.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;
use jiff::Timestamp;
use uuid::Uuid;

use super::refusal::ArmRefusal;
use crate::sandbox::{
    azure::Azure,
    faults::FaultEffect,
    request::ServiceRequest,
    tokens::{TokenCaller, TokenRejection},
};

/// The caller, by the bearer token.
pub(super) fn authenticate(
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<TokenCaller, ArmRefusal> {
    let own_address = azure.addresses.resource_manager();
    let own_address_with_slash = format!("{own_address}/");
    let mut audiences = azure.state.cloud.audiences().resource_manager.to_vec();
    // Clients that are given another endpoint ask for a token of that address, with a slash at its end or without.
    audiences.extend([own_address.as_str(), own_address_with_slash.as_str()]);
    let verified = match request.bearer() {
        Some(bearer) => azure.tokens.verify(bearer, &audiences, request.now),
        None => Err(TokenRejection::Missing),
    };
    let caller = verified.map_err(|rejection| rejected(request, azure, &rejection))?;
    let challenged = request
        .fault
        .as_ref()
        .is_some_and(|fault| fault.kind == FaultEffect::InsufficientClaims);
    if challenged && !caller.met_claims {
        return Err(claims_challenge(azure, caller.tenant_id, request.now));
    }
    Ok(caller)
}

/// Refuses a token of another tenant than the subscription's.
pub(super) fn belongs_to_tenant(
    caller: &TokenCaller,
    tenant: Uuid,
    azure: &Azure,
) -> Result<(), ArmRefusal> {
    if caller.tenant_id == tenant {
        return Ok(());
    }
    let authority = authority(azure, tenant);
    let message = format!(
        "The access token is from the wrong issuer 'https://sts.windows.net/{}/'. It must match the tenant \
         'https://sts.windows.net/{tenant}/' associated with this subscription. \
         Please use the authority (URL) '{authority}' to get the token.",
        caller.tenant_id
    );
    // A client can read the right tenant from this header, and sign in to it.
    let challenge = format!(
        r#"Bearer authorization_uri="{authority}", error="invalid_token", error_description="{message}""#
    );
    Err(ArmRefusal::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationTokenTenant",
        message,
    )
    .with_header("www-authenticate", challenge))
}

fn rejected(request: &ServiceRequest, azure: &Azure, rejection: &TokenRejection) -> ArmRefusal {
    let (code, reason) = match rejection {
        TokenRejection::Missing => (
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.".to_owned(),
        ),
        TokenRejection::Expired(_) => ("ExpiredAuthenticationToken", rejection.to_string()),
        _ => ("InvalidAuthenticationToken", rejection.to_string()),
    };
    // Recorded: Azure names the tenant to a caller without a token.
    let authority = authority(azure, home_tenant(request, azure));
    let challenge = format!(
        r#"Bearer authorization_uri="{authority}", error="invalid_token", error_description="{reason}""#
    );
    ArmRefusal::new(StatusCode::UNAUTHORIZED, code, reason)
        .with_header("www-authenticate", challenge)
}

/// The tenant of the subscription in the path. Azure discloses it to unauthenticated callers too.
fn home_tenant(request: &ServiceRequest, azure: &Azure) -> Uuid {
    let segments = request.segments();
    segments
        .get(1)
        .and_then(|id| azure.state.subscription(id))
        .map_or(azure.state.directory.tenant_id, |it| it.tenant_id)
}

fn claims_challenge(azure: &Azure, tenant: Uuid, now: Timestamp) -> ArmRefusal {
    let claims = serde_json::json!({
        // Continuous access evaluation: the client has to ask for a token that was issued after this moment.
        "access_token": {"nbf": {"essential": true, "value": now.as_second().to_string()}},
    });
    let claims = STANDARD.encode(claims.to_string());
    let authority = authority(azure, tenant);
    let challenge = format!(
        r#"Bearer realm="", authorization_uri="{authority}/oauth2/authorize", error="insufficient_claims", claims="{claims}""#
    );
    ArmRefusal::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "The access token no longer meets what the tenant asks of it; get a new one with the claims of the challenge.",
    )
    .with_header("www-authenticate", challenge)
}

fn authority(azure: &Azure, tenant: Uuid) -> String {
    format!("{}/{tenant}", azure.addresses.entra())
}
