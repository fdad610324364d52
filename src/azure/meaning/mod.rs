//! What does an Azure error mean, and what should the user do about it? Turns one into a `Problem` or a `Failure`.

pub(super) mod advice;
pub(super) mod message;
pub(crate) mod refusal_meaning;
pub(super) mod remedy;
pub(super) mod table;

use super::error::{AzureError, Refusal};
use super::ingestion::WriteRefusal;
use crate::error::Failure;
use crate::network::cause::is_untrusted_certificate;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::command_line::own;
pub(in crate::azure) use advice::OTHER_ANSWER;
use advice::{CERTIFICATES, NETWORK, SILENT, UNTRUSTED_CERTIFICATE, advice};
use refusal_meaning::RefusalMeaning;

impl From<AzureError> for Problem {
    fn from(error: AzureError) -> Self {
        let is_permission = is_permission(&error);
        let is_answer = is_permission || error.is_not_found();
        let explained = explain(&error);
        Self::of_error(error)
            .of_permission(is_permission)
            .of_failed_read(!is_answer)
            .and(explained)
    }
}

impl From<WriteRefusal> for Problem {
    fn from(refusal: WriteRefusal) -> Self {
        let next: NextStep = match &refusal {
            WriteRefusal::RoleMissing { .. } => NextStep::run(
                "assign the role; a new role assignment can take 30 minutes to take effect",
                own::apply_only("role-assignment"),
            ),
            WriteRefusal::RuleNotFound { .. } => NextStep::run(
                "create what is missing, then write the new URL with `render --write`",
                own::apply(),
            ),
            WriteRefusal::EndpointNotBound { .. } => {
                "write the workspace's own URL with `render --write`: this one mixes two endpoints"
                    .into()
            }
            // Each cloud has its own audience, and the endpoint answers 401 to a token for another one.
            WriteRefusal::TokenRejected { .. } => {
                "check `--cloud`: a token for another cloud is not accepted".into()
            }
            WriteRefusal::Throttled { .. } => {
                "check the workspace's limits in the portal, and request higher ones if they are reached"
                    .into()
            }
            WriteRefusal::BadSample(_) => {
                "compare this machine's clock with Azure's: samples older than 20 minutes are rejected"
                    .into()
            }
            // A refusal that names no role: with public network access turned off, the endpoint answers 403
            // too.
            WriteRefusal::Other(_) => {
                "check whether the endpoint accepts data from private networks only".into()
            }
        };
        let is_permission = refusal.is_denied();
        Self::of_error(refusal)
            .next(next)
            .of_permission(is_permission)
    }
}

impl Failure {
    /// Adds what Azure answered, what to do about it, and the exit code that goes with it.
    pub(crate) fn azure(self, error: AzureError) -> Self {
        self.problem(error.into())
    }
}

impl AzureError {
    /// Whether it is a matter of sign-in or rights, and none of the network or of Azure's health.
    pub(crate) fn is_permission(&self) -> bool {
        is_permission(self)
    }

    /// The first thing to do about it, where there is one.
    pub(crate) fn next_step(&self) -> Option<NextStep> {
        explain(self).next_steps().first().cloned()
    }
}

/// Whether another sign-in or another role helps.
fn is_permission(error: &AzureError) -> bool {
    match error {
        AzureError::SignIn(failure) => !failure.is_without_verdict(),
        AzureError::TokenRefused(_) => true,
        _ => error.means(RefusalMeaning::Denied),
    }
}

/// Causes beyond the error's own text, and next steps.
fn explain(error: &AzureError) -> Problem {
    match error {
        AzureError::Refused(refusal) => {
            let reasons = inner_reasons(refusal).into_iter();
            let problem = reasons.fold(Problem::default(), Problem::reason);
            advice(refusal).into_iter().fold(problem, Problem::next)
        }
        AzureError::SignIn(failure) => failure.problem(),
        AzureError::TokenRefused(refusal) => refusal.problem(),
        other => Problem::default().next(remedy(other)),
    }
}

fn inner_reasons(refusal: &Refusal) -> Vec<String> {
    let details = refusal.details.iter().map(ToString::to_string);
    let policies = refusal
        .policies
        .iter()
        .map(|policy| format!("the policy `{policy}` does not allow it"));
    // Azure explains most refusals in the message; where it is empty, the code is explained.
    let meaning = table::meaning(refusal.codes()).filter(|_| refusal.message.is_empty());
    let meaning = meaning.map(|row| row.why.to_owned());
    meaning.into_iter().chain(details).chain(policies).collect()
}

