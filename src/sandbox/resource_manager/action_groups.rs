//! Action groups, which list the receivers of alerts. They are stored, and no message is sent.

use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, created, found},
    collection::CollectionHandlers,
    documents,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{StoredDocument, StoredResourceId},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<ActionGroups>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<ActionGroups>(),
    ArmRoute::list::<ActionGroups>(),
    ArmRoute::read::<ActionGroups>(),
    ArmRoute::put::<ActionGroups>(&[
        "location",
        "tags",
        "properties.groupShortName",
        "properties.enabled",
        "properties.armRoleReceivers",
        "properties.automationRunbookReceivers",
        "properties.azureAppPushReceivers",
        "properties.azureFunctionReceivers",
        "properties.emailReceivers",
        "properties.eventHubReceivers",
        "properties.itsmReceivers",
        "properties.logicAppReceivers",
        "properties.smsReceivers",
        "properties.voiceReceivers",
        "properties.webhookReceivers",
    ]),
    ArmRoute::patch_tags::<ActionGroups>(),
    ArmRoute::delete::<ActionGroups>(),
];

/// The lists that Azure shows, empty where none was given.
const RECEIVERS: [&str; 11] = [
    "emailReceivers",
    "smsReceivers",
    "webhookReceivers",
    "eventHubReceivers",
    "itsmReceivers",
    "azureAppPushReceivers",
    "automationRunbookReceivers",
    "voiceReceivers",
    "logicAppReceivers",
    "azureFunctionReceivers",
    "armRoleReceivers",
];

/// The short name is shown in text messages.
const LONGEST_SHORT_NAME: usize = 12;

struct ActionGroups;

impl ArmResource for ActionGroups {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.Insights/actionGroups";
    const VERSIONS: &'static [&'static str] =
        &["2019-06-01", "2021-09-01", "2022-06-01", "2023-01-01"];

    fn to_json(_: &Azure, group: &StoredDocument, _: &str) -> Value {
        documents::to_json(group)
    }
}

impl CreatedByPut for ActionGroups {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        // A group is in no region, or in one of the few that keep its data: as a rule `global`, which is no region of the list.
        let location = match call.body["location"].as_str() {
            Some(location) if location.eq_ignore_ascii_case("global") => "global",
            _ => call.location()?,
        };
        let short_name = call.text("/properties/groupShortName").unwrap_or_default();
        if short_name.is_empty() || short_name.chars().count() > LONGEST_SHORT_NAME {
            return Err(ArmRefusal::bad_request(
                "BadRequest",
                format!(
                    "The property 'groupShortName' must have between 1 and {LONGEST_SHORT_NAME} characters."
                ),
            ));
        }
        let mut group = documents::requested::<Self>(call, id, old.as_ref(), Some(location));
        for receivers in RECEIVERS {
            group
                .properties
                .entry(receivers)
                .or_insert_with(|| json!([]));
        }
        group
            .properties
            .entry("enabled")
            .or_insert_with(|| json!(true));
        Ok(group)
    }

    fn put_answer(_: &ArmCall<'_>, _: &StoredDocument, is_new: bool, body: &Value) -> ArmAnswer {
        if is_new { created(body) } else { found(body) }
    }
}

impl RemovedByDelete for ActionGroups {}
