//! Resource providers: what they offer where, and whether a subscription has registered them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    call::{ArmCall, found},
    collection::{CollectionHandlers, ResourceType},
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    resources_versions::VERSIONS,
    route::{ArmRoute, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    regions::{REGIONS, RegionRow},
    state::{Registration, StoredSubscription},
};

/// How many looks at a provider find it still registering; one more look sees it last in that state.
const LOOKS_UNTIL_REGISTERED: u32 = 0;

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, in_subscription!("providers"), VERSIONS, list)
        .needing("Microsoft.Resources/subscriptions/providers/read")
        .with_parameters(&["$select", listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/{namespace}"),
        VERSIONS,
        read,
    )
    .needing("Microsoft.Resources/subscriptions/providers/read"),
    ArmRoute::new(
        Verb::Get,
        "/providers/{namespace}",
        VERSIONS,
        read_for_tenant,
    ),
    ArmRoute::new(
        Verb::Post,
        in_subscription!("providers/{namespace}/register"),
        VERSIONS,
        register,
    )
    .needing("{namespace}/register/action"),
];

/// Providers that are registered for what the sandbox does not serve as a resource type.
const WITHOUT_TYPES: [&str; 2] = [
    "Microsoft.ClassicInfrastructureMigrate",
    "Microsoft.ResourceGraph",
];

/// Every provider: those of the collections' resource types, and a few without any.
fn namespaces() -> BTreeSet<&'static str> {
    let of_types = resource_types().map(|it| namespace_of(it.name));
    of_types.chain(WITHOUT_TYPES).collect()
}

fn resource_types() -> impl Iterator<Item = &'static ResourceType> {
    let collections = super::COLLECTIONS.iter();
    collections.filter_map(|it| it.resource_type.as_ref())
}

fn namespace_of(resource_type: &'static str) -> &'static str {
    resource_type.split('/').next().unwrap_or_default()
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let subscription = subscription(call)?;
    listing::page(call, namespaces().into_iter(), |it| {
        to_json(subscription, it)
    })
}

/// A provider is registered after a number of reads.
fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let namespace = provider(call)?;
    let answer = shown(call, namespace);
    let next = match call.registration(namespace) {
        Registration::Registering { looks_left: 0 } => Registration::Registered,
        Registration::Registering { looks_left } => Registration::Registering {
            looks_left: looks_left - 1,
        },
        ended => ended,
    };
    change_registration(call, namespace, next);
    answer
}

/// Without a subscription there is no registration.
fn read_for_tenant(call: &mut ArmCall<'_>) -> ArmAnswer {
    let namespace = provider(call)?;
    found(&json!({
        "namespace": namespace,
        "resourceTypes": types_of(namespace),
    }))
}

fn register(call: &mut ArmCall<'_>) -> ArmAnswer {
    let namespace = provider(call)?;
    // Registering again is no error, and does not start over.
    if call.registration(namespace) == Registration::NotRegistered {
        let registering = Registration::Registering {
            looks_left: LOOKS_UNTIL_REGISTERED,
        };
        change_registration(call, namespace, registering);
    }
    shown(call, namespace)
}

/// The provider. Azure names no pace at which to look again while it is being registered.
fn shown(call: &ArmCall<'_>, namespace: &str) -> ArmAnswer {
    found(&to_json(subscription(call)?, namespace))
}

fn change_registration(call: &mut ArmCall<'_>, namespace: &str, registration: Registration) {
    let id = call.subscription_id();
    if let Some(subscription) = call.state().subscription_mut(&id) {
        subscription.register(namespace, registration);
    }
}

fn subscription<'c>(call: &'c ArmCall<'_>) -> Result<&'c StoredSubscription, ArmRefusal> {
    let id = call.subscription_id();
    call.azure.state.subscription(&id).ok_or_else(|| {
        ArmRefusal::not_found(
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        )
    })
}

fn provider(call: &ArmCall<'_>) -> Result<&'static str, ArmRefusal> {
    let namespace = call.path.get("namespace");
    namespaces()
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(namespace))
        .ok_or_else(|| {
            ArmRefusal::not_found(
                "InvalidResourceNamespace",
                format!("The resource namespace '{namespace}' is invalid."),
            )
        })
}

fn types_of(namespace: &str) -> Vec<Value> {
    resource_types()
        .filter_map(|it| {
            let name = it.name.strip_prefix(namespace)?.strip_prefix('/')?;
            Some(json!({
                "resourceType": name,
                // Display names ("West Europe"), where other answers have short ones.
                "locations": locations(namespace),
                "apiVersions": it.versions,
                "capabilities": "None",
            }))
        })
        .collect()
}

fn to_json(subscription: &StoredSubscription, namespace: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{}/providers/{}", subscription.id, namespace),
        "namespace": namespace,
        "registrationState": subscription.registration(namespace).name(),
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types_of(namespace),
    })
}

/// By their display names, as Azure has it.
fn locations(namespace: &str) -> Vec<&'static str> {
    let offers = |region: &&RegionRow| namespace != "Microsoft.Monitor" || region.has_workspaces;
    REGIONS
        .iter()
        .filter(offers)
        .map(|region| region.display_name)
        .collect()
}
