//! Entra: who gets which token, and what clients read before they trust it.

mod discovery;
mod federation;
mod form;
mod refusal;
mod resource;
#[cfg(test)]
mod tests;
mod token;

use http::{Method, StatusCode};

use self::refusal::EntraRefusal;
use super::{azure::Azure, request::ServiceRequest, response::Response, state::DOMAINS};

/// Answers one request to Entra.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answered = match (&request.method, segments.as_slice()) {
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => {
            token::answer(tenant, request, azure)
        }
        // `common` is no tenant: MSAL asks this of an authority before it knows one.
        (&Method::GET, ["common", "discovery", "instance"]) => discovery::instance(request, azure),
        (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            discovery::tenant(tenant, azure)
        }
        (&Method::GET, [tenant, "discovery", "v2.0", "keys"]) => discovery::keys(tenant, azure),
        _ => {
            let text = format!(
                "The sandbox's Entra has no {} {}",
                request.method, request.path
            );
            return Response::text(StatusCode::NOT_FOUND, text);
        }
    };
    answered.unwrap_or_else(|refusal| {
        let trace = azure.fresh_guid();
        let correlation = request
            .header("client-request-id")
            // The correlation id is the client's own where it sent one, so that its log can be searched for it.
            .map_or_else(|| trace.to_string(), str::to_owned);
        refusal
            .response(trace, &correlation, request.now)
            .with_header("x-ms-request-id", trace.to_string())
    })
}

/// Makes sure that the tenant in a path is the one there is, by its id or by one of its domains.
fn check_tenant(tenant: &str, azure: &Azure) -> Result<(), EntraRefusal> {
    let known = azure.state.directory.tenant_id.to_string();
    let names = DOMAINS.into_iter().chain([known.as_str()]);
    if names.into_iter().any(|it| it.eq_ignore_ascii_case(tenant)) {
        Ok(())
    } else {
        Err(EntraRefusal::UnknownTenant(tenant.to_owned()))
    }
}
