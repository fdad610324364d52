//! Where are a tenant's endpoints, and is the authority one of Microsoft's? MSAL asks before it sends a credential.

use http::StatusCode;
use serde_json::json;

use super::{check_tenant, refusal::EntraRefusal};
use crate::sandbox::{azure::Azure, request::ServiceRequest, response::Response};

/// The OpenID configuration of a tenant.
pub(super) fn tenant(tenant: &str, azure: &Azure) -> Result<Response, EntraRefusal> {
    check_tenant(tenant, azure)?;
    // With the id, also where a domain was asked for: `az login --tenant DOMAIN` learns the id here.
    let base = format!(
        "{}/{}",
        azure.addresses.entra(),
        azure.state.directory.tenant_id
    );
    Ok(Response::json(
        StatusCode::OK,
        &json!({
            "issuer": format!("{base}/v2.0"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }),
    ))
}

/// No key: the sandbox's access tokens are for its own services, which need none.
pub(super) fn keys(tenant: &str, azure: &Azure) -> Result<Response, EntraRefusal> {
    check_tenant(tenant, azure)?;
    Ok(Response::json(StatusCode::OK, &json!({"keys": []})))
}

/// Confirms that an authority belongs to this cloud.
pub(super) fn instance(request: &ServiceRequest, azure: &Azure) -> Result<Response, EntraRefusal> {
    if request.query("api-version").is_none() {
        return Err(EntraRefusal::MissingField("api-version"));
    }
    let asked = request
        .query("authorization_endpoint")
        .ok_or(EntraRefusal::MissingField("authorization_endpoint"))?;
    let authority = azure.addresses.entra();
    let tenant = asked
        .strip_prefix(&format!("{authority}/"))
        .and_then(|rest| rest.split('/').next())
        .ok_or_else(|| EntraRefusal::UnknownInstance(asked.to_owned()))?;
    Ok(Response::json(
        StatusCode::OK,
        &json!({
            "tenant_discovery_endpoint": format!("{authority}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            // MSAL treats all aliases as one authority, and caches tokens under `preferred_cache`.
            "metadata": [{
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
            }],
        }),
    ))
}
