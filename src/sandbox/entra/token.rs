//! Who gets an access token, and for what? Applications and identities, by client secret or by federation.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::{
    check_tenant, federation,
    form::TokenForm,
    refusal::{AssertionRefusal, EntraRefusal},
    resource,
};
use crate::sandbox::{
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::{StoredApplication, StoredFederatedCredential, UserAssignedIdentity},
    tokens::TokenCaller,
};

/// How long an access token is good for, in seconds.
const LIFETIME: i64 = 3599;

pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client of a token request.
enum Client<'a> {
    Application(&'a StoredApplication),
    Identity(&'a UserAssignedIdentity),
}

/// Answers the token endpoint.
pub(super) fn answer(
    tenant: &str,
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<Response, EntraRefusal> {
    let form = TokenForm::read(&request.body)?;
    match form.required("grant_type")? {
        "client_credentials" => {}
        other => return Err(EntraRefusal::UnsupportedGrant(other.to_owned())),
    }
    check_tenant(tenant, azure)?;
    let (client, object_id) = find_client(form.required("client_id")?, request, azure)?;
    let resource = find_resource(form.required("scope")?, azure)?;
    let credential = check_credential(&client, &form, request, azure)?;
    let caller = TokenCaller {
        object_id,
        app_id: Some(client.id()),
        tenant_id: azure.state.directory.tenant_id,
        name: client.id().to_string(),
        met_claims: form.answers_a_challenge()?,
    };
    let expires = request.now + SignedDuration::from_secs(LIFETIME);
    let body = json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": azure.tokens.mint(&caller, resource, request.now, expires),
    });
    Ok(Response::json(StatusCode::OK, &body)
        .with_header("cache-control", "no-store, no-cache")
        .noting("client_id", caller.name)
        .noting("credential", credential)
        .noting("resource", resource))
}

/// The application or identity with this client id, and the object id of its service principal.
fn find_client<'a>(
    id: &str,
    request: &ServiceRequest,
    azure: &'a Azure,
) -> Result<(Client<'a>, Uuid), EntraRefusal> {
    let directory = &azure.state.directory;
    let found = || {
        let id: Uuid = id.parse().ok()?;
        // An application without a service principal is as unknown as one that does not exist (AADSTS700016).
        let principal = directory.principal_of_app(id)?;
        let client = match directory.application(id) {
            Some(application) => Client::Application(application),
            None => Client::Identity(
                azure
                    .state
                    .identities
                    .iter()
                    .find(|it| it.client_id == id)?,
            ),
        };
        azure
            .has_replicated(principal.created, request.now)
            .then_some((client, principal.object_id))
    };
    found().ok_or_else(|| EntraRefusal::UnknownClient {
        client: id.to_owned(),
        tenant: directory.tenant_id,
    })
}

fn find_resource<'a>(scope: &'a str, azure: &Azure) -> Result<&'a str, EntraRefusal> {
    // Client credentials have no user who could consent to single permissions, so only `.default` makes sense.
    if !scope.contains("/.default") {
        return Err(EntraRefusal::ScopeWithoutDefault(scope.to_owned()));
    }
    let resource =
        resource::of_scope(scope).ok_or_else(|| EntraRefusal::MalformedScope(scope.to_owned()))?;
    if azure.state.cloud.has_resource(resource) {
        return Ok(resource);
    }
    Err(EntraRefusal::UnknownResource {
        resource: resource.to_owned(),
        tenant: azure.state.directory.tenant_name.clone(),
    })
}

/// Checks what the client proves itself with, and gives its name for the journal.
fn check_credential(
    client: &Client<'_>,
    form: &TokenForm,
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<&'static str, EntraRefusal> {
    if let Some(secret) = form.optional("client_secret") {
        check_secret(client, secret, request, azure)?;
        return Ok("client_secret");
    }
    let assertion = form
        .optional("client_assertion")
        .ok_or(EntraRefusal::NoCredential)?;
    match form.required("client_assertion_type")? {
        JWT_BEARER => check_assertion(client, assertion, request, azure)?,
        other => return Err(AssertionRefusal::Type(other.to_owned()).into()),
    }
    Ok("federated")
}

fn check_secret(
    client: &Client<'_>,
    secret: &str,
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<(), EntraRefusal> {
    let application = match client {
        Client::Application(application) => application,
        Client::Identity(identity) => {
            // Azure manages the credential of a managed identity, and Graph refuses to add a secret
            // to it.
            return Err(EntraRefusal::SecretOfIdentity(identity.client_id));
        }
    };
    // A service principal can hold secrets as well, which sign in like those of its application.
    let principal = azure.state.directory.principal_of_app(application.app_id);
    let password = principal
        .into_iter()
        .flat_map(|it| &it.passwords)
        .chain(&application.passwords)
        .find(|password| {
            password.secret == secret && azure.has_replicated(password.starts, request.now)
        })
        .ok_or(EntraRefusal::WrongSecret(application.app_id))?;
    if password.ends <= request.now {
        return Err(EntraRefusal::ExpiredSecret(application.app_id));
    }
    Ok(())
}

fn check_assertion(
    client: &Client<'_>,
    assertion: &str,
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<(), AssertionRefusal> {
    let presented = azure
        .read_assertion(assertion)
        .ok_or(AssertionRefusal::Signature)?;
    federation::check_times(&presented, request.now)?;
    // A new credential reaches the servers that exchange tokens late: until then it does not match (AADSTS70025 or 700213).
    let replicated = client
        .federated_credentials()
        .iter()
        .filter(|credential| azure.has_replicated(credential.changed, request.now))
        .collect();
    federation::match_credential(&presented, replicated, client.id())?;
    if azure.publishes_keys(&presented.issuer) {
        Ok(())
    } else {
        Err(AssertionRefusal::IssuerUnreachable(presented.issuer))
    }
}

impl Client<'_> {
    fn id(&self) -> Uuid {
        match self {
            Self::Application(application) => application.app_id,
            Self::Identity(identity) => identity.client_id,
        }
    }

    fn federated_credentials(&self) -> &[StoredFederatedCredential] {
        match self {
            Self::Application(application) => &application.credentials,
            Self::Identity(identity) => &identity.credentials,
        }
    }
}
