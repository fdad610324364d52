//! What does the container of the Azure Monitor sidecar look like?
//!
//! Names and values are those of <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>.

use serde_yaml::Value;

use super::environment::EnvironmentVariable;
use super::{Desired, refusal};
use crate::problem::Problem;
use crate::remote_write::{
    Authentication, Destination, ProxyKind, RemoteWrite, SIDECAR_PORT, Sidecar, entries,
    is_same_rule,
};
use crate::target::{PodPaths, Target, at_path};

/// The container's usual name.
pub(super) const NAME: &str = "prom-remotewrite";

/// The newest release in Microsoft's notes of July 2026.
const IMAGE: &str = "mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20260713.1";

/// The container of this connection: its name, and what the file has of it so far. The sidecar of another workspace is never
/// taken over: its settings are those of another connection.
pub(super) fn own<'a>(
    target: Target,
    pod: &PodPaths,
    found: &'a Value,
    remote_write: &RemoteWrite,
    port: u16,
) -> Result<(String, &'a Value), Problem> {
    check_native(pod, found, remote_write)?;
    let all = named(at_path(found, pod.containers.path()));
    let sidecars = all.iter().filter_map(|(name, container)| {
        let sidecar = Sidecar::read(Some(name), container)?;
        (sidecar.kind == ProxyKind::Sidecar).then_some((*name, *container, sidecar))
    });
    let sidecars: Vec<_> = sidecars.collect();
    let entries = entries(found, target);
    // The port in the URL of our entry leads to our container, whatever name the user gave it.
    let of_entry = entries
        .iter()
        .find(|entry| entry.has_name(&remote_write.name))
        .and_then(|entry| entry.sidecar());
    let is_ours = |sidecar: &Sidecar| {
        of_entry.is_some_and(|own| own.name == sidecar.name) || writes_like(sidecar, remote_write)
    };
    if let Some((name, container, _)) = sidecars.iter().find(|(.., sidecar)| is_ours(sidecar)) {
        return Ok(((*name).to_owned(), container));
    }
    let others: Vec<_> = sidecars.iter().map(|(.., sidecar)| sidecar).collect();
    check_others(&others, port)?;
    let with_name = all.iter().find(|(name, _)| *name == NAME);
    let natives = pod.native_sidecars(found);
    let is_taken = natives.iter().any(|(_, native)| native["name"] == NAME);
    Ok(match with_name {
        None if !is_taken => (NAME.to_owned(), &Value::Null),
        // Settings for a container that does not run anything yet.
        Some((name, container)) if container.get("image").is_none() && sidecars.is_empty() => {
            ((*name).to_owned(), container)
        }
        // Kubernetes takes only small letters in the name of a container.
        _ => (remote_write.name.to_lowercase(), &Value::Null),
    })
}

/// Refuses where the sidecar of this connection, or one that may be it, is an init container that runs beside the others: a second
/// one would store every sample twice.
fn check_native(pod: &PodPaths, found: &Value, remote_write: &RemoteWrite) -> Result<(), Problem> {
    let natives = pod.native_sidecars(found).into_iter();
    let sidecars = natives.filter_map(|(_, container)| Sidecar::read(None, container));
    let (list, place) = (pod.init_containers.join("."), pod.containers.path());
    for sidecar in sidecars.filter(|one| one.kind == ProxyKind::Sidecar) {
        if writes_like(&sidecar, remote_write) {
            let place = place.join(".");
            return Err(refusal::own_sidecar_is_native(&sidecar.name, &list, &place));
        }
        if sidecar.destination == Destination::Unknown {
            return Err(refusal::sidecar_of_unknown_workspace(&sidecar.name));
        }
    }
    Ok(())
}

/// Refuses a port that another container of the pod declares, whatever program that is.
pub(super) fn check_ports(
    pod: &PodPaths,
    found: &Value,
    own: &str,
    port: u16,
) -> Result<(), Problem> {
    let natives = pod.native_sidecars(found).into_iter();
    let natives = natives.filter_map(|(_, native)| Some((native["name"].as_str()?, native)));
    let containers = named(at_path(found, pod.containers.path())).into_iter();
    let others: Vec<_> = containers
        .filter(|(name, _)| *name != own)
        .chain(natives)
        .map(|(name, container)| (name, ports_of(name, container)))
        .collect();
    let Some((name, _)) = others.iter().find(|(_, ports)| ports.contains(&port)) else {
        return Ok(());
    };
    let is_used = |port: &u16| others.iter().any(|(_, ports)| ports.contains(port));
    let free = (port..).find(|port| !is_used(port)).unwrap_or(port);
    Err(refusal::port_of_another_container(name, port, free))
}

