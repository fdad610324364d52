//! All that a file must contain for a connection.

use serde_yaml::Value;

use super::replica_labels::replica_labels;
use super::{Desired, entry};
use crate::compat::Installation;
use crate::problem::Problem;
use crate::remote_write::{ClusterLabel, RemoteWrite};
use crate::target::{EntryPlace, Position, at_path};

impl Installation {
    /// All that the connection needs in a file that so far contains `found`, with our entry at `place`.
    pub(crate) fn desired(
        &self,
        remote_write: &RemoteWrite,
        place: EntryPlace,
        found: &Value,
    ) -> Result<Desired, Problem> {
        let present = match place.position {
            Position::At(index) => at_path(found, place.list).and_then(|list| list.get(index)),
            Position::End => None,
        };
        let replica_labels = replica_labels(self.target, found);
        let present = present.unwrap_or(&Value::Null);
        let entry = entry::entry(remote_write, self, present, &replica_labels)?;
        let label = match &remote_write.cluster_label {
            ClusterLabel::Explicit(value) => Desired::is(value.as_str()),
            ClusterLabel::Default(value) => Desired::default(value.as_str()),
        };
        let ours = [
            (self.target.cluster_label(), label),
            (place.list, Desired::Items(vec![(place.position, entry)])),
        ];
        let pod = match self.target.pod() {
            Some(pod) => pod.desired(remote_write, self, found)?,
            None => Vec::new(),
        };
        Ok(Desired::tree(ours.into_iter().chain(pod)))
    }
}
