//! The conventions of OData: keys in paths, filters, pages, chosen properties.

use http::StatusCode;
use serde_json::{Value, json};

use super::refusal::GraphRefusal;
use crate::sandbox::{azure::Azure, request::ServiceRequest, response::Response, strict};

/// The default page size.
const PAGE: usize = 100;

const PARAMETERS: [&str; 4] = ["$filter", "$select", "$skiptoken", "$top"];

/// The object or collection that a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ODataTarget<'a> {
    pub(super) key: Option<ObjectKey<'a>>,
    /// The path below `/v1.0`, with the key as a segment of its own.
    pub(super) segments: Vec<String>,
}

/// Names one object of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectKey<'a> {
    Id(&'a str),
    AppId(&'a str),
    UniqueName(&'a str),
}

impl<'a> ODataTarget<'a> {
    /// Reads paths such as `/v1.0/applications/{id}/addPassword` and `/v1.0/applications(appId='{id}')`.
    pub(super) fn read(segments: &'a [String]) -> Result<Self, GraphRefusal> {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["v1.0", collection, rest @ ..] = segments.as_slice() else {
            let version = segments.first().copied().unwrap_or_default();
            return Err(GraphRefusal::NoSuchRoute(version.to_owned()));
        };
        let (collection, key, rest) = match collection.split_once('(') {
            // `applications(appId='…')` spares the client the search for the object id.
            Some((collection, key)) => {
                let key = alternate_key(key);
                let key = key.ok_or_else(|| GraphRefusal::NoSuchRoute(collection.to_owned()))?;
                (collection, Some(key), rest)
            }
            None => match rest {
                [] => (*collection, None, rest),
                [key, rest @ ..] => (*collection, Some(ObjectKey::Id(key)), rest),
            },
        };
        let key_segment = key.map(|key| key.text());
        let rest = rest.iter().map(|segment| (*segment).to_owned());
        Ok(Self {
            key,
            segments: std::iter::once(collection.to_owned())
                .chain(key_segment)
                .chain(rest)
                .collect(),
        })
    }
}

/// `appId='…')` or `uniqueName='…')`.
fn alternate_key(text: &str) -> Option<ObjectKey<'_>> {
    let (property, value) = text.strip_suffix("')")?.split_once("='")?;
    match property {
        "appId" => Some(ObjectKey::AppId(value)),
        "uniqueName" => Some(ObjectKey::UniqueName(value)),
        _ => None,
    }
}

impl ObjectKey<'_> {
    /// As messages quote it.
    pub(super) fn text(&self) -> String {
        let (Self::Id(key) | Self::AppId(key) | Self::UniqueName(key)) = self;
        (*key).to_owned()
    }
}

/// The condition of a `$filter`: what one property must be like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ODataFilter {
    pub(super) property: String,
    operator: FilterOperator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FilterOperator {
    /// `property eq 'value'`
    Equal,
    /// `startswith(property,'value')`
    StartsWith,
    /// `property/any(x:x eq 'value')`
    AnyEqual,
}

impl ODataFilter {
    /// Whether an object meets the condition; a property that it does not have cannot be asked for.
    pub(super) fn accepts(&self, object: &Value) -> Result<bool, GraphRefusal> {
        let unknown = || GraphRefusal::Filter(self.property.clone());
        let found = object.get(&self.property).ok_or_else(unknown)?;
        let texts: Vec<&str> = match (self.operator, found) {
            (FilterOperator::AnyEqual, Value::Array(items)) => {
                items.iter().filter_map(Value::as_str).collect()
            }
            (FilterOperator::AnyEqual, _) | (_, Value::Array(_) | Value::Object(_)) => {
                return Err(unknown());
            }
            _ => found.as_str().into_iter().collect(),
        };
        // Graph compares texts without case.
        let wanted = self.value.to_lowercase();
        Ok(texts.iter().any(|text| match self.operator {
            FilterOperator::StartsWith => text.to_lowercase().starts_with(&wanted),
            FilterOperator::Equal | FilterOperator::AnyEqual => text.to_lowercase() == wanted,
        }))
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (property, operator, quoted) = if let Some(rest) = text.strip_prefix("startswith(") {
            let (property, quoted) = rest.strip_suffix(')')?.split_once(',')?;
            (property, FilterOperator::StartsWith, quoted)
        } else if let Some((property, rest)) = text.split_once("/any(") {
            let (variable, condition) = rest.strip_suffix(')')?.split_once(':')?;
            let (left, quoted) = condition.split_once(" eq ")?;
            (left.trim() == variable.trim()).then_some((
                property,
                FilterOperator::AnyEqual,
                quoted,
            ))?
        } else {
            let (property, quoted) = text.split_once(" eq ")?;
            (property, FilterOperator::Equal, quoted)
        };
        let value = quoted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        // A quote within a text of OData is written twice.
        let lone_quote = value.replace("''", "").contains('\'');
        (!lone_quote).then(|| Self {
            property: property.trim().to_owned(),
            operator,
            value: value.replace("''", "'"),
        })
    }
}

