//! Which Azure a command uses: the global flags, and where they are silent the spec file.

use std::path::Path;

use crate::error::Failure;
use crate::next_step::Flag;
use crate::spec::answers::Source;
use crate::spec::cloud::{CloudName, CloudOverrides};
use crate::spec::file::SpecFile;
use crate::workflow::session::SessionOptions;

/// A global flag about Azure that has a value, with the source of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AzureAnswer {
    /// Without the dashes.
    pub(crate) flag: String,
    /// `None` for a flag that takes none.
    pub(crate) value: Option<String>,
    pub(crate) source: Source,
}

/// What the command line and the environment set for Azure.
#[derive(Debug, Clone, Default)]
pub(crate) struct AzureSettings {
    pub(crate) tenant: Option<String>,
    /// Name or id.
    pub(crate) subscription: Option<String>,
    pub(crate) cloud: Option<CloudName>,
    pub(crate) overrides: CloudOverrides,
    pub(crate) sandbox: bool,
    pub(crate) trust_spec_endpoints: bool,
    pub(crate) answers: Vec<AzureAnswer>,
}

impl AzureSettings {
    /// Whether the command line or the environment gives this flag.
    pub(crate) fn gives(&self, flag: &str) -> bool {
        self.answers.iter().any(|answer| answer.flag == flag)
    }

    /// Refuses a kubeconfig of the user for an embedded sandbox: it does not lead to the sandbox's cluster.
    pub(crate) fn check_kubeconfig(&self, kubeconfig: Option<&Path>) -> Result<(), Failure> {
        let Some(file) = kubeconfig.filter(|_| self.sandbox) else {
            return Ok(());
        };
        Err(
            Failure::usage(format!("use the kubeconfig {}", file.display()))
                .reason(
                    "--sandbox brings a cluster and a kubeconfig of its own, and reads no other one",
                )
                .next("leave out --kubeconfig (variable AMW_RW_KUBECONFIG), or --sandbox"),
        )
    }

    fn is_on_command_line(&self, flag: &str) -> bool {
        let is_it = |answer: &AzureAnswer| answer.flag == flag && answer.source == Source::Flag;
        self.answers.iter().any(is_it)
    }

    pub(crate) fn cloud(&self, file: Option<&SpecFile>) -> CloudName {
        let of_file = || file.and_then(|file| file.cloud);
        self.cloud.or_else(of_file).unwrap_or_default()
    }

    /// `approved` are the endpoints of the file that may be used.
    pub(crate) fn session_options(
        &self,
        file: Option<&SpecFile>,
        approved: CloudOverrides,
    ) -> SessionOptions {
        let tenant = || file.and_then(|file| file.tenant.clone());
        let subscription = || file.and_then(|file| file.subscription.clone());
        SessionOptions {
            tenant: self.tenant.clone().or_else(tenant),
            subscription: self.subscription.clone().or_else(subscription),
            cloud: self.cloud(file),
            // What the user typed wins over a file, which may be another person's.
            overrides: self.overrides.clone().or(approved),
            sandbox: self.sandbox,
        }
    }

    /// What a new spec file has about Azure: the flags, and for the rest the values of `before`. A value of the
    /// environment is not saved: it may be gone tomorrow.
    pub(crate) fn saved(&self, before: Option<&SpecFile>) -> SpecFile {
        let before = before.cloned().unwrap_or_default();
        let flags = self.flags();
        let kept = before.overrides();
        let overrides = flags.or(kept);
        SpecFile {
            tenant: self.tenant.clone().or(before.tenant),
            cloud: self.cloud.or(before.cloud),
            resource_manager_endpoint: overrides.resource_manager,
            authority: overrides.authority,
            graph_endpoint: overrides.graph,
            instance_metadata_endpoint: overrides.instance_metadata,
            ingestion_scope: overrides.ingestion_scope,
            query_scope: overrides.query_scope,
            monitor_host_suffix: overrides.monitor_suffix,
            ..SpecFile::default()
        }
    }

    /// The overrides of the command line alone.
    fn flags(&self) -> CloudOverrides {
        let all = self.overrides.clone();
        let is_flag = |name: &str| self.is_on_command_line(name);
        CloudOverrides {
            resource_manager: all
                .resource_manager
                .filter(|_| is_flag("resource-manager-endpoint")),
            authority: all.authority.filter(|_| is_flag("authority")),
            graph: all.graph.filter(|_| is_flag("graph-endpoint")),
            instance_metadata: all
                .instance_metadata
                .filter(|_| is_flag("instance-metadata-endpoint")),
            ingestion_scope: all.ingestion_scope.filter(|_| is_flag("ingestion-scope")),
            query_scope: all.query_scope.filter(|_| is_flag("query-scope")),
            monitor_suffix: all
                .monitor_suffix
                .filter(|_| is_flag("monitor-host-suffix")),
        }
    }

