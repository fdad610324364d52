//! Federated credentials of user-assigned identities: exact, few, and written one at a time.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, existing},
    call::{ArmCall, found, stored_with_location},
    casing,
    collection::CollectionHandlers,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group},
    user_assigned_identities::{UserAssignedIdentities, is_plain_name},
    verb::Verb,
};
use crate::sandbox::{
    response::Response,
    state::{StoredFederatedCredential, StoredResourceId, UserAssignedIdentity},
};

const VERSIONS: &[&str] = &[
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
];

/// As many as one identity can have.
const MOST: usize = 20;

/// As long as issuer, subject and audience may be.
const LONGEST: usize = 600;

/// How far apart writes on one identity have to be where Azure's throttling is wanted.
const PACE: SignedDuration = SignedDuration::from_secs(4);

const ALL: &str = in_group!(
    "Microsoft.ManagedIdentity/userAssignedIdentities/{name}/federatedIdentityCredentials"
);

const ONE: &str = in_group!(
    "Microsoft.ManagedIdentity/userAssignedIdentities/{name}/federatedIdentityCredentials/{credential}"
);

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        VERSIONS,
    )
    .with_others(|azure| {
        let identities = azure.state.identities.iter();
        let of_identity = |it: &UserAssignedIdentity| -> Vec<Value> {
            let credentials = it.credentials.iter();
            credentials
                .map(|credential| to_json(&it.id, credential))
                .collect()
        };
        identities.flat_map(of_identity).collect()
    });

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, ALL, VERSIONS, list)
        .needing(
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
        )
        .with_parameters(&["$top", listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read).needing(
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
    ),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing(
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
        )
        .with_fields(&[
            "properties.issuer",
            "properties.subject",
            "properties.audiences",
        ]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete).needing(
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete",
    ),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let size = call
        .request
        .query("$top")
        .and_then(|top| top.parse().ok())
        .unwrap_or(MOST);
    let identity = existing::<UserAssignedIdentities>(call)?;
    let credentials = identity.credentials.iter();
    listing::page_of(size, call, credentials, |it| to_json(&identity.id, it))
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let (identity, name) = (
        existing::<UserAssignedIdentities>(call)?,
        call.path.get("credential"),
    );
    match credential(identity, name) {
        Some(credential) => found(&to_json(&identity.id, credential)),
        // The provider's own code: Resource Manager itself returns `ResourceNotFound` (recorded).
        None => Err(ArmRefusal::not_found(
            "NotFound",
            format!(
                "Resource '{}/federatedIdentityCredentials/{name}' was not found.",
                casing::lower_case_segment(&identity.id)
            ),
        )),
    }
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let requested = requested(call)?;
    let identity = existing::<UserAssignedIdentities>(call)?;
    check_pace(call, identity)?;
    let is_new = credential(identity, &requested.name).is_none();
    if is_new && identity.credentials.len() >= MOST {
        // The limit is documented; its refusal is not recorded.
        return Err(ArmRefusal::bad_request(
            "TooManyFederatedIdentityCredentials",
            format!("An identity can have at most {MOST} federated identity credentials."),
        ));
    }
    // By issuer and subject: one service account has one credential on an identity.
    check_unique(identity, &requested)?;
    let body = to_json(&identity.id, &requested);
    change(call, |identity| {
        identity
            .credentials
            .retain(|it| !it.name.eq_ignore_ascii_case(&requested.name));
        identity.credentials.push(requested);
    })?;
    stored_with_location(is_new, &body)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let name = call.path.get("credential").to_owned();
    let identity = existing::<UserAssignedIdentities>(call).map_err(|_| no_parent(call))?;
    check_pace(call, identity)?;
    if credential(identity, &name).is_none() {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    change(call, |identity| {
        identity
            .credentials
            .retain(|it| !it.name.eq_ignore_ascii_case(&name));
    })?;
    Ok(Response::empty(StatusCode::OK))
}

/// Resource Manager looks for the parent before it asks the provider; the same when the whole group is gone.
fn no_parent(call: &ArmCall<'_>) -> ArmRefusal {
    let parent = call.target();
    let parent = parent.as_str().rsplitn(3, '/').nth(2).unwrap_or_default();
    ArmRefusal::not_found(
        "ParentResourceNotFound",
        format!(
            "Failed to perform 'delete' on resource(s) of type 'userAssignedIdentities/federatedIdentityCredentials', \
             because the parent resource '{parent}' could not be found."
        ),
    )
}

fn change(
    call: &mut ArmCall<'_>,
    change_it: impl FnOnce(&mut UserAssignedIdentity),
) -> Result<(), ArmRefusal> {
    let (id, now) = (UserAssignedIdentities::id(call)?, call.now());
    if let Some(identity) = call.state().identities.get_mut(&id) {
        change_it(identity);
        identity.last_credential_write = Some(now);
    }
    Ok(())
}

/// Refuses a write that came in before the identity's previous one was done, or sooner after it than Azure likes.
fn check_pace(call: &ArmCall<'_>, identity: &UserAssignedIdentity) -> Result<(), ArmRefusal> {
    let Some(previous) = identity.last_credential_write else {
        return Ok(());
    };
    // Azure does not queue: a write that arrives while another one is at work is refused.
    if call.request.received < previous {
        // Code and text are in public logs of deployments. The status is not; a client of another vendor has
        // 409.
        return Err(ArmRefusal::conflict(
            "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
            "Too many Federated Identity Credentials are written concurrently for the managed identity \
             '{}'. Concurrent Federated Identity Credentials writes under the same managed identity are not supported."
                .replace("{}", identity.id.as_str()),
        ));
    }
    let elapsed = call.now().duration_since(previous);
    // Off by default: three writes within two seconds are recorded as accepted (2023), although one in four is
    // documented.
    if call.azure.options.throttle_credentials && elapsed < PACE {
        let wait = (PACE - elapsed).as_secs() + 1;
        return Err(ArmRefusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequests",
            "Federated identity credentials of one identity can be written once in four seconds.",
        )
        .with_header("retry-after", wait.to_string()));
    }
    Ok(())
}

