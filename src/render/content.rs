//! All that a file must contain for a connection.

use serde_yaml::Value;

use super::replica_labels::replica_labels;
use super::{Wanted, entry};
use crate::compat::Installation;
use crate::problem::Problem;
use crate::remote_write::{ClusterLabel, RemoteWrite};
use crate::target::{Place, Position, at_path};

impl Installation {
    /// All that the connection needs in a file that so far contains `found`, with our entry at `place`.
    pub(crate) fn wanted(
        &self,
        remote_write: &RemoteWrite,
        place: Place,
        found: &Value,
    ) -> Result<Wanted, Problem> {
        let present = match place.position {
            Position::At(index) => at_path(found, place.list).and_then(|list| list.get(index)),
            Position::End => None,
        };
        let replica_labels = replica_labels(self.target, found);
        let present = present.unwrap_or(&Value::Null);
        let entry = entry::entry(remote_write, self, present, &replica_labels)?;
        let label = match &remote_write.cluster_label {
            ClusterLabel::Explicit(value) => Wanted::is(value.as_str()),
            ClusterLabel::Default(value) => Wanted::default(value.as_str()),
        };
        let ours = [
            (self.target.cluster_label(), label),
            (place.list, Wanted::Items(vec![(place.position, entry)])),
        ];
        let pod = match self.target.pod() {
            Some(pod) => pod.wanted(remote_write, self, found)?,
            None => Vec::new(),
        };
        Ok(Wanted::tree(ours.into_iter().chain(pod)))
    }
}
