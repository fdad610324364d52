//! Are we signed in, to the tenant that the connection lives in?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::facts::Observation;
use crate::problem::Problem;
use crate::spec::command_line::az;

pub(super) const ID: &str = "sign-in";

pub(super) struct SignInCheck;

impl Check for SignInCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: ID,
            category: Category::SignIn,
            needs: &[Observation::SignIn],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let (caller, tenant) = (&seen.caller, &seen.spec.tenant);
        Ok(match &caller.tenant {
            // Resource Manager shows a sign-in the subscriptions of its token's tenant only, so all else would
            // look absent.
            Some(other) if other != tenant => Verdict::fail(
                format!(
                    "{} is signed in to tenant {other}, and the connection is in {tenant}",
                    caller.name
                ),
                az::login(tenant.as_str()),
            ),
            _ => Verdict::pass(format!("signed in as {} ({})", caller.name, caller.method)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::VerdictKind;
    use crate::spec::ids::TenantId;

    #[test]
    fn a_tenant_other_than_the_connections_fails_with_the_login_command() {
        let mut seen = Evidence::example();
        seen.caller.tenant = TenantId::parse("99999999-9999-9999-9999-999999999999").ok();

        let verdict = SignInCheck.judge(&seen).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert_eq!(
            verdict.next(),
            ["az login --tenant 22222222-2222-2222-2222-222222222222"]
        );
    }
}
