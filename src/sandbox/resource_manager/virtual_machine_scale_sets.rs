//! Virtual machine scale sets: read, and given other identities.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    arm_resource::ArmResource, collection::CollectionHandlers, machines, refusal::ArmAnswer,
    route::ArmRoute,
};
use crate::sandbox::{azure::Azure, state::StoredMachine};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<ScaleSets>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<ScaleSets>(),
    ArmRoute::list::<ScaleSets>(),
    ArmRoute::read::<ScaleSets>(),
    ArmRoute::patch::<ScaleSets>(
        &["tags", "identity.type", "identity.userAssignedIdentities"],
        machines::patch::<ScaleSets>,
    ),
];

struct ScaleSets;

impl ArmResource for ScaleSets {
    type Stored = StoredMachine;
    const KIND: &'static str = "Microsoft.Compute/virtualMachineScaleSets";
    const VERSIONS: &'static [&'static str] = &[
        "2019-07-01",
        "2019-12-01",
        "2020-06-01",
        "2020-12-01",
        "2021-03-01",
        "2021-04-01",
        "2021-07-01",
        "2021-11-01",
        "2022-03-01",
        "2022-08-01",
        "2022-11-01",
        "2023-03-01",
        "2023-07-01",
        "2023-09-01",
        "2024-03-01",
        "2024-07-01",
        "2024-11-01",
        "2025-04-01",
        "2025-11-01",
        "2026-03-01",
        "2026-04-01",
    ];

    fn to_json(azure: &Azure, scale_set: &StoredMachine, version: &str) -> Value {
        let mut body = machines::to_json(&azure.state, scale_set, version);
        body["sku"] = json!({"name": "Standard_D4s_v5", "tier": "Standard", "capacity": 2});
        body
    }

    fn pending(scale_set: &StoredMachine) -> Option<Uuid> {
        scale_set.pending
    }

    fn read_answer(body: &Value) -> ArmAnswer {
        machines::read_answer(body)
    }
}
