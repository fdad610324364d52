//! Pods that only a spec file in the current folder names, and an identity that exists already: such a file does not decide
//! who can sign in as it.

use std::path::Path;

use crate::error::Failure;
use crate::facts::Facts;
use crate::next_step::NextStep;
use crate::plan::change::{Action, FoundTrust, Plan};
use crate::spec::choices::ClusterChoice;
use crate::spec::credential::default_identity;
use crate::text::path_text;
use crate::workflow::console::Console;
use crate::workflow::described_file;
use crate::workflow::resolve::ResolvedConnection;

/// The answers that decide the issuer and the subject of a federated credential, with their options.
const DECIDING: [(&str, &str); 4] = [
    ("cluster", "--cluster"),
    ("platform", "--platform"),
    ("prometheus", "--prometheus"),
    ("service-account", "--service-account"),
];

/// The file of the user can name the service account too.
const INPUT: (&str, &str) = ("input", "--input");

/// Warns of it, and notes it in the plan where the user has to approve it. A credential that is in place was agreed to.
pub(super) fn note(plan: &mut Plan, resolved: &ResolvedConnection, facts: &Facts) {
    let creating = plan
        .steps
        .iter()
        .find(|step| step.id == "federated-credential" && step.change.action == Action::Create);
    let Some(why) = creating.map(|step| step.change.why.clone()) else {
        return;
    };
    let options = found_options(resolved);
    let is_new = facts.principal.known().is_none();
    if options.is_empty() || is_new || is_begun(resolved, facts, &options) {
        return;
    }
    let Some(identity) = resolved.spec.credential.identity() else {
        return;
    };
    let answers: Vec<String> = options
        .iter()
        .map(|(option, value)| format!("`{}: {value}`", option.trim_start_matches('-')))
        .collect();
    let about = format!(
        "managed identity `{}` ({identity}) exists and would {why}; that is decided by {} of the spec file alone",
        identity.name(),
        answers.join(", ")
    );
    plan.warnings.push(about.clone());
    plan.trust = Some(FoundTrust { about, options });
}

/// The answers of the file alone, as options.
fn found_options(resolved: &ResolvedConnection) -> Vec<(&'static str, String)> {
    let names_account = || {
        let given = resolved.answers.given();
        let described = described_file::described(&given, Some(resolved.spec.target));
        given.service_account.is_none() && described.account.is_some()
    };
    let deciding = DECIDING.into_iter().chain(Some(INPUT));
    deciding
        .filter(|(field, _)| resolved.folder.alone_says(&resolved.answers, field))
        .filter(|option| *option != INPUT || names_account())
        .filter_map(|(field, option)| {
            let mut all = resolved.answers.explained();
            let (_, value, _) = all.find(|(name, ..)| *name == field)?;
            Some((option, value.to_owned()))
        })
        .collect()
}

/// The identity that belongs to a cluster of this name and that trusts no pods yet: an earlier run made it and was cut off.
/// The Prometheus is then the one that was found in the cluster.
fn is_begun(
    resolved: &ResolvedConnection,
    facts: &Facts,
    options: &[(&'static str, String)],
) -> bool {
    let spec = &resolved.spec;
    let own = default_identity(&spec.resource_group(), spec.platform.name());
    let cluster = resolved.answers.given().cluster;
    matches!(options, [("--cluster", _)])
        && matches!(cluster, Some(ClusterChoice::Name(_)))
        && spec.credential.identity() == Some(&own)
        && facts
            .federated_credentials
            .known()
            .is_none_or(Vec::is_empty)
}

/// Asks for consent. `--yes` is none: it answers what the user has decided.
pub(super) fn approve(
    console: &impl Console,
    trust: &FoundTrust,
    spec_file: &Path,
) -> Result<bool, Failure> {
    let about = &trust.about;
    if console.can_ask() && !console.answers_yes() {
        return console.ask(&format!("{about}. Let them sign in as it?"), false);
    }
    let by_file = [("-f", path_text::encode(spec_file))];
    Err(Failure::usage(
        "let pods that only a file in the current folder names sign in as an identity that exists",
    )
    .reason(format!("{} names them", spec_file.display()))
    .reason(about)
    .next(NextStep::run(
        "if these are your pods, name them",
        console.again(&trust.options),
    ))
    .next(NextStep::run(
        "or name the file, if you trust all of it",
        console.again(&by_file),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::console::fake::FakeConsole;

    fn decide(console: &FakeConsole) -> Result<bool, Failure> {
        let trust = FoundTrust {
            about: "managed identity `rich` exists and would trust evil".into(),
            options: vec![
                ("--cluster", "aks-prod".into()),
                ("--service-account", "evil/evil".into()),
            ],
        };
        approve(console, &trust, Path::new("amw-rw.yaml"))
    }

    #[test]
    fn yes_trusts_no_pods_and_whole_commands_say_how_to_go_on() {
        for console in [FakeConsole::with_yes(), FakeConsole::silent()] {
            let failure = decide(&console).unwrap_err();

            let expected = [
                "if these are your pods, name them: amw-rw apply --cluster aks-prod --service-account evil/evil",
                "or name the file, if you trust all of it: amw-rw apply -f amw-rw.yaml",
            ];
            assert_eq!(failure.next_steps(), expected);
        }
    }

    #[test]
    fn at_a_terminal_the_person_decides_who_signs_in() {
        for answer in [true, false] {
            let console = FakeConsole::answering(answer);

            assert_eq!(decide(&console).unwrap(), answer);
            assert!(console.asked.borrow()[0].contains("would trust evil"));
        }
    }
}
