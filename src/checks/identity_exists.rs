//! Is the identity, or the application, that Prometheus signs in as there?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{About, Check, apply_only};
use crate::facts::Observation;
use crate::problem::Problem;
use crate::spec::ids::ResourceId;

pub(super) struct IdentityExists;

impl Check for IdentityExists {
    fn about(&self) -> About {
        About {
            id: "identity-exists",
            category: Category::Identity,
            needs: &[Observation::Principal],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let credential = &seen.spec.credential;
        let (name, step) = match credential.application() {
            Some(application) => (format!("application {application}"), "application"),
            None => {
                let identity = credential.identity().map_or("", ResourceId::name);
                (format!("identity {identity}"), "identity")
            }
        };
        Ok(match seen.principal.get()? {
            Some(principal) => Verdict::pass(format!("{name}, client id {}", principal.client_id)),
            None => Verdict::fail(format!("{name} does not exist"), apply_only(step)),
        })
    }
}
