//! What will be made, changed or kept, and why?

use serde::Serialize;

/// What happens to one resource; the words of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    None,
    Create,
    Update,
}

/// What a step decided from the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) action: Action,
    /// What it is about: a resource id, or words where the id is not known before it exists.
    pub(crate) resource: String,
    pub(crate) why: String,
    /// A consent beyond the usual one, because it cannot be undone: what the user has to know.
    pub(crate) irreversible: Option<String>,
}

impl Change {
    fn new(action: Action, resource: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            action,
            resource: resource.into(),
            why: why.into(),
            irreversible: None,
        }
    }

    pub(crate) fn keep(resource: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Action::None, resource, why)
    }

    pub(crate) fn create(resource: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Action::Create, resource, why)
    }

    pub(crate) fn update(resource: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Action::Update, resource, why)
    }

    pub(crate) fn irreversible(mut self, warning: impl Into<String>) -> Self {
        self.irreversible = Some(warning.into());
        self
    }

    pub(crate) fn is_needed(&self) -> bool {
        self.action != Action::None
    }
}

/// A step of the plan, in the order it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedStep {
    pub(crate) id: &'static str,
    pub(crate) change: Change,
}

/// Everything that would make Azure match the spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<PlannedStep>,
    /// What the user should know although nothing changes because of it.
    pub(crate) warnings: Vec<String>,
    /// An identity that was named by a file alone, which the user has to approve before it gets anything.
    pub(crate) adopted: Option<AdoptedIdentity>,
    /// Pods that were named by a file alone, which the user has to approve before an identity that exists trusts them.
    pub(crate) trust: Option<FoundTrust>,
}

/// An application or a managed identity that is not one of ours, named by a spec file that the user did not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AdoptedIdentity {
    /// `application` or `managed identity`.
    pub(crate) kind: &'static str,
    /// The value of `--identity`.
    pub(crate) identity: String,
    /// Which one it is, and what is known of who controls it.
    pub(crate) about: String,
}

/// Pods that may sign in as an identity that exists, because of a spec file that the user did not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundTrust {
    /// Which identity would trust which pods.
    pub(crate) about: String,
    /// The options that say in a command what the file says.
    pub(crate) options: Vec<(&'static str, String)>,
}

impl Plan {
    pub(crate) fn changes(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.change.is_needed())
            .count()
    }

    /// The identity that the user has to approve: by this plan it gets a role or a credential, or pods and nodes may sign
    /// in as it.
    pub(crate) fn adopts(&self) -> Option<&AdoptedIdentity> {
        const GIVING: [&str; 5] = [
            "application",
            "client-secret",
            "federated-credential",
            "node-identity",
            "role-assignment",
        ];
        let gives = GIVING.iter().any(|id| self.needs(id));
        self.adopted.as_ref().filter(|_| gives)
    }

    /// The pods that the user has to approve: by this plan they can sign in as an identity that exists.
    pub(crate) fn trusts(&self) -> Option<&FoundTrust> {
        let gives = self.needs("federated-credential");
        self.trust.as_ref().filter(|_| gives)
    }

    pub(crate) fn needs(&self, id: &str) -> bool {
        self.steps
            .iter()
            .any(|step| step.id == id && step.change.is_needed())
    }
}