/// The condition of the request's `$filter`.
pub(super) fn filter(request: &ServiceRequest) -> Result<Option<ODataFilter>, GraphRefusal> {
    let Some(text) = request.query("$filter") else {
        return Ok(None);
    };
    ODataFilter::read(text)
        .map(Some)
        .ok_or_else(|| GraphRefusal::Filter(text.to_owned()))
}

/// The objects that meet the condition of the request, if it has one.
pub(super) fn filtered(
    objects: impl Iterator<Item = Value>,
    request: &ServiceRequest,
) -> Result<Vec<Value>, GraphRefusal> {
    let filter = filter(request)?;
    let mut found = Vec::new();
    for object in objects {
        if filter.as_ref().map_or(Ok(true), |it| it.accepts(&object))? {
            found.push(object);
        }
    }
    Ok(found)
}

/// One page of a collection, with the link to the next one if there is more.
pub(super) fn page(
    objects: &[Value],
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<Response, GraphRefusal> {
    check_parameters(request)?;
    let number = |name: &str, usual: usize| match request.query(name) {
        Some(text) => text
            .parse()
            .map_err(|_| GraphRefusal::UnknownParameter(format!("{name}={text}"))),
        None => Ok(usual),
    };
    let (size, start) = (
        // Graph gives at most 999 objects in a page.
        number("$top", PAGE)?.clamp(1, 999),
        number("$skiptoken", 0)?,
    );
    let value: Vec<Value> = objects
        .iter()
        .skip(start)
        .take(size)
        .map(|it| select(it, request))
        .collect();
    let mut body = json!({"@odata.context": context(&request.path), "value": value});
    if start + size < objects.len() {
        // Resource Manager calls the same link `nextLink`.
        body["@odata.nextLink"] = next_link(start + size, request, azure).into();
    }
    Ok(Response::json(StatusCode::OK, &body))
}

/// One object.
pub(super) fn single(object: &Value, request: &ServiceRequest) -> Result<Response, GraphRefusal> {
    check_parameters(request)?;
    let object = select(object, request);
    Ok(Response::json(
        StatusCode::OK,
        &with_context(&object, &request.path),
    ))
}

/// A new object, named in `Location` by the directory's own address, which no client follows.
pub(super) fn created(object: &Value, request: &ServiceRequest, location: &str) -> Response {
    let path = format!("{}/new", request.path);
    Response::json(StatusCode::CREATED, &with_context(object, &path)).with_header(
        "location",
        format!("https://graph.microsoft.com/v2/{location}"),
    )
}

/// What an action made inside an object: 200, with a `Location` that leads nowhere.
pub(super) fn made_inside(object: &Value, kind: &str) -> Response {
    let mut shown = object.clone();
    shown["@odata.context"] =
        format!("https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.{kind}").into();
    Response::json(StatusCode::OK, &shown).with_header("location", "https://graph.microsoft.com")
}

/// An object with what it is, as the first key.
fn with_context(object: &Value, path: &str) -> Value {
    let mut shown = json!({"@odata.context": format!("{}/$entity", context(path))});
    if let (Some(shown), Some(object)) = (shown.as_object_mut(), object.as_object()) {
        shown.extend(object.clone());
    }
    shown
}

/// What an answer holds, such as `…#applications('{id}')/federatedIdentityCredentials`.
fn context(path: &str) -> String {
    const METADATA: &str = "https://graph.microsoft.com/v1.0/$metadata#";
    let path = path.trim_start_matches("/v1.0/");
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        [_, _, "owners"] => format!("{METADATA}directoryObjects"),
        [collection, key, inner, ..] => {
            format!("{METADATA}{collection}('{key}')/{inner}")
        }
        [collection, ..] => {
            let collection = collection.split('(').next().unwrap_or_default();
            format!("{METADATA}{collection}")
        }
        [] => METADATA.to_owned(),
    }
}

/// The body of a request, provided that all its properties are known.
pub(super) fn body(request: &ServiceRequest, known: &[&str]) -> Result<Value, GraphRefusal> {
    let mut body = request
        .json()
        .map_err(|error| GraphRefusal::Body(error.to_string()))?;
    if !body.is_object() {
        return Err(GraphRefusal::Body("An object was expected.".to_owned()));
    }
    take_type_names(&mut body)?;
    match strict::unknown_field(&body, known) {
        Some(field) => Err(GraphRefusal::UnknownProperty(field)),
        None => Ok(body),
    }
}

