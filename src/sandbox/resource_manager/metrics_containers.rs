//! The metrics container of a workspace: its limits of ingestion.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    arm_resource::existing,
    call::{ArmCall, found},
    casing,
    collection::CollectionHandlers,
    provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group},
    verb::Verb,
    workspaces::Workspaces,
};
use crate::sandbox::state::StoredWorkspace;

const VERSIONS: &[&str] = &["2025-05-03-preview", "2025-10-03-preview", "2025-10-03"];

const KIND: &str = "Microsoft.Monitor/accounts/metricsContainers";

const ONE: &str = in_group!("Microsoft.Monitor/accounts/{name}/metricsContainers/{container}");

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).of_type(KIND, VERSIONS);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Monitor/accounts/metricsContainers/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Monitor/accounts/metricsContainers/write")
        .with_fields(&[]),
];

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let workspace = named(call)?;
    found(&to_json(&workspace))
}

/// A fresh workspace refuses for about ten seconds, which are a number of tries here.
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let mut workspace = named(call)?;
    // Recorded on 2026-05-08, 1, 2 and 5 seconds after the workspace was made; after 11 the same was taken.
    if workspace.container_refusals > 0 {
        workspace.container_refusals -= 1;
        call.state().workspaces.insert(workspace);
        return Err(ArmRefusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "DependencyFailure",
            "Failed to update the Metrics Ingestion limits. \
             Please follow the instructions here: https://go.microsoft.com/fwlink/?linkid=2270124",
        )
        .with_header("x-ms-failure-cause", "service"));
    }
    found(&to_json(&workspace))
}

/// The workspace of the container, which is called `default`: there is no other.
fn named(call: &ArmCall<'_>) -> Result<StoredWorkspace, ArmRefusal> {
    let workspace = existing::<Workspaces>(call)?;
    match call.path.get("container").eq_ignore_ascii_case("default") {
        true => Ok(workspace.clone()),
        false => Err(call.no_resource(&call.target())),
    }
}

fn to_json(workspace: &StoredWorkspace) -> Value {
    // Version 2025-10-03 shows no limits (recorded).
    json!({
        "properties": {"version": "1.0"},
        "id": format!("{}/metricscontainers/default", casing::monitor(&workspace.id)),
        "name": "default",
        "type": KIND,
        "systemData": provider_fields::system_data(workspace.created),
    })
}
