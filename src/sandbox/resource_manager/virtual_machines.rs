//! Virtual machines: read, and given other identities.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    arm_resource::{ArmResource, existing},
    call::{ArmCall, found},
    collection::CollectionHandlers,
    machines,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use crate::sandbox::{azure::Azure, state::StoredMachine};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<VirtualMachines>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<VirtualMachines>(),
    ArmRoute::list::<VirtualMachines>(),
    ArmRoute::read_with::<VirtualMachines>(read).with_parameters(&["$expand"]),
    ArmRoute::patch::<VirtualMachines>(machines::CHANGEABLE, machines::patch::<VirtualMachines>),
];

struct VirtualMachines;

impl ArmResource for VirtualMachines {
    type Stored = StoredMachine;
    const KIND: &'static str = "Microsoft.Compute/virtualMachines";
    const VERSIONS: &'static [&'static str] = machines::VERSIONS;

    fn to_json(azure: &Azure, machine: &StoredMachine, version: &str) -> Value {
        let mut body = machines::to_json(&azure.state, machine, version);
        body["properties"]["timeCreated"] = machines::time(machine.created).into();
        body
    }

    fn pending(machine: &StoredMachine) -> Option<Uuid> {
        machine.pending
    }

    fn read_answer(body: &Value) -> ArmAnswer {
        machines::read_answer(body)
    }
}

/// With `$expand=instanceView`, adds what runs in the machine; that answer has no entity tag in its headers (recorded in 2 of 2).
fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    match call.request.query("$expand") {
        None => VirtualMachines::read(call),
        Some("instanceView") => {
            let machine = existing::<VirtualMachines>(call)?;
            let mut body = VirtualMachines::to_json(call.azure, machine, call.version());
            body["properties"]["instanceView"] = instance_view(machine);
            found(&body)
        }
        Some(other) => Err(ArmRefusal::bad_request(
            "InvalidParameter",
            format!("The value '{other}' of parameter $expand is invalid."),
        )
        .about("$expand")),
    }
}

fn instance_view(machine: &StoredMachine) -> Value {
    let created = machines::time(machine.created);
    let succeeded = json!({
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "time": created,
    });
    let running = json!({
        "code": "PowerState/running",
        "level": "Info",
        "displayStatus": "VM running",
    });
    let ready = json!({
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Ready",
        "message": "Guest Agent is running",
        "time": created,
    });
    json!({
        "computerName": machine.id.name(),
        "osName": "ubuntu",
        "osVersion": "24.04",
        "vmAgent": {"vmAgentVersion": "2.11.1.4", "statuses": [ready], "extensionHandlers": []},
        // Whether a machine runs is only in these statuses: `provisioningState` says nothing of it.
        "disks": [{"name": format!("{}_OsDisk", machine.id.name()), "statuses": [succeeded.clone()]}],
        "hyperVGeneration": "V2",
        "statuses": [succeeded, running],
    })
}
