//! Which entry of a kubeconfig leads to the cluster? Reads what kubectl would read, and finds contexts by name or by host.

use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig as Document, KubeconfigError};
use url::Url;

use super::error::ClusterError;
use crate::environment;
use crate::files::{self, FileError};
use crate::spec::loopback::is_loopback;
use crate::yaml_limits::within_yaml_limits;

/// A kubeconfig, merged when it came in several files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kubeconfig {
    pub(super) document: Document,
}

/// A context with what is needed to recognise its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KubeconfigContext {
    pub(crate) name: String,
    /// The URL of the API server as written.
    pub(crate) server: String,
    /// The name of the cluster entry.
    pub(super) cluster: String,
    /// The name of the user entry; `az aks get-credentials` calls it `clusterUser_GROUP_CLUSTER`.
    pub(crate) user: String,
    pub(super) proxy: bool,
    pub(super) plugin: Option<String>,
}

impl KubeconfigContext {
    /// The host of the API server, in lower case.
    pub(crate) fn host(&self) -> Option<String> {
        let url = Url::parse(&self.server).ok()?;
        url.host_str().map(str::to_lowercase)
    }

    /// Whether the server is named by an address: an SSH tunnel or a bastion, behind which any cluster may be.
    pub(crate) fn is_tunnel(&self) -> bool {
        Url::parse(&self.server)
            .is_ok_and(|url| is_loopback(&url) || url.host().is_some() && url.domain().is_none())
    }
}

impl Kubeconfig {
    /// What kubectl would read here: the file of `--kubeconfig`, those of KUBECONFIG, or `~/.kube/config`. Files that are
    /// missing count as empty, but for the one of the flag.
    pub(crate) fn local() -> Result<Self, ClusterError> {
        if let Some(path) = environment::kubeconfig_flag() {
            let document = read_file(path)?.ok_or_else(|| {
                ClusterError::Kubeconfig(format!("{} does not exist", path.display()))
            })?;
            return Ok(Self { document });
        }
        // Where nothing is found, kubectl tries `localhost:8080`. That is not done here: no file names the cluster that it
        // would be.
        let mut merged = Document::default();
        for path in local_files() {
            if let Some(document) = read_file(&path)? {
                // As kubectl merges: the first file that defines a name wins, and so does the first current context.
                merged = merged
                    .merge(document)
                    .map_err(|error| ClusterError::Kubeconfig(without_content(&error)))?;
            }
        }
        Ok(Self { document: merged })
    }

    /// Whether `--kubeconfig` or `KUBECONFIG` names the files. The user chose them, so nothing else takes their place.
    pub(crate) fn is_named() -> bool {
        environment::kubeconfig_is_named_by().is_some()
    }

    /// What names the files that are read.
    pub(crate) fn named_by() -> &'static str {
        environment::kubeconfig_is_named_by().unwrap_or("the home folder")
    }

    /// A warning where none of the files that `KUBECONFIG` names exists: kubectl passes over them silently, and here
    /// Azure is asked for credentials instead.
    pub(crate) fn missing() -> Option<String> {
        if environment::kubeconfig_is_named_by() != Some("KUBECONFIG") {
            return None;
        }
        let files = local_files();
        let names: Vec<String> = files
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let is_missing = !files.is_empty() && !files.iter().any(|path| path.exists());
        is_missing.then(|| {
            format!(
                "KUBECONFIG names {}, which does not exist, so Azure is asked for credentials of the cluster",
                names.join(", ")
            )
        })
    }

    /// The YAML of a kubeconfig.
    pub(crate) fn from_text(text: &str) -> Result<Self, ClusterError> {
        let document = parsed(text).map_err(ClusterError::Kubeconfig)?;
        Ok(Self { document })
    }

    /// All contexts whose cluster has a server, the current one first.
    pub(crate) fn contexts(&self) -> Vec<KubeconfigContext> {
        let mut contexts: Vec<KubeconfigContext> = self
            .document
            .contexts
            .iter()
            .filter_map(|named| self.resolve(&named.name))
            .collect();
        let current = self.document.current_context.as_deref();
        // A stable sort: the others keep the order of the files.
        contexts.sort_by_key(|context| Some(context.name.as_str()) != current);
        contexts
    }

    /// The context that kubectl uses where none is named.
    pub(crate) fn current(&self) -> Option<KubeconfigContext> {
        self.resolve(self.document.current_context.as_deref()?)
    }

    pub(crate) fn context(&self, name: &str) -> Result<KubeconfigContext, ClusterError> {
        self.resolve(name).ok_or_else(|| {
            let names: Vec<String> = self
                .contexts()
                .into_iter()
                .map(|context| context.name)
                .collect();
            ClusterError::NoSuchContext {
                name: name.to_owned(),
                known: match names.as_slice() {
                    [] => "it has none".to_owned(),
                    some => format!("it has {}", some.join(", ")),
                },
            }
        })
    }

    /// The first context whose API server is one of `hosts`.
    pub(crate) fn context_for(&self, hosts: &[&str]) -> Option<KubeconfigContext> {
        self.contexts().into_iter().find(|context| {
            context
                .host()
                .is_some_and(|own| hosts.iter().any(|host| host.eq_ignore_ascii_case(&own)))
        })
    }

    fn resolve(&self, name: &str) -> Option<KubeconfigContext> {
        let named = self.document.contexts.iter().find(|one| one.name == name)?;
        let context = named.context.as_ref()?;
        let clusters = &self.document.clusters;
        let cluster = clusters.iter().find(|one| one.name == context.cluster)?;
        let cluster = cluster.cluster.as_ref()?;
        let user = context.user.clone().unwrap_or_default();
        let entry = self.document.auth_infos.iter().find(|one| one.name == user);
        let exec = entry.and_then(|entry| entry.auth_info.as_ref()?.exec.as_ref());
        Some(KubeconfigContext {
            name: name.to_owned(),
            server: cluster.server.clone()?,
            cluster: context.cluster.clone(),
            proxy: cluster.proxy_url.is_some(),
            plugin: exec.and_then(|exec| exec.command.clone()),
            user,
        })
    }
}

