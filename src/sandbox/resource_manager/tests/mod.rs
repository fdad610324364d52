//! Tests of Resource Manager: requests in, responses out.

mod authorization;
mod data_collection;
mod documents;
mod federated_credentials;
mod integrations;
mod managed_clusters;
mod new_clusters;
mod paging;
mod providers;
mod resource_graph;
mod resource_groups;
mod resources;
mod role_assignments;
mod role_definitions;
mod scale_sets;
mod strictness;
mod virtual_machines;
mod workspaces;

use http::StatusCode;
use serde_json::json;

use crate::sandbox::{
    options::Options, response::Response, state::Registration, testing::TestAzure,
};

const WORKSPACE: &str = "{rg}/providers/Microsoft.Monitor/accounts/w1?api-version=2025-10-03";

/// An example world in which workspaces can be made at once.
fn with_monitor_registered(options: &Options) -> TestAzure {
    let azure = TestAzure::with(options);
    azure.with_azure(|azure| {
        azure.state.subscriptions[0].register("Microsoft.Monitor", Registration::Registered);
    });
    azure
}

fn make_workspace(azure: &TestAzure) -> Response {
    azure.sends(
        &format!("PUT {WORKSPACE}"),
        &json!({"location": "westeurope"}),
    )
}

#[test]
fn every_answer_carries_the_ids_by_which_support_finds_it() {
    let azure = TestAzure::of("example");

    let answer = azure.asks("GET /subscriptions?api-version=2022-12-01");

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("x-ms-request-id"),
        answer.header("x-ms-correlation-request-id")
    );
}
