//! Resources of every type, as Resource Manager itself lists them: without their properties. They are those of Resource Graph,
//! but as they are now.

use serde_json::{Map, Value};

use super::{
    call::ArmCall,
    collection::CollectionHandlers,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    resources_versions::VERSIONS,
    route::{ArmRoute, in_subscription},
    verb::Verb,
};
use crate::sandbox::{authorization::may_act, state::StoredResourceId};

const READ: &str = "Microsoft.Resources/subscriptions/resources/read";

const PARAMETERS: &[&str] = &["$filter", "$expand", "$top", listing::SKIP_TOKEN];

/// What a list shows of a resource.
const SHOWN: &[&str] = &[
    "id",
    "name",
    "type",
    "location",
    "tags",
    "identity",
    "sku",
    "kind",
    "managedBy",
];

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, in_subscription!("resources"), VERSIONS, list)
        .needing(READ)
        .with_parameters(PARAMETERS),
    ArmRoute::new(
        Verb::Get,
        in_subscription!("resourceGroups/{group}/resources"),
        VERSIONS,
        list,
    )
    .needing(READ)
    .with_parameters(PARAMETERS),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let conditions = conditions(call)?;
    let resources = super::COLLECTIONS
        .iter()
        .filter_map(|it| it.rows.as_ref())
        // Subscriptions and resource groups are no resources here.
        .filter(|rows| rows.table == "resources")
        .flat_map(|rows| (rows.documents)(call.azure, call.now()))
        .filter(|(id, document)| id.is_within(&scope) && may_read(call, id, document))
        .filter(|(id, document)| conditions.iter().all(|it| it.accepts(id, document)));
    listing::page_of(page_size(call)?, call, resources, |(_, document)| {
        shown(&document)
    })
}

/// At most 1,000, or as many as `$top` asks for.
fn page_size(call: &ArmCall<'_>) -> Result<usize, ArmRefusal> {
    const MOST: usize = 1000;
    let Some(text) = call.request.query("$top") else {
        return Ok(MOST);
    };
    match text.parse() {
        Ok(size @ 1..=MOST) => Ok(size),
        _ => Err(ArmRefusal::bad_request(
            "InvalidTopInQueryString",
            format!("Invalid $top '{text}' specified in the query string."),
        )),
    }
}

fn may_read(call: &ArmCall<'_>, id: &StoredResourceId, document: &Value) -> bool {
    let kind = document["type"].as_str().unwrap_or_default();
    let action = format!("{kind}/read");
    may_act(&call.azure.state, call.caller.object_id, &action, id)
}

fn shown(document: &Value) -> Value {
    let fields = SHOWN.iter().filter_map(|name| {
        let value = document.get(*name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    fields.collect::<Map<String, Value>>().into()
}

/// One part of a `$filter`.
struct ResourceCondition<'a> {
    property: &'a str,
    value: &'a str,
}

impl ResourceCondition<'_> {
    fn accepts(&self, id: &StoredResourceId, document: &Value) -> bool {
        let found = match self.property {
            "resourceGroup" => id.resource_group(),
            "resourceType" => document["type"].as_str(),
            property => document[property].as_str(),
        };
        // Types and names have no letter case in Azure, but answers keep the one they were given.
        found.is_some_and(|found| found.eq_ignore_ascii_case(self.value))
    }
}

/// `resourceType eq '…' and location eq '…'`: the operators that clients use with lists of resources.
fn conditions<'a>(call: &'a ArmCall<'_>) -> Result<Vec<ResourceCondition<'a>>, ArmRefusal> {
    let Some(text) = call.request.query("$filter") else {
        return Ok(Vec::new());
    };
    let condition = |part: &'a str| {
        let (property, value) = part.split_once(" eq ")?;
        let property = ["resourceGroup", "resourceType", "name", "location"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(property.trim()))?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some(ResourceCondition { property, value })
    };
    let conditions: Option<Vec<ResourceCondition<'_>>> =
        text.split(" and ").map(condition).collect();
    conditions.ok_or_else(|| {
        ArmRefusal::bad_request(
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{text}' specified in the query string."),
        )
    })
}
