//! Resource providers: what they offer where, and whether a subscription has registered them.

use serde_json::{Value, json};

use super::{
    call::{Call, found},
    data_collection_endpoints, data_collection_rules, federated_credentials, listing,
    managed_clusters, operations,
    refusal::{Answer, Refusal},
    route::{Route, Verb, in_subscription},
    user_assigned_identities, virtual_machine_scale_sets, workspaces,
};
use crate::sandbox::{
    regions::{REGIONS, Region},
    state::{Registration, Subscription},
};

const VERSIONS: &[&str] = &["2021-04-01", "2022-01-01", "2022-09-01", "2024-11-01"];

/// How many looks at a provider find it still registering, besides the one that sees it last in that state.
const LOOKS_UNTIL_REGISTERED: u32 = 0;

pub(super) const ROUTES: &[Route] = &[
    Route::new(Verb::Get, in_subscription!("providers"), VERSIONS, list)
        .needing("Microsoft.Resources/subscriptions/providers/read")
        .with_parameters(&["$select", listing::SKIP_TOKEN]),
    Route::new(
        Verb::Get,
        in_subscription!("providers/{namespace}"),
        VERSIONS,
        read,
    )
    .needing("Microsoft.Resources/subscriptions/providers/read"),
    Route::new(
        Verb::Post,
        in_subscription!("providers/{namespace}/register"),
        VERSIONS,
        register,
    )
    .needing("{namespace}/register/action"),
];

/// A provider and the types it has, each with the api-versions that the sandbox understands.
struct Provider {
    namespace: &'static str,
    types: &'static [(&'static str, &'static [&'static str])],
}

static PROVIDERS: &[Provider] = &[
    Provider {
        namespace: "Microsoft.AlertsManagement",
        types: &[],
    },
    Provider {
        namespace: "Microsoft.Authorization",
        types: &[("roleAssignments", &["2022-04-01"])],
    },
    Provider {
        namespace: "Microsoft.Compute",
        types: &[(
            "virtualMachineScaleSets",
            virtual_machine_scale_sets::VERSIONS,
        )],
    },
    Provider {
        namespace: "Microsoft.ContainerService",
        types: &[("managedClusters", managed_clusters::VERSIONS)],
    },
    Provider {
        namespace: "Microsoft.Insights",
        types: &[
            (
                "dataCollectionEndpoints",
                data_collection_endpoints::VERSIONS,
            ),
            ("dataCollectionRules", data_collection_rules::VERSIONS),
        ],
    },
    Provider {
        namespace: "Microsoft.Kubernetes",
        types: &[],
    },
    Provider {
        namespace: "Microsoft.ManagedIdentity",
        types: &[
            ("userAssignedIdentities", user_assigned_identities::VERSIONS),
            (
                "userAssignedIdentities/federatedIdentityCredentials",
                federated_credentials::VERSIONS,
            ),
        ],
    },
    Provider {
        namespace: "Microsoft.Monitor",
        types: &[("accounts", workspaces::VERSIONS)],
    },
    Provider {
        namespace: "Microsoft.ResourceGraph",
        types: &[],
    },
    Provider {
        namespace: "Microsoft.Resources",
        types: &[("resourceGroups", super::resource_groups::VERSIONS)],
    },
];

fn list(call: &mut Call<'_>) -> Answer {
    let subscription = subscription(call)?;
    listing::page(call, PROVIDERS.iter(), |it| to_json(subscription, it))
}

/// A provider is registered after a number of reads.
fn read(call: &mut Call<'_>) -> Answer {
    let provider = provider(call)?;
    let answer = shown(call, provider);
    let next = match call.registration(provider.namespace) {
        Registration::Registering { looks_left: 0 } => Registration::Registered,
        Registration::Registering { looks_left } => Registration::Registering {
            looks_left: looks_left - 1,
        },
        settled => settled,
    };
    change_registration(call, provider, next);
    answer
}

fn register(call: &mut Call<'_>) -> Answer {
    let provider = provider(call)?;
    if call.registration(provider.namespace) == Registration::NotRegistered {
        let registering = Registration::Registering {
            looks_left: LOOKS_UNTIL_REGISTERED,
        };
        change_registration(call, provider, registering);
    }
    shown(call, provider)
}

/// The provider, with the pace to look again at while it is being registered; Azure itself leaves that to the client.
fn shown(call: &Call<'_>, provider: &Provider) -> Answer {
    let response = found(&to_json(subscription(call)?, provider))?;
    match call.registration(provider.namespace) {
        Registration::Registering { .. } => Ok(operations::with_pace(call, response)),
        _ => Ok(response),
    }
}

fn change_registration(call: &mut Call<'_>, provider: &Provider, registration: Registration) {
    let id = call.subscription_id();
    if let Some(subscription) = call.state().subscription_mut(&id) {
        subscription.register(provider.namespace, registration);
    }
}

fn subscription<'c>(call: &'c Call<'_>) -> Result<&'c Subscription, Refusal> {
    let id = call.subscription_id();
    call.azure.state.subscription(&id).ok_or_else(|| {
        Refusal::not_found(
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        )
    })
}

fn provider(call: &Call<'_>) -> Result<&'static Provider, Refusal> {
    let namespace = call.path.get("namespace");
    PROVIDERS
        .iter()
        .find(|provider| provider.namespace.eq_ignore_ascii_case(namespace))
        .ok_or_else(|| {
            Refusal::not_found(
                "InvalidResourceNamespace",
                format!("The resource namespace '{namespace}' is invalid."),
            )
        })
}

fn to_json(subscription: &Subscription, provider: &Provider) -> Value {
    let types: Vec<Value> = provider
        .types
        .iter()
        .map(|(name, versions)| {
            json!({
                "resourceType": name,
                "locations": locations(provider.namespace),
                "apiVersions": versions,
            })
        })
        .collect();
    json!({
        "id": format!("/subscriptions/{}/providers/{}", subscription.id, provider.namespace),
        "namespace": provider.namespace,
        "registrationState": subscription.registration(provider.namespace).name(),
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types,
    })
}

/// By their display names, as Azure has it.
fn locations(namespace: &str) -> Vec<&'static str> {
    let offers = |region: &&Region| namespace != "Microsoft.Monitor" || region.has_workspaces;
    REGIONS
        .iter()
        .filter(offers)
        .map(|region| region.display_name)
        .collect()
}
