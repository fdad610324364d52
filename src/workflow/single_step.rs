//! One step of a plan alone, for `--only`.

use crate::error::Failure;
use crate::steps;
use crate::workflow::planned_connection::PlannedConnection;

impl PlannedConnection {
    /// Leaves one step in the plan, for `--only`.
    pub(crate) fn keep_only(&mut self, id: &str) -> Result<(), Failure> {
        if !self.steps.iter().any(|step| step.id() == id) {
            let own: Vec<&str> = self.steps.iter().map(|step| step.id()).collect();
            return Err(Failure::usage(format!("run only step `{id}`"))
                .reason(format!(
                    "a connection with sign-in {} has no such step",
                    self.resolved.spec.credential.sign_in
                ))
                .next(format!("its steps are: {}", own.join(", "))));
        }
        self.left_out = steps::earlier(&self.steps, &self.plan, id);
        self.steps.retain(|step| step.id() == id);
        self.plan.steps.retain(|step| step.id == id);
        Ok(())
    }
}
