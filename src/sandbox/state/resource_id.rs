//! Ids of resources, which compare without regard to case and remember how they were written.

use std::{
    cmp::Ordering,
    fmt::{self, Display, Formatter},
    hash::{Hash, Hasher},
};

use serde::{Serialize, Serializer};

/// A resource id or any other scope such as `/subscriptions/{guid}`, without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) struct StoredResourceId {
    text: String,
    folded: String,
}

impl StoredResourceId {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        text.truncate(text.trim_end_matches('/').len());
        let folded = text.to_ascii_lowercase();
        Self { text, folded }
    }

    pub(crate) fn subscription_scope(subscription: impl Display) -> Self {
        Self::new(format!("/subscriptions/{subscription}"))
    }

    pub(crate) fn group(subscription: impl Display, group: &str) -> Self {
        Self::new(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}"
        ))
    }

    /// A resource below this group; the kind is such as `Microsoft.Monitor/accounts`.
    pub(crate) fn resource(&self, kind: &str, name: &str) -> Self {
        Self::new(format!("{}/providers/{kind}/{name}", self.text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case, for comparing.
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    /// The last segment.
    pub(crate) fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The subscription's id, as written.
    pub(crate) fn subscription(&self) -> Option<&str> {
        self.segment_after("subscriptions")
    }

    /// The resource group's name, as written.
    pub(crate) fn resource_group(&self) -> Option<&str> {
        self.segment_after("resourcegroups")
    }

    /// The resource group that holds this resource, or this group itself.
    pub(crate) fn group_scope(&self) -> Option<Self> {
        Some(Self::group(self.subscription()?, self.resource_group()?))
    }

    /// Its type, such as `Microsoft.Monitor/accounts`, without the names between.
    pub(crate) fn resource_type(&self) -> Option<String> {
        let at = self.folded.rfind("/providers/")?;
        let mut segments = self.text[at..].split('/').skip(2);
        let namespace = segments.next()?;
        // Types and names alternate: `accounts/NAME/metricsContainers/NAME`.
        let types: Vec<&str> = segments.step_by(2).collect();
        (!types.is_empty()).then(|| format!("{namespace}/{}", types.join("/")))
    }

    /// Whether this is the scope itself or lies anywhere below it.
    pub(crate) fn is_within(&self, scope: &Self) -> bool {
        self.folded
            .strip_prefix(&scope.folded)
            // At a slash only: `rg-prod` does not contain `rg-prod-2`.
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn segment_after(&self, fixed: &str) -> Option<&str> {
        let mut segments = self
            .text
            .split('/')
            .skip_while(|segment| !segment.eq_ignore_ascii_case(fixed));
        segments.nth(1).filter(|segment| !segment.is_empty())
    }
}

impl Display for StoredResourceId {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for StoredResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl PartialEq for StoredResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for StoredResourceId {}

impl PartialOrd for StoredResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StoredResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for StoredResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_in_case_alone_are_one_id() {
        let written = StoredResourceId::new("/subscriptions/S/resourceGroups/RG-Prod/");

        assert_eq!(
            written,
            StoredResourceId::new("/SUBSCRIPTIONS/s/resourcegroups/rg-prod")
        );
        assert_eq!(written.resource_group(), Some("RG-Prod"));
    }

    #[test]
    fn a_name_that_begins_like_another_is_not_within_it() {
        let group = StoredResourceId::new("/subscriptions/s/resourceGroups/rg");

        assert!(
            group
                .resource("Microsoft.Monitor/accounts", "w")
                .is_within(&group)
        );
        assert!(!StoredResourceId::new("/subscriptions/s/resourceGroups/rg-2").is_within(&group));
    }
}