/// Removes the `@odata.type` of every object, which must be a type of Graph. Clients that are generated from Graph's
/// metadata send one in each object, hand-written ones send none; Graph accepts both.
fn take_type_names(value: &mut Value) -> Result<(), GraphRefusal> {
    match value {
        Value::Object(properties) => {
            if let Some(name) = properties.remove("@odata.type")
                && !name
                    .as_str()
                    .is_some_and(|it| it.starts_with("#microsoft.graph."))
            {
                return Err(GraphRefusal::Body(format!(
                    "A type named {name} could not be resolved by the model."
                )));
            }
            properties.values_mut().try_for_each(take_type_names)
        }
        Value::Array(items) => items.iter_mut().try_for_each(take_type_names),
        _ => Ok(()),
    }
}

/// A property that must be there and hold text.
pub(super) fn text<'a>(body: &'a Value, property: &'static str) -> Result<&'a str, GraphRefusal> {
    body[property]
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| GraphRefusal::Value {
            property,
            why: "a value is required.".to_owned(),
        })
}

fn check_parameters(request: &ServiceRequest) -> Result<(), GraphRefusal> {
    let unknown = request
        .query
        .iter()
        .find(|(name, _)| !PARAMETERS.contains(&name.as_str()));
    match unknown {
        Some((name, _)) => Err(GraphRefusal::UnknownParameter(name.clone())),
        None => Ok(()),
    }
}

fn select(object: &Value, request: &ServiceRequest) -> Value {
    let mut object = object.clone();
    if let (Some(chosen), Some(properties)) = (request.query("$select"), object.as_object_mut()) {
        properties.retain(|name, _| chosen.split(',').any(|chosen| chosen.trim() == name));
    }
    object
}

fn next_link(start: usize, request: &ServiceRequest, azure: &Azure) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(
        request
            .query
            .iter()
            .filter(|(name, _)| name != "$skiptoken"),
    );
    query.append_pair("$skiptoken", &start.to_string());
    format!(
        "{}{}?{}",
        azure.addresses.graph(),
        request.path,
        query.finish()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::{example, request};

    #[test]
    fn an_object_is_named_by_its_id_or_by_its_client_id() {
        let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let (by_id, by_app_id) = (
            segments("v1.0/applications/a/addPassword"),
            segments("v1.0/applications(appId='b')"),
        );

        assert_eq!(
            ODataTarget::read(&by_id),
            Ok(ODataTarget {
                key: Some(ObjectKey::Id("a")),
                segments: segments("applications/a/addPassword"),
            })
        );
        assert_eq!(
            ODataTarget::read(&by_app_id),
            Ok(ODataTarget {
                key: Some(ObjectKey::AppId("b")),
                segments: segments("applications/b"),
            })
        );
    }

    #[test]
    fn a_filter_compares_one_property_with_one_quoted_value() {
        let object = json!({"displayName": "It's mine", "names": ["a", "b"]});
        let accepts = |text: &str| {
            let asked = request(&format!("GET /v1.0/applications?$filter={text}"));
            filter(&asked)?.unwrap().accepts(&object)
        };

        assert_eq!(accepts("displayName eq 'it''s mine'"), Ok(true));
        assert_eq!(accepts("startswith(displayName,'it')"), Ok(true));
        assert_eq!(accepts("names/any(c:c eq 'b')"), Ok(true));
        assert_eq!(accepts("names/any(c:c eq 'c')"), Ok(false));
        for other in [
            "displayName eq mine",
            "startswith(displayName,m)",
            "names/any(c:d eq 'b')",
            "a eq 'b' or c eq 'd'",
            "unknown eq 'x'",
        ] {
            assert!(accepts(other).is_err(), "{other}");
        }
    }

    #[test]
    fn type_names_of_graph_are_accepted_in_every_object() {
        let sent = |value: Value| {
            let mut body =
                json!({"displayName": "a", "passwordCredential": {"@odata.type": value}});
            take_type_names(&mut body).map(|()| body)
        };

        assert_eq!(
            sent("#microsoft.graph.passwordCredential".into()),
            Ok(json!({"displayName": "a", "passwordCredential": {}}))
        );
        assert!(sent("#microsoft.entra.passwordCredential".into()).is_err());
        assert!(sent(Value::Null).is_err());
    }

    #[test]
    fn a_page_that_is_not_the_last_links_to_the_next() {
        let azure = example();
        let objects = [json!({"id": 1}), json!({"id": 2}), json!({"id": 3})];

        let first = page(&objects, &request("GET /v1.0/applications?$top=2"), &azure).unwrap();
        let link = first.value()["@odata.nextLink"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = link.strip_prefix(&azure.addresses.graph()).unwrap();
        let last = page(&objects, &request(&format!("GET {path}")), &azure).unwrap();

        assert_eq!(first.value()["value"], json!([{"id": 1}, {"id": 2}]));
        assert_eq!(last.value()["value"], json!([{"id": 3}]));
        assert!(last.value().get("@odata.nextLink").is_none());
    }
}
