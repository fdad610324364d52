//! What to do next about a refusal: the row of its code with the names from its message, or else its status.

use std::time::Duration;

use super::message::quoted_after;
use super::remedy::Remedy;
use super::table::meaning;
use crate::azure::challenge;
use crate::azure::error::Refusal;
use crate::azure::roles::least_role;
use crate::next_step::NextStep;
use crate::spec::command_line::az::{self, Assignee};
use crate::spec::command_line::{option, own};
use crate::text::time_span::rough;

/// A wait that a service asks for and that is worth naming; a shorter one was waited for already.
const NAMED_WAIT: Duration = Duration::from_secs(60);

/// For a service that cannot be reached.
pub(in crate::azure) const NETWORK: &str =
    "check the network of this machine, and HTTPS_PROXY and NO_PROXY if it needs a proxy";
/// For an answer that no service of Azure gives.
pub(in crate::azure) const OTHER_ANSWER: &str = "check that no proxy or sign-in page of your network answers in place of Azure; then run the same command again";
/// For a host that takes requests and does not answer.
pub(in crate::azure) const SILENT: &str = "check that no proxy or firewall of your network holds the connection; then run the same command again";
/// For a certificate of an authority that this machine does not know.
pub(in crate::azure) const UNTRUSTED_CERTIFICATE: &str = "the host's certificate is not trusted: if a company proxy intercepts TLS, name a file with its \
    certificate authority in SSL_CERT_FILE; otherwise check the host name";

pub(in crate::azure) const CERTIFICATES: &str = "install the certificates of your system (package ca-certificates), or name a file of them in SSL_CERT_FILE";

/// What to do next, best first.
pub(super) fn advice(refusal: &Refusal) -> Vec<NextStep> {
    // The outer code counts first: an inner one can be about a part of it.
    let row = meaning(refusal.codes());
    if row.is_some_and(|row| row.next == Remedy::Registration) {
        return or_by_status(registration(refusal), refusal);
    }
    let by_code = row.and_then(|row| match row.next {
        fixed @ (Remedy::Fixed(_)
        | Remedy::AzureCli(..)
        | Remedy::Apply(..)
        | Remedy::DirectoryRole(_)
        | Remedy::OtherAuth(..)
        | Remedy::Registration) => Some(fixed.step()),
        Remedy::Role => grant(refusal, "perform action", "over scope"),
        Remedy::LinkedRole => linked_grant(refusal).map(NextStep::from),
        Remedy::PolicyExemption => Some(exemption(refusal).into()),
        Remedy::OtherTenant => Some(other_tenant(refusal)),
    });
    or_by_status(by_code.into_iter().collect(), refusal)
}

/// What the status alone suggests where the code does not decide.
fn or_by_status(steps: Vec<NextStep>, refusal: &Refusal) -> Vec<NextStep> {
    if steps.is_empty() {
        return by_status(refusal).into_iter().collect();
    }
    steps
}

fn by_status(refusal: &Refusal) -> Option<NextStep> {
    // An operation that Azure had accepted, and that failed later, has no status.
    let Some(status) = refusal.status else {
        return Some("run the same command again: it continues from there".into());
    };
    let step = match status {
        429 | 503 if refusal.wait.is_some_and(|wait| wait >= NAMED_WAIT) => {
            let wait = rough(refusal.wait.unwrap_or_default());
            let sentence = format!(
                "the service asks to wait {wait}: run the same command again after that; it continues from there"
            );
            return Some(sentence.into());
        }
        429 => {
            "Azure throttles requests: wait some minutes, then run the same command again; it continues from there"
        }
        300..=399 => {
            "this is a redirect, which Azure does not send: check the proxy or sign-in page of your network"
        }
        401 => return Some(NextStep::run("sign in again", az::login_again())),
        // A firewall or private link refuses with 403 too, which looks like a missing role.
        403 => {
            "ask an owner of the resource for the right to do this; where a firewall or private link guards the endpoint, run this inside its network"
        }
        404 => {
            "check the name and the subscription; Azure also answers 404 for a resource that you are not allowed to read"
        }
        // 409 is a busy resource as well, and 412 one that changed between our read and our write: both pass.
        408 | 409 | 412 => "run the same command again: it continues from there",
        500.. => {
            "Azure has an internal error: run the same command again; if it repeats, give the id above to Azure support"
        }
        _ => {
            "correct what the message above names; if you did not set it, report it with the output of -vv"
        }
    };
    Some(step.into())
}

/// The role that is missing, as the command that gives it.
fn grant(refusal: &Refusal, before_action: &str, before_scope: &str) -> Option<NextStep> {
    // The envelope has no fields for the action and the scope: Azure names them in the text only.
    let action = quoted_after(&refusal.message, before_action)?;
    let scope = without_assignment(quoted_after(&refusal.message, before_scope)?);
    let role = least_role(action);
    let Some(principal) = quoted_after(&refusal.message, "object id") else {
        let step = format!("ask an owner of {scope} for the role \"{role}\" on it");
        return Some(step.into());
    };
    let grant = az::grant(Assignee::ObjectId(principal), role, scope);
    Some(NextStep::ask("an owner of that scope", grant))
}

