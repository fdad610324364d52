//! Restrictions that apply whatever the caller's roles are: deny assignments, locks and policies.

use jiff::Timestamp;
use uuid::Uuid;

use super::{StoredResource, StoredResourceId};

/// Denies actions at a scope and below it to everyone but the excluded.
#[derive(Clone, Debug)]
pub(crate) struct StoredDenyAssignment {
    pub(crate) name: Uuid,
    pub(crate) display_name: String,
    pub(crate) scope: StoredResourceId,
    pub(crate) actions: Vec<&'static str>,
    pub(crate) not_actions: Vec<&'static str>,
    pub(crate) excluded_principals: Vec<Uuid>,
}

/// A management lock at a scope and below it.
#[derive(Clone, Debug)]
pub(crate) struct StoredLock {
    pub(crate) id: StoredResourceId,
    pub(crate) name: String,
    pub(crate) scope: StoredResourceId,
    pub(crate) level: LockLevel,
    pub(crate) notes: Option<String>,
    pub(crate) created: Timestamp,
}

impl StoredLock {
    /// A lock at a scope, without notes.
    pub(crate) fn new(
        scope: StoredResourceId,
        name: &str,
        level: LockLevel,
        now: Timestamp,
    ) -> Self {
        Self {
            // A lock is an extension: its id begins with that of what it locks.
            id: scope.resource("Microsoft.Authorization/locks", name),
            name: name.to_owned(),
            scope,
            level,
            notes: None,
            created: now,
        }
    }
}

impl StoredResource for StoredLock {
    fn id(&self) -> &StoredResourceId {
        &self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }
}

/// What a lock forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockLevel {
    CanNotDelete,
    /// Forbids writes, deletions and every POST.
    ReadOnly,
}

/// A policy with the effect `deny` on writes of one type of resource.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// The name of its assignment, which messages quote.
    pub(crate) name: String,
    pub(crate) scope: StoredResourceId,
    /// Such as `microsoft.monitor/accounts`, in lower case.
    pub(crate) resource_type: String,
}

impl LockLevel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CanNotDelete => "CanNotDelete",
            Self::ReadOnly => "ReadOnly",
        }
    }
}
