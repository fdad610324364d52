//! Data collection rules: which streams go from which endpoint to which workspace.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found, stays_in_its_region},
    collection::{CollectionHandlers, seen},
    listing, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{DataFlow, MonitoringAccount, PROMETHEUS_STREAM, StoredResourceId, StoredRule},
};

const VERSIONS: &[&str] = &["2021-04-01", "2022-06-01", "2023-03-11"];

const KIND: &str = "Microsoft.Insights/dataCollectionRules";

const ONE: &str = in_group!("Microsoft.Insights/dataCollectionRules/{name}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(KIND, VERSIONS)
    .in_resource_graph("resources", KIND, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.Insights/dataCollectionRules"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Insights/dataCollectionRules/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.Insights/dataCollectionRules"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Insights/dataCollectionRules/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Insights/dataCollectionRules/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Insights/dataCollectionRules/write")
        .with_fields(&[
            "location",
            "tags",
            "kind",
            "properties.description",
            "properties.dataCollectionEndpointId",
            "properties.dataSources",
            "properties.destinations.monitoringAccounts.accountResourceId",
            "properties.destinations.monitoringAccounts.accountId",
            "properties.destinations.monitoringAccounts.name",
            "properties.dataFlows.streams",
            "properties.dataFlows.destinations",
        ]),
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch)
        .needing("Microsoft.Insights/dataCollectionRules/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Insights/dataCollectionRules/delete")
        .with_parameters(&["deleteAssociations"]),
];

fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    let rules = azure.state.data_collection_rules.iter();
    seen(rules, seen_at, |it| to_json(azure, it))
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let rules = call.azure.state.data_collection_rules.within(&scope);
    listing::page_with_null_link(call, rules, |it| to_json(call.azure, it))
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    found(&to_json(call.azure, &existing(call)?))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    let location = call.location()?;
    let old = call.azure.state.data_collection_rules.get(&id).cloned();
    if let Some(old) = &old {
        stays_in_its_region(old, &old.location, location)?;
    }
    let created = old.as_ref().map_or(call.now(), |old| old.created);
    let accounts = accounts(call, location)?;
    let rule = StoredRule {
        // URLs hold this id and not the name: it stays with a repeated PUT, and is new after a deletion.
        immutable_id: match old {
            Some(old) => old.immutable_id,
            None => format!("dcr-{}", call.fresh_guid().simple()),
        },
        location: location.to_owned(),
        tags: call.tags(),
        kind: call.text("/kind"),
        description: call.text("/properties/description"),
        endpoint: endpoint(call, location)?,
        flows: flows(call, &accounts)?,
        accounts,
        data_sources: json!({}),
        created,
        id,
    };
    let body = to_json(call.azure, &rule);
    call.state().data_collection_rules.insert(rule);
    // 200 for a new rule too, never 201 (recorded in 53 of 53 writes).
    found(&body)
}

/// The endpoint that the rule is bound to, which must be in the rule's region.
fn endpoint(call: &ArmCall<'_>, location: &str) -> Result<Option<StoredResourceId>, ArmRefusal> {
    let Some(id) = call.text("/properties/dataCollectionEndpointId") else {
        return Ok(None);
    };
    let endpoints = &call.azure.state.data_collection_endpoints;
    match endpoints.get(&StoredResourceId::new(&id)) {
        None => Err(invalid(&format!(
            "The data collection endpoint '{id}' does not exist."
        ))),
        Some(endpoint) if endpoint.location != location => Err(invalid(&format!(
            "The data collection endpoint is in '{}', the rule in '{location}': both must be in one region.",
            endpoint.location
        ))),
        // The text that was sent comes back, whatever its case.
        Some(_) => Ok(Some(StoredResourceId::new(id))),
    }
}

