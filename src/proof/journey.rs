//! One sample on its way, hop after hop; what stops it at one is told, and the next ones are not tried.

use secrecy::SecretString;
use tokio::time::Instant;

use super::Route;
use super::hop::{Hop, HopName, Outcome, Proof};
use super::permission::Accepted;
use super::probe::Probe;
use super::read_back;
use crate::network::retry_policy::RetryPolicy;
use crate::progress::Progress;

/// Sends one sample and looks for it until it is visible, for as long as `look` says.
pub(crate) async fn prove(route: &Route<'_>, look: RetryPolicy, progress: &dyn Progress) -> Proof {
    let journey = Journey {
        route,
        look,
        progress,
        probe: Probe::new(route.cluster_label),
    };
    let (token, secret) = journey.token().await;
    let write = journey.write(secret.as_ref()).await;
    let read_back = journey.read_back(&token, &write).await;
    Proof {
        token,
        write,
        read_back,
    }
}

/// Looks for a sample that was accepted already, for as long as `look` says.
pub(crate) async fn follow(
    route: &Route<'_>,
    accepted: Accepted,
    look: RetryPolicy,
    progress: &dyn Progress,
) -> Proof {
    let Accepted {
        probe,
        token,
        write,
    } = accepted;
    let journey = Journey {
        route,
        look,
        progress,
        probe,
    };
    let read_back = journey.read_back(&token, &write).await;
    Proof {
        token,
        write,
        read_back,
    }
}

struct Journey<'a> {
    route: &'a Route<'a>,
    look: RetryPolicy,
    progress: &'a dyn Progress,
    probe: Probe,
}

impl Journey<'_> {
    async fn token(&self) -> (Hop, Option<SecretString>) {
        let mut secret = None;
        let asking = async {
            match self.route.token().await {
                Ok(given) => {
                    secret = Some(given);
                    Outcome::Passed(format!("Entra gives a token to {}", self.route.act_as))
                }
                Err(setback) => setback.into(),
            }
        };
        let hop = self.hop(HopName::Token, "getting a token as Prometheus", asking);
        (hop.await, secret)
    }

    async fn write(&self, secret: Option<&SecretString>) -> Hop {
        let Some(secret) = secret else {
            return Hop::stopped(HopName::Write, HopName::Token);
        };
        let writing = async {
            match self.probe.write(self.route, secret).await {
                Ok(()) => {
                    let rule = self.route.workspace.rule.id.name();
                    Outcome::Passed(format!("rule {rule} took a sample"))
                }
                Err(setback) => setback.into(),
            }
        };
        self.hop(HopName::Write, "writing one sample", writing)
            .await
    }

    async fn read_back(&self, token: &Hop, write: &Hop) -> Hop {
        let name = HopName::ReadBack;
        match (&token.outcome, &write.outcome) {
            (_, Outcome::Passed(_)) => {
                let looking =
                    read_back::until_visible(self.route, &self.probe, self.look, self.progress);
                self.hop(name, "waiting until it can be queried", looking)
                    .await
            }
            (Outcome::NotTried { .. }, _) => {
                let looking = read_back::own_series(self.route);
                self.hop(name, "looking for series of Prometheus itself", looking)
                    .await
            }
            (Outcome::Passed(_), _) => Hop::stopped(name, HopName::Write),
            _ => Hop::stopped(name, HopName::Token),
        }
    }

    async fn hop(&self, name: HopName, doing: &str, going: impl Future<Output = Outcome>) -> Hop {
        let started = Instant::now();
        self.progress.started(name.as_str(), doing);
        let outcome = going.await;
        let took = started.elapsed();
        let (line, found) = (name.as_str(), outcome.found());
        match &outcome {
            Outcome::Passed(_) => self.progress.finished(line, found, took),
            Outcome::Late(_) => self
                .progress
                .finished(line, &format!("not yet: {found}"), took),
            Outcome::NotTried { .. } => {
                self.progress
                    .finished(line, &format!("not tried: {found}"), took);
            }
            Outcome::Refused(_) => self.progress.failed(line, found),
        }
        Hop {
            name,
            took,
            outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::progress::Silent;
    use crate::proof::fake::{DataPath, refused_token, role_missing, series};
    use crate::proof::hop::Verdict;
    use crate::proof::identity::ActAs;

    const QUICK: RetryPolicy = RetryPolicy {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        total: Duration::from_secs(5),
    };

    #[tokio::test]
    async fn a_sample_is_followed_until_it_can_be_queried() {
        let path = DataPath {
            query: vec![series(0), series(0), series(1)],
            ..DataPath::open()
        };

        let proof = prove(&path.world().await.route_with_secret(), QUICK, &Silent).await;

        assert_eq!(proof.verdict(), Verdict::Proven);
        assert_eq!(path.times("write"), 1);
        assert_eq!(path.times("query"), 3);
    }

    #[tokio::test]
    async fn a_missing_role_stops_the_sample_with_the_step_that_mends_it() {
        let path = DataPath {
            write: vec![role_missing()],
            ..DataPath::open()
        };

        let proof = prove(&path.world().await.route_with_secret(), QUICK, &Silent).await;

        assert_eq!(proof.verdict(), Verdict::Refused);
        assert_eq!(proof.telling_hop().name, HopName::Write);
        let next = proof.write.outcome.next().unwrap();
        assert!(next.contains("--only role-assignment"), "{next}");
        assert_eq!(path.times("query"), 0);
    }

    #[tokio::test]
    async fn a_wrong_secret_stops_at_the_first_hop_and_says_so() {
        let path = DataPath {
            token: vec![refused_token(7_000_215)],
            ..DataPath::open()
        };

        let proof = prove(&path.world().await.route_with_secret(), QUICK, &Silent).await;

        let why = proof.token.outcome.found();
        assert!(
            why.contains("secret is wrong") && why.contains("AADSTS7000215"),
            "{why}"
        );
        assert_eq!(path.times("write"), 0);
    }

    #[tokio::test]
    async fn a_user_who_may_not_query_leaves_the_sample_accepted() {
        let path = DataPath {
            query: vec![(
                403,
                serde_json::json!({"error": {"code": "Forbidden", "message": "no"}}),
            )],
            ..DataPath::open()
        };

        let proof = prove(&path.world().await.route_with_secret(), QUICK, &Silent).await;

        assert_eq!(proof.verdict(), Verdict::Accepted);
        let next = proof.read_back.outcome.next().unwrap();
        assert!(next.contains("Monitoring Data Reader"), "{next}");
    }

    #[tokio::test]
    async fn where_nobody_can_act_as_prometheus_its_own_series_prove_the_path() {
        let path = DataPath {
            query: vec![series(3)],
            ..DataPath::open()
        };
        let nobody = ActAs::Nobody {
            why: "only the nodes are given tokens".into(),
            next: None,
        };

        let proof = prove(&path.world().await.route(nobody), QUICK, &Silent).await;

        assert_eq!(proof.verdict(), Verdict::Proven);
        assert!(proof.read_back.outcome.found().starts_with("3 series `up`"));
    }
}
