//! What an administrator does in Azure by hand, without `amw-rw`: look, revoke, query.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::programs::Program;
use crate::run::run;
use crate::world::EndToEndWorld;

const MANAGEMENT: &str = "https://management.azure.com";
const QUERY_SCOPE: &str = "https://prometheus.monitor.azure.com/.default";
/// Asks Entra for a token with what the sandbox's environment file exports; `$1` is the scope.
const SIGN_IN: &str = r#"exec "$0" --silent --show-error --fail-with-body \
    --data grant_type=client_credentials --data "client_id=$AZURE_CLIENT_ID" \
    --data-urlencode "client_secret=$AZURE_CLIENT_SECRET" --data-urlencode "scope=$1" \
    "https://login.microsoftonline.com/$AZURE_TENANT_ID/oauth2/v2.0/token""#;

/// The sandbox's user with `curl` in hand.
pub(crate) struct CurlAdministrator<'world> {
    world: &'world EndToEndWorld,
}

impl<'world> CurlAdministrator<'world> {
    pub(crate) fn of(world: &'world EndToEndWorld) -> Self {
        Self { world }
    }

    /// The path of the one object of this type that was made in the scenario, such as `roleAssignments`.
    pub(crate) fn made(&self, collection: &str) -> Result<String> {
        let folder = format!("/{}/", collection.to_lowercase());
        let requests = self.world.sandbox.journal.requests()?;
        let made = requests.iter().find(|request| {
            request.method == "PUT"
                && request.succeeded()
                && request.path.to_lowercase().contains(&folder)
        });
        let path = made.map(|request| request.path.clone());
        path.with_context(|| format!("the journal shows no PUT of {collection} that succeeded"))
    }

    /// A field of an object in Resource Manager, by JSON pointer.
    pub(crate) fn field(&self, path: &str, api_version: &str, pointer: &str) -> Result<String> {
        let object = self.manage("GET", path, api_version)?;
        let field = object.pointer(pointer).and_then(Value::as_str);
        field
            .map(str::to_owned)
            .with_context(|| format!("no {pointer} in {object}"))
    }

    /// The path of the only subscription.
    pub(crate) fn subscription(&self) -> Result<String> {
        let all = self.manage("GET", "/subscriptions", "2022-12-01")?;
        let first = all.pointer("/value/0/id").and_then(Value::as_str);
        first
            .map(str::to_owned)
            .with_context(|| format!("no subscription in {all}"))
    }

    pub(crate) fn delete(&self, path: &str, api_version: &str) -> Result<()> {
        self.manage("DELETE", path, api_version).map(drop)
    }

    /// The value of each series that the expression finds at this moment, by the workspace's query endpoint.
    pub(crate) fn query(&self, endpoint: &str, expression: &str) -> Result<Vec<Value>> {
        let token = self.token(QUERY_SCOPE)?;
        let mut curl = self.curl(&token)?;
        curl.arg("--get")
            .arg("--data-urlencode")
            .arg(format!("query={expression}"));
        let answer = run(curl.arg(format!("{endpoint}/api/v1/query")))?.succeeds()?;
        let answer: Value = serde_json::from_str(&answer)?;
        answer["data"]["result"]
            .as_array()
            .cloned()
            .with_context(|| format!("no result in {answer}"))
    }

    /// `data` of the answer to an expression at a moment (Unix seconds).
    pub(crate) fn query_at(&self, endpoint: &str, expression: &str, moment: &str) -> Result<Value> {
        let token = self.token(QUERY_SCOPE)?;
        let mut curl = self.curl(&token)?;
        curl.arg("--get")
            .arg("--data-urlencode")
            .arg(format!("query={expression}"))
            .args(["--data", &format!("time={moment}")]);
        let answer = run(curl.arg(format!("{endpoint}/api/v1/query")))?.succeeds()?;
        let mut answer: Value = serde_json::from_str(&answer)?;
        Ok(answer["data"].take())
    }

    /// Writes the file with which a client of Prometheus signs in to a query endpoint.
    pub(crate) fn http_client_settings(&self, file: &Path) -> Result<PathBuf> {
        let settings = serde_json::json!({
            "authorization": {"credentials": self.token(QUERY_SCOPE)?},
            "tls_config": {"ca_file": self.world.sandbox.authority_file()},
        });
        std::fs::write(file, settings.to_string())?;
        Ok(file.to_owned())
    }

    /// The labels of every series of these metrics, of which the workspace wants to be asked one by one.
    pub(crate) fn series(&self, endpoint: &str, names: &[String]) -> Result<Vec<Value>> {
        let token = self.token(QUERY_SCOPE)?;
        let mut curl = self.curl(&token)?;
        curl.args(
            names
                .iter()
                .map(|name| format!("{endpoint}/api/v1/query?query={name}")),
        );
        let answers = run(&mut curl)?.succeeds()?;
        let mut series = Vec::new();
        for answer in serde_json::Deserializer::from_str(&answers).into_iter::<Value>() {
            let answer = answer?;
            let found = answer["data"]["result"].as_array();
            let found = found.with_context(|| format!("no result in {answer}"))?;
            series.extend(found.iter().map(|series| series["metric"].clone()));
        }
        Ok(series)
    }

    /// One request to Resource Manager; null where it answers nothing.
    fn manage(&self, method: &str, path: &str, api_version: &str) -> Result<Value> {
        let token = self.token(&format!("{MANAGEMENT}/.default"))?;
        let mut curl = self.curl(&token)?;
        curl.args(["--request", method]);
        let answer =
            run(curl.arg(format!("{MANAGEMENT}{path}?api-version={api_version}")))?.succeeds()?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer).with_context(|| format!("not JSON: {answer}"))
    }

    fn curl(&self, token: &str) -> Result<std::process::Command> {
        let mut curl = self.world.program(Program::Curl.path()?);
        curl.args(["--silent", "--show-error", "--fail-with-body", "--cacert"])
            .arg(self.world.sandbox.authority_file())
            .arg("--header")
            .arg(format!("Authorization: Bearer {token}"));
        Ok(curl)
    }

    fn token(&self, scope: &str) -> Result<String> {
        let mut shell = self.world.signed_in("sh");
        shell
            .args(["-euc", SIGN_IN])
            .arg(Program::Curl.path()?)
            .arg(scope);
        let answer: Value = serde_json::from_str(&run(&mut shell)?.succeeds()?)?;
        let token = answer["access_token"].as_str();
        token
            .map(str::to_owned)
            .with_context(|| format!("no access token for {scope}"))
    }
}