    /// Flag, value and source of every setting, for `-v`.
    pub(crate) fn sources(&self, file: Option<&SpecFile>) -> Vec<(String, String, Source)> {
        let given = self.answers.iter().map(|answer| {
            // A switch has no value.
            let value = answer.value.clone().unwrap_or_else(|| "yes".to_owned());
            (answer.flag.clone(), value, answer.source)
        });
        let of_file = file.map(SpecFile::about_azure).unwrap_or_default();
        let of_file = of_file
            .into_iter()
            .filter(|(flag, _)| !self.gives(flag))
            .map(|(flag, value)| (flag, value, Source::SpecFile));
        given.chain(of_file).collect()
    }

    /// The flags that a printed command repeats. `chosen` is the subscription where no flag names one.
    pub(crate) fn repeated(&self, chosen: Option<&str>) -> Vec<Flag> {
        let given = self.answers.iter();
        // What the environment or the file sets is set in the next run too.
        let given = given.filter(|answer| answer.source == Source::Flag);
        let given = given.map(|answer| Flag {
            name: answer.flag.clone(),
            value: answer.value.clone(),
        });
        let chosen = chosen.filter(|_| self.subscription.is_none());
        let chosen = chosen.map(|chosen| Flag {
            name: "subscription".to_owned(),
            value: Some(chosen.to_owned()),
        });
        given.chain(chosen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::answers::ConnectionAnswers;
    use crate::spec::command_line::own;

    fn answer(flag: &str, value: &str, source: Source) -> AzureAnswer {
        AzureAnswer {
            flag: flag.into(),
            value: Some(value.into()),
            source,
        }
    }

    #[test]
    fn a_kubeconfig_is_refused_for_the_embedded_sandbox_only() {
        let refused = |sandbox, file: Option<&str>| {
            let settings = AzureSettings {
                sandbox,
                ..settings()
            };
            settings.check_kubeconfig(file.map(Path::new)).is_err()
        };

        assert!(refused(true, Some("/home/u/.kube/config")));
        assert!(!refused(true, None));
        assert!(!refused(false, Some("/home/u/.kube/config")));
    }

    fn settings() -> AzureSettings {
        AzureSettings {
            tenant: Some("contoso.com".into()),
            overrides: CloudOverrides {
                ingestion_scope: Some("https://flag/.default".into()),
                query_scope: Some("https://environment/.default".into()),
                ..CloudOverrides::default()
            },
            answers: vec![
                answer("tenant", "contoso.com", Source::Flag),
                answer("ingestion-scope", "https://flag/.default", Source::Flag),
                answer(
                    "query-scope",
                    "https://environment/.default",
                    Source::Environment,
                ),
            ],
            ..AzureSettings::default()
        }
    }

    fn file() -> SpecFile {
        SpecFile {
            tenant: Some("fabrikam.com".into()),
            subscription: Some("prod".into()),
            cloud: Some(CloudName::UsGovernment),
            query_scope: Some("https://file/.default".into()),
            ..SpecFile::default()
        }
    }

    #[test]
    fn a_flag_wins_over_the_spec_file_which_wins_over_the_default() {
        let options = settings().session_options(Some(&file()), CloudOverrides::default());

        assert_eq!(options.tenant.as_deref(), Some("contoso.com"));
        assert_eq!(options.subscription.as_deref(), Some("prod"));
        assert_eq!(options.cloud, CloudName::UsGovernment);
        assert_eq!(settings().cloud(None), CloudName::Public);
    }

    #[test]
    fn endpoints_of_the_file_are_used_only_where_they_were_approved() {
        let refused = settings().session_options(Some(&file()), CloudOverrides::default());
        let mut own = settings();
        own.overrides.query_scope = None;
        let approved = own.session_options(Some(&file()), file().overrides());

        assert_eq!(refused.overrides.authority, None);
        assert_eq!(
            approved.overrides.query_scope.as_deref(),
            Some("https://file/.default")
        );
    }

    #[test]
    fn a_saved_file_has_the_flags_and_not_the_environment() {
        let saved = settings().saved(Some(&file()));

        assert_eq!(saved.tenant.as_deref(), Some("contoso.com"));
        assert_eq!(
            saved.ingestion_scope.as_deref(),
            Some("https://flag/.default")
        );
        assert_eq!(saved.query_scope.as_deref(), Some("https://file/.default"));
        assert_eq!(saved.subscription, None);
    }

    #[test]
    fn a_printed_command_repeats_the_flags_and_the_chosen_subscription() {
        let line = own::init(
            &settings().repeated(Some("my sub")),
            &ConnectionAnswers::default(),
            own::RepeatOptions::default(),
        );

        assert_eq!(
            line.to_string(),
            "amw-rw init --tenant contoso.com --ingestion-scope https://flag/.default --subscription 'my sub' --yes"
        );
    }
}
