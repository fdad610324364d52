//! Is the identity, or the application, that Prometheus signs in as there?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, whole_plan};
use crate::facts::{Observation, Principal};
use crate::problem::Problem;
use crate::spec::ids::ResourceId;

pub(super) struct IdentityExistsCheck;

impl Check for IdentityExistsCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "identity-exists",
            category: Category::Identity,
            needs: &[Observation::Principal],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let credential = &seen.spec.credential;
        let name = match credential.application() {
            Some(application) => format!("application {application}"),
            None => {
                let identity = credential.identity().map_or("", ResourceId::name);
                format!("identity {identity}")
            }
        };
        Ok(match (seen.principal.get()?, &seen.foreign_applications) {
            (Some(principal), _) => {
                Verdict::pass(found(&name, principal, &seen.application_doubts))
            }
            (None, Some(foreign_applications)) => Verdict::fail_of(foreign_applications),
            (None, None) => Verdict::fail(format!("{name} does not exist"), whole_plan(seen)),
        })
    }
}

/// Everyone who controls the application can write as it, so they are named.
fn found(name: &str, principal: &Principal, doubts: &[String]) -> String {
    let named = format!("{name}, client id {}", principal.client_id);
    let parts = std::iter::once(named).chain(doubts.iter().cloned());
    parts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_that_others_control_is_found_with_their_names() {
        let evidence = Evidence {
            application_doubts: vec!["it is owned by mallory@example.com".into()],
            ..Evidence::example()
        };

        let verdict = IdentityExistsCheck.judge(&evidence).unwrap();

        let ending = "; it is owned by mallory@example.com";
        assert!(verdict.found().ends_with(ending), "{}", verdict.found());
    }
}