/// For what never got an answer that can be read. Every variant is named, so that a new one needs a next step.
fn remedy(error: &AzureError) -> String {
    let step = match error {
        AzureError::Unreachable { source, .. } => unreachable_remedy(source),
        AzureError::Broken { .. } => {
            "run the same command again; where this repeats, check whether a proxy or firewall of your network cuts answers off"
        }
        AzureError::Late { .. } => SILENT,
        AzureError::NoTls(_) => CERTIFICATES,
        AzureError::UnsafeAddress(_) => "give an https address",
        AzureError::ForeignHost { .. } | AzureError::OtherPort(_) => {
            "check who changed the workspace or its endpoint; for a private cloud, name its hosts with --monitor-host-suffix"
        }
        AzureError::TimedOut { .. } | AzureError::Removed(_) => {
            "run the same command again: it continues from there"
        }
        AzureError::AskedToWait { wait, .. } => {
            return format!(
                "wait {} s, then run the same command again: it continues from there",
                wait.as_secs().max(1)
            );
        }
        AzureError::Unreadable { .. } | AzureError::OddToken(_) => OTHER_ANSWER,
        AzureError::OddName(_) => {
            "correct or delete what has this name, then run the same command again"
        }
        AzureError::TooLarge { .. }
        | AzureError::EndlessList { .. }
        | AzureError::ForeignLink(_) => {
            "check the endpoints that you gave, and that no proxy of your network answers in place of Azure; then run the same command again with -vv"
        }
        AzureError::Refused(_) | AzureError::SignIn(_) | AzureError::TokenRefused(_) => {
            "run the same command again with -vv"
        }
    };
    step.to_owned()
}

/// A certificate that is not trusted is no matter of the network, although reqwest reports both as a failed connection.
pub(in crate::azure) fn unreachable_remedy(
    error: &(dyn std::error::Error + 'static),
) -> &'static str {
    if is_untrusted_certificate(error) {
        UNTRUSTED_CERTIFICATE
    } else {
        NETWORK
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::error::{ErrorDetail, RequestIds};
    use crate::azure::sign_in::failure::{CredentialError, SignInFailure};
    use crate::azure::token_refusal::TokenRefusal;
    use crate::error::ExitCode;
    use crate::spec::cloud::CloudName;

    #[test]
    fn a_refusal_becomes_causes_and_next_steps() {
        let error = AzureError::from(Refusal {
            status: Some(403),
            code: "RequestDisallowedByPolicy".into(),
            message: "Resource 'w' was disallowed by policy.".into(),
            details: vec![ErrorDetail {
                code: "PolicyViolation".into(),
                message: "no tags".into(),
            }],
            policies: vec!["Require tags".into()],
            ids: RequestIds {
                correlation: Some("c0ffee".into()),
                ..RequestIds::default()
            },
            ..Refusal::default()
        });

        let failure = Failure::new("create workspace `w`").azure(error);

        assert_eq!(
            failure.causes(),
            [
                "Azure answered 403 RequestDisallowedByPolicy: Resource 'w' was disallowed by policy (correlation id c0ffee)",
                "PolicyViolation: no tags",
                "the policy `Require tags` does not allow it",
            ]
        );
        assert_eq!(failure.next_steps().len(), 1);
        assert_eq!(failure.exit_code(), ExitCode::SignInOrPermission);
    }

    #[test]
    fn a_wait_that_a_service_asks_for_is_named() {
        let next = |status, seconds| {
            let error = AzureError::from(Refusal {
                status: Some(status),
                wait: Some(std::time::Duration::from_secs(seconds)),
                ..Refusal::default()
            });
            crate::next_step::lines(Failure::new("x").azure(error).next_steps()).join(" ")
        };

        assert!(next(429, 600).contains("asks to wait 10 min"));
        assert!(next(503, u64::MAX).contains("asks to wait more than a day"));
        assert!(next(429, 7).contains("wait some minutes"));
    }

    #[test]
    fn a_conflict_is_a_plain_failure() {
        let error = AzureError::from(Refusal {
            status: Some(409),
            code: "ScopeLocked".into(),
            ..Refusal::default()
        });

        assert_eq!(Failure::new("x").azure(error).exit_code(), ExitCode::Failed);
    }

    #[test]
    fn when_no_sign_in_works_each_error_is_listed() {
        let error = AzureError::from(SignInFailure {
            tried: vec![
                CredentialError::new("Azure CLI", Problem::new("az not found on PATH")),
                CredentialError::new("Azure Developer CLI", Problem::new("azd not found on PATH")),
            ],
            tenant: None,
            cloud: CloudName::Public,
            claims: None,
        });

        let failure = Failure::new("sign in to Azure").azure(error);

        assert_eq!(
            failure.causes(),
            [
                "no sign-in to Azure worked",
                "Azure CLI: az not found on PATH",
                "Azure Developer CLI: azd not found on PATH",
            ]
        );
        assert!(failure.next_steps()[0].line().contains("az login"));
        assert_eq!(failure.exit_code(), ExitCode::SignInOrPermission);
    }

    #[test]
    fn a_refused_token_explains_its_number() {
        let error = AzureError::from(TokenRefusal {
            aadsts: Some(7_000_222),
            ..TokenRefusal::default()
        });

        let failure = Failure::new("get a token").azure(error);

        assert!(
            failure
                .causes()
                .iter()
                .any(|cause| cause == "the client secret has expired")
        );
    }
}
