//! What do we send to see whether data arrives? One sample of a series that nothing else writes.

use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::Route;
use super::hop::Obstacle;
use super::setback::Setback;
use crate::azure::ingestion::{Sample, WriteRefusal, write_sample};
use crate::clock;

const METRIC: &str = "amw_rw_probe";

/// One series, told from every other probe by its label `probe`.
#[derive(Debug)]
pub(super) struct Probe {
    id: String,
    cluster: String,
}

impl Probe {
    pub(super) fn new(cluster: &str) -> Self {
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
        route: &Route<'_>,
        token: &SecretString,
    ) -> Result<(), Setback> {
        let url = route.workspace.rule.write_url();
        let url = Url::parse(&url).map_err(|why| {
            Setback::Refused(Obstacle::new(
                format!("the workspace names an endpoint that is no URL ({why}): {url}"),
                "try again once the workspace is complete",
            ))
        })?;
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
        let (one, other) = (Probe::new("prod"), Probe::new("prod"));

        assert_ne!(one.query(), other.query());
        assert!(one.query().starts_with("amw_rw_probe{probe=\""));
    }
}
