//! What controllers would make of an object: workloads are rolled out and jobs are done at once.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::time;

/// Writes the status of a workload, so that clients that wait for it see it done.
pub(super) fn reconcile(object: &mut Value, now: Timestamp) {
    let generation = object["metadata"]["generation"].clone();
    let replicas = object["spec"]["replicas"].as_u64().unwrap_or(1);
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    // A default of the API server; `kubectl rollout status` refuses objects without it.
    if matches!(kind.as_str(), "StatefulSet" | "DaemonSet")
        && object["spec"]["updateStrategy"].is_null()
    {
        object["spec"]["updateStrategy"] = json!({"type": "RollingUpdate"});
    }
    let status = match kind.as_str() {
        "Deployment" => json!({
            "observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
            "readyReplicas": replicas, "availableReplicas": replicas,
            "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}],
        }),
        // With two equal revisions, `kubectl rollout status` takes the rollout for finished.
        "StatefulSet" => json!({
            "observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas, "currentReplicas": replicas,
            "readyReplicas": replicas, "availableReplicas": replicas,
            "currentRevision": "1", "updateRevision": "1",
        }),
        // These numbers count nodes, not replicas.
        "DaemonSet" => json!({
            "observedGeneration": generation, "desiredNumberScheduled": 1, "currentNumberScheduled": 1,
            "updatedNumberScheduled": 1, "numberReady": 1, "numberAvailable": 1, "numberMisscheduled": 0,
        }),
        // Helm waits for the jobs of its hooks, of which kube-prometheus-stack has some.
        "Job" if object["status"]["succeeded"].is_null() => json!({
            "succeeded": 1, "startTime": time(now), "completionTime": time(now),
            "conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": time(now)}],
        }),
        "Namespace" => json!({"phase": "Active"}),
        _ => return,
    };
    object["status"] = status;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::testing::start_time;

    #[test]
    fn a_deployment_is_rolled_out_at_once() {
        let mut deployment =
            json!({"kind": "Deployment", "metadata": {"generation": 3}, "spec": {"replicas": 2}});

        reconcile(&mut deployment, start_time());

        assert_eq!(deployment["status"]["observedGeneration"], 3);
        assert_eq!(deployment["status"]["availableReplicas"], 2);
    }
}
