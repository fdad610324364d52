//! What may a kubeconfig do that Azure returns? Sign in to a cluster, and nothing else.
//!
//! kubectl trusts a kubeconfig as it trusts a script: `exec` runs any program, and other fields read any file. That is
//! right for the user's own file, and wrong for the answer of a service.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, ExecConfig, NamedAuthInfo, NamedCluster};
use url::Url;

use super::error::ClusterError;
use super::header_values;
use super::kubeconfig::{Kubeconfig, KubeconfigContext};
use crate::environment;
use crate::spec::cloud::CloudName;
use crate::spec::loopback::is_loopback;

const KUBELOGIN: &str = "kubelogin";
/// The application of every AKS API server, in every cloud (recorded). A token for another audience, such as Resource
/// Manager, must not be sent to a server that the same file names.
const AKS_SERVER: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
/// The way to a cluster that a kubeconfig of Azure describes.
#[derive(Debug)]
pub(crate) struct AzureKubeconfig {
    pub(crate) kubeconfig: Kubeconfig,
    pub(crate) context: KubeconfigContext,
    /// The program that signs in, where one is run.
    pub(crate) program: Option<PathBuf>,
}

impl AzureKubeconfig {
    /// Reads the first context, and refuses what a kubeconfig of AKS does not have. `is_stand_in` allows plain http on
    /// this machine: Resource Manager itself is there.
    pub(crate) fn read(text: &str, is_stand_in: bool) -> Result<Self, ClusterError> {
        let path = environment::variable("PATH").unwrap_or_default();
        Self::with_path(text, is_stand_in, &path)
    }

    fn with_path(text: &str, is_stand_in: bool, path: &str) -> Result<Self, ClusterError> {
        let mut kubeconfig = Kubeconfig::from_text(text)?;
        // AKS writes one context; `current-context` is one more field that could name something else.
        let context = kubeconfig.contexts().into_iter().next();
        let context = context.ok_or_else(|| refused("it has no context"))?;
        let document = &mut kubeconfig.document;
        // All entries are checked, not only the one that is used: the client gets the whole file.
        for NamedCluster { cluster, .. } in &mut document.clusters {
            let Some(cluster) = cluster else { continue };
            check_cluster(cluster, is_stand_in)?;
        }
        let mut program = None;
        for NamedAuthInfo {
            auth_info, name, ..
        } in &mut document.auth_infos
        {
            let Some(user) = auth_info else { continue };
            check_user(user)?;
            header_values::prepare(name, user).map_err(refused)?;
            if *name == context.user
                && let Some(exec) = &mut user.exec
            {
                program = Some(restrict(exec, path)?);
            }
        }
        Ok(Self {
            kubeconfig,
            context,
            program,
        })
    }
}

fn refused(why: impl Into<String>) -> ClusterError {
    ClusterError::AzureKubeconfig(why.into())
}

fn check_cluster(cluster: &Cluster, is_stand_in: bool) -> Result<(), ClusterError> {
    let server = cluster.server.as_deref().unwrap_or_default();
    let url = Url::parse(server).ok();
    let is_loopback = url.as_ref().is_some_and(is_loopback);
    let fits = url.is_some_and(|url| {
        // Over plain http the token of the plugin could be read on the way.
        let is_safe = url.scheme() == "https" || is_stand_in && is_loopback;
        is_safe && url.username().is_empty() && url.password().is_none()
    });
    if !fits || is_loopback && !is_stand_in {
        return Err(refused(format!(
            "its server `{server}` is not the https address of a cluster"
        )));
    }
    let fields = [
        (
            "certificate-authority",
            cluster.certificate_authority.is_some(),
        ),
        ("proxy-url", cluster.proxy_url.is_some()),
        (
            "insecure-skip-tls-verify",
            cluster.insecure_skip_tls_verify == Some(true),
        ),
    ];
    none_of(&fields)
}

