//! Subscriptions and the providers registered in them.

use std::collections::BTreeMap;

use uuid::Uuid;

/// A subscription of some tenant.
#[derive(Clone, Debug)]
pub(crate) struct StoredSubscription {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) tenant_id: Uuid,
    /// `Enabled`, `Disabled` and so on, as Azure spells it.
    pub(crate) state: &'static str,
    /// By namespace in lower case; a namespace that is missing here is not registered.
    pub(crate) providers: BTreeMap<String, Registration>,
}

/// How far the registration of a provider has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registration {
    Registered,
    /// Becomes registered after this many more looks.
    Registering {
        looks_left: u32,
    },
    NotRegistered,
}

impl StoredSubscription {
    pub(crate) fn registration(&self, namespace: &str) -> Registration {
        self.providers
            .get(&namespace.to_ascii_lowercase())
            .copied()
            .unwrap_or(Registration::NotRegistered)
    }

    pub(crate) fn register(&mut self, namespace: &str, registration: Registration) {
        self.providers
            // Azure writes `microsoft.insights` and `Microsoft.Insights` for one provider.
            .insert(namespace.to_ascii_lowercase(), registration);
    }
}

impl Registration {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::Registering { .. } => "Registering",
            Self::NotRegistered => "NotRegistered",
        }
    }
}
