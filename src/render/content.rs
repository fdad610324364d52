//! All that a file must contain for a connection.

use serde_yaml::Value;

use super::replica_labels::replica_labels;
use super::{Desired, entry};
use crate::compat::Installation;
use crate::problem::Problem;
use crate::remote_write::{
    ClusterLabel, RemoteWrite, Route, WrittenForm, entries, relabeled_cluster,
};
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
            ClusterLabel::Explicit(value) => Some(Desired::is(value.as_str())),
            // The user's own rule of this remote write sets it.
            ClusterLabel::Default(_) | ClusterLabel::ByUser(_)
                if relabeled_cluster(found, place).is_some() =>
            {
                None
            }
            ClusterLabel::Default(value) => Some(Desired::default(value.as_str())),
            ClusterLabel::ByUser(placeholder) => Some(Desired::default(*placeholder)),
        };
        let label = label.map(|label| (self.target.cluster_label(), label));
        let item = Desired::Items(vec![(place.position, entry)]);
        let ours = label.into_iter().chain([(place.list, item)]);
        let pod = match self.target.pod() {
            Some(pod) => {
                if self.route(remote_write)? == Route::Sdk {
                    let is_ours = self.has_own_variables(place, found);
                    pod.check_identity(&remote_write.authentication, found, is_ours)?;
                }
                pod.desired(remote_write, self, found)?
            }
            None => Vec::new(),
        };
        Ok(Desired::tree(ours.chain(pod)))
    }

    /// Whether the remote write at `place`, and no other one, signs in by the environment of the container.
    fn has_own_variables(&self, place: EntryPlace, found: &Value) -> bool {
        let entries = entries(found, self.target).into_iter();
        let mut users = entries.filter(|entry| matches!(entry.form, WrittenForm::Sdk(_)));
        users.next().is_some_and(|entry| entry.place == place) && users.next().is_none()
    }
}
