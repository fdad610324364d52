//! The data path over the wire: tokens as clients get them, one sample in, one sample out.

use reqwest::{Client, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    Options, Sandbox,
    fixtures::{self, WorkspaceFixture},
    signed_in,
    state::StoredFederatedCredential,
};

const INGESTION: &str = "https://monitor.azure.com//.default";
const QUERY: &str = "https://prometheus.monitor.azure.com/.default";
const EXCHANGE: &str = "api://AzureADTokenExchange";
const SUBJECT: &str = "system:serviceaccount:monitoring:kube-prometheus-stack-prometheus";

async fn sandbox() -> (Sandbox, WorkspaceFixture) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let workspace = sandbox
        .dispatcher
        .with_azure(|azure| fixtures::workspace(&mut azure.state));
    (sandbox, workspace)
}

/// Asks Entra for a token with these fields and a scope.
async fn sign_in(sandbox: &Sandbox, fields: &[(&str, &str)], scope: &str) -> String {
    let tenant = sandbox.signed_in().tenant_id;
    let url = format!("{}/{tenant}/oauth2/v2.0/token", sandbox.urls().entra);
    let form = [
        fields,
        &[("grant_type", "client_credentials"), ("scope", scope)],
    ]
    .concat();
    let answered = Client::new().post(url).form(&form).send().await.unwrap();
    text(&answered.json().await.unwrap(), "/access_token")
}

/// Writes a probe with the present time.
async fn write(sandbox: &Sandbox, workspace: &WorkspaceFixture, token: &str) -> Response {
    let base = sandbox
        .dispatcher
        .with_azure(|azure| azure.addresses.ingestion(&workspace.ingestion));
    Client::new()
        .post(format!("{base}{}", workspace.write_path()))
        .bearer_auth(token)
        .header("content-type", "application/x-protobuf")
        .header("content-encoding", "snappy")
        .header("x-prometheus-remote-write-version", "0.1.0")
        .body(fixtures::probe(jiff::Timestamp::now()))
        .send()
        .await
        .unwrap()
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no {pointer} in {value}"))
        .to_owned()
}

#[tokio::test]
async fn an_application_writes_a_sample_and_reads_it_back() {
    let (sandbox, workspace) = sandbox().await;
    sandbox.dispatcher.with_azure(|azure| {
        let caller = signed_in::caller(&azure.state).object_id;
        fixtures::role(&mut azure.state, caller, "Monitoring Metrics Publisher");
    });
    let client = sandbox.signed_in().client_id.to_string();
    let secret = sandbox.signed_in().client_secret.expose_secret();
    let credential = [("client_id", &*client), ("client_secret", secret)];

    let written = write(
        &sandbox,
        &workspace,
        &sign_in(&sandbox, &credential, INGESTION).await,
    )
    .await;
    let base = sandbox
        .dispatcher
        .with_azure(|azure| azure.addresses.query(&workspace.query));
    let read = Client::new()
        .get(format!("{base}/api/v1/query"))
        .query(&[("query", "amw_rw_probe{cluster=\"aks-prod\"}")])
        .bearer_auth(sign_in(&sandbox, &credential, QUERY).await)
        .send()
        .await
        .unwrap();

    assert_eq!(written.status().as_u16(), 204);
    let read: Value = read.json().await.unwrap();
    assert_eq!(text(&read, "/data/result/0/value/1"), "1");
    let noted: Vec<Value> = sandbox
        .journal()
        .iter()
        .map(|line| line["service"].clone())
        .collect();
    assert_eq!(noted, ["entra", "ingestion", "entra", "query"]);
    assert!(!json!(sandbox.journal()).to_string().contains(secret));
}

#[tokio::test]
async fn a_service_account_writes_as_the_identity_that_trusts_it() {
    let (sandbox, workspace) = sandbox().await;
    let client = sandbox.dispatcher.with_azure(|azure| {
        let issuer = azure.issuer_of(azure.state.managed_clusters.iter().next().unwrap());
        let identity = azure.state.identities.iter_mut().next().unwrap();
        identity.credentials.push(StoredFederatedCredential {
            description: None,
            name: "prometheus".to_owned(),
            issuer,
            subject: SUBJECT.to_owned(),
            audiences: vec![EXCHANGE.to_owned()],
            changed: jiff::Timestamp::now(),
        });
        let (client, principal) = (identity.client_id, identity.principal_id);
        fixtures::role(&mut azure.state, principal, "Monitoring Metrics Publisher");
        client.to_string()
    });

    let assertion = request_token(&sandbox).await;
    let credential = [
        ("client_id", &*client),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", &*assertion),
    ];
    let written = write(
        &sandbox,
        &workspace,
        &sign_in(&sandbox, &credential, INGESTION).await,
    )
    .await;

    assert_eq!(written.status().as_u16(), 204);
    let noted = sandbox.journal().pop().unwrap();
    assert_eq!(noted["client_id"], client);
    assert_eq!(noted["samples"], 1);
}

/// Asks the example cluster for a token of its Prometheus, entering by the kubeconfig.
async fn request_token(sandbox: &Sandbox) -> String {
    let config = std::fs::read_to_string(sandbox.kubeconfig_path()).unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    let server = text(&config, "/clusters/0/cluster/server");
    let account = "api/v1/namespaces/monitoring/serviceaccounts/kube-prometheus-stack-prometheus";
    let name = text(&config, "/clusters/0/cluster/tls-server-name");
    let address = server.trim_start_matches("https://").parse().unwrap();
    let server = server.replace("127.0.0.1", &name);
    let authority = sandbox.certificate_authority().as_bytes();
    let authority = reqwest::Certificate::from_pem(authority).unwrap();
    let client = Client::builder()
        .tls_certs_only([authority])
        .resolve(&name, address)
        .build();
    let answered = client
        .unwrap()
        .post(format!("{server}/{account}/token"))
        .bearer_auth(text(&config, "/users/0/user/token"))
        .json(&json!({"spec": {"audiences": [EXCHANGE], "expirationSeconds": 3600}}))
        .send()
        .await
        .unwrap();
    text(&answered.json().await.unwrap(), "/status/token")
}
