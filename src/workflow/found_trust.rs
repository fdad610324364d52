//! Who can sign in as an identity or application that exists already: a spec file that only happens to be in the current
//! folder does not decide that.

use std::path::Path;

use crate::azure::Reader;
use crate::error::Failure;
use crate::facts::{Fact, Facts, FederatedCredential};
use crate::next_step::NextStep;
use crate::observe;
use crate::plan::change::{FoundTrust, GrantedAccess, Plan};
use crate::spec::choices::ClusterChoice;
use crate::spec::command_line::own;
use crate::spec::credential::default_identity;
use crate::text::path_text;
use crate::workflow::console::Console;
use crate::workflow::described_file;
use crate::workflow::resolve::ResolvedConnection;

type FieldOption = (&'static str, &'static str);

/// The answers that decide which identity or application it is. Its default is in the group of the workspace, and is named
/// after the cluster.
const IDENTITY: [FieldOption; 6] = [
    ("auth", "--auth"),
    ("cluster", "--cluster"),
    ("platform", "--platform"),
    ("identity", "--identity"),
    ("workspace", "--workspace"),
    ("resource-group", "--resource-group"),
];
/// Those that decide, with the cluster, which pods they are.
const PODS: [FieldOption; 2] = [
    ("prometheus", "--prometheus"),
    ("service-account", "--service-account"),
];
/// The file of the user can name the service account too.
const INPUT: FieldOption = ("input", "--input");

/// The answers that decide who gets to sign in as what, with their options.
fn deciding(grants: GrantedAccess) -> Vec<FieldOption> {
    let of_identity = IDENTITY.into_iter();
    match grants {
        GrantedAccess::None | GrantedAccess::Right => Vec::new(),
        GrantedAccess::IdentityToNodes => of_identity.collect(),
        GrantedAccess::IdentityToPods => of_identity.chain(PODS).chain([INPUT]).collect(),
        // An application belongs to no resource group.
        GrantedAccess::Credential => of_identity.take(4).collect(),
    }
}

/// Warns of it, and notes it in the plan where the user has to approve it. What is in place was agreed to.
pub(super) async fn note(
    azure: &Reader,
    plan: &mut Plan,
    resolved: &ResolvedConnection,
    facts: &Facts,
) {
    let Some(step) = plan.sign_in_step() else {
        return;
    };
    let (grants, why) = (step.grants, step.change.why.clone());
    let options = found_options(resolved, grants);
    let Some(existing) = existing(resolved, facts, grants) else {
        return;
    };
    if options.is_empty() || has_started(azure, resolved, facts, grants, &options).await {
        return;
    }
    let would = match grants {
        GrantedAccess::IdentityToNodes => format!("the nodes would get it: {why}"),
        GrantedAccess::Credential => format!("it would get {why}"),
        _ => format!("would {why}"),
    };
    let answers: Vec<String> = options
        .iter()
        .map(|(option, value)| format!("`{}: {value}`", option.trim_start_matches('-')))
        .collect();
    let about = format!(
        "{existing} exists and {would}; only {} of the spec file decides this",
        answers.join(", ")
    );
    plan.warnings.push(about.clone());
    plan.trust = Some(FoundTrust {
        grants,
        about,
        options,
    });
}

/// What exists and would be signed in as.
fn existing(resolved: &ResolvedConnection, facts: &Facts, grants: GrantedAccess) -> Option<String> {
    if grants == GrantedAccess::Credential {
        let application = facts.application.known()?;
        return Some(format!(
            "application `{}` (client id {})",
            application.name, application.client_id
        ));
    }
    // An identity that the plan makes has no right yet, so a pod that signs in as it can read and change nothing.
    facts.principal.known()?;
    let identity = resolved.spec.credential.identity()?;
    Some(format!(
        "managed identity `{}` ({identity})",
        identity.name()
    ))
}

