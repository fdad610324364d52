//! What do we send to see whether data arrives? One sample of a series that nothing else writes.

use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::ProbeRoute;
use super::attempt_error::AttemptError;
use crate::azure::ingestion::{Sample, WriteRefusal, write_sample};
use crate::clock;
use crate::problem::Problem;

const METRIC: &str = "amw_rw_probe";

/// One series; its label `probe` makes it different from every other probe.
#[derive(Debug)]
pub(super) struct ProbeSeries {
    id: String,
    cluster: String,
}

impl ProbeSeries {
    pub(super) fn new(cluster: &str) -> Self {
        // A new series for each probe: the answer to an earlier probe must not pass for this one's.
        let drawn = Uuid::new_v4().simple().to_string();
        Self {
            id: drawn[..8].to_owned(),
            cluster: cluster.to_owned(),
        }
    }

    fn sample(&self) -> Sample {
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Sample {
            labels: vec![
                label("__name__", METRIC),
                label("cluster", &self.cluster),
                label("probe", &self.id),
            ],
            value: 1.0,
            // The workspace drops samples older than 20 minutes without an error, so each try has the time of now.
            at: clock::now(),
        }
    }

    /// The query that finds this probe alone.
    pub(super) fn query(&self) -> String {
        format!("{METRIC}{{probe=\"{}\"}}", self.id)
    }

    /// Writes it with the time of now.
    pub(super) async fn write(
        &self,
        route: &ProbeRoute<'_>,
        token: &SecretString,
    ) -> Result<(), AttemptError> {
        let url = route.workspace.rule.write_url();
        let url = Url::parse(&url).map_err(|why| {
            AttemptError::Refused(
                Problem::new(format!(
                    "the workspace names an endpoint that is not a URL ({why}): {url}"
                ))
                .next("run the same command again when Azure has finished creating the workspace"),
            )
        })?;
        // The URL comes from an answer of Azure. A token goes only to hosts of this cloud.
        let allowed = route.azure.metrics_host(&url);
        allowed.map_err(WriteRefusal::from)?;
        write_sample(route.azure.http(), &url, token, &self.sample()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_probes_are_two_series_of_one_metric() {
        let (one, other) = (ProbeSeries::new("prod"), ProbeSeries::new("prod"));

        assert_ne!(one.query(), other.query());
        assert!(one.query().starts_with("amw_rw_probe{probe=\""));
    }
}
