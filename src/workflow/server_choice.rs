//! Which Prometheus is connected? As long as that is not known, nothing is changed: it decides what is written, and whose
//! identity may write to the workspace.

use crate::discover::prometheus::{DiscoveryError, UnreadableReason};
use crate::files;
use crate::next_step::NextStep;
use crate::patch;
use crate::problem::Problem;
use crate::render::ManifestResource;
use crate::sign_in::CredentialKind;
use crate::spec::Spec;
use crate::spec::answers::ConnectionAnswers;
use crate::target::{Format, Target};
use crate::workflow::resolve::ResolvedConnection;

const NAME_IT: &str =
    "or name the one to connect: --prometheus NAMESPACE/NAME, release:NAMESPACE/NAME or file:PATH";

/// Two refusals, one after the other, would ask for what both need.
const GIVE_VERSION: &str = "to write a file, also give its version: --prometheus-version VERSION";

/// Why it is not known: the cluster could not be read, and the user did not name it either.
pub(crate) fn unknown(resolved: &ResolvedConnection) -> Option<Problem> {
    let Err(DiscoveryError::Unreadable { problem, reason }) = &resolved.found.prometheus else {
        return None;
    };
    let is_named = is_named(&resolved.answers.given(), &resolved.spec);
    // Of a cluster out of reach, only the name is known.
    let lacks_version =
        *reason == UnreadableReason::OutOfReach && resolved.spec.prometheus_version.is_none();
    (!is_named).then(|| match lacks_version {
        true => refusal(problem).next(GIVE_VERSION),
        false => refusal(problem),
    })
}

/// For a plan, which changes nothing.
pub(crate) fn warning(unknown: &Problem) -> String {
    format!(
        "{}; apply and init need it: --prometheus NAMESPACE/NAME",
        unknown.why()
    )
}

fn refusal(unread: &Problem) -> Problem {
    // Nothing of the file or of Azure needs the cluster for some sign-ins, but two servers with one identity and one label write
    // the same series.
    let why = "which Prometheus to connect is not known, and a cluster can run several";
    let problem = Problem::new(why).and(unread.clone());
    let is_offered = |step: &NextStep| step.sentence().contains("--prometheus ");
    match problem.next_steps().iter().any(is_offered) {
        true => problem,
        false => problem.next(NAME_IT),
    }
}

/// The user named the server itself, the account that it runs as, or the file of its resource.
fn is_named(given: &ConnectionAnswers, spec: &Spec) -> bool {
    // The federated credential trusts the account, whichever server runs as it.
    let signs_in_by_account = spec.credential.sign_in.uses(CredentialKind::PodToken);
    given.prometheus.is_some()
        || (signs_in_by_account && given.service_account.is_some())
        || (spec.target.format() == Format::Resource && names_resource(given, spec.target))
}

fn names_resource(given: &ConnectionAnswers, target: Target) -> bool {
    let text = given
        .input
        .as_deref()
        .and_then(|input| files::read(input).ok());
    let part = text
        .as_deref()
        .map(|text| patch::read_part(text, &[target]));
    let document = part.and_then(|part| patch::data(&part, target).ok());
    let resource = document.as_ref().and_then(ManifestResource::of);
    resource.is_some_and(|resource| !resource.namespace.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_failed_is_answered_with_the_flag_that_names_the_server() {
        let failed = Problem::new("https://api answered 500").next("try again");

        let refusal = refusal(&failed);

        assert_eq!(
            refusal.why(),
            "which Prometheus to connect is not known, and a cluster can run several: https://api answered 500"
        );
        assert_eq!(refusal.next_steps(), ["try again", NAME_IT]);
    }

    #[test]
    fn the_flag_is_offered_once() {
        let denied = Problem::new("not allowed").next("name it: --prometheus NAMESPACE/NAME");

        assert_eq!(refusal(&denied).next_steps().len(), 1);
    }
}