/// How a run that was cut off goes on: where a spec file alone names the pods or nodes that sign in, the same words are refused
/// once the identity exists.
pub(super) fn continuation(plan: &Plan, resolved: &ResolvedConnection) -> NextStep {
    let again = || match resolved.folder.in_sandbox {
        true => "run the same command again: its sandbox is a new one".into(),
        false => "run the same command again: it continues from here".into(),
    };
    let Some(grants) = plan.sign_in_step().map(|step| step.grants) else {
        return again();
    };
    let options = found_options(resolved, grants);
    let is_refused = grants != GrantedAccess::Credential && !options.is_empty();
    match is_refused && !is_of_cluster(resolved, &options) {
        true => NextStep::run(
            "to continue, run the command with these names of the spec file as flags; without them it is refused",
            own::again(&options),
        ),
        false => again(),
    }
}

/// The answers of the file alone, as options.
fn found_options(
    resolved: &ResolvedConnection,
    grants: GrantedAccess,
) -> Vec<(&'static str, String)> {
    let names_account = || {
        let given = resolved.answers.given();
        let described = described_file::described(&given, Some(resolved.spec.target));
        given.service_account.is_none() && described.account.is_some()
    };
    deciding(grants)
        .into_iter()
        .filter(|(field, _)| {
            resolved
                .folder
                .is_of_spec_file_alone(&resolved.answers, field)
        })
        .filter(|option| *option != INPUT || names_account())
        .filter_map(|(field, option)| {
            let mut all = resolved.answers.explained();
            let (_, value, _) = all.find(|(name, ..)| *name == field)?;
            Some((option, value.to_owned()))
        })
        .collect()
}

