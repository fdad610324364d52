use super::*;

#[test]
fn a_group_is_made_once_and_stays_where_it_is() {
    let azure = TestAzure::of("example");
    let put = "PUT {s}/resourcegroups/RG-New?api-version=2024-11-01";

    let new = azure.sends(put, &json!({"location": "West Europe", "tags": {"a": "b"}}));
    let again = azure.sends(put, &json!({"location": "westeurope"}));
    let moved = azure.sends(put, &json!({"location": "northeurope"}));

    assert_eq!(new.status, StatusCode::CREATED);
    assert_eq!(new.value()["location"], "westeurope");
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.value()["tags"], json!({}));
    assert_eq!(moved.refusal(), "409 InvalidResourceGroupLocation");
}

#[test]
fn a_group_takes_what_its_workspaces_had_made_for_themselves_along() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);

    let gone = azure.asks("DELETE {rg}?api-version=2024-11-01");

    assert_eq!(gone.status, StatusCode::ACCEPTED);
    let location = gone.header("location").unwrap().to_owned();
    let operation = location.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).status.as_u16());
    assert_eq!(polls, [202, 200]);
    let polled = azure.asks(&format!("GET {operation}"));
    assert!(polled.body.is_empty());
    let groups = azure
        .asks("GET {s}/resourceGroups?api-version=2024-11-01")
        .value();
    assert_eq!(groups["value"], json!([]));
}

#[test]
fn a_group_that_is_being_deleted_still_answers_and_takes_nothing_new() {
    let azure = with_monitor_registered(&Options {
        slow_operations: 3,
        ..Options::default()
    });
    make_workspace(&azure);
    let delete = || azure.asks("DELETE {rg}?api-version=2024-11-01");

    let (first, second) = (delete(), delete());
    let group = azure.asks("GET {rg}?api-version=2024-11-01").value();
    let workspace = azure.asks(&format!("GET {WORKSPACE}"));
    let again = make_workspace(&azure);

    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(group["properties"]["provisioningState"], "Deleting");
    assert_eq!(workspace.status, StatusCode::OK);
    assert_eq!(again.refusal(), "409 ResourceGroupBeingDeleted");
}

#[test]
fn a_group_has_a_code_of_its_own_for_an_unknown_region() {
    let azure = TestAzure::of("example");

    let answer = azure.sends(
        "PUT {s}/resourceGroups/new?api-version=2024-11-01",
        &json!({"location": "BadLocation"}),
    );

    assert_eq!(answer.refusal(), "400 LocationNotAvailableForResourceGroup");
    assert_eq!(answer.header("x-ms-failure-cause"), Some("gateway"));
}
