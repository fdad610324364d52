//! The error when no sign-in works: why each candidate failed, and the login command.

use std::fmt;

use thiserror::Error;

use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::cloud::CloudName;
use crate::spec::command_line::az;

/// No sign-in worked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) struct SignInFailure {
    /// What each one answered, in the order tried.
    pub(crate) tried: Vec<CredentialError>,
    pub(crate) tenant: Option<String>,
    pub(crate) cloud: CloudName,
    /// The login that a claims challenge asks for, when that was the reason.
    pub(crate) claims: Option<ClaimsChallenge>,
}

/// Why one candidate of the sign-in chain gave no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialError {
    pub(crate) name: &'static str,
    /// With what helps, where that is known better than "sign in".
    pub(crate) problem: Problem,
    /// It judged what was presented; otherwise it could not be reached, was busy, or something else answered.
    pub(crate) is_verdict: bool,
}

impl CredentialError {
    pub(in crate::azure) fn new(name: &'static str, problem: Problem) -> Self {
        Self {
            name,
            problem,
            is_verdict: true,
        }
    }

    /// Of what could not be asked, or did not answer as it does.
    pub(in crate::azure) fn without_verdict(name: &'static str, problem: Problem) -> Self {
        Self {
            is_verdict: false,
            ..Self::new(name, problem)
        }
    }
}

/// Azure wants a fresh proof, such as a second factor, that only the user can give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimsChallenge {
    pub(crate) scope: String,
    /// Base64 of the claims, as `az login --claims-challenge` takes it.
    pub(crate) claims: String,
}

impl fmt::Display for SignInFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [only] = &self.tried[..] else {
            return write!(out, "no sign-in to Azure worked");
        };
        write!(out, "{}: {}", only.name, only.problem)
    }
}

impl SignInFailure {
    /// The only one that was asked refused nothing, so that another sign-in would not help.
    pub(crate) fn is_without_verdict(&self) -> bool {
        matches!(&self.tried[..], [only] if !only.is_verdict)
    }

    /// What each of several answered, and what to type.
    pub(crate) fn problem(&self) -> Problem {
        let is_several = self.tried.len() > 1;
        let answers = self.tried.iter().filter(|_| is_several);
        let answers = answers.map(|answer| format!("{}: {}", answer.name, answer.problem));
        let problem = answers.fold(Problem::default(), Problem::reason);
        let known = self.tried.iter().flat_map(|one| one.problem.next_steps());
        let problem = known.cloned().fold(problem, Problem::next);
        match self.is_without_verdict() {
            true => problem,
            false => self
                .sign_in_steps()
                .into_iter()
                .fold(problem, Problem::next),
        }
        .of_permission(!self.is_without_verdict())
    }

    fn sign_in_steps(&self) -> Vec<NextStep> {
        let mut steps = Vec::new();
        // `az login` signs in to the cloud that was chosen before, the public one by default.
        if self.cloud != CloudName::Public {
            let line = az::choose_cloud(self.cloud.row().azure_cli);
            steps.push(NextStep::run("choose the cloud", line));
        }
        steps.push(self.login());
        if self.claims.is_none() {
            steps.push(
                "in automation, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
                    .into(),
            );
        }
        steps
    }

    fn login(&self) -> NextStep {
        let challenge = self.claims.as_ref();
        let challenge = challenge.map(|one| (one.scope.as_str(), one.claims.as_str()));
        let line = az::login_with_claims(self.tenant.as_deref(), challenge);
        let purpose = match &self.tenant {
            Some(_) => "sign in",
            None => "sign in; for a tenant other than your home tenant, add --tenant TENANT",
        };
        NextStep::run(purpose, line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_down_is_no_reason_to_sign_in_again() {
        let failure = SignInFailure {
            tried: vec![CredentialError::without_verdict(
                "service principal",
                Problem::new("no connection to login").next("check the network"),
            )],
            tenant: None,
            cloud: CloudName::Public,
            claims: None,
        };

        assert_eq!(failure.problem().next_steps(), ["check the network"]);
    }

    #[test]
    fn the_login_to_type_names_tenant_cloud_and_claims() {
        let failure = SignInFailure {
            tried: vec![],
            tenant: Some("contoso.example".into()),
            cloud: CloudName::China,
            claims: Some(ClaimsChallenge {
                scope: "https://x/.default".into(),
                claims: "e30=".into(),
            }),
        };

        assert_eq!(
            failure.problem().next_steps(),
            [
                "choose the cloud: az cloud set --name AzureChinaCloud",
                "sign in: az login --tenant contoso.example --scope https://x/.default --claims-challenge e30="
            ]
        );
    }
}
