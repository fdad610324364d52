//! Resources of one type, found by id in any case and listed in the order of their ids.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{AzureState, StoredResourceId, Tags};

/// Something that Resource Manager knows by an id.
pub(crate) trait StoredResource {
    fn id(&self) -> &StoredResourceId;
    fn created(&self) -> Timestamp;

    /// Whether it is of this type; most collections hold one type only.
    fn is_of_type(&self, _kind: &str) -> bool {
        true
    }
}

/// A resource that has a collection in the state.
pub(crate) trait KeptResource: StoredResource + Clone {
    fn kept_in(state: &AzureState) -> &ResourceMap<Self>;
    fn kept_in_mut(state: &mut AzureState) -> &mut ResourceMap<Self>;
}

/// A resource that has tags.
pub(crate) trait TaggedResource: KeptResource {
    fn tags_mut(&mut self) -> &mut Tags;
}

/// Implements the traits for types with the fields `id`, `created` and `tags`.
macro_rules! tagged_resources {
    ($($resource:ty $({ $($method:item)* })?,)*) => {$(
        impl StoredResource for $resource {
            fn id(&self) -> &StoredResourceId {
                &self.id
            }

            fn created(&self) -> Timestamp {
                self.created
            }

            $($($method)*)?
        }

        impl TaggedResource for $resource {
            fn tags_mut(&mut self) -> &mut Tags {
                &mut self.tags
            }
        }
    )*};
}

pub(super) use tagged_resources;

/// All resources of one type.
#[derive(Clone, Debug)]
pub(crate) struct ResourceMap<T>(BTreeMap<StoredResourceId, T>);

impl<T> Default for ResourceMap<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: StoredResource> ResourceMap<T> {
    pub(crate) fn get(&self, id: &StoredResourceId) -> Option<&T> {
        self.0.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &StoredResourceId) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    /// Adds a resource, or puts it in the place of the one with its id.
    pub(crate) fn insert(&mut self, resource: T) {
        self.0.insert(resource.id().clone(), resource);
    }

    /// Takes away everything at or below a scope.
    pub(crate) fn remove_within(&mut self, scope: &StoredResourceId) {
        self.0.retain(|id, _| !id.is_within(scope));
    }

    pub(crate) fn within(&self, scope: &StoredResourceId) -> impl Iterator<Item = &T> {
        self.iter()
            .filter(move |resource| resource.id().is_within(scope))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.values_mut()
    }
}
