//! What is a step, what may it use, and which rights does it need?

use async_trait::async_trait;

use crate::azure::{Reader, Writer};
use crate::error::Failure;
use crate::facts::{Facts, Observation};
use crate::plan::change::{Change, GrantedAccess};
use crate::progress::Progress;
use crate::secret_file::SecretFile;
use crate::spec::Spec;
use crate::spec::ids::ResourceId;
use crate::spec::method_on_platform::MethodOnPlatform;

/// What a step may use while it changes things.
pub(crate) struct Tools<'a> {
    pub(crate) azure: &'a Writer,
    /// Where a client secret is kept: Entra shows it once.
    pub(crate) secret_file: &'a SecretFile,
    pub(crate) progress: &'a dyn Progress,
}

/// A right that a change needs, so that a run that is bound to stop at its last step never starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) action: String,
    /// The nearest scope that exists or will exist; the subscription for what Azure creates elsewhere on its own.
    pub(crate) scope: ResourceId,
}

/// One thing we own in Azure.
#[async_trait]
pub(crate) trait Step: Send + Sync {
    /// The name people type and the plan prints, such as `role-assignment`.
    fn id(&self) -> &'static str;
    /// What others get by a change of this step, whatever exists.
    fn grants(&self) -> GrantedAccess;
    /// Whether such a connection has anything to do here. The other methods are called only where it has.
    fn applies(&self, _: MethodOnPlatform) -> bool {
        true
    }
    /// What `observe` looks at.
    fn observes(&self) -> &'static [Observation];
    /// What `plan` and `requires` decide from. Steps that observe some of it observe first.
    fn needs(&self) -> &'static [Observation];
    /// Steps that must be done before this one can be done.
    fn applies_after(&self) -> &'static [&'static str] {
        &[]
    }
    /// Looks, and returns what it saw and nothing else. A `Reader` has no method that writes.
    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure>;
    /// Decides. The same facts always give the same change.
    fn plan(&self, spec: &Spec, facts: &Facts) -> Change;
    /// The rights that the planned change needs.
    fn requires(&self, spec: &Spec, facts: &Facts) -> Vec<Requirement>;
    /// Does what was decided, and returns what later steps need.
    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure>;
}
