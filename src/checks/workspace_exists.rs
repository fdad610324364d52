//! Is the Azure Monitor workspace there?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, whole_plan};
use crate::facts::Observation;
use crate::problem::Problem;

pub(super) struct WorkspaceExistsCheck;

impl Check for WorkspaceExistsCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "workspace-exists",
            category: Category::Azure,
            needs: &[Observation::Workspace],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let wanted = &seen.spec.workspace;
        Ok(match seen.workspace.get()? {
            Some(workspace) => {
                Verdict::pass(format!("{} in {}", workspace.id.name(), workspace.region))
            }
            // 404 is also the answer for what this sign-in may not read.
            None => Verdict::fail(
                format!(
                    "workspace {} does not exist in resource group {}",
                    wanted.name(),
                    wanted.resource_group_name().unwrap_or_default()
                ),
                whole_plan(seen),
            )
            .then("or name the right one with `--workspace`"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;

    #[test]
    fn a_missing_workspace_fails_and_an_unreadable_one_is_skipped() {
        let gone = Evidence {
            workspace: Observed::known(None),
            ..Evidence::example()
        };
        let hidden = Evidence {
            workspace: Observed::unseen("Azure answered 403"),
            ..Evidence::example()
        };

        assert_eq!(
            WorkspaceExistsCheck.judge(&gone).unwrap().next()[0],
            "amw-rw apply"
        );
        assert_eq!(
            WorkspaceExistsCheck.judge(&hidden),
            Err(Problem::new("Azure answered 403"))
        );
    }
}
