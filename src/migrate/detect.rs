//! Detects what to migrate in the files.

use super::MigrationRefusal;
use super::detected_setup::{DetectedSetup, SourceText};
use super::proxy_candidates::Candidates;
use crate::remote_write::{Sidecar, WrittenEntry};

/// `None` where nothing leads to a proxy and none is there.
pub(crate) fn detect(source: &SourceText) -> Result<Option<DetectedSetup>, MigrationRefusal> {
    let candidates = Candidates::read(source)?;
    for (index, proxy) in candidates.proxies.iter().enumerate() {
        match candidates.leading(Some(index)).as_slice() {
            [entry] => {
                candidates.leads_to_one(entry)?;
                return Ok(Some(candidates.found(Some(index), Some(entry.clone()))));
            }
            // An earlier migration was done by half: the native entry is there, and the container was left.
            [] if candidates.writes_natively_like(&proxy.sidecar) => {
                return Ok(Some(candidates.found(Some(index), None)));
            }
            [] => {}
            several => {
                return Err(several_lead(
                    &format!("container `{}`", proxy.sidecar.name),
                    several,
                ));
            }
        }
    }
    // Proxies of other pods are usual in a file, and may be there for another Prometheus.
    let mut expected = candidates.proxies.iter();
    match expected.find(|proxy| !proxy.is_elsewhere) {
        Some(proxy) => Err(candidates
            .service_of_other_pods()
            .unwrap_or_else(|| nothing_leads_to(&proxy.sidecar))),
        None => by_url(&candidates),
    }
}

/// The remote write whose URL looks like that of a proxy which no file describes.
fn by_url(candidates: &Candidates) -> Result<Option<DetectedSetup>, MigrationRefusal> {
    match candidates.leading(None).as_slice() {
        [] => Ok(None),
        [entry] => Ok(Some(candidates.found(None, Some(entry.clone())))),
        several => Err(several_lead("this machine", several)),
    }
}

fn several_lead(target: &str, several: &[WrittenEntry]) -> MigrationRefusal {
    let names: Vec<String> = several.iter().map(WrittenEntry::title).collect();
    MigrationRefusal::refused(
        format!(
            "{} remote writes send to {target}: {}",
            several.len(),
            names.join(", ")
        ),
        "remove all but one of them and run the command again",
    )
}

fn nothing_leads_to(sidecar: &Sidecar) -> MigrationRefusal {
    let port = sidecar.port.map_or_else(
        || "an unknown port".to_owned(),
        |port| format!("port {port}"),
    );
    MigrationRefusal::refused(
        format!(
            "container `{}` is {} and listens on {port}, but no remote write in this file sends to it",
            sidecar.name,
            sidecar.kind.as_str()
        ),
        "pass the file with the remote write as --input, and this one as --sidecar",
    )
}
