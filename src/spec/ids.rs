//! Which id is this? A type each, because people mix up client, principal and resource ids for hours.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ingestion_url::is_placeholder;

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum IdError {
    #[error(
        "`{0}` is not a resource id: it should look like /subscriptions/…/resourceGroups/…/providers/…"
    )]
    ResourceId(String),
    #[error("`{text}` is {}: {hint}", what_is(text))]
    Guid { text: String, hint: &'static str },
    #[error("`{0}` is not an Azure region such as westeurope")]
    Region(String),
}

/// What a text is that is no GUID.
fn what_is(text: &str) -> &'static str {
    let has_host = text.contains('.') && !text.contains(char::is_whitespace);
    if is_placeholder(text) || uuid::Uuid::try_parse(text.trim()).is_ok() {
        "a placeholder"
    } else if text.trim_start().starts_with("/subscriptions/") {
        "a resource id, not a GUID"
    } else if text.contains("://") {
        "a URL, not a GUID"
    } else if has_host {
        "a domain name, not a GUID"
    } else {
        "not a GUID such as 12345678-90ab-cdef-1234-567890abcdef"
    }
}

macro_rules! guid {
    ($(#[$about:meta])* $name:ident, $hint:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub(crate) struct $name(String);

        impl $name {
            /// Canonical form: lower case with hyphens.
            pub(crate) fn parse(text: &str) -> Result<Self, IdError> {
                // Braces, `urn:uuid:` and missing hyphens are read as well. Azure returns the canonical form, with
                // which ids are compared.
                // Examples have only zeros, and no id has.
                let parsed = uuid::Uuid::try_parse(text.trim()).ok().filter(|id| !id.is_nil());
                let parsed = parsed.ok_or_else(|| IdError::Guid { text: text.to_owned(), hint: $hint })?;
                Ok(Self(parsed.hyphenated().to_string()))
            }

            #[allow(dead_code, reason = "not every kind of id is read as text")]
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

guid!(
    /// A subscription, as in `/subscriptions/{this}`.
    SubscriptionId,
    "use the GUID of the subscription, which the portal and the Azure CLI show"
);
guid!(
    /// The directory that a subscription trusts and a token comes from.
    TenantId,
    "use the GUID of the tenant, which the Azure CLI calls tenantId"
);
guid!(
    /// The application (client) id: what a token request names, and what Prometheus is configured with.
    ClientId,
    "use the GUID that the Overview of the identity or application in the Azure portal shows as client id"
);
guid!(
    /// The object id of a service principal: what a role is assigned to. Never the client id.
    PrincipalId,
    "use the GUID of the service principal, its object id"
);
guid!(
    /// The object id of an application, which Microsoft Graph addresses it by.
    ApplicationObjectId,
    "use the GUID of the application, its object id"
);

/// Whether a part of an id stays that part in a URL: the path of a request loses `..` (also as `%2e%2e`), and takes `\`
/// for `/` (WHATWG URL).
pub(crate) fn is_segment(segment: &str) -> bool {
    let changes_path =
        |letter: char| letter.is_control() || matches!(letter, '%' | '?' | '#' | '\\');
    !matches!(segment, "" | "." | "..") && !segment.contains(changes_path)
}

/// An Azure resource id. Equal without regard to case, because services echo ids in other casings; displayed as given.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ResourceId(String);

impl ResourceId {
    pub(crate) fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim().trim_end_matches('/');
        let segments: Vec<&str> = text.split('/').collect();
        let well_formed = segments.first() == Some(&"")
            && segments.len() >= 3
            // A leading empty segment, and then pairs of a key and a value.
            && segments.len() % 2 == 1
            && segments[1].eq_ignore_ascii_case("subscriptions")
            && segments[1..].iter().all(|segment| is_segment(segment));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::ResourceId(text.to_owned()))
        }
    }

    pub(crate) fn subscription_scope(subscription: &SubscriptionId) -> Self {
        Self(format!("/subscriptions/{subscription}"))
    }

    pub(crate) fn group(subscription: &SubscriptionId, name: &str) -> Self {
        Self::subscription_scope(subscription).child("resourceGroups", name)
    }

    /// A resource directly in this resource group; `kind` is `Microsoft.Monitor/accounts` and the like.
    pub(crate) fn resource(&self, kind: &str, name: &str) -> Self {
        self.child(&format!("providers/{kind}"), name)
    }

    /// A child of this resource, such as `federatedIdentityCredentials` of an identity. A name is one segment: with a slash,
    /// which no resource has, it would lead to another one. Escaped, no request is made of it (`is_segment`).
    pub(crate) fn child(&self, kind: &str, name: &str) -> Self {
        Self(format!("{}/{kind}/{}", self.0, name.replace('/', "%2F")))
    }

    fn segment_after(&self, key: &str) -> Option<&str> {
        let mut segments = self.0.split('/');
        segments.find(|segment| segment.eq_ignore_ascii_case(key))?;
        segments.next()
    }

    pub(crate) fn subscription(&self) -> SubscriptionId {
        let text = self.segment_after("subscriptions").unwrap_or_default();
        SubscriptionId::parse(text).unwrap_or_else(|_| SubscriptionId(text.to_lowercase()))
    }

    pub(crate) fn resource_group_name(&self) -> Option<&str> {
        self.segment_after("resourceGroups")
    }

    /// The resource group this lives in (or is).
    pub(crate) fn resource_group(&self) -> Option<Self> {
        self.resource_group_name()
            .map(|name| Self::group(&self.subscription(), name))
    }

    /// `Microsoft.Monitor/accounts` for a workspace; `None` for a group or a subscription.
    pub(crate) fn kind(&self) -> Option<String> {
        let lower = self.0.to_lowercase();
        // The last one: an extension such as a role assignment has a second provider behind that of its resource.
        let provider = lower.rfind("/providers/")?;
        let mut segments = self.0[provider + "/providers/".len()..].split('/');
        let namespace = segments.next()?;
        let types: Vec<&str> = segments.step_by(2).collect();
        Some(format!("{namespace}/{}", types.join("/")))
    }

    pub(crate) fn is_kind(&self, kind: &str) -> bool {
        self.kind()
            .is_some_and(|own| own.eq_ignore_ascii_case(kind))
    }

    /// The last segment.
    pub(crate) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// True when `self` is `other` or lies below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let (own, other) = (self.0.to_lowercase(), other.0.to_lowercase());
        // With the slash, since `rg-1` is no part of `rg-10`.
        own == other || own.starts_with(&format!("{other}/"))
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for ResourceId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ResourceId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<ResourceId> for String {
    fn from(id: ResourceId) -> String {
        id.0
    }
}

/// A region in its short form: `westeurope`, also where Azure reports `West Europe`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Region(String);

impl Region {
    pub(crate) fn parse(text: &str) -> Result<Self, IdError> {
        let short: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect::<String>()
            .to_lowercase();
        if !short.is_empty() && short.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            Ok(Self(short))
        } else {
            Err(IdError::Region(text.to_owned()))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Region {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Monitoring/providers/Microsoft.Monitor/accounts/prod";

    #[test]
    fn a_resource_id_has_its_parts() {
        let id = ResourceId::parse(WORKSPACE).unwrap();

        assert_eq!(id.name(), "prod");
        assert_eq!(id.resource_group_name(), Some("Monitoring"));
        assert_eq!(id.kind().as_deref(), Some("Microsoft.Monitor/accounts"));
        assert_eq!(
            id.subscription().as_str(),
            "11111111-1111-1111-1111-111111111111"
        );
    }

    #[test]
    fn a_name_with_a_slash_is_no_id_of_another_resource() {
        let id = ResourceId::parse(WORKSPACE).unwrap();
        let group = ResourceId::group(&id.subscription(), "a/b");

        for id in [
            group.resource("Microsoft.Monitor/accounts", "x"),
            id.resource("Microsoft.Monitor/accounts", "../y"),
            id.child("parts", "a/../../b"),
        ] {
            assert!(ResourceId::parse(id.as_str()).is_err(), "{id}");
        }
        assert!(ResourceId::parse(id.child("parts", "a").as_str()).is_ok());
    }

    #[test]
    fn an_id_that_changes_the_path_of_a_request_is_refused() {
        for part in ["..", ".", "%2e%2e", "a%2f..", "a\\..", "a?b", "a#b", "a\nb"] {
            let id = WORKSPACE.replace("Monitoring", part);
            assert!(ResourceId::parse(&id).is_err(), "{id}");
        }
    }

    #[test]
    fn resource_ids_are_equal_in_any_casing() {
        let id = ResourceId::parse(WORKSPACE).unwrap();

        assert_eq!(id, ResourceId::parse(&WORKSPACE.to_lowercase()).unwrap());
        assert!(
            id.is_within(
                &ResourceId::parse(&id.resource_group().unwrap().as_str().to_uppercase())
                    .unwrap_or(id.clone())
            )
        );
    }

    #[test]
    fn half_an_id_is_refused() {
        for text in [
            "prod",
            "/subscriptions",
            "/subscriptions/x/resourceGroups",
            "subscriptions/x",
            "",
        ] {
            assert!(ResourceId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_has_one_spelling() {
        assert_eq!(
            Region::parse("West Europe").unwrap(),
            Region::parse("westeurope").unwrap()
        );
        assert!(Region::parse("west-europe!").is_err());
    }

    #[test]
    fn ids_of_people_and_programs_are_guids() {
        assert_eq!(
            ClientId::parse("{8E3AF657-A8FF-443C-A75C-2FE8C4BCB635}")
                .unwrap()
                .as_str(),
            "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
        );
        assert!(ClientId::parse("my-app").is_err());
    }

    #[test]
    fn a_refused_id_is_named_for_what_it_is() {
        let refused = |text: &str| TenantId::parse(text).unwrap_err().to_string();

        assert!(refused("contoso.onmicrosoft.com").contains("a domain name"));
        assert!(refused(WORKSPACE).contains("a resource id"));
        assert!(refused("https://sts.windows.net/x").contains("a URL"));
        assert!(refused("<tenant id>").contains("a placeholder"));
        assert!(refused("00000000-0000-0000-0000-000000000000").contains("a placeholder"));
        assert!(refused("prod").contains("not a GUID"));
        assert!(refused("prod").ends_with("the Azure CLI calls tenantId"));
    }
}
