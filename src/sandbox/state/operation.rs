//! Long-running operations and how far they have come.

use jiff::Timestamp;
use uuid::Uuid;

use super::{AzureState, ClusterWrite, PendingWrite, StoredResourceId, cluster_nodes::pool_names};

/// Something Resource Manager accepted and has not finished.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// How many more looks find it in progress.
    pub(crate) looks_left: u32,
    /// The error code it ends with, if it is to fail.
    pub(crate) failure: Option<String>,
    pub(crate) started: Timestamp,
}

/// The status of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OperationStatus {
    InProgress,
    Succeeded,
    Failed { code: String },
}

impl Operation {
    /// Looks at it once, which moves it on.
    pub(crate) fn look(&mut self) -> OperationStatus {
        if self.looks_left > 0 {
            self.looks_left -= 1;
            return OperationStatus::InProgress;
        }
        self.standing()
    }

    /// Looks at it without moving it on.
    pub(crate) fn standing(&self) -> OperationStatus {
        match &self.failure {
            _ if self.looks_left > 0 => OperationStatus::InProgress,
            Some(code) => OperationStatus::Failed { code: code.clone() },
            None => OperationStatus::Succeeded,
        }
    }
}

impl AzureState {
    /// Looks at an operation once; what it was about changes when it ends.
    pub(crate) fn look_at(&mut self, operation: Uuid) -> Option<OperationStatus> {
        let standing = self.operations.get_mut(&operation)?.look();
        match standing {
            OperationStatus::InProgress => {}
            OperationStatus::Succeeded => {
                self.end_writes(operation, true);
                self.end_deletion(operation);
            }
            OperationStatus::Failed { .. } => {
                self.end_writes(operation, false);
                for group in self.resource_groups.iter_mut() {
                    // A group that could not be deleted is as before.
                    group.deletion = group.deletion.filter(|deletion| *deletion != operation);
                }
            }
        }
        Some(standing)
    }

    /// Takes away the group that the operation deletes, with what its resources had made for themselves elsewhere.
    fn end_deletion(&mut self, operation: Uuid) {
        let group = self
            .resource_groups
            .iter()
            .find(|group| group.deletion == Some(operation))
            .map(|group| group.id.clone());
        let Some(group) = group else {
            return;
        };
        let is_owned = |owner: &StoredResourceId| owner.is_within(&group);
        let made_by_its_resources: Vec<StoredResourceId> = self
            .resource_groups
            .iter()
            // A workspace and an AKS cluster have groups of their own outside the group that is deleted.
            .filter(|other| other.managed_by.as_ref().is_some_and(is_owned))
            .map(|other| other.id.clone())
            .collect();
        for managed in made_by_its_resources {
            self.remove_within(&managed);
        }
        self.remove_within(&group);
    }

    fn end_writes(&mut self, operation: Uuid, succeeded: bool) {
        for document in self.documents.iter_mut() {
            document.pending = document.pending.filter(|pending| *pending != operation);
        }
        for machine in self.machines.iter_mut() {
            machine.pending = machine.pending.filter(|pending| *pending != operation);
        }
        let started = self.operations.get(&operation).map(|it| it.started);
        let ended = self.managed_clusters.iter_mut().find_map(|cluster| {
            let pending = cluster
                .pending
                .take_if(|pending| pending.operation == operation)?;
            // Such a cluster stays as it was.
            cluster.failed = !succeeded;
            Some((cluster.id.clone(), pending))
        });
        if let (Some((cluster, pending)), Some(started), true) = (ended, started, succeeded) {
            self.end_cluster_write(&cluster, pending, started);
        }
    }

    fn end_cluster_write(&mut self, id: &StoredResourceId, write: PendingWrite, now: Timestamp) {
        let Some(cluster) = self.managed_clusters.get_mut(id) else {
            return;
        };
        let before = pool_names(&cluster.properties);
        match write.kind {
            ClusterWrite::Creation => self.equip_cluster(id, now),
            ClusterWrite::Change => {
                // Until here a GET shows the old properties, as AKS does while it updates.
                cluster.properties = write.properties;
                self.follow_pools(id, &before, now);
            }
            ClusterWrite::Deletion => self.remove_cluster(id),
        }
    }
}
