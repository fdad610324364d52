//! Does the identity trust the cluster's token for this service account? Entra compares byte for byte.

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, apply_only};
use crate::facts::{FederatedCredential as Trusted, Observation};
use crate::problem::Problem;
use crate::spec::method_on_platform::MethodOnPlatform;

pub(super) const ID: &str = "federated-credential";

pub(super) struct FederatedCredentialCheck;

struct RequiredTrust<'a> {
    issuer: &'a str,
    subject: String,
    audience: &'a str,
}

impl Check for FederatedCredentialCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: ID,
            category: Category::Identity,
            needs: &[Observation::FederatedCredentials, Observation::Cluster],
        }
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.is_federated()
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let Some((_, service_account)) = seen.spec.credential.federation() else {
            return Err(Problem::new("this sign-in uses no federated credential"));
        };
        let Some(issuer) = &seen.existing_cluster()?.issuer else {
            return Err(Problem::new("the cluster has no token issuer to trust"));
        };
        let wanted = RequiredTrust {
            issuer,
            subject: service_account.subject(),
            audience: seen.spec.exchange_audience(),
        };
        let trusted = seen.federated_credentials.get()?;
        if let Some(credential) = trusted
            .iter()
            .find(|one| wanted.differences(one).is_empty())
        {
            return Ok(Verdict::pass(format!(
                "{} trusts {}",
                credential.name, wanted.subject
            )));
        }
        let found = trusted
            .iter()
            .map(|one| (wanted.differences(one), one))
            // One identity can trust 20 service accounts; the credential with the fewest differences is most likely the
            // intended one.
            .min_by_key(|(differences, _)| differences.len())
            .map_or_else(
                || {
                    format!(
                        "the identity has no federated credential for {}",
                        wanted.subject
                    )
                },
                |(differences, one)| {
                    format!("{} almost matches: {}", one.name, differences.join(" and "))
                },
            );
        Ok(Verdict::fail(found, apply_only("federated-credential")))
    }
}

impl RequiredTrust<'_> {
    fn differences(&self, trusted: &Trusted) -> Vec<String> {
        let mut differences = Vec::new();
        // No normalisation: the issuer of AKS ends with a slash, and without it Entra answers AADSTS700211.
        if trusted.issuer != self.issuer {
            differences.push(self.issuer_difference(&trusted.issuer));
        }
        if trusted.subject != self.subject {
            differences.push(format!(
                "its subject is {}, not {}",
                trusted.subject, self.subject
            ));
        }
        if !trusted
            .audiences
            .iter()
            .any(|audience| audience == self.audience)
        {
            differences.push(format!(
                "its audience is {}, not {}",
                trusted.audiences.join(", "),
                self.audience
            ));
        }
        differences
    }

    /// Differences that the eye misses are put into words.
    fn issuer_difference(&self, issuer: &str) -> String {
        let trimmed = |text: &str| text.trim().trim_end_matches('/').to_owned();
        if trimmed(issuer) != trimmed(self.issuer) {
            return format!("its issuer is {issuer}, not {}", self.issuer);
        }
        // Azure stores white space that was pasted with the URL, and no screen shows it.
        if issuer.trim() != issuer {
            return "its issuer has white space at its start or end".to_owned();
        }
        match self.issuer.ends_with('/') {
            true => "its issuer has no trailing slash".to_owned(),
            false => {
                "its issuer has a trailing slash that the cluster's issuer does not have".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;

    fn judged(change: impl FnOnce(&mut Trusted)) -> Verdict {
        let mut credential = Evidence::example().federated_credentials.get().unwrap()[0].clone();
        change(&mut credential);
        let seen = Evidence {
            federated_credentials: Observed::known(vec![credential]),
            ..Evidence::example()
        };
        FederatedCredentialCheck.judge(&seen).unwrap()
    }

    #[test]
    fn a_missing_trailing_slash_is_put_into_words() {
        let verdict = judged(|credential| {
            credential.issuer = credential.issuer.trim_end_matches('/').to_owned();
        });

        assert_eq!(
            verdict.found(),
            "amw-rw-1 almost matches: its issuer has no trailing slash"
        );
        assert_eq!(verdict.next(), ["amw-rw apply --only federated-credential"]);
    }

    #[test]
    fn another_namespace_fails_with_both_subjects() {
        let verdict = judged(|credential| {
            credential.subject = "system:serviceaccount:default:prometheus".into();
        });

        assert!(verdict.found().contains(
            "serviceaccount:default:prometheus, not system:serviceaccount:monitoring:prometheus"
        ));
    }

    #[test]
    fn a_wrong_audience_is_reported_together_with_a_wrong_issuer() {
        let verdict = judged(|credential| {
            credential.audiences = vec!["api://other".into()];
            credential.issuer = "https://old.example.com/".into();
        });

        assert!(
            verdict
                .found()
                .contains("its issuer is https://old.example.com/")
        );
        assert!(verdict.found().contains(" and its audience is api://other"));
    }

    #[test]
    fn an_identity_without_a_federated_credential_fails() {
        let seen = Evidence {
            federated_credentials: Observed::known(Vec::new()),
            ..Evidence::example()
        };

        let verdict = FederatedCredentialCheck.judge(&seen).unwrap();

        assert!(
            verdict
                .found()
                .starts_with("the identity has no federated credential")
        );
    }
}