/// Whether an earlier run made it for this very connection and was cut off, so that nothing signs in as it yet.
async fn has_started(
    azure: &Reader,
    resolved: &ResolvedConnection,
    facts: &Facts,
    grants: GrantedAccess,
    options: &[(&'static str, String)],
) -> bool {
    let is_open = |trusted: &Fact<Vec<FederatedCredential>>| match trusted {
        Fact::Known(trusted) => trusted.is_empty(),
        Fact::Absent => true,
        // It may trust pods that cannot be seen.
        Fact::Unseen => false,
    };
    match grants {
        GrantedAccess::None | GrantedAccess::Right => true,
        GrantedAccess::IdentityToPods => {
            is_of_cluster(resolved, options) && is_open(&facts.federated_credentials)
        }
        GrantedAccess::IdentityToNodes => {
            is_of_cluster(resolved, options)
                && (is_on_a_node(resolved, facts) || is_open(&trusted(azure, resolved).await))
        }
        GrantedAccess::Credential => is_unused_application(facts),
    }
}

/// Whether it is the identity that belongs to the cluster, whatever the file contains.
fn is_of_cluster(resolved: &ResolvedConnection, options: &[(&'static str, String)]) -> bool {
    let has = |names: &[&str]| options.iter().any(|(option, _)| names.contains(option));
    let spec = &resolved.spec;
    let group = spec.resource_group();
    let own = default_identity(&group, spec.platform.name());
    let of_file = PODS.map(|(_, option)| option);
    if spec.credential.identity() != Some(&own)
        || has(&of_file)
        || has(&[INPUT.1, "--identity", "--platform"])
    {
        return false;
    }
    let cluster = spec.platform.managed_cluster();
    if cluster.and_then(|cluster| cluster.resource_group()) == Some(group) {
        return true;
    }
    // In another group the name alone binds it to a cluster, and two clusters can have one name.
    let chosen = resolved.answers.given().cluster;
    !has(&["--workspace", "--resource-group"])
        && (!has(&["--cluster"]) || matches!(chosen, Some(ClusterChoice::Name(_))))
}

/// Whether nodes of this cluster have the identity already: a pool was added, or a run was cut off.
fn is_on_a_node(resolved: &ResolvedConnection, facts: &Facts) -> bool {
    let identity = resolved.spec.credential.identity();
    let mut sets = facts.scale_sets.known().into_iter().flatten();
    identity.is_some_and(|identity| sets.any(|set| set.identities.contains(identity)))
}

/// The pods that an identity trusts which is to be put on nodes; not looked at by the steps of that sign-in.
async fn trusted(azure: &Reader, resolved: &ResolvedConnection) -> Fact<Vec<FederatedCredential>> {
    let Some(identity) = resolved.spec.credential.identity() else {
        return Fact::Unseen;
    };
    match observe::federated_credentials(azure, identity).await {
        Ok(Some(found)) => Fact::Known(found),
        Ok(None) => Fact::Absent,
        // What cannot be read leads to the question.
        Err(_) => Fact::Unseen,
    }
}

/// An application that a run for this folder used, or that no other folder or machine has a secret for.
fn is_unused_application(facts: &Facts) -> bool {
    let Some(application) = facts.application.known() else {
        return true;
    };
    let recorded = facts.recorded_secret.known();
    let was_used_here = recorded.is_some_and(|one| one.is_of(&application.object_id));
    let unheld = facts.unheld_secrets.known();
    was_used_here || unheld.is_some_and(|all| all.iter().all(|one| one.made_here))
}

/// What cannot be done, and the question, and what the options of the printed command confirm.
fn words(grants: GrantedAccess) -> (&'static str, &'static str, &'static str) {
    match grants {
        GrantedAccess::None | GrantedAccess::Right | GrantedAccess::IdentityToPods => (
            "allow pods to sign in as an existing identity: only the spec file in this folder names them",
            "Let them sign in as it?",
            "if these are your pods, name them",
        ),
        GrantedAccess::IdentityToNodes => (
            "assign an existing identity to nodes: only the spec file in this folder names them",
            "Let everything on these nodes sign in as it?",
            "if these are your nodes, name their cluster and the identity",
        ),
        GrantedAccess::Credential => (
            "create a client secret for an existing application: only the spec file in this folder names it",
            "Make a client secret for it?",
            "to create another secret, pass the same values as options",
        ),
    }
}

/// Asks for consent. `--yes` is none: it answers what the user has decided.
pub(super) fn approve(
    console: &impl Console,
    trust: &FoundTrust,
    spec_file: &Path,
) -> Result<bool, Failure> {
    let about = &trust.about;
    let (doing, question, purpose) = words(trust.grants);
    if console.can_ask() && !console.answers_yes() {
        return console.ask(&format!("{about}. {question}"), false);
    }
    let by_file = [("-f", path_text::encode(spec_file))];
    Err(Failure::usage(doing)
        .reason(format!("{} alone says so", spec_file.display()))
        .reason(about)
        .next(NextStep::run(purpose, own::again(&trust.options)))
        .next(NextStep::run(
            "or name the file, if you trust all of it",
            own::again(&by_file),
        )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::fake_console::FakeConsole;

    fn decide(console: &FakeConsole) -> Result<bool, Failure> {
        let trust = FoundTrust {
            grants: GrantedAccess::IdentityToPods,
            about: "managed identity `rich` exists and would trust evil".into(),
            options: vec![
                ("--cluster", "aks-prod".into()),
                ("--service-account", "evil/evil".into()),
            ],
        };
        approve(console, &trust, Path::new("amw-rw.yaml"))
    }

    #[test]
    fn yes_trusts_no_pods_and_whole_commands_are_printed_to_continue() {
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

    #[test]
    fn what_lets_others_sign_in_has_answers_that_decide_it() {
        for (grants, expected) in [
            (GrantedAccess::None, 0),
            (GrantedAccess::Right, 0),
            (GrantedAccess::IdentityToPods, 9),
            (GrantedAccess::IdentityToNodes, 6),
            (GrantedAccess::Credential, 4),
        ] {
            assert_eq!(deciding(grants).len(), expected, "{grants:?}");
        }
    }
}
