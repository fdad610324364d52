//! The other changes in the file: the container is removed with the volumes that only it uses, and Prometheus gets its certificate.

use serde_yaml::Value;

use super::detected_setup::DetectedSetup;
use super::mounts::{mount_of, mounted};
use crate::patch::Replacement;
use crate::remote_write::{Authentication, Certificate, ContainerPosition, Pending, RemoteWrite};
use crate::render::Desired;
use crate::sign_in::AZUREAD;
use crate::target::{EntryPlace, PodPaths, Position, at_path};

/// All changes except the remote write itself.
pub(super) struct Changes {
    pub(super) replacement: Replacement,
    pub(super) removed: Vec<String>,
    pub(super) remarks: Vec<String>,
}

pub(super) fn changes(
    found: &DetectedSetup,
    remote_write: &RemoteWrite,
    scope: Option<&str>,
) -> Changes {
    let url = remote_write.url.known();
    let native = url.and_then(|url| Some(found.native(url)?.place));
    let proxied = found.entry.as_ref().map(|entry| entry.place);
    let place = native
        .or(proxied)
        .unwrap_or_else(|| found.target.new_place());
    let gone: Vec<EntryPlace> = proxied.filter(|_| native.is_some()).into_iter().collect();
    let mut changes = Changes {
        replacement: Replacement {
            place,
            gone: gone.clone(),
            also: Desired::Keys(Vec::new()),
        },
        removed: Vec::new(),
        remarks: Vec::new(),
    };
    // Both remote writes would send the same series to one rule, and Azure would store each sample twice.
    for place in gone {
        changes.want(
            place.list,
            Desired::Items(vec![(place.position, Desired::Absent)]),
        );
        changes
            .removed
            .push("the remote write to the proxy, since a native one exists".to_owned());
    }
    if let Some(scope) = scope {
        let azuread = found.target.spelling().key(AZUREAD);
        let scope = Desired::keys([("scope", Desired::is(scope))]).under(&[azuread.as_str()]);
        changes.want(place.list, Desired::Items(vec![(place.position, scope)]));
    }
    if let (Some(pod), Some(position)) = (found.target.pod(), &found.position) {
        changes.take_out(found, pod, position, &remote_write.authentication);
    }
    changes
}

impl Changes {
    fn want(&mut self, path: &[&str], desired: Desired) {
        let also = std::mem::replace(&mut self.replacement.also, Desired::Absent);
        self.replacement.also = also.and(desired.under(path));
    }

    fn take_out(
        &mut self,
        found: &DetectedSetup,
        pod: &PodPaths,
        position: &ContainerPosition,
        authentication: &Authentication,
    ) {
        let Some(container) = pod.container(&found.data, position) else {
            return;
        };
        let name = found.sidecar.as_ref().map_or("", |sidecar| &sidecar.name);
        self.removed.push(format!("container `{name}`"));
        match position {
            ContainerPosition::Item(index) => {
                self.want(
                    pod.containers.path(),
                    Desired::Items(vec![(Position::At(*index), Desired::Absent)]),
                );
            }
            ContainerPosition::Init(index) => {
                self.want(
                    pod.init_containers,
                    Desired::Items(vec![(Position::At(*index), Desired::Absent)]),
                );
            }
            ContainerPosition::Key(_) if has_one(&found.data, pod.containers.path()) => {
                self.want(pod.containers.path(), Desired::Absent);
            }
            ContainerPosition::Key(key) => self.want(
                pod.containers.path(),
                Desired::keys([(key.as_str(), Desired::Absent)]),
            ),
        }
        // Asked first, because the volume of the certificate stays for Prometheus.
        let kept = self.move_certificate(found, pod, container, authentication);
        for volume in mounted(container) {
            if kept.as_deref() != Some(volume)
                && !is_mounted_elsewhere(&found.data, container, volume)
            {
                self.remove_volume(found, pod, volume);
            }
        }
        let labels = at_path(&found.data, pod.labels);
        // Other containers of the pod may still use it, so it is only named.
        if labels.is_some_and(|labels| labels.get("aadpodidbinding").is_some()) {
            self.remarks.push(
                "the pod label aadpodidbinding belongs to the retired pod identity; remove it if nothing else needs it".to_owned(),
            );
        }
    }

    fn remove_volume(&mut self, found: &DetectedSetup, pod: &PodPaths, name: &str) {
        let volumes = at_path(&found.data, pod.volumes).and_then(Value::as_sequence);
        let index =
            volumes.and_then(|volumes| volumes.iter().position(|volume| volume["name"] == name));
        if let Some(index) = index {
            self.want(
                pod.volumes,
                Desired::Items(vec![(Position::At(index), Desired::Absent)]),
            );
            self.removed.push(format!("volume `{name}`"));
        }
    }

    /// Mounts the certificate in Prometheus at the path of the proxy. Returns the volume that is kept for it.
    fn move_certificate(
        &mut self,
        found: &DetectedSetup,
        pod: &PodPaths,
        container: &Value,
        authentication: &Authentication,
    ) -> Option<String> {
        let Authentication::Certificate {
            certificate: Certificate::File(Pending::Known(file)),
            ..
        } = authentication
        else {
            return None;
        };
        // The image of the proxy can have the file, or another container can write it.
        let Some(mount) = mount_of(container, file) else {
            self.remarks.push(format!(
                "Prometheus itself must be able to read the file {file}"
            ));
            return None;
        };
        // Without a list of mounts of its own, the target cannot give Prometheus a file.
        let mounts = pod.volume_mounts?;
        let own = at_path(&found.data, mounts).and_then(Value::as_sequence);
        let has = |mounts: &Vec<Value>| {
            mounts
                .iter()
                .any(|own| own["mountPath"] == mount["mountPath"])
        };
        if !own.is_some_and(has) {
            self.want(
                mounts,
                Desired::Items(vec![(Position::End, Desired::Is(mount.clone()))]),
            );
        }
        mount["name"].as_str().map(str::to_owned)
    }
}

fn has_one(data: &Value, map: &[&str]) -> bool {
    at_path(data, map)
        .and_then(Value::as_mapping)
        .is_some_and(|map| map.len() == 1)
}

/// Whether anything but this container mounts the volume, wherever in the file that is.
fn is_mounted_elsewhere(value: &Value, container: &Value, volume: &str) -> bool {
    // By its address: another container of the file can have the very same text.
    if std::ptr::eq(value, container) {
        return false;
    }
    match value {
        Value::Mapping(map) => {
            let is_mount =
                map.contains_key("mountPath") && map.get("name").is_some_and(|name| name == volume);
            is_mount
                || map
                    .values()
                    .any(|below| is_mounted_elsewhere(below, container, volume))
        }
        Value::Sequence(items) => items
            .iter()
            .any(|item| is_mounted_elsewhere(item, container, volume)),
        _ => false,
    }
}
