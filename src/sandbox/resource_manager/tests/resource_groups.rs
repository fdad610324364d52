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
    let groups = azure
        .asks("GET {s}/resourceGroups?api-version=2024-11-01")
        .value();
    assert_eq!(groups["value"], json!([]));
}
