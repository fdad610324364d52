use super::*;

const MACHINE: &str =
    "{rg}/providers/Microsoft.Compute/virtualMachines/vm-prometheus?api-version=2024-07-01";

#[test]
fn a_machine_shows_its_identity_and_what_runs_in_it_when_asked() {
    let azure = TestAzure::of("virtual-machine");

    let plain = azure.asks(&format!("GET {MACHINE}")).value();
    let expanded = azure
        .asks(&format!("GET {MACHINE}&$expand=instanceView"))
        .value();
    let unknown = azure.asks(&format!("GET {MACHINE}&$expand=everything"));

    assert_eq!(plain["identity"]["type"], "UserAssigned");
    assert!(plain["properties"].get("instanceView").is_none());
    let statuses = &expanded["properties"]["instanceView"]["statuses"];
    assert_eq!(statuses[1]["code"], "PowerState/running");
    assert_eq!(unknown.refusal(), "400 InvalidParameter");
}

#[test]
fn each_write_has_an_operation_and_a_new_entity_tag() {
    let azure = TestAzure::of("virtual-machine");
    let body = json!({"identity": {"type": "SystemAssigned, UserAssigned"}});

    let changed = azure.sends(&format!("PATCH {MACHINE}"), &body);
    let seen = azure.asks(&format!("GET {MACHINE}"));

    assert_eq!(changed.status.as_u16(), 200);
    assert!(changed.header("azure-asyncoperation").is_some());
    assert_eq!(changed.value()["etag"], "\"2\"");
    assert_eq!(seen.header("etag"), Some("\"2\""));
    assert!(seen.value()["identity"]["principalId"].is_string());
}

#[test]
fn older_versions_know_no_entity_tag() {
    let azure = TestAzure::of("virtual-machine");
    let older = MACHINE.replace("2024-07-01", "2023-09-01");

    let seen = azure.asks(&format!("GET {older}"));

    assert!(seen.header("etag").is_none());
    assert!(seen.value().get("etag").is_none());
}
