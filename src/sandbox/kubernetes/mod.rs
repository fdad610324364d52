//! The API servers of the clusters, as far as kubectl, Helm and this program need them.

mod access_review;
mod address;
mod authorization;
mod body;
mod controllers;
mod definitions;
mod discovery;
mod external_issuer;
mod field_set;
mod initial_metadata;
mod managed_fields;
mod merge_keys;
mod objects;
mod openapi;
mod patch;
mod protobuf;
mod representation;
mod requested_token;
mod resources;
mod selector;
mod server_side_apply;
mod signing_key;
mod status;
mod strategic_merge;
mod table;
mod token_request;
mod watch;
mod write;

use http::{Method, StatusCode};
use jiff::Timestamp;

#[cfg(test)]
pub(crate) use self::signing_key::TokenAccount;
use self::{address::ResourcePath, status::StatusError};
pub(crate) use self::{
    external_issuer::ExternalIssuer,
    initial_metadata::complete,
    signing_key::{PresentedToken, SigningKey},
};
use super::{
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::{KubernetesApi, StoredCluster},
    tokens::TokenCaller,
};

/// Answers one request to the API server that the request's label names.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    respond(request, azure).unwrap_or_else(|failure| failure.response())
}

/// Answers one request to the public documents of a cluster's issuer.
pub(crate) fn answer_as_issuer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    discovery::of_issuer(request, azure).unwrap_or_else(|failure| failure.response())
}

fn respond(request: &ServiceRequest, azure: &mut Azure) -> Result<Response, StatusError> {
    let (cluster, api) = find(request, azure).ok_or(StatusError::NoSuchCluster)?;
    if !api.reachable {
        return Err(StatusError::Unreachable);
    }
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let (&Method::GET, ["version"]) = (&request.method, segments.as_slice()) {
        return Ok(discovery::version(cluster));
    }
    if let Some(health) = discovery::health(&segments, request) {
        return Ok(health);
    }
    // Version and health need no token, as with `system:public-info-viewer`.
    let caller = authenticate(request, cluster, azure)?;
    if let (&Method::GET, Some(document)) = (
        &request.method,
        discovery::document(&segments, cluster, api, azure),
    ) {
        return Ok(Response::json(StatusCode::OK, &document));
    }
    if let Some(review) = access_review::answer(&segments, request, api, &caller) {
        return review;
    }
    let address = ResourcePath::read(&segments).ok_or(StatusError::NoSuchPath)?;
    authorization::check_served(&address, api)?;
    authorization::check_allowed(&address, api, &request.method, &caller)?;
    match (&request.method, address.with_subresource().as_str()) {
        (&Method::POST, "serviceaccounts/token") => {
            token_request::answer(&address, request, cluster, azure)
        }
        _ if address.subresource.is_some() => Err(StatusError::MethodNotAllowed),
        (&Method::GET, _) => objects::read(&address, request, api),
        _ => {
            let label = cluster.label();
            let api = azure.state.kubernetes.get_mut(&label);
            write::answer(&address, request, api.ok_or(StatusError::NoSuchCluster)?)
        }
    }
}

/// A moment as Kubernetes writes it, in whole seconds.
fn time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Only tokens made for this very cluster open it.
fn authenticate(
    request: &ServiceRequest,
    cluster: &StoredCluster,
    azure: &Azure,
) -> Result<TokenCaller, StatusError> {
    let server = azure.addresses.kubernetes(&cluster.label());
    let token = request.bearer().ok_or(StatusError::Unauthorized)?;
    azure
        .tokens
        .verify(token, &[&server], request.now)
        .map_err(|_| StatusError::Unauthorized)
}