/// Azure names the id of the assignment that was to be made (recorded); a role is given on what that id begins with.
fn without_assignment(scope: &str) -> &str {
    const ASSIGNMENT: &str = "/providers/microsoft.authorization/roleassignments/";
    let start = scope.to_ascii_lowercase().find(ASSIGNMENT);
    start.map_or(scope, |start| &scope[..start])
}

/// The action that is lacking is the last thing quoted before the linked scope.
fn linked_grant(refusal: &Refusal) -> Option<String> {
    let (lacking, scopes) = refusal.message.split_once("linked scope")?;
    let action = lacking.rsplit('\'').nth(1)?;
    let scope = scopes.split('\'').nth(1)?;
    Some(format!(
        "ask an owner of {scope} for the role \"{}\" on it",
        least_role(action)
    ))
}

fn exemption(refusal: &Refusal) -> String {
    match &refusal.policies[..] {
        [] => "ask the owner of the policy named above for an exemption".to_owned(),
        policies => format!(
            "ask the owner of the policy `{}` for an exemption",
            policies.join("`, `")
        ),
    }
}

fn registration(refusal: &Refusal) -> Vec<NextStep> {
    // `MissingSubscriptionRegistration` has the namespace in single quotes in its text.
    let Some(namespace) = quoted_after(&refusal.message, "namespace") else {
        return Vec::new();
    };
    vec![
        own::apply_only("provider-registration").into(),
        NextStep::run("or register it yourself", az::register_provider(namespace)),
    ]
}

fn other_tenant(refusal: &Refusal) -> NextStep {
    let tenant = refusal.challenge.as_deref().and_then(challenge::tenant);
    let tenant = tenant.map_or_else(|| "TENANT".to_owned(), |tenant| tenant.to_string());
    NextStep::run(
        format!(
            "the subscription is in another tenant: add {} and sign in",
            option("--tenant", &tenant)
        ),
        az::login(&tenant),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str, message: &str) -> Refusal {
        Refusal {
            status: Some(status),
            code: code.into(),
            message: message.into(),
            ..Refusal::default()
        }
    }

    #[test]
    fn a_missing_role_comes_with_the_command_that_grants_it() {
        let refusal = refused(
            403,
            "AuthorizationFailed",
            "The client 'ada@example.com' with object id '0b1e' does not have authorization to perform action \
             'Microsoft.Authorization/roleAssignments/write' over scope \
             '/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/1c2d' or the scope is invalid.",
        );

        assert_eq!(
            advice(&refusal),
            [
                "ask an owner of that scope to run: az role assignment create --assignee-object-id 0b1e \
              --role 'Role Based Access Control Administrator' --scope /subscriptions/s"
            ]
        );
    }

    #[test]
    fn a_missing_role_of_a_caller_without_an_id_is_a_sentence_and_no_command() {
        let refusal = refused(
            403,
            "AuthorizationFailed",
            "The client does not have authorization to perform action 'Microsoft.Insights/dataCollectionRules/read' \
             over scope '/subscriptions/s' or the scope is invalid.",
        );

        assert_eq!(
            advice(&refusal),
            ["ask an owner of /subscriptions/s for the role \"Reader\" on it"]
        );
    }

    #[test]
    fn a_missing_right_on_a_linked_identity_names_the_identity() {
        let refusal = refused(
            403,
            "LinkedAuthorizationFailed",
            "The client '0b1e' has permission to perform action 'Microsoft.Compute/virtualMachineScaleSets/write' on scope '/sets/a'; \
             however, it does not have permission to perform action 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' \
             on the linked scope(s) '/identities/p' or the linked scope(s) are invalid.",
        );

        assert_eq!(
            advice(&refusal),
            ["ask an owner of /identities/p for the role \"Managed Identity Operator\" on it"]
        );
    }

    #[test]
    fn a_provider_that_is_not_registered_is_named() {
        let refusal = refused(
            409,
            "MissingSubscriptionRegistration",
            "The subscription is not registered to use namespace 'Microsoft.Monitor'. See https://aka.ms/rps-not-found",
        );

        assert_eq!(
            advice(&refusal),
            [
                "amw-rw apply --only provider-registration",
                "or register it yourself: az provider register --namespace Microsoft.Monitor"
            ]
        );
    }

    #[test]
    fn the_right_tenant_comes_from_the_challenge() {
        let refusal = Refusal {
            challenge: Some(r#"Bearer authorization_uri="https://login.windows.net/11111111-1111-1111-1111-111111111111""#.into()),
            ..refused(401, "InvalidAuthenticationTokenTenant", "wrong issuer")
        };

        assert!(
            advice(&refusal)[0]
                .line()
                .contains("az login --tenant 11111111-1111-1111-1111-111111111111")
        );
    }

    #[test]
    fn an_unknown_code_is_judged_by_its_status() {
        assert!(
            advice(&refused(503, "Whatever", ""))[0]
                .line()
                .contains("internal error")
        );
        for status in [301, 400, 403, 404, 418] {
            assert_eq!(
                advice(&refused(status, "Whatever", "")).len(),
                1,
                "{status}"
            );
        }
    }

    #[test]
    fn a_message_in_another_wording_still_gives_no_nonsense() {
        let steps = advice(&refused(403, "AuthorizationFailed", "no"));

        assert!(
            steps[0].line().starts_with("ask an owner of the resource"),
            "{steps:?}"
        );
    }
}