fn check_user(user: &AuthInfo) -> Result<(), ClusterError> {
    let fields = [
        ("tokenFile", user.token_file.is_some()),
        ("client-certificate", user.client_certificate.is_some()),
        ("client-key", user.client_key.is_some()),
        // kubectl has removed the provider `azure` and points to kubelogin.
        ("auth-provider", user.auth_provider.is_some()),
        ("as", user.impersonate.is_some()),
        ("as-groups", user.impersonate_groups.is_some()),
        ("as-uid", user.impersonate_uid.is_some()),
        ("as-user-extra", user.impersonate_user_extra.is_some()),
        ("password", user.password.is_some()),
    ];
    none_of(&fields)
}

fn none_of(fields: &[(&str, bool)]) -> Result<(), ClusterError> {
    match fields.iter().find(|(_, is_set)| *is_set) {
        Some((field, _)) => Err(refused(format!("it sets `{field}`"))),
        None => Ok(()),
    }
}

/// Leaves of the plugin kubelogin as it is found on the PATH, with the sign-in of the Azure CLI: what Azure returns asks
/// for a device code, which needs a person to type it.
fn restrict(exec: &mut ExecConfig, path: &str) -> Result<PathBuf, ClusterError> {
    let command = exec.command.as_deref().unwrap_or_default();
    if command != KUBELOGIN {
        return Err(refused(format!(
            "it runs `{command}`, and only {KUBELOGIN} is allowed"
        )));
    }
    if exec.env.as_ref().is_some_and(|env| !env.is_empty()) {
        return Err(refused(format!("it sets the environment of {KUBELOGIN}")));
    }
    exec.args = Some(arguments(exec.args.as_deref().unwrap_or_default())?);
    let program = on_path(path).ok_or_else(|| ClusterError::PluginMissing(KUBELOGIN.to_owned()))?;
    exec.command = Some(program.to_string_lossy().into_owned());
    Ok(program)
}

/// The options of kubelogin that AKS uses, with values that cannot send a token elsewhere.
fn arguments(given: &[String]) -> Result<Vec<String>, ClusterError> {
    let mut given = given.iter().map(String::as_str);
    if given.next() != Some("get-token") {
        return Err(refused(format!(
            "it uses {KUBELOGIN} for more than a token"
        )));
    }
    let mut kept: Vec<String> = [
        "get-token",
        "--login",
        "azurecli",
        "--server-id",
        AKS_SERVER,
    ]
    .map(str::to_owned)
    .to_vec();
    while let Some(word) = given.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, given.next()),
        };
        let value = value.unwrap_or_default();
        match option {
            "--login" | "-l" => {}
            "--server-id" if value == AKS_SERVER => {}
            "--environment" | "-e" if is_known_environment(value) => {
                // kubelogin takes its authority from this name.
                kept.extend(["--environment", value].map(str::to_owned));
            }
            "--client-id" | "--tenant-id" | "-t" if uuid::Uuid::try_parse(value).is_ok() => {
                kept.extend([option, value].map(str::to_owned));
            }
            _ => {
                return Err(refused(format!(
                    "it gives {KUBELOGIN} the option `{option} {value}`"
                )));
            }
        }
    }
    Ok(kept)
}

