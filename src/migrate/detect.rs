//! Detects what to migrate: the proxy, the remote write that sends to it, and what else the files have.

use serde_yaml::Value;

use super::MigrationRefusal;
use super::pod;
use super::service::ports_behind;
use crate::compat::Version;
use crate::next_step::NextStep;
use crate::patch;
use crate::remote_write::{
    self, ContainerPosition, Sidecar, WrittenEntry, WrittenForm, leads_to, proxies_in,
};
use crate::spec::command_line::own;
use crate::target::{Target, at_path};

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceText<'a> {
    /// The file that holds the remote write.
    pub(crate) text: &'a str,
    pub(crate) target: Target,
    /// The file that describes the pod, where that is another one.
    pub(crate) manifest: Option<&'a str>,
}

/// A remote write that leads to a proxy, with what is known of both.
pub(crate) struct DetectedSetup {
    pub(crate) target: Target,
    /// What the file contains, without the keys of a parent chart.
    pub(super) data: Value,
    /// All documents of the file and of the manifest.
    pub(super) documents: Vec<Value>,
    /// None where no file describes the proxy.
    pub(crate) sidecar: Option<Sidecar>,
    /// The position of its container in the file; none if another file has it.
    pub(super) position: Option<ContainerPosition>,
    /// The remote write that leads to the proxy; none where only a native one is there.
    pub(super) entry: Option<WrittenEntry>,
    /// All the others.
    pub(super) others: Vec<WrittenEntry>,
    /// Another proxy is left for the next time.
    pub(crate) more: Option<String>,
}

impl DetectedSetup {
    /// The remote write that leads to the proxy, and shows it itself.
    pub(crate) fn written(&self) -> Option<WrittenEntry> {
        let (entry, sidecar) = self.entry.clone().zip(self.sidecar.clone())?;
        Some(WrittenEntry {
            form: WrittenForm::Proxy(Some(Box::new(sidecar))),
            ..entry
        })
    }

    /// The version of Prometheus in the files.
    pub(crate) fn version(&self) -> Option<Version> {
        let own = self.target.pod().and_then(|pod| pod.version(&self.data));
        own.or_else(|| pod::version_in_images(&self.documents))
    }

    /// Whether the pod asks the webhook of workload identity for a token.
    pub(super) fn wants_token(&self) -> bool {
        let own = self
            .target
            .pod()
            .and_then(|pod| at_path(&self.data, pod.labels));
        pod::wants_token(own) || pod::wants_token_in(&self.documents)
    }

    /// An annotation of the service account that the pod runs as.
    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        let own = self
            .target
            .pod()
            .and_then(|pod| pod.annotation(&self.data, name));
        own.or_else(|| pod::account_annotation(&self.documents, name))
            // An annotation that is a Helm expression has its value only in the cluster.
            .filter(|text| !text.contains("{{"))
    }

    /// A remote write of the file that goes through the same rule already.
    pub(super) fn native(&self, write_url: &str) -> Option<&WrittenEntry> {
        self.others
            .iter()
            // Over plain http the same path leads to a proxy, which keeps it (`TARGET_HOST` names a host only).
            .find(|entry| entry.url.starts_with("https://") && entry.names_rule(write_url))
    }
}

/// `None` where nothing leads to a proxy and none is there.
pub(crate) fn detect(source: &SourceText) -> Result<Option<DetectedSetup>, MigrationRefusal> {
    let candidates = Candidates::read(source)?;
    if candidates.proxies.is_empty() {
        return match candidates.leading(None).as_slice() {
            [] => Ok(None),
            [entry] => Ok(Some(candidates.found(None, Some(entry.clone())))),
            several => Err(several_lead("this machine", several)),
        };
    }
    for (index, (_, sidecar)) in candidates.proxies.iter().enumerate() {
        match candidates.leading(Some(sidecar)).as_slice() {
            [entry] => return Ok(Some(candidates.found(Some(index), Some(entry.clone())))),
            // An earlier migration was done by half: the native entry is there, and the container was left.
            [] if candidates.writes_natively_like(sidecar) => {
                return Ok(Some(candidates.found(Some(index), None)));
            }
            [] => {}
            several => {
                return Err(several_lead(
                    &format!("container `{}`", sidecar.name),
                    several,
                ));
            }
        }
    }
    Err(nothing_leads_to(&candidates.proxies[0].1))
}