fn find<'a>(
    request: &ServiceRequest,
    azure: &'a Azure,
) -> Option<(&'a StoredCluster, &'a KubernetesApi)> {
    let label = request.label.as_deref()?;
    let cluster = azure
        .state
        .managed_clusters
        .iter()
        .find(|it| it.label() == label)?;
    Some((cluster, azure.state.kubernetes.get(label)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::{
        kubeconfig::kubeconfig,
        service::Service,
        signed_in,
        testing::{example, request, start_time},
    };

    const ACCOUNT: &str =
        "/api/v1/namespaces/monitoring/serviceaccounts/kube-prometheus-stack-prometheus";

    fn label(azure: &Azure) -> String {
        azure.state.managed_clusters.iter().next().unwrap().label()
    }

    fn asking(azure: &Azure, line: &str) -> ServiceRequest {
        let cluster = azure.state.managed_clusters.iter().next().unwrap();
        let caller = signed_in::caller(&azure.state);
        let config = kubeconfig(azure, &[cluster], &caller, start_time());
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        let token = config["users"][0]["user"]["token"].as_str().unwrap();
        request(line)
            .at(Service::Kubernetes, &label(azure))
            .bearing(token)
    }

    fn get(azure: &mut Azure, path: &str) -> Response {
        answer(&asking(azure, &format!("GET {path}")), azure)
    }

    #[test]
    fn the_prometheus_is_found_by_listing_and_by_name() {
        let mut azure = example();
        let all = "/apis/monitoring.coreos.com/v1/prometheuses";
        let one = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses/kube-prometheus-stack-prometheus";

        let listed = get(&mut azure, all).value();
        let single = get(&mut azure, one).value();

        assert_eq!(listed["kind"], "PrometheusList");
        assert_eq!(listed["items"], json!([single]));
        assert_eq!(
            single["spec"]["serviceAccountName"],
            "kube-prometheus-stack-prometheus"
        );
    }

    #[test]
    fn only_the_kubeconfigs_token_opens_the_api_server() {
        let mut azure = example();
        let anonymous = request("GET /apis")
            .at(Service::Kubernetes, &label(&azure))
            .bearing("guess");
        let anybody = request("GET /version").at(Service::Kubernetes, &label(&azure));

        assert_eq!(
            answer(&anonymous, &mut azure).value()["reason"],
            "Unauthorized"
        );
        assert_eq!(answer(&anybody, &mut azure).value()["major"], "1");
    }

    #[test]
    fn absent_and_forbidden_objects_are_distinguished() {
        let mut azure = example();
        let label = label(&azure);
        azure.state.kubernetes.get_mut(&label).unwrap().forbidden = vec!["secrets"];

        let missing = get(
            &mut azure,
            "/api/v1/namespaces/monitoring/serviceaccounts/other",
        )
        .value();
        let forbidden = get(&mut azure, "/api/v1/secrets").value();
        let unserved = get(&mut azure, "/apis/example.com/v1/things");

        assert_eq!(missing["reason"], "NotFound");
        assert_eq!(missing["message"], "serviceaccounts \"other\" not found");
        let caller = signed_in::caller(&azure.state).name;
        assert_eq!(
            forbidden["message"],
            format!(
                "secrets is forbidden: User \"{caller}\" cannot list resource \"secrets\" in API group \"\" at the cluster scope"
            )
        );
        assert_eq!(unserved.body, b"404 page not found\n");
    }

    #[test]
    fn a_requested_token_can_be_checked_with_the_published_issuer() {
        let mut azure = example();
        let body = json!({"spec": {"audiences": ["api://AzureADTokenExchange"], "expirationSeconds": 600}});
        let asked = asking(&azure, &format!("POST {ACCOUNT}/token")).with_body(body.to_string());

        let answered = answer(&asked, &mut azure);

        let token = answered.value()["status"]["token"]
            .as_str()
            .unwrap()
            .to_owned();
        let presented = azure.signing_key.read(&token).unwrap();
        let published = get(&mut azure, "/.well-known/openid-configuration").value();
        assert_eq!(answered.status, StatusCode::CREATED);
        assert_eq!(published["issuer"], presented.issuer);
        assert!(presented.issuer.ends_with('/'));
        assert_eq!(presented.expires, start_time().as_second() + 600);
        assert_eq!(
            answered.value()["status"]["expirationTimestamp"],
            "2026-01-15T12:10:00Z"
        );
    }

    #[test]
    fn the_issuers_url_leads_to_its_documents() {
        let mut azure = example();
        let issuer = azure.issuer_of(azure.state.managed_clusters.iter().next().unwrap());
        let url = format!("{issuer}.well-known/openid-configuration");
        let path = url.strip_prefix("http://127.0.0.1:4041").unwrap();
        let place = azure.addresses.locate("127.0.0.1:4041", path).unwrap();
        let asked =
            request(&format!("GET {}", place.path)).at(place.service, &place.label.unwrap());

        let answered = answer_as_issuer(&asked, &mut azure).value();

        assert_eq!(answered["issuer"], issuer);
    }
}