fn local_files() -> Vec<PathBuf> {
    if let Some(list) = environment::paths("KUBECONFIG") {
        return std::env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
    }
    std::env::home_dir()
        .map(|home| home.join(".kube").join("config"))
        .into_iter()
        .collect()
}

/// `None` where there is no such file.
fn read_file(path: &Path) -> Result<Option<Document>, ClusterError> {
    // Within our limits first: the client's own reading has none, and waits for ever at a pipe.
    let bytes = match files::read_bytes(path) {
        Ok(bytes) => bytes,
        // kubectl passes over both.
        Err(FileError::Missing(_) | FileError::DanglingLink(_)) => return Ok(None),
        Err(error) if error.is_interruption() => return Err(ClusterError::Interrupted),
        Err(error) => return Err(ClusterError::Kubeconfig(error.to_string())),
    };
    let text = String::from_utf8_lossy(&bytes);
    let document = if files::is_stream(path) {
        // A pipe gives its text once. Relative paths in it have no folder to start from.
        parsed(&text)
    } else {
        check_size(&text)
            .and_then(|()| Document::read_from(path).map_err(|error| without_content(&error)))
    };
    document
        .map(Some)
        .map_err(|why| ClusterError::Kubeconfig(format!("{}: {why}", path.display())))
}

fn parsed(text: &str) -> Result<Document, String> {
    check_size(text)?;
    Document::from_yaml(text).map_err(|error| without_content(&error))
}

/// The parser of the client has limits of its own, which a text of 200 KB reaches after seconds.
fn check_size(text: &str) -> Result<(), String> {
    within_yaml_limits(text).map_err(|excess| excess.to_string())
}

/// The message of a parser quotes the lines around the fault, which can hold a token or a key.
fn without_content(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(fault) => match fault.location() {
            Some(place) => format!(
                "line {} cannot be read as that of a kubeconfig",
                place.line()
            ),
            None => "it is not the YAML of a kubeconfig".to_owned(),
        },
        KubeconfigError::ReadConfig(cause, _) => cause.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_CLUSTERS: &str = "
apiVersion: v1
kind: Config
clusters:
- {name: old, cluster: {server: 'https://old-dns-1.hcp.westeurope.azmk8s.io:443'}}
- {name: prod, cluster: {server: 'https://Prod-dns-2.hcp.westeurope.azmk8s.io:443'}}
users:
- {name: clusterUser_rg_prod, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: kubelogin}}}
contexts:
- {name: old, context: {cluster: old, user: clusterUser_rg_old}}
- {name: prod, context: {cluster: prod, user: clusterUser_rg_prod}}
- {name: prod-again, context: {cluster: prod, user: clusterUser_rg_prod}}
current-context: prod-again
";

    #[test]
    fn a_context_is_found_by_the_host_of_its_server_and_the_current_one_comes_first() {
        let kubeconfig = Kubeconfig::from_text(TWO_CLUSTERS).unwrap();

        let found = kubeconfig.context_for(&["prod-dns-2.hcp.westeurope.azmk8s.io"]);

        assert_eq!(found.unwrap().name, "prod-again");
        assert_eq!(kubeconfig.context_for(&["elsewhere.example.com"]), None);
    }

    #[test]
    fn a_fault_is_named_by_its_line_and_never_by_its_content() {
        let secret = "eyJhbGciOi";
        let wrong_type = format!("users:\n- name: u\n  user: {{token: {{a: {secret}}}}}\n");
        let broken = format!("users:\n- name: u\n  user: {{token: {secret}, [\n");
        let mut bomb = format!("a0: &a0 [{secret}, {secret}]\n");
        for level in 1..40 {
            let one = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{one}, {one}]\n"));
        }

        for (text, line) in [(wrong_type, 3), (broken, 0), (bomb, 16)] {
            let error = Kubeconfig::from_text(&text).unwrap_err().to_string();

            assert!(!error.contains(secret), "{error}");
            let place = match line {
                0 => "line ".to_owned(),
                line => format!("line {line}"),
            };
            assert!(error.contains(&place), "{error}");
        }
    }

    #[test]
    fn a_server_named_by_an_address_is_a_tunnel() {
        let tunnelled = |server: &str| {
            let text = crate::cluster::fake::kubeconfig(server);
            let context = Kubeconfig::from_text(&text).unwrap().context("fake");
            context.unwrap().is_tunnel()
        };

        assert!(tunnelled("https://localhost:8443"));
        assert!(tunnelled("https://10.0.0.4"));
        assert!(!tunnelled(
            "https://prod-dns-2.hcp.westeurope.azmk8s.io:443"
        ));
    }

    #[test]
    fn an_unknown_context_is_refused_with_those_there_are() {
        let kubeconfig = Kubeconfig::from_text(TWO_CLUSTERS).unwrap();

        let error = kubeconfig.context("staging").unwrap_err();

        assert_eq!(
            error.to_string(),
            "the kubeconfig has no context `staging` (it has prod-again, old, prod)"
        );
    }

    #[test]
    fn a_context_has_its_sign_in_plugin() {
        let kubeconfig = Kubeconfig::from_text(TWO_CLUSTERS).unwrap();

        assert_eq!(
            kubeconfig.context("prod").unwrap().plugin.as_deref(),
            Some("kubelogin")
        );
        assert_eq!(kubeconfig.context("old").unwrap().plugin, None);
    }
}