/// The ports on which a container listens for TCP, as far as the file says.
fn ports_of(name: &str, container: &Value) -> Vec<u16> {
    let declared = container["ports"].as_sequence().into_iter().flatten();
    let declared = declared
        .filter(|port| port["protocol"].as_str().is_none_or(|one| one == "TCP"))
        .filter_map(|port| u16::try_from(port["containerPort"].as_u64()?).ok());
    let of_proxy = Sidecar::read(Some(name), container);
    let of_proxy = of_proxy.map(|sidecar| sidecar.port.unwrap_or(SIDECAR_PORT));
    declared.chain(of_proxy).collect()
}

/// Whether the sidecar writes to the workspace of this connection, or to none yet.
fn writes_like(sidecar: &Sidecar, remote_write: &RemoteWrite) -> bool {
    let own = remote_write.url.known();
    match &sidecar.destination {
        Destination::Url(url) => own.is_some_and(|own| is_same_rule(url, own)),
        Destination::Host(_) => false,
        // From a ConfigMap or a Secret it can be any URL.
        Destination::Unknown => !sidecar
            .external
            .contains(&sidecar.kind.variables().destination),
    }
}

/// Refuses a port that another sidecar has, and a sidecar that may be that of this connection.
fn check_others(others: &[&Sidecar], port: u16) -> Result<(), Problem> {
    let is_unknown = |other: &&&Sidecar| other.destination == Destination::Unknown;
    if let Some(unknown) = others.iter().find(is_unknown) {
        return Err(refusal::sidecar_of_unknown_workspace(&unknown.name));
    }
    let ports = || {
        others
            .iter()
            .map(|other| other.port.unwrap_or(SIDECAR_PORT))
    };
    let mut pairs = others.iter().zip(ports());
    let Some((other, _)) = pairs.find(|(_, used)| *used == port) else {
        return Ok(());
    };
    // All containers of a pod share one network, so each port can be used once.
    let free = (port..).find(|port| ports().all(|used| used != *port));
    Err(refusal::port_of_another_sidecar(
        &other.name,
        port,
        free.unwrap_or(port),
    ))
}

