//! Why a target cannot hold a connection, each with what to do instead.

use crate::problem::Problem;
use crate::spec::command_line::option;
use crate::target::Target;

pub(super) fn secret_in_plain_view() -> Problem {
    Problem::new(
        "this target is stored in plain text in the cluster, so the client secret must come from a Kubernetes Secret",
    )
    .next("keep it in a Secret, to which this target refers")
}

pub(super) fn reference_in_plain_file() -> Problem {
    Problem::new("a plain prometheus.yml cannot refer to a Kubernetes Secret").next(
        "give the secret itself with --client-secret-file, or leave it to the environment with --azuread sdk",
    )
}

pub(super) fn no_place_for_sidecar() -> Problem {
    let all = Target::ALL.iter().filter(|target| target.describes_pod());
    let described: Vec<&str> = all.map(|target| target.as_str()).collect();
    Problem::new(
        "the sidecar is another container of the pod, and this target does not describe the pod",
    )
    .next(format!(
        "use --path native, or a target that describes the pod: {}",
        described.join(", ")
    ))
}

pub(super) fn port_of_another_sidecar(name: &str, port: u16, free: u16) -> Problem {
    Problem::new(format!(
        "container `{name}` is the sidecar of another workspace and listens on port {port}"
    ))
    .next(format!(
        "give this connection a sidecar of its own on another port: {}",
        option("--sidecar-port", free)
    ))
}

/// Of another program, or of a sidecar among the init containers.
pub(super) fn port_of_another_container(name: &str, port: u16, free: u16) -> Problem {
    Problem::new(format!("container `{name}` of this pod uses port {port}")).next(format!(
        "give the sidecar another port: {}",
        option("--sidecar-port", free)
    ))
}

pub(super) fn own_sidecar_is_native(name: &str, list: &str, place: &str) -> Problem {
    Problem::new(format!(
        "container `{name}` in `{list}` is the sidecar of this workspace already, so a second one would store every sample twice"
    ))
    .next(format!(
        "move that container to `{place}`, without its `restartPolicy`, and run the command again"
    ))
}

pub(super) fn sidecar_of_unknown_workspace(name: &str) -> Problem {
    Problem::new(format!(
        "container `{name}` is a sidecar whose INGESTION_URL is not in this file, so its workspace is not known"
    ))
    .next("write its INGESTION_URL as a value, or leave the sidecar as it is and use --path native")
}
