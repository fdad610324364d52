//! What a plan shows of the file, and how `plan` ends.

use std::path::Path;

use crate::error::{ExitCode, Failure};
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::preview::Preview;

/// The file as it would be written, or why it cannot be.
#[derive(Default)]
pub(crate) struct PlannedFile {
    pub(crate) preview: Option<Preview>,
    /// Ends the command, once the plan was shown.
    pub(crate) blocker: Option<Failure>,
}

impl PlannedFile {
    /// A plan is useful without the file, so that what prevents a file that was not asked for is only a warning.
    pub(crate) fn of(
        planned: &mut PlannedConnection,
        template_folder: Option<&Path>,
    ) -> Result<Self, Failure> {
        // As `init --write` would write it; without a file of the user it is a new one.
        let in_place = planned.target_file(template_folder, true);
        let target = in_place.or_else(|_| planned.target_file(template_folder, false))?;
        let Some(blocker) = target.blocker() else {
            let installation = &planned.resolved.installation;
            let preview = target.preview(&planned.remote_write(), installation)?;
            return Ok(Self {
                preview: Some(preview),
                ..Self::default()
            });
        };
        if target.is_written() {
            return Ok(Self {
                blocker: Some(blocker),
                ..Self::default()
            });
        }
        let warning = format!("the file cannot be written yet: {blocker}");
        planned.plan.warnings.push(warning);
        Ok(Self::default())
    }

    /// What `plan --exit-code` ends with; the blocker is a failure with or without that flag.
    pub(crate) fn exit_code(self, changes: usize, is_asked_for: bool) -> Result<ExitCode, Failure> {
        if let Some(blocker) = self.blocker {
            return Err(blocker);
        }
        let changes_a_file = self.preview.is_some_and(|preview| preview.changes_a_file());
        Ok(match is_asked_for && (changes > 0 || changes_a_file) {
            true => ExitCode::PlanHasChanges,
            false => ExitCode::Done,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::proposal::Proposal;

    fn of_file(before: &str, after: &str) -> PlannedFile {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("values.yaml");
        std::fs::write(&out, before).unwrap();
        let proposal = Proposal::new(Some(out), before.into(), after.into(), false);
        let changes_a_file = proposal.changes_a_file();
        assert_eq!(changes_a_file, before != after);
        PlannedFile {
            preview: Some(Preview::new(proposal)),
            blocker: None,
        }
    }

    #[test]
    fn changes_in_azure_or_in_the_file_end_with_3_where_that_was_asked_for() {
        let exit_code = |changes, is_asked_for| {
            let file = PlannedFile::default();
            file.exit_code(changes, is_asked_for).unwrap()
        };

        assert_eq!(exit_code(1, true), ExitCode::PlanHasChanges);
        assert_eq!(exit_code(0, true), ExitCode::Done);
        assert_eq!(exit_code(1, false), ExitCode::Done);
        let changed = of_file("a: 1\n", "a: 2\n").exit_code(0, true);
        assert_eq!(changed.unwrap(), ExitCode::PlanHasChanges);
    }

    #[test]
    fn a_blocker_of_a_file_that_was_asked_for_is_a_failure() {
        let file = PlannedFile {
            blocker: Some(Failure::new("find out the version")),
            ..PlannedFile::default()
        };

        assert_eq!(
            file.exit_code(0, false).unwrap_err().doing(),
            "find out the version"
        );
    }
}
