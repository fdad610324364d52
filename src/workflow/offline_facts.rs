//! What `render` is given in place of Azure: the remote-write URL and the ids, as flags.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::error::Failure;
use crate::files;
use crate::remote_write::{CompleteRemoteWrite, OfflineInput};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::cloud::CloudName;
use crate::spec::ids::{ClientId, TenantId};
use crate::spec::ingestion_url::IngestionUrl;
use crate::target::Target;
use crate::workflow::azure_settings::AzureSettings;

#[derive(Debug, Clone)]
pub(crate) struct OfflineFacts {
    pub(crate) url: IngestionUrl,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) client_secret_file: Option<PathBuf>,
}

/// The URL of `--write-url`. `doing` completes "cannot …".
pub(crate) fn write_url(
    text: &str,
    azure: &AzureSettings,
    doing: &str,
) -> Result<IngestionUrl, Failure> {
    // A URL of another cloud needs that cloud's suffix, which is a global flag.
    let suffix = azure.overrides.monitor_suffix.as_deref();
    IngestionUrl::parse(text, suffix)
        .map_err(|why| Failure::usage(doing).problem(why.problem("--write-url")))
}

impl OfflineFacts {
    /// The remote write, or all that is missing for it at once. `doing` completes "cannot …".
    pub(crate) fn remote_write(
        &self,
        answers: &ConnectionAnswers,
        target: Target,
        cloud: CloudName,
        doing: &str,
    ) -> Result<CompleteRemoteWrite, Failure> {
        self.url
            .check_cloud(cloud)
            .map_err(|why| Failure::usage(doing).problem(why.problem("--write-url")))?;
        let mut input = OfflineInput {
            answers,
            target,
            cloud,
            url: self.url.clone(),
            client_id: self.client_id.clone(),
            tenant_id: self.tenant_id.clone(),
            client_secret: None,
        };
        // A secret that goes elsewhere is not read.
        if input.writes_secret()
            && let Some(path) = &self.client_secret_file
        {
            input.client_secret = Some(client_secret(path)?);
        }
        input
            .remote_write()
            .map_err(|missing| Failure::missing(doing, &missing))
    }
}

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// The secret of a file, which is one word: a file of another kind would become a long value in the configuration.
fn client_secret(path: &Path) -> Result<SecretString, Failure> {
    let failure = || Failure::usage("read the client secret");
    let text = files::read(path).map_err(|error| failure().problem(error.into()))?;
    // Editors and PowerShell on Windows begin a file with a byte order mark.
    let secret = text.trim_start_matches('\u{feff}').trim();
    let why = match secret {
        "" => "is empty",
        json if json.starts_with(['{', '[']) => "holds JSON, not the secret alone",
        // Entra makes secrets of letters, digits and `~._-`.
        quoted if quoted.starts_with(QUOTES) || quoted.ends_with(QUOTES) => {
            "holds the secret in quotes, which are no part of it"
        }
        odd if odd.contains(|letter: char| letter.is_control() || letter.is_whitespace()) => {
            "holds more than a secret: a space, a line break or another control character is within it"
        }
        odd if !odd.is_ascii() => {
            "holds more than a secret: a character that is not printable ASCII is within it"
        }
        secret => return Ok(SecretString::from(secret)),
    };
    Err(failure()
        .reason(format!("{} {why}", path.display()))
        .next("name a file that holds the secret alone: --client-secret-file FILE"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::error::ExitCode;
    use crate::spec::choices::SignIn;

    fn facts() -> OfflineFacts {
        OfflineFacts {
            url: IngestionUrl::parse("https://dce-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24", None).unwrap(),
            client_id: Some("11111111-2222-3333-4444-555555555555".parse().unwrap()),
            tenant_id: Some("99999999-2222-3333-4444-555555555555".parse().unwrap()),
            client_secret_file: Some("/nowhere/secret".into()),
        }
    }

    fn answers(auth: SignIn) -> ConnectionAnswers {
        ConnectionAnswers {
            auth: Some(auth),
            cluster_label: Some("prod".into()),
            ..ConnectionAnswers::default()
        }
    }

    fn exit_code(facts: &OfflineFacts, answers: &ConnectionAnswers, target: Target) -> ExitCode {
        let made = facts.remote_write(answers, target, CloudName::Public, "render");
        made.err()
            .map_or(ExitCode::Done, |failure| failure.exit_code())
    }

    #[test]
    fn all_missing_flags_are_listed_at_once() {
        let facts = OfflineFacts {
            client_id: None,
            ..facts()
        };
        let answers = ConnectionAnswers {
            cluster_label: None,
            ..answers(SignIn::WorkloadIdentity)
        };

        let failure = facts
            .remote_write(&answers, Target::PrometheusYml, CloudName::Public, "render")
            .unwrap_err();

        let next = crate::next_step::lines(failure.next_steps()).join("\n");
        assert!(
            next.contains("--client-id") && next.contains("--cluster-label"),
            "{next}"
        );
    }

    #[test]
    fn a_secret_is_one_word_and_is_never_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (text, is_taken) in [
            ("s3cr3t~A.b\n", true),
            ("", false),
            (" \n", false),
            ("s3cr3t\nnext: x", false),
            ("s3cr3t\u{1b}[2J", false),
            ("s3cr3t\u{200b}", false),
            ("s3c\u{feff}r3t", false),
            ("s3cr3t\u{e9}", false),
            ("\"s3cr3t\"\n", false),
            ("'s3cr3t'", false),
            ("{\"clientSecret\": \"s3cr3t\"}", false),
            ("[\"s3cr3t\"]", false),
        ] {
            std::fs::write(&path, text).unwrap();

            let secret = client_secret(&path);

            assert_eq!(secret.is_ok(), is_taken, "{text:?}");
            let refusal = secret.err().map(|failure| format!("{failure:?}"));
            assert!(!refusal.unwrap_or_default().contains("s3cr3t"));
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "\u{feff}s3cr3t~A.b\r\n").unwrap();

        let secret = client_secret(&path).unwrap();

        assert_eq!(secret.expose_secret(), "s3cr3t~A.b");
    }

    #[test]
    fn the_secret_is_read_only_for_a_file_that_holds_it() {
        let answers = answers(SignIn::EntraSecret);

        assert_eq!(
            exit_code(&facts(), &answers, Target::PrometheusYml),
            ExitCode::Usage
        );
        assert_eq!(
            exit_code(&facts(), &answers, Target::KubePrometheusStack),
            ExitCode::Done
        );
    }
}
