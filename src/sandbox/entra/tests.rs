//! Tests of token requests: who gets a token, and why others do not.

use std::time::Duration;

use uuid::Uuid;

use super::token::JWT_BEARER;
use crate::sandbox::{
    azure::Azure,
    entra,
    kubernetes::{ExternalIssuer, SigningKey, TokenAccount},
    request::ServiceRequest,
    response::Response,
    service::Service,
    state::{StoredApplication, StoredFederatedCredential, StoredResourceId},
    testing::{example, request, start_time},
};

const INGESTION: &str = "https://monitor.azure.com//.default";

fn asking(azure: &Azure, fields: &[(&str, &str)]) -> ServiceRequest {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("grant_type", "client_credentials")
        .extend_pairs(fields);
    let tenant = azure.state.directory.tenant_id;
    request(&format!("POST /{tenant}/oauth2/v2.0/token"))
        .to(Service::Entra)
        .with_body(body.finish())
}

fn signed_in(azure: &Azure) -> (String, String) {
    let application: &StoredApplication = &azure.state.directory.applications[0];
    (
        application.app_id.to_string(),
        application.passwords[0].secret.clone(),
    )
}

fn code(response: &Response) -> u64 {
    response.value()["error_codes"][0].as_u64().unwrap()
}

#[test]
fn a_secret_of_the_service_principal_signs_its_application_in() {
    let mut azure = example();
    let (client, _) = signed_in(&azure);
    let directory = &mut azure.state.directory;
    let moved = directory.applications[0].passwords.remove(0);
    let secret = moved.secret.clone();
    let mut principals = directory.principals.iter_mut();
    let principal = principals.find(|it| it.app_id == client.parse().ok());
    principal.unwrap().passwords.push(moved);
    let asked = [
        ("client_id", &*client),
        ("client_secret", &*secret),
        ("scope", INGESTION),
    ];

    let answered = entra::answer(&asking(&azure, &asked), &mut azure);

    assert!(answered.value()["access_token"].is_string());
}

#[test]
fn an_application_with_its_secret_gets_a_token_for_the_resource_it_asked_for() {
    let mut azure = example();
    let (client, secret) = signed_in(&azure);
    let asked = [
        ("client_id", &*client),
        ("client_secret", &*secret),
        ("scope", INGESTION),
    ];

    let answered = entra::answer(&asking(&azure, &asked), &mut azure);

    let token = answered.value()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let caller = azure
        .tokens
        .verify(&token, &["https://monitor.azure.com/"], start_time())
        .unwrap();
    assert_eq!(caller.app_id.unwrap().to_string(), client);
    assert_eq!(answered.value()["expires_in"], 3599);
}

#[test]
fn every_mistake_in_a_request_has_its_own_code() {
    let mut azure = example();
    let (client, secret) = signed_in(&azure);
    let application = &azure.state.directory.applications[0];
    let secret_id = application.passwords[0].key_id.to_string();
    let identity = azure.state.identities.iter().next().unwrap();
    let identity = identity.client_id.to_string();
    let unknown = Uuid::nil().to_string();
    let government = "https://monitor.azure.us/.default";

    let mut code_for = |client: &str, secret: &str, scope: &str| {
        let fields = [
            ("client_id", client),
            ("client_secret", secret),
            ("scope", scope),
        ];
        code(&entra::answer(&asking(&azure, &fields), &mut azure))
    };

    assert_eq!(code_for(&client, "wrong", INGESTION), 7_000_215);
    assert_eq!(code_for(&client, &secret_id, INGESTION), 7_000_215);
    assert_eq!(code_for(&client, "", INGESTION), 7_000_218);
    assert_eq!(code_for("", &secret, INGESTION), 900_144);
    assert_eq!(code_for(&unknown, &secret, INGESTION), 700_016);
    assert_eq!(code_for(&identity, &secret, INGESTION), 7_002_104);
    assert_eq!(code_for(&client, &secret, "monitor"), 1_002_012);
    assert_eq!(code_for(&client, &secret, "a/.default b/.default"), 70011);
    assert_eq!(code_for(&client, &secret, government), 500_011);
}

#[test]
fn a_tenant_can_be_named_by_a_domain_and_answers_with_its_id() {
    let mut azure = example();
    let id = azure.state.directory.tenant_id.to_string();
    let path = "GET /sandbox.onmicrosoft.com/v2.0/.well-known/openid-configuration";

    let answered = entra::answer(&request(path), &mut azure).value();

    for field in ["issuer", "token_endpoint"] {
        assert!(answered[field].as_str().unwrap().contains(&id), "{field}");
    }
}

#[test]
fn another_tenant_is_not_here() {
    let mut azure = example();
    let (client, secret) = signed_in(&azure);
    let asked = [
        ("client_id", &*client),
        ("client_secret", &*secret),
        ("scope", INGESTION),
    ];
    let mut elsewhere = asking(&azure, &asked);
    elsewhere.path = format!("/{}/oauth2/v2.0/token", Uuid::nil());

    let answered = entra::answer(&elsewhere, &mut azure);

    assert_eq!(code(&answered), 90002);
}