/// The containers with their names; they are a list or a map by name.
fn named(containers: Option<&Value>) -> Vec<(&str, &Value)> {
    match containers {
        Some(Value::Sequence(list)) => list
            .iter()
            .filter_map(|container| Some((container["name"].as_str()?, container)))
            .collect(),
        Some(Value::Mapping(map)) => map
            .iter()
            .filter_map(|(name, container)| Some((name.as_str()?, container)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The keys of the container without its name and environment; an image that the user chose is kept.
pub(super) fn container(port: u16) -> Vec<(String, Desired)> {
    let probe = |path: &str| {
        Desired::keys([
            (
                "httpGet",
                Desired::keys([
                    ("path", Desired::is(path)),
                    ("port", Desired::default(u64::from(port))),
                ]),
            ),
            ("initialDelaySeconds", Desired::default(10_u64)),
            ("timeoutSeconds", Desired::default(10_u64)),
        ])
    };
    [
        ("image", Desired::default(IMAGE)),
        // Paths and times as in Microsoft's example.
        ("livenessProbe", probe("/health")),
        ("readinessProbe", probe("/ready")),
    ]
    .map(|(key, desired)| (key.to_owned(), desired))
    .into()
}

/// The variables that configure where the sidecar writes to and its identity.
pub(super) fn environment(remote_write: &RemoteWrite, port: u16) -> Vec<EnvironmentVariable> {
    let authentication = &remote_write.authentication;
    let kind = authentication.sign_in().method().identity_type;
    // The webhook of workload identity sets both ids.
    let has_ids = !matches!(authentication, Authentication::WorkloadIdentity { .. });
    let client_id = authentication.client_id().filter(|_| has_ids);
    let tenant_id = authentication.tenant_id().filter(|_| has_ids);
    let certificate = match authentication {
        Authentication::Certificate { certificate, .. } => Some(certificate.path().to_string()),
        _ => None,
    };
    let (cloud, audience) = remote_write.cloud.sidecar();
    let names = ProxyKind::Sidecar.variables();
    let variables = [
        (names.destination, Some(remote_write.url.to_string())),
        (names.port, Some(port.to_string())),
        (names.identity_type, kind.map(str::to_owned)),
        (names.client_id, client_id.map(ToString::to_string)),
        (names.tenant_id, tenant_id.map(ToString::to_string)),
        (names.certificate, certificate),
        (names.cloud, Some(cloud.to_owned())),
        (names.audience, audience),
    ];
    let set = variables
        .into_iter()
        .filter_map(|(name, value)| Some(EnvironmentVariable::plain(name, value?)));
    set.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::samples::{URL, remote_write, user_identity};

    fn own(containers: &str, port: u16) -> Result<(String, bool), String> {
        let text = format!("spec: {{containers: [{containers}]}}");
        let found: Value = serde_yaml::from_str(&text).unwrap();
        let remote_write = remote_write(user_identity());
        let target = Target::CustomResource;
        super::own(target, target.pod().unwrap(), &found, &remote_write, port)
            .map(|(name, container)| (name, !container.is_null()))
            .map_err(|problem| problem.to_string())
    }

    fn sidecar(name: &str, url: &str) -> String {
        format!(
            "{{name: {name}, image: prom-remotewrite, env: [{{name: INGESTION_URL, value: '{url}'}}, {{name: LISTENING_PORT, value: '8081'}}]}}"
        )
    }

    #[test]
    fn the_sidecar_of_this_workspace_is_found_by_its_rule() {
        let other = URL.replace("dcr-0", "dcr-1");
        let both = format!("{}, {}", sidecar("other", &other), sidecar("writer", URL));

        assert_eq!(own(&both, 8081), Ok(("writer".to_owned(), true)));
        assert_eq!(own("", 8081), Ok((NAME.to_owned(), false)));
        let unfinished = format!("{{name: {NAME}, resources: {{}}}}");
        assert_eq!(own(&unfinished, 8081), Ok((NAME.to_owned(), true)));
    }

    #[test]
    fn the_sidecar_of_another_workspace_stays_and_keeps_its_port() {
        let other = sidecar(NAME, &URL.replace("dcr-0", "dcr-1"));

        let refused = own(&other, 8081).unwrap_err();
        assert!(refused.contains("another workspace"), "{refused}");
        assert_eq!(own(&other, 8082), Ok(("amw-monitor".to_owned(), false)));
    }

    fn with_native(url: &str, port: u16) -> Result<String, String> {
        let native = sidecar(NAME, url).replace("env:", "restartPolicy: Always, env:");
        let found = format!("spec: {{initContainers: [{native}]}}");
        let found: Value = serde_yaml::from_str(&found).unwrap();
        let target = Target::CustomResource;
        let (pod, remote_write) = (target.pod().unwrap(), remote_write(user_identity()));
        let own = super::own(target, pod, &found, &remote_write, port);
        let named = own.and_then(|(name, _)| check_ports(pod, &found, &name, port).map(|()| name));
        named.map_err(|problem| format!("{problem}, {}", problem.next_steps()[0].line()))
    }

    #[test]
    fn a_sidecar_among_the_init_containers_runs_as_well() {
        let other = URL.replace("dcr-0", "dcr-1");

        let own = with_native(URL, 8082).unwrap_err();
        assert!(
            own.contains("`spec.initContainers` is the sidecar of this workspace"),
            "{own}"
        );
        let same_port = with_native(&other, 8081).unwrap_err();
        assert!(
            same_port.contains("uses port 8081") && same_port.contains("--sidecar-port 8082"),
            "{same_port}"
        );
        assert_eq!(with_native(&other, 8082), Ok("amw-monitor".to_owned()));
    }

    #[test]
    fn a_port_of_another_program_of_the_pod_is_not_taken() {
        let ports = |ports: &str| {
            let text = format!("spec: {{containers: [{{name: app, image: x, ports: [{ports}]}}]}}");
            let found: Value = serde_yaml::from_str(&text).unwrap();
            let pod = Target::CustomResource.pod().unwrap();
            check_ports(pod, &found, NAME, 8081).map_err(|problem| problem.to_string())
        };

        let refused = ports("{containerPort: 8081}").unwrap_err();
        assert!(refused.contains("container `app`"), "{refused}");
        assert_eq!(ports("{containerPort: 8081, protocol: UDP}"), Ok(()));
        assert_eq!(ports("{containerPort: 8080}"), Ok(()));
    }

    #[test]
    fn a_sidecar_whose_workspace_is_not_in_the_file_is_not_overwritten() {
        let unknown = format!(
            "{{name: {NAME}, image: prom-remotewrite, env: [{{name: INGESTION_URL, valueFrom: {{secretKeyRef: {{}}}}}}]}}"
        );

        let refused = own(&unknown, 8082).unwrap_err();

        assert!(refused.contains("INGESTION_URL"), "{refused}");
    }
}