/// The workspaces that the rule writes to, which must be in the rule's region.
fn accounts(call: &ArmCall<'_>, location: &str) -> Result<Vec<MonitoringAccount>, ArmRefusal> {
    let accounts = call.body["properties"]["destinations"]["monitoringAccounts"].as_array();
    let account = |account: &Value| {
        let id = account["accountResourceId"].as_str().unwrap_or_default();
        let workspaces = &call.azure.state.workspaces;
        let Some(workspace) = workspaces.get(&StoredResourceId::new(id)) else {
            return Err(invalid(&format!("The workspace '{id}' does not exist.")));
        };
        if workspace.location != location {
            return Err(invalid(&format!(
                "The workspace is in '{}', the rule in '{location}': both must be in one region.",
                workspace.location
            )));
        }
        Ok(MonitoringAccount {
            name: account["name"].as_str().unwrap_or_default().to_owned(),
            workspace: StoredResourceId::new(id),
        })
    };
    accounts.into_iter().flatten().map(account).collect()
}

fn flows(call: &ArmCall<'_>, accounts: &[MonitoringAccount]) -> Result<Vec<DataFlow>, ArmRefusal> {
    let flows: Vec<DataFlow> = call.body["properties"]["dataFlows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|flow| DataFlow {
            streams: texts(&flow["streams"]),
            destinations: texts(&flow["destinations"]),
        })
        .collect();
    if flows.is_empty() {
        return Err(invalid("A rule needs at least one data flow."));
    }
    let streams = flows.iter().flat_map(|flow| &flow.streams);
    if let Some(stream) = streams
        .into_iter()
        .find(|stream| *stream != PROMETHEUS_STREAM)
    {
        return Err(invalid(&format!(
            "The stream '{stream}' is not understood here."
        )));
    }
    let mut destinations = flows.iter().flat_map(|flow| &flow.destinations);
    let undeclared =
        destinations.find(|name| accounts.iter().all(|account| account.name != **name));
    match undeclared {
        Some(name) => Err(invalid(&format!(
            "The destination '{name}' of a data flow is not declared."
        ))),
        None => Ok(flows),
    }
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn invalid(reason: &str) -> ArmRefusal {
    let detail = json!({"code": "InvalidProperty", "message": reason});
    ArmRefusal::bad_request("InvalidPayload", "Data collection rule is invalid.")
        .with_detail(detail)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let rule = StoredRule {
        tags: call.tags(),
        ..existing(call)?
    };
    let body = to_json(call.azure, &rule);
    call.state().data_collection_rules.insert(rule);
    found(&body)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    // In a group that is gone: 404, not 204.
    call.group()?;
    let Ok(rule) = existing(call) else {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    call.state().remove_within(&rule.id);
    Ok(Response::empty(StatusCode::OK))
}

fn existing(call: &ArmCall<'_>) -> Result<StoredRule, ArmRefusal> {
    let id = call.resource(KIND)?;
    let rule = call.azure.state.data_collection_rules.get(&id).cloned();
    rule.ok_or_else(|| call.no_resource(&id))
}

fn to_json(azure: &Azure, rule: &StoredRule) -> Value {
    let account = |account: &MonitoringAccount| {
        let workspace = azure.state.workspaces.get(&account.workspace);
        json!({
            "name": account.name,
            "accountResourceId": account.workspace,
            // Filled in by Azure; clients do not send it.
            "accountId": workspace.map(|workspace| workspace.account_id),
        })
    };
    let flow =
        |flow: &DataFlow| json!({"streams": flow.streams, "destinations": flow.destinations});
    let mut properties = json!({
        "immutableId": rule.immutable_id,
        "dataSources": rule.data_sources,
        "destinations": {"monitoringAccounts": rule.accounts.iter().map(account).collect::<Vec<_>>()},
        "dataFlows": rule.flows.iter().map(flow).collect::<Vec<_>>(),
        "provisioningState": "Succeeded",
    });
    if let Some(endpoint) = &rule.endpoint {
        properties["dataCollectionEndpointId"] = endpoint.as_str().into();
    }
    if let Some(description) = &rule.description {
        properties["description"] = description.as_str().into();
    }
    let mut body = json!({
        "id": rule.id,
        "name": rule.id.name(),
        "type": KIND,
        "location": rule.location,
        "tags": rule.tags,
        "properties": properties,
    });
    if let Some(kind) = &rule.kind {
        body["kind"] = kind.as_str().into();
    }
    provider_fields::added(body, rule.created)
}
