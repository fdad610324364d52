//! Another user who changes things in the scenario's Azure, over the same wire and with the rights of the sandbox's user.

use std::collections::BTreeMap;

use serde_json::Value;

const PUBLISHER: &str = "3913510d-42f4-4e42-8a64-420c390055eb";

pub(super) struct Administrator {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    base: String,
    token: String,
    graph_token: String,
}

impl Administrator {
    /// For what needs no token: the sandbox's own switches.
    pub(super) fn sign_in_without_token(environment: &BTreeMap<String, String>) -> Self {
        Self {
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            base: environment["AMW_RW_RESOURCE_MANAGER_ENDPOINT"].clone(),
            token: String::new(),
            graph_token: String::new(),
        }
    }

    pub(super) fn set_faults(&self, faults: &str) {
        let base = self.base.split("/resource-manager").next().unwrap();
        let request = self
            .client
            .put(format!("{base}/sandbox/faults"))
            .body(faults.to_owned());
        let answer = self
            .runtime
            .block_on(async { request.send().await.unwrap() });
        assert!(answer.status().is_success(), "{faults}: {answer:?}");
    }

    /// Applications with their live secrets and federated credentials, and service principals, by name.
    pub(super) fn directory(&self) -> Value {
        let graph = self.base.replace("/resource-manager/", "/graph/");
        let graph = graph.split("/subscriptions/").next().unwrap().to_owned();
        let get = |path: &str| -> Value {
            let request = self
                .client
                .get(format!("{graph}/v1.0/{path}"))
                .bearer_auth(&self.graph_token);
            self.runtime
                .block_on(async { request.send().await.unwrap().json().await.unwrap() })
        };
        let mut directory = get("applications");
        directory["servicePrincipals"] = get("servicePrincipals")["value"].clone();
        directory
    }

    /// Changes something in the directory: `POST` with this body, or `DELETE` without one.
    pub(super) fn change_directory(&self, path: &str, body: Option<&Value>) -> Value {
        let graph = self.base.replace("/resource-manager/", "/graph/");
        let graph = graph.split("/subscriptions/").next().unwrap();
        let url = format!("{graph}/v1.0/{path}");
        let request = match body {
            Some(body) => self.client.post(url).json(body),
            None => self.client.delete(url),
        };
        let request = request.bearer_auth(&self.graph_token);
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{path}: {answer:?}");
            answer.json().await.unwrap_or(Value::Null)
        })
    }

    pub(super) fn sign_in(environment: &BTreeMap<String, String>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!(
            "{}/{}/oauth2/v2.0/token",
            environment["AMW_RW_AUTHORITY"], environment["AZURE_TENANT_ID"]
        );
        let token = |scope: &str| -> String {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", &environment["AZURE_CLIENT_ID"]),
                ("client_secret", &environment["AZURE_CLIENT_SECRET"]),
                ("scope", scope),
            ];
            let request = client.post(&url).form(&form);
            let answer: Value =
                runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() });
            answer["access_token"].as_str().unwrap().to_owned()
        };
        let graph_token = token("https://graph.microsoft.com/.default");
        let token = token("https://management.azure.com/.default");
        let base = format!(
            "{}/subscriptions/{}",
            environment["AMW_RW_RESOURCE_MANAGER_ENDPOINT"], environment["AMW_RW_SUBSCRIPTION"]
        );
        Self {
            client,
            runtime,
            base,
            token,
            graph_token,
        }
    }

    pub(super) fn get(&self, path: &str, api_version: &str) -> Value {
        let url = format!("{}{path}?api-version={api_version}", self.base);
        let request = self.client.get(url).bearer_auth(&self.token);
        self.runtime
            .block_on(async { request.send().await.unwrap().json().await.unwrap() })
    }

    pub(super) fn delete(&self, path: &str, api_version: &str) {
        let url = format!("{}{path}?api-version={api_version}", self.base);
        let request = self.client.delete(url).bearer_auth(&self.token);
        let answer = self
            .runtime
            .block_on(async { request.send().await.unwrap() });
        assert!(answer.status().is_success(), "{answer:?}");
    }

    pub(super) fn revoke_publishers(&self) {
        let group = "/resourceGroups/MA_amw-aks-prod_westeurope_managed/providers/Microsoft.Insights/dataCollectionRules/amw-aks-prod";
        let assignments = self.get(
            &format!("{group}/providers/Microsoft.Authorization/roleAssignments"),
            "2022-04-01",
        );
        let ours = assignments["value"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| {
                one["properties"]["roleDefinitionId"]
                    .as_str()
                    .is_some_and(|role| role.ends_with(PUBLISHER))
            });
        let manager = self.base.split("/subscriptions/").next().unwrap();
        let mut revoked = 0;
        for one in ours {
            let url = format!(
                "{manager}{}?api-version=2022-04-01",
                one["id"].as_str().unwrap()
            );
            let request = self.client.delete(url).bearer_auth(&self.token);
            let answer = self
                .runtime
                .block_on(async { request.send().await.unwrap() });
            assert!(answer.status().is_success(), "{answer:?}");
            revoked += 1;
        }
        assert!(revoked > 0, "there was no role to take away: {assignments}");
    }
}
