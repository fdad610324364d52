use super::*;

#[test]
fn a_workspace_has_a_rule_an_endpoint_and_its_whole_write_url() {
    let azure = with_monitor_registered(&Options::default());

    let made = make_workspace(&azure);

    assert_eq!(made.status, StatusCode::OK);
    let settings = made.value()["properties"]["defaultIngestionSettings"].clone();
    let rule = settings["dataCollectionRuleResourceId"].as_str().unwrap();
    assert!(
        rule.contains("/resourceGroups/MA_w1_westeurope_managed/"),
        "{rule}"
    );
    let rule = azure
        .asks(&format!("GET {rule}?api-version=2023-03-11"))
        .value();
    assert_eq!(
        rule["properties"]["immutableId"],
        settings["dataCollectionRuleImmutableId"]
    );
    let endpoint = settings["dataCollectionEndpointResourceId"]
        .as_str()
        .unwrap();
    let endpoint = azure
        .asks(&format!("GET {endpoint}?api-version=2023-03-11"))
        .value();
    assert_eq!(
        endpoint["properties"]["metricsIngestion"]["endpoint"],
        settings["ingestionEndpoints"]["metrics"]
    );
}

#[test]
fn an_older_api_version_leaves_the_write_url_to_be_put_together() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);

    let old = azure.asks("GET {rg}/providers/microsoft.monitor/ACCOUNTS/W1?api-version=2023-04-03");

    let settings = old.value()["properties"]["defaultIngestionSettings"].clone();
    assert!(settings["dataCollectionRuleResourceId"].is_string());
    assert!(settings.get("dataCollectionRuleImmutableId").is_none());
    assert!(settings.get("ingestionEndpoints").is_none());
}

#[test]
fn a_slow_workspace_is_incomplete_for_some_reads() {
    let azure = with_monitor_registered(&Options {
        slow_workspaces: 1,
        ..Options::default()
    });

    let made = make_workspace(&azure).value();
    let first = azure.asks(&format!("GET {WORKSPACE}")).value();
    let second = azure.asks(&format!("GET {WORKSPACE}")).value();

    for incomplete in [made, first] {
        assert_eq!(incomplete["properties"]["provisioningState"], "Creating");
        assert!(
            incomplete["properties"]
                .get("defaultIngestionSettings")
                .is_none()
        );
    }
    assert_eq!(second["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn a_workspace_keeps_its_ids_when_put_again_and_cannot_move() {
    let azure = with_monitor_registered(&Options::default());
    let first = make_workspace(&azure);

    let again = make_workspace(&azure);
    let moved = azure.sends(
        &format!("PUT {WORKSPACE}"),
        &json!({"location": "northeurope"}),
    );

    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.value(), first.value());
    assert_eq!(moved.refusal(), "409 InvalidResourceLocation");
}

#[test]
fn a_deleted_workspace_takes_everything_along_and_comes_back_as_another() {
    let azure = with_monitor_registered(&Options::default());
    let immutable_id = |answer: &Response| {
        answer.value()["properties"]["defaultIngestionSettings"]["dataCollectionRuleImmutableId"]
            .clone()
    };
    let first = immutable_id(&make_workspace(&azure));

    let gone = azure.asks(&format!("DELETE {WORKSPACE}"));
    let twice = azure.asks(&format!("DELETE {WORKSPACE}"));

    assert_eq!((gone.status.as_u16(), twice.status.as_u16()), (202, 204));
    assert_ne!(immutable_id(&make_workspace(&azure)), first);
}

#[test]
fn ids_of_a_workspace_come_back_in_lower_case_and_its_name_as_given() {
    let azure = with_monitor_registered(&Options::default());

    let made = azure
        .sends(
            &format!("PUT {}", WORKSPACE.replace("/w1?", "/W-One?")),
            &json!({"location": "westeurope"}),
        )
        .value();

    let id = made["id"].as_str().unwrap();
    assert!(
        id.contains("/resourcegroups/rg-prod/providers/microsoft.monitor/accounts/w-one"),
        "{id}"
    );
    assert_eq!(made["name"], "W-One");
    let rule = &made["properties"]["defaultIngestionSettings"]["dataCollectionRuleResourceId"];
    let rule = rule.as_str().unwrap();
    assert!(
        rule.contains("/resourceGroups/MA_w-one_westeurope_managed/"),
        "{rule}"
    );
}

#[test]
fn the_deletion_of_a_workspace_names_both_addresses_and_reports_a_status() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);

    let gone = azure.asks(&format!("DELETE {WORKSPACE}"));

    assert!(gone.header("location").is_some() && gone.header("retry-after").is_some());
    let url = gone.header("azure-asyncoperation").unwrap();
    let operation = url.split_once("/resource-manager").unwrap().1;
    let polls = [(); 2].map(|()| azure.asks(&format!("GET {operation}")).value());
    assert_eq!(polls[0], json!({"status": "InProgress"}));
    assert_eq!(polls[1], json!({"status": "Succeeded"}));
}

#[test]
fn nothing_is_deleted_from_a_group_that_is_gone() {
    let azure = with_monitor_registered(&Options::default());

    let line = format!(
        "DELETE {}",
        WORKSPACE.replace("{rg}", "{s}/resourceGroups/none")
    );

    assert_eq!(azure.asks(&line).refusal(), "404 ResourceGroupNotFound");
}

#[test]
fn the_access_mode_of_a_workspace_can_be_changed_and_read_in_newer_versions() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);
    let of_mode =
        |value| json!({"properties": {"metrics": {"enableAccessUsingResourcePermissions": value}}});

    let patched = azure.sends(&format!("PATCH {WORKSPACE}"), &of_mode(json!(false)));
    let wrong = azure.sends(&format!("PATCH {WORKSPACE}"), &of_mode(json!("no")));
    let older = azure.asks(&format!(
        "GET {}",
        WORKSPACE.replace("2025-10-03", "2023-04-03")
    ));

    let metrics = |answer: &Response| answer.value()["properties"]["metrics"].clone();
    assert_eq!(
        metrics(&patched)["enableAccessUsingResourcePermissions"],
        false
    );
    assert_eq!(wrong.refusal(), "400 InvalidRequestContent");
    assert!(
        metrics(&older)
            .get("enableAccessUsingResourcePermissions")
            .is_none()
    );
}
