//! What has the ConfigMap of the cluster that the user's file describes? Applying the file replaces the configuration as a whole.

use crate::cluster::Kubernetes;
use crate::cluster::server::PrometheusServer;
use crate::delivery::{self, LiveAndDesired, Ownership};
use crate::next_step::NextStep;
use crate::patch::{self, Notice, PatchRefusal};
use crate::problem::Problem;
use crate::spec::command_line::{KubeContext, kubectl};
use crate::target::Target;
use crate::workflow::mismatch::FileMismatch;
use crate::workflow::mounted_config_map;
use crate::workflow::own_file::OwnFile;
use crate::workflow::uncompared_file;

/// What is known of the ConfigMap that the user's file describes.
#[derive(Debug, Clone)]
pub(crate) struct ConfigMapState {
    /// `ConfigMap NAMESPACE/NAME`.
    name: String,
    /// Where it is, as far as that is known.
    namespace: Option<String>,
    mismatch: Option<FileMismatch>,
    /// That another server reads it too.
    shared: Option<String>,
    /// That kustomize makes it again.
    generated: Option<String>,
    seen: ConfigMapLookup,
}

#[derive(Debug, Clone)]
enum ConfigMapLookup {
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
    /// where it could not be found.
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
        let mismatch =
            server.and_then(|server| mounted_config_map::mismatch(server, namespace, name));
        let shown = match namespace.or(known) {
            Some(namespace) => format!("ConfigMap {namespace}/{name}"),
            None => format!("ConfigMap {name}"),
        };
        let seen = match (kubernetes, namespace.or(known)) {
            (Err(problem), _) => ConfigMapLookup::Unknown(problem.why()),
            (Ok(_), None) => ConfigMapLookup::Unknown("the file names no namespace".to_owned()),
            (Ok(_), Some(namespace)) if !is_name(namespace) || !is_name(name) => {
                ConfigMapLookup::Unknown("Kubernetes does not accept this name".to_owned())
            }
            (Ok(kubernetes), Some(namespace)) => read(kubernetes, namespace, name).await,
        };
        let shared = match (kubernetes, namespace.or(known), &seen) {
            (Ok(kubernetes), Some(namespace), ConfigMapLookup::Live(_)) => {
                mounted_config_map::shared(kubernetes, server, namespace, name).await
            }
            _ => None,
        };
        Some(Self {
            shared,
            generated: mounted_config_map::generator_warning(&shown, name),
            name: shown,
            namespace: namespace.or(known).map(str::to_owned),
            mismatch,
            seen,
        })
    }

    pub(super) fn mismatch(&self) -> Option<FileMismatch> {
        self.mismatch.clone()
    }

    /// Who reverts manual changes, and who else reads it.
    pub(super) fn warnings(&self) -> Vec<String> {
        let owner = match &self.seen {
            ConfigMapLookup::Live(live) => live.ownership.owner.as_ref(),
            _ => None,
        };
        let values = Target::of_release(false);
        let owner = owner.map(|owner| owner.warning(&self.name, true, values));
        [owner, self.generated.clone(), self.shared.clone()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What a user should know before the file is applied.
    pub(super) fn notices(&self, file: OwnFile<'_>) -> Vec<Notice> {
        match &self.seen {
            ConfigMapLookup::Absent => Vec::new(),
            ConfigMapLookup::Live(live) => self.differences(live, file).unwrap_or_else(|refusal| {
                let text = format!("{} cannot be compared with this file: {refusal}", self.name);
                vec![Notice::not_in_file(text)]
            }),
            ConfigMapLookup::Unknown(why) => vec![Notice::not_compared(&self.name, why)],
        }
    }

    fn differences(
        &self,
        live: &LiveConfigMap,
        file: OwnFile<'_>,
    ) -> Result<Vec<Notice>, PatchRefusal> {
        let configuration = |text: &str| patch::data(text, Target::ConfigMap);
        let after = configuration(file.after)?;
        let (running, own) = (configuration(&live.text)?, configuration(file.before)?);
        let sides = LiveAndDesired {
            live: &running,
            own: &own,
            after: &after,
        };
        let [in_cluster, own, after] = [
            patch::config_map(&live.text)?,
            patch::config_map(file.before)?,
            patch::config_map(file.after)?,
        ];
        let others = LiveAndDesired {
            live: &in_cluster["data"],
            own: &own["data"],
            after: &after["data"],
        };
        let lost = delivery::missing(sides).into_iter();
        // `kubectl apply` removes the keys that it applied before and that the new file lacks.
        let lost_keys = live.ownership.lost_keys(&in_cluster, &own, &after);
        let lost = lost.chain(lost_keys).map(|lost| {
            Notice::not_in_file(format!(
                "{} has `{lost}`, which this file does not have: applying the file removes it",
                self.name
            ))
        });
        // The configuration itself is compared value by value.
        let configuration = format!("data.{}", patch::configuration_key(&live.text)?);
        let is_other = |change: &delivery::ValueChange| change.path != configuration;
        let changed = delivery::changes(sides, "").into_iter();
        let in_data = delivery::changes(others, "data")
            .into_iter()
            .filter(is_other);
        let changed = changed
            .chain(in_data)
            .map(|one| Notice::other_value(&self.name, &one.path, &one.from, &one.to));
        Ok(lost.chain(changed).collect())
    }

    /// The next step with the file that was written.
    pub(super) fn after_own_file(
        &self,
        file: &str,
        text: &str,
        context: Option<&KubeContext>,
    ) -> NextStep {
        let namespace = self.namespace.as_deref();
        // A line that is undone is no way to go on.
        if let Some(generated) = &self.generated {
            return generated.clone().into();
        }
        match &self.seen {
            ConfigMapLookup::Absent => kubectl::apply(file, namespace, context).into(),
            ConfigMapLookup::Unknown(_) => {
                uncompared_file::after_unread(&self.name, file, namespace, context)
            }
            // The API server refuses any change of its data, even from an administrator.
            ConfigMapLookup::Live(live) if live.is_immutable => format!(
                "{} is immutable: give the one in {file} another name, apply it, and let the pod mount that one",
                self.name
            )
            .into(),
            ConfigMapLookup::Live(live) => {
                let own = patch::config_map(text).unwrap_or_default();
                let ownership = &live.ownership;
                ownership.after_own_file(file, &own, namespace, context)
            }
        }
    }
}

async fn read(kubernetes: &Kubernetes, namespace: &str, name: &str) -> ConfigMapLookup {
    match kubernetes.config_map(namespace, name).await {
        Ok(None) => ConfigMapLookup::Absent,
        Ok(Some(mut object)) => {
            let ownership = Ownership::read(&object["metadata"]);
            // A ConfigMap by itself has no kind where it is in a list.
            object["kind"] = "ConfigMap".into();
            ConfigMapLookup::Live(Box::new(LiveConfigMap {
                text: serde_yaml::to_string(&object).unwrap_or_default(),
                is_immutable: object["immutable"] == true,
                ownership,
            }))
        }
        Err(error) => ConfigMapLookup::Unknown(error.to_string()),
    }
}

/// A name from a file becomes a part of a path.
fn is_name(text: &str) -> bool {
    let is_plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter)
    };
    !text.is_empty() && !text.starts_with('.') && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::next_step::lines;

    const OWN: &str = "kind: ConfigMap\nmetadata: {name: prom, namespace: monitoring}\ndata:\n  prometheus.yml: |\n    \
                       global: {scrape_interval: 30s}\n";

    fn state(seen: ConfigMapLookup) -> ConfigMapState {
        ConfigMapState {
            name: "ConfigMap monitoring/prom".into(),
            namespace: Some("monitoring".into()),
            mismatch: None,
            shared: None,
            generated: None,
            seen,
        }
    }

    fn live(data: &str, is_immutable: bool) -> ConfigMapLookup {
        ConfigMapLookup::Live(Box::new(LiveConfigMap {
            text: format!(
                "kind: ConfigMap\nmetadata: {{name: prom, namespace: monitoring}}\ndata:\n{data}"
            ),
            is_immutable,
            ownership: Ownership::read(&serde_json::Value::Null),
        }))
    }

    fn notices(seen: ConfigMapLookup) -> Vec<String> {
        let file = OwnFile {
            before: OWN,
            after: OWN,
        };
        let notices = state(seen).notices(file).into_iter();
        notices.map(|one| one.to_string()).collect()
    }

    fn next(state: &ConfigMapState) -> String {
        lines(&[state.after_own_file("cm.yaml", OWN, None)]).join("\n")
    }

    #[test]
    fn what_only_the_cluster_has_and_what_it_has_otherwise_are_notices() {
        let data = "  prometheus.yml: |\n    global: {scrape_interval: 15s}\n    remote_write: [{name: mimir, url: 'https://mimir/push'}]\n";

        let found = notices(live(data, false)).join("\n");

        assert!(found.contains("`remote_write`"), "{found}");
        assert!(
            found.contains("scrape_interval") && found.contains("15s"),
            "{found}"
        );
        assert_eq!(notices(ConfigMapLookup::Absent), [""; 0]);
        let same = "  prometheus.yml: |\n    global: {scrape_interval: 30s}\n";
        assert_eq!(notices(live(same, false)), [""; 0]);
    }

    #[test]
    fn a_file_is_applied_only_where_it_can_be_and_takes_nothing_away_unseen() {
        let unknown = next(&state(ConfigMapLookup::Unknown("it was refused".into())));
        assert!(
            unknown.contains("kubectl diff") && !unknown.contains("kubectl apply"),
            "{unknown}"
        );

        let immutable = next(&state(live("  prometheus.yml: ''\n", true)));
        assert!(immutable.contains("is immutable"), "{immutable}");
        assert!(!immutable.contains("kubectl apply"), "{immutable}");

        assert!(next(&state(ConfigMapLookup::Absent)).contains("kubectl apply"));
        let generated = ConfigMapState {
            generated: Some("kustomize makes it".into()),
            ..state(ConfigMapLookup::Absent)
        };
        assert_eq!(next(&generated), "kustomize makes it");
    }

    #[tokio::test]
    async fn a_cluster_that_cannot_be_reached_leaves_the_config_map_unknown() {
        let unreachable = Err(Problem::new("out of reach"));

        let state = ConfigMapState::look(&unreachable, None, None, OWN).await;

        let found = state.unwrap();
        assert!(
            matches!(&found.seen, ConfigMapLookup::Unknown(why) if why.contains("out of reach"))
        );
        assert_eq!(found.name, "ConfigMap monitoring/prom");
    }

    #[test]
    fn a_name_of_a_file_cannot_leave_its_folder_of_the_api() {
        for name in ["prom", "prom-2.main"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "..", "../secrets/x", "a/b", "A", "a?b"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
