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

/// Who gets access by the change of a step. Each step declares it, so that no kind of change is applied without its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantedAccess {
    /// It grants no access to anything that exists.
    None,
    /// The identity of Prometheus gets a right, or can be used in this tenant.
    Right,
    /// Pods can sign in as the identity, with every right that it has.
    IdentityToPods,
    /// Everything on the nodes can sign in as the identity.
    IdentityToNodes,
    /// A new credential lets its holder sign in as the application.
    Credential,
}

/// A step of the plan, in the order it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedStep {
    pub(crate) id: &'static str,
    pub(crate) grants: GrantedAccess,
    pub(crate) change: Change,
}

impl PlannedStep {
    /// Whether it adds a way to sign in as the identity or application.
    fn lets_sign_in(&self) -> bool {
        match self.grants {
            GrantedAccess::None | GrantedAccess::Right => false,
            GrantedAccess::IdentityToPods | GrantedAccess::IdentityToNodes => {
                self.change.is_needed()
            }
            // Its other changes take credentials away. Graph has no change of a secret: a new one is added, and an old one removed.
            GrantedAccess::Credential => self.change.action == Action::Create,
        }
    }
}

/// Everything that would make Azure match the spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<PlannedStep>,
    /// What the user should know although nothing changes because of it.
    pub(crate) warnings: Vec<String>,
    /// An identity that was named by a file alone, which the user has to approve before it gets anything.
    pub(crate) adopted: Option<AdoptedIdentity>,
    /// Who may sign in as an identity that exists, chosen by a file alone: the user has to approve it.
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

/// Who may sign in as what exists, because of a spec file that the user did not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundTrust {
    pub(crate) grants: GrantedAccess,
    /// What exists, and who would sign in as it.
    pub(crate) about: String,
    /// The options of a command for what the file contains.
    pub(crate) options: Vec<(&'static str, String)>,
}

impl Plan {
    pub(crate) fn changes(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.change.is_needed())
            .count()
    }

    /// Whether a change is needed that cannot be undone.
    pub(crate) fn has_permanent_change(&self) -> bool {
        let is_permanent = |change: &Change| change.is_needed() && change.irreversible.is_some();
        self.steps.iter().any(|step| is_permanent(&step.change))
    }

    /// The identity that the user has to approve: by this plan it gets a role or a credential, or pods and nodes may sign
    /// in as it.
    pub(crate) fn adopts(&self) -> Option<&AdoptedIdentity> {
        let mut steps = self.steps.iter();
        let grants =
            steps.any(|step| step.grants != GrantedAccess::None && step.change.is_needed());
        self.adopted.as_ref().filter(|_| grants)
    }

    /// The step that adds a way to sign in as the identity or application.
    pub(crate) fn sign_in_step(&self) -> Option<&PlannedStep> {
        self.steps.iter().find(|step| step.lets_sign_in())
    }

    /// Those that the user has to approve: by this plan they can sign in as what exists.
    pub(crate) fn trusts(&self) -> Option<&FoundTrust> {
        let trust = self.trust.as_ref();
        trust.filter(|_| self.sign_in_step().is_some())
    }

    pub(crate) fn needs(&self, id: &str) -> bool {
        self.steps
            .iter()
            .any(|step| step.id == id && step.change.is_needed())
    }
}
