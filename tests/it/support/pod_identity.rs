//! What the pod of a Prometheus does to sign in: a token of its service account, exchanged at Entra.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::World;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A token that the kubelet projects into the pod, with this audience; `account` is `namespace/name`.
pub(crate) fn projected_token(world: &World, account: &str, audience: &str) -> String {
    let (namespace, account) = account.split_once('/').unwrap();
    let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token");
    let body = json!({"spec": {"audiences": [audience], "expirationSeconds": 3600}});
    text(&create_in_cluster(world, &path, &body)["status"]["token"])
}

/// Creates an object by the API server to which the sandbox's kubeconfig leads, as its user.
pub(crate) fn create_in_cluster(world: &World, path: &str, object: &Value) -> Value {
    let kubeconfig = std::fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
    let kubeconfig: Value = serde_json::from_str(&kubeconfig).unwrap();
    let cluster = &kubeconfig["clusters"][0]["cluster"];
    // All API servers share one address; the name in the TLS handshake (SNI) distinguishes them.
    let (server, name) = (text(&cluster["server"]), text(&cluster["tls-server-name"]));
    let address: std::net::SocketAddr = server.trim_start_matches("https://").parse().unwrap();
    let authority = STANDARD.decode(text(&cluster["certificate-authority-data"]));
    let authority = reqwest::Certificate::from_pem(&authority.unwrap()).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .resolve(&name, address)
        .build()
        .unwrap();
    let url = format!("https://{name}:{}{path}", address.port());
    let request = client
        .post(url)
        .bearer_auth(text(&kubeconfig["users"][0]["user"]["token"]))
        .json(object);
    answer(request)
}

/// What Entra answers to a client that presents this token.
pub(crate) fn exchange(world: &World, client_id: &str, assertion: &str, scope: &str) -> Value {
    let url = format!(
        "{}/{}/oauth2/v2.0/token",
        world.sandbox_variable("AMW_RW_AUTHORITY"),
        world.sandbox_variable("AZURE_TENANT_ID")
    );
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
        ("scope", scope),
    ];
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    answer(client.post(url).form(&form))
}

fn answer(request: reqwest::RequestBuilder) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() })
}

#[track_caller]
fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