#[test]
fn a_secret_counts_from_when_it_has_replicated_until_it_expires() {
    let mut azure = example();
    azure.options.replication_lag = Duration::from_secs(10);
    let (client, secret) = signed_in(&azure);
    let password = &mut azure.state.directory.applications[0].passwords[0];
    password.starts = start_time();
    password.ends = start_time() + Duration::from_secs(100);
    let asked = [
        ("client_id", &*client),
        ("client_secret", &*secret),
        ("scope", INGESTION),
    ];

    let mut status = |seconds| {
        let asked = asking(&azure, &asked).after(seconds);
        let answered = entra::answer(&asked, &mut azure);
        (
            answered.status.as_u16(),
            answered.notes.get("aadsts").cloned(),
        )
    };

    assert_eq!(status(9), (401, Some(7_000_215.into())));
    assert_eq!(status(10), (200, None));
    assert_eq!(status(100), (401, Some(7_000_222.into())));
}

/// A token of the example cluster's Prometheus, from this issuer.
fn service_account_token(azure: &Azure, issuer: &str) -> String {
    let account = TokenAccount {
        namespace: "monitoring",
        name: "prometheus",
        uid: "1",
    };
    let now = start_time().as_second();
    let audiences = ["api://AzureADTokenExchange".to_owned()];
    azure
        .signing_key
        .issue(issuer, &account, &audiences, (now, now + 3600))
}

/// Lets the kubelet's identity trust the example cluster's Prometheus; gives its client id and the issuer.
fn federate(azure: &mut Azure) -> (String, String) {
    let issuer = azure.issuer_of(azure.state.managed_clusters.iter().next().unwrap());
    let identity = azure.state.identities.iter_mut().next().unwrap();
    identity.credentials.push(StoredFederatedCredential {
        description: None,
        name: "prometheus".to_owned(),
        issuer: issuer.clone(),
        subject: "system:serviceaccount:monitoring:prometheus".to_owned(),
        audiences: vec!["api://AzureADTokenExchange".to_owned()],
        changed: start_time(),
    });
    (identity.client_id.to_string(), issuer)
}

fn exchange(azure: &mut Azure, client: &str, assertion: &str, seconds: i64) -> Response {
    let asked = [
        ("client_id", client),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
        ("client_info", "1"),
        (
            "scope",
            "https://monitor.azure.com//.default openid offline_access profile",
        ),
    ];
    let asked = asking(azure, &asked).after(seconds);
    entra::answer(&asked, azure)
}

#[test]
fn a_service_account_becomes_the_identity_that_trusts_it() {
    let mut azure = example();
    let (client, issuer) = federate(&mut azure);
    let assertion = service_account_token(&azure, &issuer);

    let answered = exchange(&mut azure, &client, &assertion, 0);

    let token = answered.value()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let caller = azure
        .tokens
        .verify(&token, &["https://monitor.azure.com/"], start_time())
        .unwrap();
    let identity = azure.state.identities.iter().next().unwrap();
    assert_eq!(caller.object_id, identity.principal_id);
}

#[test]
fn an_assertion_that_does_not_convince_is_refused_with_its_reason() {
    let mut azure = example();
    azure.options.replication_lag = Duration::from_secs(10);
    let (client, issuer) = federate(&mut azure);
    let good = service_account_token(&azure, &issuer);
    let unslashed = service_account_token(&azure, issuer.trim_end_matches('/'));
    let forged = format!("{}x", &good[..good.len() - 1]);

    for (assertion, seconds, expected) in [
        (&*good, 9, 70025),
        (&*unslashed, 10, 700_211),
        (&*good, 2 * 3600, 700_024),
        (&*forged, 10, 700_027),
        ("hello", 10, 700_027),
    ] {
        let answered = exchange(&mut azure, &client, assertion, seconds);

        assert_eq!(code(&answered), expected);
    }
}

#[test]
fn the_issuer_of_a_real_cluster_is_trusted_with_its_own_keys_only() {
    let real = SigningKey::default();
    let url = "https://westeurope.oic.prod-aks.azure.com/tenant/real/";
    let keys = real.key_set().to_string();
    let mut azure = example();
    azure.options.external_issuer = Some(ExternalIssuer::new(url, &keys).unwrap());
    let (client, issuer) = federate(&mut azure);
    let account = TokenAccount {
        namespace: "monitoring",
        name: "prometheus",
        uid: "1",
    };
    let now = start_time().as_second();
    let audiences = ["api://AzureADTokenExchange".to_owned()];
    let assertion = real.issue(url, &account, &audiences, (now, now + 3600));
    let forged = service_account_token(&azure, url);

    let accepted = exchange(&mut azure, &client, &assertion, 0);
    let refused = exchange(&mut azure, &client, &forged, 0);

    assert_eq!(issuer, url);
    assert_eq!(accepted.status.as_u16(), 200);
    assert_eq!(code(&refused), 700_027);
    let names = azure.host_names();
    let is_free = !names
        .iter()
        .any(|name| name == "westeurope.oic.prod-aks.azure.com");
    assert!(
        is_free,
        "the hosts file would hide the real issuer: {names:?}"
    );
}

#[test]
fn an_issuer_that_publishes_nothing_cannot_be_trusted() {
    let mut azure = example();
    let (client, issuer) = federate(&mut azure);
    let assertion = service_account_token(&azure, &issuer);
    let cluster: StoredResourceId = azure
        .state
        .managed_clusters
        .iter()
        .next()
        .unwrap()
        .id
        .clone();
    let cluster = azure.state.managed_clusters.get_mut(&cluster).unwrap();
    cluster.properties.remove("oidcIssuerProfile");

    let answered = exchange(&mut azure, &client, &assertion, 0);

    assert_eq!(code(&answered), 90061);
}
