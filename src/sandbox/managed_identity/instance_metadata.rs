//! The instance metadata service of a virtual machine.

use http::{Method, StatusCode};
use serde_json::json;

use super::{IdentitySelector, MetadataRefusal, choose, granted};
use crate::sandbox::{azure::Azure, request::ServiceRequest, response::Response};

/// The version that Prometheus sends, and the one that azure_identity for Rust sends.
const API_VERSIONS: [&str; 2] = ["2018-02-01", "2019-08-01"];
/// What identifies an identity, at most one of which may be given.
const SELECTORS: [&str; 3] = ["client_id", "object_id", "msi_res_id"];

/// Answers one request to the metadata service.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    // A page in a browser on the machine can send a GET, but no header of its own: the header keeps it from the token.
    if request.header("metadata") != Some("true") {
        let text = "Required metadata header not specified";
        return refuse("bad_request_102", text);
    }
    // A proxy that is asked for this link-local address would return the token of its own machine.
    if request.header("x-forwarded-for").is_some() {
        return refuse(
            "bad_request",
            "Requests that came through a proxy are not answered",
        );
    }
    match (&request.method, request.path.as_str()) {
        (&Method::GET, "/metadata/identity/oauth2/token") => token(request, azure),
        _ => Response::text(
            StatusCode::NOT_FOUND,
            format!(
                "The sandbox's metadata service has no {} {}",
                request.method, request.path
            ),
        ),
    }
}

fn token(request: &ServiceRequest, azure: &Azure) -> Response {
    let known =
        |name: &str| name == "api-version" || name == "resource" || SELECTORS.contains(&name);
    if let Some((unknown, _)) = request.query.iter().find(|(name, _)| !known(name)) {
        let text = format!("The sandbox knows no query parameter '{unknown}'");
        return refuse("invalid_request", &text);
    }
    let version = request.query("api-version").unwrap_or_default();
    // The endpoint has more versions; these two are the ones that clients here send.
    if !API_VERSIONS.contains(&version) {
        let text = format!("The api-version must be one of {}", API_VERSIONS.join(", "));
        return refuse("invalid_request", &text);
    }
    let Some(resource) = request
        .query("resource")
        .filter(|resource| !resource.is_empty())
    else {
        return refuse(
            "invalid_request",
            "Required query variable 'resource' is missing",
        );
    };
    if !azure.state.cloud.has_resource(resource) {
        let text = format!(
            "AADSTS500011: The resource principal named {resource} was not found in the tenant"
        );
        return refuse("invalid_resource", &text);
    }
    let Some(wanted) = wanted(request) else {
        return refuse(
            "invalid_request",
            "Only one of client_id, object_id and msi_res_id may be given",
        );
    };
    match choose(&wanted, azure) {
        Ok(caller) => Response::json(StatusCode::OK, &granted(&caller, resource, request, azure))
            .noting("client_id", caller.name)
            .noting("resource", resource),
        Err(MetadataRefusal::NotFound) => refuse("invalid_request", "Identity not found"),
        Err(MetadataRefusal::Several) => refuse(
            "invalid_request",
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the \
             token request",
        ),
    }
}

fn wanted(request: &ServiceRequest) -> Option<IdentitySelector<'_>> {
    let [client, object, resource] = SELECTORS.map(|selector| request.query(selector));
    match (client, object, resource) {
        (None, None, None) => Some(IdentitySelector::Default),
        (Some(id), None, None) => Some(IdentitySelector::ClientId(id)),
        (None, Some(id), None) => Some(IdentitySelector::ObjectId(id)),
        (None, None, Some(id)) => Some(IdentitySelector::ResourceId(id)),
        _ => None,
    }
}

fn refuse(error: &str, description: &str) -> Response {
    // The metadata service has the shape of an OAuth error, without Entra's numbers.
    let body = json!({"error": error, "error_description": description});
    Response::json(StatusCode::BAD_REQUEST, &body)
}

#[cfg(test)]
mod tests {
    use crate::sandbox::{
        azure::Azure,
        managed_identity::answer_instance_metadata,
        response::Response,
        service::Service,
        state::StoredMachine,
        testing::{example, request, start_time},
    };

    const TOKEN: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01";

    fn ask(azure: &mut Azure, query: &str) -> Response {
        let asked = request(&format!(
            "GET {TOKEN}&resource=https://monitor.azure.com/{query}"
        ))
        .to(Service::InstanceMetadata)
        .with_header("metadata", "true");
        answer_instance_metadata(&asked, azure)
    }

    fn machine(azure: &mut Azure) -> &mut StoredMachine {
        azure.state.machines.iter_mut().next().unwrap()
    }

    #[test]
    fn the_only_identity_of_a_machine_needs_no_name_and_all_numbers_are_strings() {
        let mut azure = example();

        let answered = ask(&mut azure, "").value();

        let token = answered["access_token"].as_str().unwrap();
        let caller = azure
            .tokens
            .verify(token, &["https://monitor.azure.com/"], start_time())
            .unwrap();
        assert_eq!(answered["client_id"], caller.name);
        assert_eq!(answered["expires_in"], "86399");
        assert_eq!(
            answered["expires_on"],
            (start_time().as_second() + 86399).to_string()
        );
    }

    #[test]
    fn an_identity_is_found_by_any_of_its_three_ids_once_it_is_attached() {
        let mut azure = example();
        let other = azure.state.identities.iter().last().unwrap().clone();
        let selectors = [
            format!("&client_id={}", other.client_id),
            format!("&object_id={}", other.principal_id),
            format!("&msi_res_id={}", other.id.folded()),
        ];

        for selector in &selectors {
            assert_eq!(
                ask(&mut azure, selector).value()["error_description"],
                "Identity not found"
            );
        }
        machine(&mut azure).identities.push(other.id.clone());
        for selector in &selectors {
            assert_eq!(
                ask(&mut azure, selector).value()["client_id"],
                other.client_id.to_string()
            );
        }
    }

    #[test]
    fn several_identities_without_a_choice_are_an_error_unless_the_system_has_one() {
        let mut azure = example();
        let other = azure.state.identities.iter().last().unwrap().clone();
        machine(&mut azure).identities.push(other.id);

        let undecided = ask(&mut azure, "");
        machine(&mut azure).system_identity = Some(other.principal_id);
        let decided = ask(&mut azure, "");

        let description = undecided.value()["error_description"].to_string();
        assert!(
            description.contains("Multiple user assigned identities exist"),
            "{description}"
        );
        assert_eq!(decided.value()["client_id"], other.client_id.to_string());
    }

    #[test]
    fn a_request_that_a_browser_or_proxy_could_send_is_refused() {
        let mut azure = example();
        let asked = request(&format!("GET {TOKEN}&resource=https://monitor.azure.com/"))
            .to(Service::InstanceMetadata);

        let plain = answer_instance_metadata(&asked, &mut azure);
        let forwarded = asked
            .with_header("metadata", "true")
            .with_header("x-forwarded-for", "10.0.0.1");
        let forwarded = answer_instance_metadata(&forwarded, &mut azure);

        assert_eq!(plain.value()["error"], "bad_request_102");
        assert_eq!(forwarded.status.as_u16(), 400);
    }
}
