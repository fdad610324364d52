//! What has the ConfigMap of the cluster that the user's file describes? Applying the file replaces the configuration as a whole.

use crate::cluster::Kubernetes;
use crate::cluster::server::PrometheusServer;
use crate::delivery::Ownership;
use crate::patch::{self, Notice};
use crate::problem::Problem;
use crate::spec::command_line::{KubeContext, kubectl};
use crate::target::Target;
use crate::workflow::mismatch::Mismatch;
use crate::workflow::uncompared_file;

/// What is known of the ConfigMap that the user's file describes.
#[derive(Debug, Clone)]
pub(crate) struct ConfigMapState {
    /// `ConfigMap NAMESPACE/NAME`.
    name: String,
    /// Where it is, as far as that is known.
    namespace: Option<String>,
    mismatch: Option<Mismatch>,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    Absent,
    Live(Box<LiveConfigMap>),
    Unknown(String),
}

#[derive(Debug, Clone)]
struct LiveConfigMap {
    /// As YAML.
    text: String,
    is_immutable: bool,
    ownership: Ownership,
}

impl ConfigMapState {
    /// `None` where the file describes no ConfigMap with a name. `named` is the namespace of a Prometheus that was named,
    /// where nobody could find it.
    pub(super) async fn look(
        kubernetes: &Result<Kubernetes, Problem>,
        server: Option<&PrometheusServer>,
        named: Option<&str>,
        file: &str,
    ) -> Option<Self> {
        let document = patch::config_map(file).ok()?;
        let metadata = &document["metadata"];
        let name = metadata["name"].as_str()?;
        let written = metadata["namespace"].as_str();
        // A pod mounts what is in its own namespace.
        let server = server.filter(|server| !server.operator_managed());
        let of_server = server.map(|server| &*server.namespace);
        let namespace = written.or(of_server).or(named);
        let known = kubernetes
            .as_ref()
            .ok()
            .and_then(Kubernetes::kubectl_namespace);
        let mismatch = server.and_then(|server| mismatch(server, namespace, name));
        let shown = match namespace.or(known) {
            Some(namespace) => format!("ConfigMap {namespace}/{name}"),
            None => format!("ConfigMap {name}"),
        };
        let seen = match (kubernetes, namespace.or(known)) {
            (Err(problem), _) => Seen::Unknown(problem.why()),
            (Ok(_), None) => Seen::Unknown("the file names no namespace".to_owned()),
            (Ok(_), Some(namespace)) if !is_name(namespace) || !is_name(name) => {
                Seen::Unknown("Kubernetes takes no such name".to_owned())
            }
            (Ok(kubernetes), Some(namespace)) => read(kubernetes, namespace, name).await,
        };
        Some(Self {
            name: shown,
            namespace: namespace.or(known).map(str::to_owned),
            mismatch,
            seen,
        })
    }

    pub(super) fn mismatch(&self) -> Option<Mismatch> {
        self.mismatch.clone()
    }

    /// Who undoes a change by hand.
    pub(super) fn warning(&self) -> Option<String> {
        let Seen::Live(live) = &self.seen else {
            return None;
        };
        let owner = live.ownership.owner.as_ref()?;
        Some(owner.warning(&self.name, true, Target::PrometheusChart.as_str()))
    }

    /// What a user should know before the file, whose text will be `after`, is applied.
    pub(super) fn notices(&self, after: &str) -> Vec<Notice> {
        match &self.seen {
            Seen::Absent => Vec::new(),
            Seen::Live(live) => self.losses(live, after),
            Seen::Unknown(why) => vec![Notice::not_compared(&self.name, why)],
        }
    }

    fn losses(&self, live: &LiveConfigMap, after: &str) -> Vec<Notice> {
        let lost = match patch::missing(&live.text, after) {
            Ok(lost) => lost,
            Err(refusal) => {
                let text = format!("{} cannot be compared with this file: {refusal}", self.name);
                return vec![Notice::not_in_file(text)];
            }
        };
        let keys = |key: &str| vec!["data".to_owned(), key.to_owned()];
        let lost_keys = patch::missing_keys(&live.text, after)
            .into_iter()
            // What no applied file had, the next one leaves alone.
            .filter(|key| live.ownership.applied.has(&keys(key)))
            .map(|key| format!("data.{key}"));
        lost.into_iter()
            .chain(lost_keys)
            .map(|lost| {
                Notice::not_in_file(format!(
                    "{} has `{lost}`, which this file lacks: applying the file takes it away",
                    self.name
                ))
            })
            .collect()
    }

    /// The next step with the file that was written.
    pub(super) fn after_own_file(&self, file: &str, context: Option<&KubeContext>) -> String {
        let namespace = self.namespace.as_deref();
        match &self.seen {
            Seen::Absent => kubectl::apply(file, namespace, context).to_string(),
            Seen::Unknown(_) => uncompared_file::after_unread(&self.name, file, namespace, context),
            Seen::Live(live) if live.is_immutable => format!(
                "{} is immutable: give the one in {file} another name, apply it, and let the pod mount that one",
                self.name
            ),
            Seen::Live(live) => live.ownership.after_own_file(file, namespace, context),
        }
    }
}

/// A ConfigMap that the pods of this server do not mount.
fn mismatch(server: &PrometheusServer, namespace: Option<&str>, name: &str) -> Option<Mismatch> {
    let has_other_namespace = namespace != Some(&*server.namespace);
    let is_mounted =
        server.config_maps.is_empty() || server.config_maps.iter().any(|one| one == name);
    if is_mounted && !has_other_namespace {
        return None;
    }
    let mounted = match server.config_maps.as_slice() {
        [] => String::new(),
        all => format!(", which mounts {}", all.join(", ")),
    };
    Some(Mismatch::new(
        format!("Prometheus {}{mounted}", server.reference()),
        format!("ConfigMap {}/{name}", namespace.unwrap_or("default")),
        "name the Prometheus that mounts that ConfigMap: --prometheus NAMESPACE/NAME",
    ))
}

async fn read(kubernetes: &Kubernetes, namespace: &str, name: &str) -> Seen {
    match kubernetes.config_map(namespace, name).await {
        Ok(None) => Seen::Absent,
        Ok(Some(mut object)) => {
            let ownership = Ownership::read(&object["metadata"]);
            // A ConfigMap by itself has no kind where it is in a list.
            object["kind"] = "ConfigMap".into();
            Seen::Live(Box::new(LiveConfigMap {
                text: serde_yaml::to_string(&object).unwrap_or_default(),
                is_immutable: object["immutable"] == true,
                ownership,
            }))
        }
        Err(error) => Seen::Unknown(error.to_string()),
    }
}

/// A name from a file becomes a part of a path.
fn is_name(text: &str) -> bool {
    let is_plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter)
    };
    !text.is_empty() && !text.starts_with('.') && text.chars().all(is_plain)
}
