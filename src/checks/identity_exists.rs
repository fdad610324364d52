//! Is the identity, or the application, that Prometheus signs in as there?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::{Unseen, Verdict};
use super::{About, Check, apply_only};
use crate::spec::{ApplicationChoice, Credential};

pub(super) struct IdentityExists;

impl Check for IdentityExists {
    fn about(&self) -> About {
        About {
            id: "identity-exists",
            category: Category::Identity,
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        seen.principal.took
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Unseen> {
        let (name, step) = match &seen.spec.credential {
            Credential::UserIdentity { identity }
            | Credential::WorkloadIdentity { identity, .. } => {
                (format!("identity {}", identity.name()), "identity")
            }
            Credential::EntraSecret { application } => {
                let name = match application {
                    ApplicationChoice::ClientId(id) => id.to_string(),
                    ApplicationChoice::Name(name) => name.clone(),
                };
                (format!("application {name}"), "application")
            }
        };
        Ok(match seen.principal.get()? {
            Some(principal) => Verdict::pass(format!("{name}, client id {}", principal.client_id)),
            None => Verdict::fail(format!("{name} does not exist"), apply_only(step)),
        })
    }
}
