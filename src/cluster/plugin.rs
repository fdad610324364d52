//! The program of a kubeconfig that signs in. The client would run it itself (kube 5.0), and keep all that it prints.

use std::io::{ErrorKind, IsTerminal};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;
use tokio::sync::Mutex;
use tower::BoxError;

use super::error::ClusterError;
use super::retried::RequestCredential;
use crate::{clock, helper_program};

/// A token is replaced this long before it ends, as the client does.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// The program, and the token that it gave last.
pub(super) struct SignInPlugin {
    pub(super) name: String,
    exec: ExecConfig,
    /// For one run; it may have to wait for a person.
    time: Duration,
    /// Whether it can read from one.
    has_terminal: bool,
    token: Mutex<Option<PluginToken>>,
}

struct PluginToken {
    header: HeaderValue,
    ends: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ExecCredentialResponse {
    status: Option<ExecCredentialStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredentialStatus {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl SignInPlugin {
    /// Takes the program out of the credentials, so that the client does not run it. None where others are given, which go first.
    pub(super) fn take(user: &mut AuthInfo, time: Duration) -> Option<Self> {
        let exec = user.exec.take()?;
        let has_other = user.auth_provider.is_some()
            || user.token.is_some()
            || user.token_file.is_some()
            || user.username.is_some() && user.password.is_some();
        (!has_other).then(|| Self {
            name: exec.command.clone().unwrap_or_else(|| "sign-in".to_owned()),
            exec,
            time,
            has_terminal: std::io::stdin().is_terminal(),
            token: Mutex::default(),
        })
    }

    /// Runs it for the first time, and gives a certificate to the client if that is what it signs in with.
    pub(super) async fn sign_in(&self, user: &mut AuthInfo) -> Result<(), ClusterError> {
        let status = self.run().await?;
        if let (Some(certificate), Some(key)) =
            (&status.client_certificate_data, &status.client_key_data)
        {
            user.client_certificate_data = Some(STANDARD.encode(certificate));
            user.client_key_data = Some(STANDARD.encode(key).into());
        }
        *self.token.lock().await = self.token_of(status)?;
        Ok(())
    }

    fn token_of(&self, status: ExecCredentialStatus) -> Result<Option<PluginToken>, ClusterError> {
        let Some(token) = status.token else {
            return Ok(None);
        };
        let header = HeaderValue::try_from(format!("Bearer {}", token.trim()));
        let mut header = header.map_err(|_| {
            self.failed("its token has a control character, which no request can carry")
        })?;
        header.set_sensitive(true);
        let ends = status.expiration_timestamp.map(|time| time.parse());
        let ends = ends.transpose().map_err(|_| {
            self.failed("it gave a token whose `expirationTimestamp` is not a time")
        })?;
        Ok(Some(PluginToken { header, ends }))
    }

    async fn run(&self) -> Result<ExecCredentialStatus, ClusterError> {
        let (command, asks) = self.command()?;
        let output = tokio::time::timeout(self.time, helper_program::output(command, asks));
        let output = output.await.map_err(|_| {
            self.failed(&format!(
                "it printed nothing within {} s",
                self.time.as_secs_f32()
            ))
        })?;
        let output = output.map_err(|error| match error.kind() {
            ErrorKind::NotFound => ClusterError::PluginMissing(self.name.clone()),
            _ => self.failed(&error.to_string()),
        })?;
        // What it printed may hold a token.
        if !output.status.success() {
            return Err(self.failed(&output.status.to_string()));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let response = serde_saphyr::from_str::<ExecCredentialResponse>(&text).ok();
        let status = response.and_then(|response| response.status);
        status.ok_or_else(|| self.failed("it printed no credential"))
    }

    /// The command, and whether it may ask the user.
    fn command(&self) -> Result<(Command, bool), ClusterError> {
        let program = self.exec.command.as_deref();
        let program = program.ok_or_else(|| self.failed("the kubeconfig names no program"))?;
        let mut command = Command::new(program);
        command.args(self.exec.args.as_deref().unwrap_or_default());
        for variable in self.exec.env.as_deref().unwrap_or_default() {
            if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
                command.env(name, value);
            }
        }
        let mode = self.exec.interactive_mode.as_ref();
        if matches!(mode, Some(ExecInteractiveMode::Always)) && !self.has_terminal {
            return Err(ClusterError::PluginNeedsTerminal(self.name.clone()));
        }
        let may_ask = !matches!(mode, Some(ExecInteractiveMode::Never));
        // Without a terminal, stdin can be the file of `--input -`.
        let is_interactive = may_ask && self.has_terminal;
        command.env("KUBERNETES_EXEC_INFO", self.exec_info(is_interactive));
        match is_interactive {
            true => command.stdin(Stdio::inherit()),
            false => command.stdin(Stdio::null()),
        };
        // A sign-in by a code is printed there, and needs no terminal of ours.
        match may_ask {
            true => command.stderr(Stdio::inherit()),
            false => command.stderr(Stdio::piped()),
        };
        Ok((command, is_interactive))
    }

    /// What a plugin is asked for; the protocol of client-go.
    fn exec_info(&self, is_interactive: bool) -> String {
        let cluster = self
            .exec
            .cluster
            .as_ref()
            .filter(|_| self.exec.provide_cluster_info);
        let mut spec = json!({"interactive": is_interactive});
        if let Some(cluster) = cluster {
            spec["cluster"] = json!(cluster);
        }
        json!({"apiVersion": self.exec.api_version, "kind": "ExecCredential", "spec": spec})
            .to_string()
    }

    fn failed(&self, why: &str) -> ClusterError {
        ClusterError::PluginFailed {
            plugin: self.name.clone(),
            why: why.to_owned(),
        }
    }
}

#[async_trait]
impl RequestCredential for SignInPlugin {
    /// Runs the program again when its token is about to end.
    async fn header(&self) -> Result<Option<HeaderValue>, BoxError> {
        let mut token = self.token.lock().await;
        let is_ending =
            |token: &PluginToken| token.ends.is_some_and(|ends| clock::now() + MARGIN >= ends);
        if token.as_ref().is_some_and(is_ending) {
            *token = self.token_of(self.run().await?)?;
        }
        Ok(token.as_ref().map(|token| token.header.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(script: &str) -> SignInPlugin {
        plugin_of_mode("Never", script)
    }

    fn plugin_of_mode(mode: &str, script: &str) -> SignInPlugin {
        let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", script],
                          "interactiveMode": mode});
        let mut user = AuthInfo {
            exec: Some(serde_json::from_value(exec).unwrap()),
            ..AuthInfo::default()
        };
        let plugin = SignInPlugin::take(&mut user, Duration::from_secs(20)).unwrap();
        SignInPlugin {
            has_terminal: false,
            ..plugin
        }
    }

    async fn failure_of(script: &str) -> String {
        let mut user = AuthInfo::default();
        plugin(script)
            .sign_in(&mut user)
            .await
            .unwrap_err()
            .to_string()
    }

    #[tokio::test]
    async fn a_token_that_ends_is_asked_for_again_and_one_that_lasts_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("runs").display().to_string();
        let script = |end: &str| {
            format!(
                "echo >> {count}; printf '{{\"status\":{{\"token\":\"t%s\\\\n\",\"expirationTimestamp\":\"{end}\"}}}}' \
                 $(wc -l < {count})"
            )
        };
        for (end, header) in [
            ("2001-01-01T00:00:00Z", "Bearer t2"),
            ("2999-01-01T00:00:00Z", "Bearer t3"),
        ] {
            let plugin = plugin(&script(end));
            plugin.sign_in(&mut AuthInfo::default()).await.unwrap();

            assert_eq!(plugin.header().await.unwrap().unwrap(), header);
        }
    }

    #[tokio::test]
    async fn a_certificate_is_given_to_the_client() {
        let status = r#"echo '{"status":{"clientCertificateData":"c","clientKeyData":"k"}}'"#;
        let mut user = AuthInfo::default();
        let plugin = plugin(status);
        plugin.sign_in(&mut user).await.unwrap();

        assert_eq!(user.client_certificate_data.as_deref(), Some("Yw=="));
        assert_eq!(plugin.header().await.unwrap(), None);
    }

    #[tokio::test]
    async fn without_a_terminal_a_plugin_is_informed_and_one_that_needs_it_is_not_run() {
        // The token is what the plugin is asked for, without the quotes, and what it reads.
        let script = r#"asked=$(printf %s "$KUBERNETES_EXEC_INFO" | tr -d '"'); read -r line
                        printf '{"status":{"token":"%s"}}' "$asked$line""#;

        let optional = plugin_of_mode("IfAvailable", script);
        optional.sign_in(&mut AuthInfo::default()).await.unwrap();
        let header = optional.header().await.unwrap().unwrap();
        let needed = plugin_of_mode("Always", "touch /nonexistent/x");
        let refusal = needed.sign_in(&mut AuthInfo::default()).await.unwrap_err();

        let header = header.to_str().unwrap();
        assert!(header.ends_with("spec:{interactive:false}}"), "{header}");
        assert_eq!(refusal, ClusterError::PluginNeedsTerminal("/bin/sh".into()));
    }

    #[tokio::test]
    async fn a_plugin_that_does_not_sign_in_is_refused_without_its_output() {
        for (script, why) in [
            ("yes", "it printed more than 1 MiB and was ended"),
            ("echo token; exit 3", "exit status: 3"),
            ("echo token", "it printed no credential"),
            (
                r#"printf '{"status":{"token":"a\\u001bb"}}'"#,
                "its token has a control character, which no request can carry",
            ),
        ] {
            assert_eq!(
                failure_of(script).await,
                format!("the kubeconfig's sign-in plugin `/bin/sh` failed: {why}")
            );
        }
    }
}
