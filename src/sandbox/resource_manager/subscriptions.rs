//! Subscriptions, tenants and locations.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    regions::REGIONS,
    state::{DOMAINS, StoredResourceId, StoredSubscription},
};

/// The resource type in Resource Graph.
const SUBSCRIPTIONS: &str = "microsoft.resources/subscriptions";

const VERSIONS: &[&str] = &[
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2022-12-01",
];

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).in_resource_graph("resourcecontainers", SUBSCRIPTIONS, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, "/tenants", VERSIONS, tenants),
    ArmRoute::new(Verb::Get, "/subscriptions", VERSIONS, list)
        .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, "/subscriptions/{subscription}", VERSIONS, read),
    ArmRoute::new(
        Verb::Get,
        "/subscriptions/{subscription}/locations",
        VERSIONS,
        locations,
    )
    .needing("Microsoft.Resources/subscriptions/locations/read"),
];

/// Resource Graph shows a subscription as a resource container.
fn rows(azure: &Azure, _: Timestamp) -> Vec<(StoredResourceId, Value)> {
    let row = |it: &StoredSubscription| {
        let document = json!({
            "id": format!("/subscriptions/{}", it.id),
            "name": it.name,
            "type": SUBSCRIPTIONS,
            // A list has these fields at the top; Resource Graph has them below `properties`.
            "properties": to_json(it),
        });
        (StoredResourceId::subscription_scope(it.id), document)
    };
    azure.state.subscriptions.iter().map(row).collect()
}

fn tenants(call: &mut ArmCall<'_>) -> ArmAnswer {
    let directory = &call.azure.state.directory;
    let tenant = json!({
        "id": format!("/tenants/{}", directory.tenant_id),
        "tenantId": directory.tenant_id,
        "displayName": directory.tenant_name,
        "defaultDomain": DOMAINS[0],
        "domains": DOMAINS,
        "countryCode": "NL",
        "tenantCategory": "Home",
    });
    found(&json!({"value": [tenant]}))
}

/// Subscriptions of the token's tenant in which the caller has any role.
fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let subscriptions = call
        .azure
        .state
        .subscriptions
        .iter()
        // A token is for one tenant: subscriptions of others need another sign-in.
        .filter(|it| it.tenant_id == call.caller.tenant_id && is_visible(call, it));
    listing::page(call, subscriptions, to_json)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.subscription_id();
    match call.azure.state.subscription(&id) {
        // 403 also for a subscription that does not exist: Azure does not reveal which ids are in use.
        Some(subscription) if is_visible(call, subscription) => found(&to_json(subscription)),
        _ => Err(ArmRefusal::forbidden(
            "AuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' does not have authorization to perform action \
                 'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/{id}' or the scope is invalid. \
                 If access was recently granted, please refresh your credentials.",
                call.caller.name, call.caller.object_id
            ),
        )),
    }
}

fn is_visible(call: &ArmCall<'_>, subscription: &StoredSubscription) -> bool {
    let scope = StoredResourceId::subscription_scope(subscription.id);
    call.azure
        .state
        .role_assignments
        .iter()
        // A role on one resource in it is enough to see a subscription.
        .any(|held| held.principal_id == call.caller.object_id && held.scope.is_within(&scope))
}

fn locations(call: &mut ArmCall<'_>) -> ArmAnswer {
    let subscription = call.subscription_id();
    let locations: Vec<Value> = REGIONS
        .iter()
        .map(|region| {
            json!({
                "id": format!("/subscriptions/{subscription}/locations/{}", region.name),
                "name": region.name,
                "displayName": region.display_name,
                "regionalDisplayName": region.display_name,
                "metadata": {"regionType": "Physical"},
            })
        })
        .collect();
    found(&json!({"value": locations}))
}

fn to_json(subscription: &StoredSubscription) -> Value {
    json!({
        "id": format!("/subscriptions/{}", subscription.id),
        "subscriptionId": subscription.id,
        "displayName": subscription.name,
        "tenantId": subscription.tenant_id,
        "state": subscription.state,
        "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
    })
}
