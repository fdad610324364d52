//! Sends one sample, stage after stage; after a stage that fails the next ones are not tried.

use secrecy::SecretString;
use tokio::time::Instant;

use super::ProbeRoute;
use super::permission::AcceptedSample;
use super::read_back;
use super::series::ProbeSeries;
use super::stage::{ProbeReport, Stage, StageName, StageOutcome};
use crate::network::retry_policy::RetryPolicy;
use crate::progress::{Progress, ProgressLine};

/// Sends one sample and looks for it until it is visible, for as long as `look` allows.
pub(crate) async fn send(
    route: &ProbeRoute<'_>,
    look: RetryPolicy,
    progress: &dyn Progress,
) -> ProbeReport {
    let run = ProbeRun {
        route,
        look,
        progress,
        probe: ProbeSeries::new(route.cluster_label),
    };
    let (token, secret) = run.token().await;
    let write = run.write(secret.as_ref()).await;
    let read_back = run.read_back(&token, &write).await;
    ProbeReport {
        token,
        write,
        read_back,
    }
}

/// Looks for a sample that was accepted already, for as long as `look` allows.
pub(crate) async fn follow(
    route: &ProbeRoute<'_>,
    accepted: AcceptedSample,
    look: RetryPolicy,
    progress: &dyn Progress,
) -> ProbeReport {
    let AcceptedSample {
        probe,
        token,
        write,
    } = accepted;
    let run = ProbeRun {
        route,
        look,
        progress,
        probe,
    };
    let read_back = run.read_back(&token, &write).await;
    ProbeReport {
        token,
        write,
        read_back,
    }
}

struct ProbeRun<'a> {
    route: &'a ProbeRoute<'a>,
    look: RetryPolicy,
    progress: &'a dyn Progress,
    probe: ProbeSeries,
}

impl ProbeRun<'_> {
    async fn token(&self) -> (Stage, Option<SecretString>) {
        let mut secret = None;
        let asking = async {
            match self.route.token().await {
                Ok(given) => {
                    secret = Some(given);
                    StageOutcome::Passed(format!("Entra gives a token to {}", self.route.identity))
                }
                Err(error) => error.into(),
            }
        };
        let stage = self.stage(StageName::Token, "getting a token as Prometheus", asking);
        (stage.await, secret)
    }

    async fn write(&self, secret: Option<&SecretString>) -> Stage {
        let Some(secret) = secret else {
            return Stage::stopped(StageName::Write, StageName::Token);
        };
        let writing = async {
            match self.probe.write(self.route, secret).await {
                Ok(()) => {
                    let rule = self.route.workspace.rule.id.name();
                    StageOutcome::Passed(format!("rule {rule} accepted a sample"))
                }
                Err(error) => error.into(),
            }
        };
        self.stage(StageName::Write, "writing one sample", writing)
            .await
    }

    async fn read_back(&self, token: &Stage, write: &Stage) -> Stage {
        let name = StageName::ReadBack;
        match (&token.outcome, &write.outcome) {
            (_, StageOutcome::Passed(_)) => {
                let looking =
                    read_back::until_visible(self.route, &self.probe, self.look, self.progress);
                self.stage(name, "waiting until it can be queried", looking)
                    .await
            }
            // No sample can be sent from here, but Prometheus may already be sending its own.
            (StageOutcome::NotTried(_), _) => {
                let looking = read_back::own_series(self.route);
                self.stage(name, "looking for series of Prometheus itself", looking)
                    .await
            }
            (StageOutcome::Passed(_), _) => Stage::stopped(name, StageName::Write),
            _ => Stage::stopped(name, StageName::Token),
        }
    }

    async fn stage(
        &self,
        name: StageName,
        doing: &str,
        going: impl Future<Output = StageOutcome>,
    ) -> Stage {
        let started = Instant::now();
        let line = ProgressLine::start(self.progress, name.as_str(), doing);
        let outcome = going.await;
        let took = started.elapsed();
        line.end(outcome.line_end(), &outcome.found(), took);
        Stage {
            name,
            took,
            outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fake::{FakeServices, QUICK, refused_token, role_missing, series};
    use crate::probe::identity::ProbeIdentity;
    use crate::probe::stage::ProbeVerdict;
    use crate::problem::Problem;
    use crate::progress::SilentProgress;

    async fn sent(path: &FakeServices) -> ProbeReport {
        let world = path.world().await;
        send(&world.route_with_secret(), QUICK, &SilentProgress).await
    }

    #[tokio::test]
    async fn a_sample_is_followed_until_it_can_be_queried() {
        let path = FakeServices {
            query: vec![series(0), series(0), series(1)],
            ..FakeServices::open()
        };

        let report = sent(&path).await;

        assert_eq!(report.verdict(), ProbeVerdict::Proven);
        assert_eq!(path.times("write"), 1);
        assert_eq!(path.times("query"), 3);
    }

    #[tokio::test]
    async fn a_missing_role_names_the_step_that_grants_it() {
        let path = FakeServices {
            write: vec![role_missing()],
            ..FakeServices::open()
        };

        let report = sent(&path).await;

        assert_eq!(report.verdict(), ProbeVerdict::Refused);
        assert_eq!(report.deciding_stage().name, StageName::Write);
        let next = crate::next_step::lines(report.write.outcome.next()).join(" ");
        assert!(next.contains("--only role-assignment"), "{next}");
        assert_eq!(path.times("query"), 0);
    }

    #[tokio::test]
    async fn a_wrong_secret_stops_at_the_first_stage() {
        let path = FakeServices {
            token: vec![refused_token(7_000_215)],
            ..FakeServices::open()
        };

        let report = sent(&path).await;

        let why = report.token.outcome.found();
        assert!(
            why.contains("secret is wrong") && why.contains("AADSTS7000215"),
            "{why}"
        );
        assert_eq!(path.times("write"), 0);
    }

    #[tokio::test]
    async fn a_user_who_may_not_query_leaves_the_sample_accepted() {
        let path = FakeServices {
            query: vec![(
                403,
                serde_json::json!({"error": {"code": "Forbidden", "message": "no"}}),
            )],
            ..FakeServices::open()
        };

        let report = sent(&path).await;

        assert_eq!(report.verdict(), ProbeVerdict::Accepted);
        let next = crate::next_step::lines(report.read_back.outcome.next()).join(" ");
        assert!(next.contains("Monitoring Data Reader"), "{next}");
    }

    #[tokio::test]
    async fn without_a_token_of_the_identity_series_of_prometheus_prove_the_path() {
        let path = FakeServices {
            query: vec![series(3)],
            ..FakeServices::open()
        };
        let unavailable =
            ProbeIdentity::Unavailable(Problem::new("only the nodes are given tokens"));

        let report = send(
            &path.world().await.route(unavailable),
            QUICK,
            &SilentProgress,
        )
        .await;

        assert_eq!(report.verdict(), ProbeVerdict::Proven);
        assert!(
            report
                .read_back
                .outcome
                .found()
                .starts_with("3 series `up`")
        );
    }
}
