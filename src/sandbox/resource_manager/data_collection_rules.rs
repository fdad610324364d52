//! Data collection rules: which streams go from which endpoint to which workspace.

use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, stays_in_its_region},
    collection::CollectionHandlers,
    data_collection_versions, provider_fields,
    refusal::ArmRefusal,
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{DataFlow, MonitoringAccount, PROMETHEUS_STREAM, StoredResourceId, StoredRule},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<DataCollectionRules>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<DataCollectionRules>(),
    ArmRoute::list::<DataCollectionRules>(),
    ArmRoute::read::<DataCollectionRules>(),
    ArmRoute::put::<DataCollectionRules>(&[
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
    ArmRoute::patch_tags::<DataCollectionRules>(),
    ArmRoute::delete::<DataCollectionRules>().with_parameters(&["deleteAssociations"]),
];

struct DataCollectionRules;

impl ArmResource for DataCollectionRules {
    type Stored = StoredRule;
    const KIND: &'static str = "Microsoft.Insights/dataCollectionRules";
    const VERSIONS: &'static [&'static str] = data_collection_versions::VERSIONS;
    const NULL_LINK: bool = true;

    fn to_json(azure: &Azure, rule: &StoredRule, _: &str) -> Value {
        to_json(azure, rule)
    }
}

/// 200 for a new rule too, never 201 (recorded in 53 of 53 writes).
impl CreatedByPut for DataCollectionRules {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredRule>,
    ) -> Result<StoredRule, ArmRefusal> {
        let location = call.location()?;
        if let Some(old) = &old {
            stays_in_its_region(old, &old.location, location)?;
        }
        let created = old.as_ref().map_or(call.now(), |old| old.created);
        let accounts = accounts(call, location)?;
        Ok(StoredRule {
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
        })
    }
}

impl RemovedByDelete for DataCollectionRules {}

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
        // Whether Azure answers 400 or 409 to another region is not recorded.
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
            // For Log Analytics 400 `WorkspaceNotFound` is recorded; for a monitoring account nothing is.
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
    // A flow refers to a destination by the name inside this rule, not by the workspace's id.
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
        "type": DataCollectionRules::KIND,
        "location": rule.location,
        "tags": rule.tags,
        "properties": properties,
    });
    if let Some(kind) = &rule.kind {
        body["kind"] = kind.as_str().into();
    }
    provider_fields::added(body, rule.created)
}