/// All proxies and all remote writes, before it is known which belong together.
struct Candidates {
    target: Target,
    data: Value,
    documents: Vec<Value>,
    proxies: Vec<(Option<ContainerPosition>, Sidecar)>,
    entries: Vec<WrittenEntry>,
}

impl Candidates {
    fn read(source: &SourceText) -> Result<Self, MigrationRefusal> {
        let data = patch::data(source.text, source.target)?;
        let mut documents = patch::documents(source.text)?;
        let manifest = source
            .manifest
            .map(patch::documents)
            .transpose()?
            .unwrap_or_default();
        let pod = source.target.pod();
        let own = pod.map_or_else(Vec::new, |pod| pod.proxies(&data));
        let own = own
            .into_iter()
            .map(|(position, sidecar)| (Some(position), sidecar));
        let about_pod = match pod {
            Some(_) => manifest.as_slice(),
            // A file may hold both the pod and the configuration.
            None => &[manifest.as_slice(), documents.as_slice()].concat(),
        };
        let elsewhere = proxies_in(about_pod)
            .into_iter()
            .map(|sidecar| (None, sidecar));
        let proxies: Vec<_> = own.chain(elsewhere).collect();
        if proxies.is_empty() && pod.is_some_and(|pod| pod.has_templated_proxy(&data)) {
            return Err(MigrationRefusal::refused(
                "the container of the proxy is a Helm expression, whose result only Helm knows",
                "write the container as a map and run the command again",
            ));
        }
        if proxies.is_empty()
            && let [misplaced, ..] = &patch::misplaced_proxies(source.text, source.target)?[..]
        {
            return Err(MigrationRefusal::refused(
                misplaced.to_string(),
                NextStep::run(
                    "move the container there, or connect Prometheus itself",
                    own::init_again(),
                ),
            ));
        }
        documents.extend(manifest);
        let entries = remote_write::entries(&data, source.target);
        Ok(Self {
            target: source.target,
            data,
            documents,
            proxies,
            entries,
        })
    }

    fn leading(&self, sidecar: Option<&Sidecar>) -> Vec<WrittenEntry> {
        self.entries
            .iter()
            .filter(|entry| leads_to(&entry.url, sidecar) || self.is_behind_service(entry, sidecar))
            .cloned()
            .collect()
    }

    /// Whether a Service leads from the URL of this remote write to the port of the proxy.
    fn is_behind_service(&self, entry: &WrittenEntry, sidecar: Option<&Sidecar>) -> bool {
        let own = sidecar.and_then(|sidecar| sidecar.port);
        let mut ports = ports_behind(&entry.url, &self.documents).into_iter();
        // A proxy without TLS; a Service that leads to a receiver by https is another program.
        entry.url.starts_with("http://") && ports.any(|port| Some(port) == own)
    }

    /// Whether a remote write goes by itself through the rule that this proxy writes through.
    fn writes_natively_like(&self, sidecar: &Sidecar) -> bool {
        self.entries.iter().any(|entry| {
            let url = sidecar.write_url(&entry.url);
            entry.url.starts_with("https://") && url.is_some_and(|url| entry.names_rule(&url))
        })
    }

    fn found(&self, proxy: Option<usize>, entry: Option<WrittenEntry>) -> DetectedSetup {
        let others = self
            .entries
            .iter()
            .filter(|each| entry.as_ref() != Some(each));
        let (position, sidecar) = proxy.map(|index| self.proxies[index].clone()).unzip();
        let mut more = self
            .proxies
            .iter()
            .enumerate()
            .filter(|(index, _)| proxy.is_some_and(|own| own != *index));
        DetectedSetup {
            target: self.target,
            data: self.data.clone(),
            documents: self.documents.clone(),
            sidecar,
            position: position.flatten(),
            others: others.cloned().collect(),
            more: more.next().map(|(_, (_, sidecar))| sidecar.name.clone()),
            entry,
        }
    }
}

fn several_lead(target: &str, several: &[WrittenEntry]) -> MigrationRefusal {
    let names: Vec<&str> = several
        .iter()
        .map(|entry| entry.name.as_deref().unwrap_or(&entry.url))
        .collect();
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