/// What the body asks for, if it is something that can be.
fn requested(call: &ArmCall<'_>) -> Result<StoredFederatedCredential, ArmRefusal> {
    let name = call.path.get("credential").to_owned();
    check_name(&name)?;
    let audiences: Vec<String> = call.body["properties"]["audiences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let credential = StoredFederatedCredential {
        description: None,
        issuer: call.text("/properties/issuer").unwrap_or_default(),
        subject: call.text("/properties/subject").unwrap_or_default(),
        audiences,
        changed: call.now(),
        name,
    };
    check_content(&credential)?;
    Ok(credential)
}

fn check_content(credential: &StoredFederatedCredential) -> Result<(), ArmRefusal> {
    let [audience] = credential.audiences.as_slice() else {
        return Err(invalid(format!(
            "Exactly one audience is needed, not {}.",
            credential.audiences.len()
        )));
    };
    for (what, text) in [
        ("issuer", &credential.issuer),
        ("subject", &credential.subject),
        ("audience", audience),
    ] {
        if text.is_empty() || text.len() > LONGEST {
            return Err(invalid(format!(
                "The {what} must have 1 to {LONGEST} characters."
            )));
        }
    }
    // Only the form: Azure does not contact the issuer, so a wrong one is noticed at the first token exchange.
    match url::Url::parse(&credential.issuer) {
        Ok(_) => Ok(()),
        Err(error) => Err(invalid(format!("The issuer is not a URL: {error}."))),
    }
}

fn check_name(name: &str) -> Result<(), ArmRefusal> {
    if is_plain_name(name, 3..=120) {
        Ok(())
    } else {
        Err(invalid(format!("The name '{name}' is invalid.")))
    }
}

fn check_unique(
    identity: &UserAssignedIdentity,
    requested: &StoredFederatedCredential,
) -> Result<(), ArmRefusal> {
    let twin = identity.credentials.iter().find(|other| {
        !other.name.eq_ignore_ascii_case(&requested.name)
            && other.issuer == requested.issuer
            // The audience is no part of what has to be unique.
            && other.subject == requested.subject
    });
    match twin {
        Some(twin) => Err(ArmRefusal::conflict(
            "Conflict",
            format!(
                "Issuer and subject combination already exists for this Managed Identity, in '{}'.",
                twin.name
            ),
        )),
        None => Ok(()),
    }
}

fn invalid(message: String) -> ArmRefusal {
    ArmRefusal::bad_request("BadRequest", message)
}

fn credential<'i>(
    identity: &'i UserAssignedIdentity,
    name: &str,
) -> Option<&'i StoredFederatedCredential> {
    let mut credentials = identity.credentials.iter();
    credentials.find(|it| it.name.eq_ignore_ascii_case(name))
}

fn to_json(identity: &StoredResourceId, credential: &StoredFederatedCredential) -> Value {
    let identity = casing::lower_case_segment(identity);
    json!({
        "id": format!("{identity}/federatedIdentityCredentials/{}", credential.name),
        "name": credential.name,
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "properties": {
            "issuer": credential.issuer,
            "subject": credential.subject,
            "audiences": credential.audiences,
        },
    })
}