/// Only in folders with a full path: what lies in the current folder may come from another user.
fn on_path(path: &str) -> Option<PathBuf> {
    let file = format!("{KUBELOGIN}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|program| is_program(program))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// `AzureStackCloud` is left out: kubelogin reads its endpoints from a file.
fn is_known_environment(value: &str) -> bool {
    let mut clouds = CloudName::ALL.into_iter();
    clouds.any(|cloud| cloud.row().kubelogin.contains(&value))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const GUID: &str = "22222222-2222-2222-2222-222222222222";

    fn kubeconfig(cluster: &Value, user: &Value) -> String {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        })
        .to_string()
    }

    fn server() -> Value {
        json!({"server": "https://prod-1.hcp.westeurope.azmk8s.io:443"})
    }

    fn exec(command: &str, args: &[&str]) -> Value {
        json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": command, "args": args, "env": null}})
    }

    /// What `listClusterUserCredential` returns for a cluster with Entra.
    const AKS: &[&str] = &[
        "get-token",
        "--environment",
        "AzurePublicCloud",
        "--server-id",
        AKS_SERVER,
        "--client-id",
        GUID,
        "--tenant-id",
        GUID,
        "--login",
        "devicecode",
    ];

    /// A folder with a kubelogin that would leave a trace.
    fn bin() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("kubelogin");
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    fn read(text: &str) -> Result<AzureKubeconfig, ClusterError> {
        let bin = bin();
        AzureKubeconfig::with_path(text, false, bin.path().to_str().unwrap())
    }

    #[test]
    fn kubelogin_is_run_from_the_path_with_the_sign_in_of_the_azure_cli() {
        let azure_kubeconfig = read(&kubeconfig(&server(), &exec("kubelogin", AKS))).unwrap();

        let user = azure_kubeconfig.kubeconfig.document.auth_infos[0]
            .auth_info
            .as_ref();
        let exec = user.unwrap().exec.as_ref().unwrap();
        let program = azure_kubeconfig.program.unwrap();
        assert!(program.is_absolute() && program.ends_with("kubelogin"));
        assert_eq!(exec.command.as_deref(), program.to_str());
        assert_eq!(
            exec.args.as_ref().unwrap().join(" "),
            format!(
                "get-token --login azurecli --server-id {AKS_SERVER} --environment AzurePublicCloud \
                 --client-id {GUID} --tenant-id {GUID}"
            )
        );
    }

    #[test]
    fn another_program_or_another_use_of_it_is_refused() {
        for (command, args) in [
            ("sh", &["-c", "touch x"][..]),
            ("./kubelogin", AKS),
            ("/tmp/kubelogin", AKS),
            ("kubelogin", &["convert-kubeconfig"]),
            (
                "kubelogin",
                &["get-token", "--server-id", "https://management.azure.com"],
            ),
            (
                "kubelogin",
                &["get-token", "--server-id=https://management.azure.com"],
            ),
            (
                "kubelogin",
                &["get-token", "--environment", "AzureStackCloud"],
            ),
            (
                "kubelogin",
                &["get-token", "--authority-host", "https://evil.example"],
            ),
            ("kubelogin", &["get-token", "--token-cache-dir", "/tmp"]),
        ] {
            let refusal = read(&kubeconfig(&server(), &exec(command, args)));

            assert!(
                matches!(refusal, Err(ClusterError::AzureKubeconfig(_))),
                "{command} {args:?}"
            );
        }
    }

    #[test]
    fn variables_files_and_other_ways_out_are_refused() {
        let mut variables = exec("kubelogin", AKS);
        variables["exec"]["env"] = json!([{"name": "LD_PRELOAD", "value": "/tmp/x.so"}]);
        let users = [
            variables,
            json!({"tokenFile": "/home/ada/.ssh/id_rsa"}),
            json!({"client-certificate": "/x", "client-key": "/y"}),
            json!({"auth-provider": {"name": "gcp", "config": {"cmd-path": "/tmp/x"}}}),
            json!({"token": "t", "as": "admin"}),
            json!({"token": "t", "as-uid": "0"}),
            json!({"token": "t", "as-user-extra": {"scopes": ["admin"]}}),
            json!({"token": "t\nx: y"}),
        ];
        for user in users {
            assert!(read(&kubeconfig(&server(), &user)).is_err(), "{user}");
        }
        let clusters = [
            json!({"server": "http://prod.example"}),
            json!({"server": "https://127.0.0.1:6443"}),
            json!({"server": "https://u:p@prod.example"}),
            json!({"server": "https://prod.example", "proxy-url": "http://evil.example"}),
            json!({"server": "https://prod.example", "certificate-authority": "/etc/x"}),
            json!({"server": "https://prod.example", "insecure-skip-tls-verify": true}),
        ];
        for cluster in clusters {
            let text = kubeconfig(&cluster, &json!({"token": "t"}));
            assert!(read(&text).is_err(), "{cluster}");
        }
    }

    #[test]
    fn a_kubelogin_in_the_current_folder_is_not_found() {
        assert_eq!(on_path(".:relative/bin:"), None);
    }

    #[test]
    fn a_stand_in_on_this_machine_hands_out_clusters_on_this_machine() {
        let text = kubeconfig(
            &json!({"server": "http://127.0.0.1:8080"}),
            &json!({"token": "t"}),
        );

        assert!(AzureKubeconfig::with_path(&text, true, "").is_ok());
        assert!(AzureKubeconfig::with_path(&text, false, "").is_err());
    }
}
