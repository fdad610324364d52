//! What is wrong with the user's file where Azure or the cluster could not be looked at?

use crate::checks;
use crate::checks::verdict::Verdict;
use crate::compat::Installation;
use crate::problem::Problem;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::WorkspaceChoice;
use crate::spec::default_target;
use crate::workflow::{configured, described_file, file_kind};

/// The verdict about the file that the answers name, or why it is not complete. `None` where they name no file that is there.
pub(crate) fn judged(answers: &ConnectionAnswers) -> Option<Result<Verdict, Problem>> {
    configured::file(answers)?;
    let target = match file_kind::target_of(answers, "check the remote write") {
        Ok(target) => target,
        Err(failure) => return Some(Ok(Verdict::fail_of(&failure.into_problem()))),
    };
    let target = target.unwrap_or_else(|| default_target(answers.prometheus.as_ref(), None));
    let answers = ConnectionAnswers {
        target: Some(target),
        ..answers.clone()
    };
    let described = described_file::described(&answers, None);
    let version = answers.prometheus_version.as_deref();
    let installation = Installation {
        target,
        prometheus: version
            .and_then(|version| version.parse().ok())
            .or(described.version),
        operator: described.operator,
    };
    // Our name of the entry is that of the workspace, and an entry is found by its URL too.
    let workspace = match &answers.workspace {
        Some(WorkspaceChoice::Name(name)) => name,
        Some(WorkspaceChoice::Id(id)) => id.name(),
        None => "",
    };
    let file = configured::entry(&answers, &installation, workspace).ok()?;
    Some(checks::of_file_alone(&file))
}
