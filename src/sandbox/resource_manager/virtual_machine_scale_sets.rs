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
    ArmRoute::patch::<ScaleSets>(machines::CHANGEABLE, machines::patch::<ScaleSets>),
];

struct ScaleSets;

impl ArmResource for ScaleSets {
    type Stored = StoredMachine;
    const KIND: &'static str = "Microsoft.Compute/virtualMachineScaleSets";
    const VERSIONS: &'static [&'static str] = machines::VERSIONS;

    fn to_json(azure: &Azure, scale_set: &StoredMachine, version: &str) -> Value {
        let mut body = machines::to_json(&azure.state, scale_set, version);
        // At the level of `properties`; a virtual machine has its size within them.
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
