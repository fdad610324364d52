//! The three services of the data path for tests: each gives its answers in turn, the last one over and over.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use url::Url;

use super::ProbeRoute;
use super::identity::ProbeIdentity;
use crate::azure::sign_in::ServicePrincipal;
use crate::azure::{Reader, SignInOptions};
use crate::facts::{Rule, Workspace};
use crate::network::loopback;
use crate::network::retry_policy::RetryPolicy;
use crate::spec::cloud::{Cloud, CloudName, CloudOverrides};
use crate::spec::ids::{ClientId, Region, ResourceId, TenantId};

const TENANT: &str = "22222222-2222-2222-2222-222222222222";
/// The user; every other client is the identity of Prometheus.
const USER: &str = "99999999-9999-9999-9999-999999999999";
const PROMETHEUS: &str = "33333333-3333-3333-3333-333333333333";
const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod";

/// Tries that follow each other at once.
pub(super) const QUICK: RetryPolicy = RetryPolicy {
    first: Duration::from_millis(1),
    longest: Duration::from_millis(2),
    total: Duration::from_secs(5),
    named: Duration::from_secs(5),
};

pub(super) type FakeAnswer = (u16, Value);

/// What the services answer.
#[derive(Clone, Default)]
pub(super) struct FakeServices {
    pub(super) token: Vec<FakeAnswer>,
    pub(super) write: Vec<FakeAnswer>,
    pub(super) query: Vec<FakeAnswer>,
    /// Which services were asked, in order.
    pub(super) asked: Arc<Mutex<Vec<&'static str>>>,
}

pub(super) fn token() -> FakeAnswer {
    (
        200,
        json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "token-of-prometheus"}),
    )
}

pub(super) fn refused_token(number: u32) -> FakeAnswer {
    let text = format!("AADSTS{number}: No.");
    (
        401,
        json!({"error": "invalid_client", "error_description": text, "error_codes": [number]}),
    )
}

pub(super) fn taken() -> FakeAnswer {
    (204, Value::Null)
}

pub(super) fn role_missing() -> FakeAnswer {
    let message = "The authentication token provided does not have access to ingest data for the data collection rule \
        with immutable Id 'dcr-1' PipelineAccessResult: AccessGranted: False, IsRbacPresent: False, IsDcrDceBindingValid: , \
        DcrArmId: /rule, Message: Required authorization action was not found";
    (
        403,
        json!({"error": {"code": "OperationFailed", "message": message}}),
    )
}

pub(super) fn series(count: usize) -> FakeAnswer {
    let one = json!({"metric": {"__name__": "amw_rw_probe"}, "value": [1_763_805_600.0, "1"]});
    (
        200,
        json!({"status": "success", "data": {"resultType": "vector", "result": vec![one; count]}}),
    )
}

impl FakeServices {
    /// A path on which everything is accepted at once.
    pub(super) fn open() -> Self {
        Self {
            token: vec![token()],
            write: vec![taken()],
            query: vec![series(1)],
            ..Self::default()
        }
    }

    /// How often a service was asked by anybody but the user's sign-in.
    pub(super) fn times(&self, service: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|one| **one == service).count()
    }

    /// Serves on loopback, and signs the user in.
    pub(super) async fn world(&self) -> ProbeFixture {
        let path = self.clone();
        let base = loopback::serve(move |request| answer(&path, &request)).await;
        let everywhere = CloudOverrides {
            resource_manager: Some(base.clone()),
            authority: Some(base.clone()),
            graph: Some(base.clone()),
            instance_metadata: Some(base.clone()),
            ..CloudOverrides::default()
        };
        let user = SignInOptions {
            service_principal: Some(ServicePrincipal {
                tenant: TENANT.into(),
                client: USER.into(),
                secret: "users-own".into(),
            }),
            ..SignInOptions::default()
        };
        ProbeFixture {
            azure: Reader::connect_without_waits(Cloud::new(CloudName::Public, everywhere), &user)
                .await
                .unwrap(),
            tenant: TenantId::parse(TENANT).unwrap(),
            workspace: workspace(&base),
        }
    }

    fn next(&self, service: &'static str, answers: &[FakeAnswer]) -> FakeAnswer {
        let before = self.times(service);
        self.asked.lock().unwrap().push(service);
        answers[before.min(answers.len() - 1)].clone()
    }
}

/// A user signed in to the fake services.
pub(super) struct ProbeFixture {
    azure: Reader,
    tenant: TenantId,
    workspace: Workspace,
}

impl ProbeFixture {
    pub(super) fn route(&self, identity: ProbeIdentity) -> ProbeRoute<'_> {
        ProbeRoute {
            azure: &self.azure,
            tenant: &self.tenant,
            workspace: &self.workspace,
            cluster_label: "aks-prod",
            identity,
        }
    }

    pub(super) fn route_with_secret(&self) -> ProbeRoute<'_> {
        self.route(ProbeIdentity::Secret {
            client: ClientId::parse(PROMETHEUS).unwrap(),
            secret: "of-the-application".into(),
        })
    }
}

fn workspace(base: &Url) -> Workspace {
    let group: ResourceId = GROUP.parse().unwrap();
    Workspace {
        id: group.resource("Microsoft.Monitor/accounts", "amw-prod"),
        region: Region::parse("westeurope").unwrap(),
        query_endpoint: base.join("query").unwrap().to_string(),
        rule: Rule {
            id: group.resource("Microsoft.Insights/dataCollectionRules", "amw-prod"),
            immutable_id: "dcr-0123456789abcdef0123456789abcdef".into(),
            metrics_endpoint: base.join("ingestion").unwrap().to_string(),
        },
    }
}

fn answer(path: &FakeServices, request: &Request<Bytes>) -> Response<Vec<u8>> {
    let is_user = String::from_utf8_lossy(request.body()).contains(USER);
    let (code, body) = match request.uri().path() {
        place if place.starts_with("/ingestion/") => path.next("write", &path.write),
        place if place.starts_with("/query/") => path.next("query", &path.query),
        place if place.ends_with("/token") && !is_user => path.next("token", &path.token),
        place if place.ends_with("/token") => token(),
        _ => (404, json!({})),
    };
    loopback::json(code, &body)
}
