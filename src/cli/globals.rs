//! What holds for every command? The global flags; each can also come from the environment.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, Command, ValueEnum, ValueHint};
use url::Url;

use crate::spec::answers::Source;
use crate::spec::cloud::{CloudName, CloudOverrides, endpoint};
use crate::spec::help;
use crate::spec::names;
use crate::text::path_text;
use crate::ui::terminal::ColourWhen;
use crate::workflow::azure_settings::{AzureAnswer, AzureSettings};

/// How the result is written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    #[default]
    #[value(alias = "table")]
    Human,
    Json,
    Yaml,
}

/// The flags that every command knows. What is `None` here may still be in the spec file.
#[derive(Debug, Clone, Args)]
pub(crate) struct Globals {
    #[command(flatten)]
    pub(crate) azure: Flags,
    #[command(flatten)]
    pub(crate) general: GeneralFlags,
}

const AZURE: &str = "Azure";
pub(super) const KUBERNETES: &str = "Kubernetes";
const GENERAL: &str = "General";
/// Left out of the short help: few people need them.
pub(super) const OTHER_CLOUDS: &str = "Other clouds";

/// What a variable can hold for a flag that takes no value. Empty is unset. Anything else is refused, so that
/// `AMW_RW_YES=never` does not mean yes.
fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "y" | "t" => Ok(true),
        "" | "0" | "false" | "no" | "off" | "n" | "f" => Ok(false),
        _ => Err("use true or false".to_owned()),
    }
}

/// How often `-v` is given; a variable can also be a switch.
fn verbosity(text: &str) -> Result<u8, String> {
    text.parse()
        .or_else(|_| switch(text).map(u8::from))
        .map_err(|_| "use true, false, or the number of `v` in -v and -vv".to_owned())
}

fn not_blank(text: &str) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("a value is missing".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn tenant(name: &str) -> Result<String, String> {
    names::tenant(name).map(|()| name.to_owned())
}

/// The Azure to use.
#[derive(Debug, Clone, Args)]
pub(crate) struct Flags {
    /// Subscription: name or id
    #[arg(short, long, global = true, value_name = "SUBSCRIPTION", help_heading = AZURE)]
    #[arg(env = "AMW_RW_SUBSCRIPTION", hide_env = true, value_parser = not_blank)]
    pub(crate) subscription: Option<String>,

    /// Tenant to sign in to: id or domain
    #[arg(long, global = true, value_name = "TENANT", help_heading = AZURE)]
    #[arg(env = "AMW_RW_TENANT", hide_env = true, value_parser = tenant)]
    pub(crate) tenant: Option<String>,

    #[arg(long, help = help::cloud(), global = true, value_enum, value_name = "CLOUD", help_heading = AZURE)]
    #[arg(env = "AMW_RW_CLOUD", hide_env = true, hide_possible_values = true)]
    pub(crate) cloud: Option<CloudName>,

    /// Run this command against an embedded, throw-away Azure
    #[arg(long, global = true, help_heading = AZURE)]
    #[arg(env = "AMW_RW_SANDBOX", hide_env = true, value_parser = switch)]
    pub(crate) sandbox: bool,

    /// Kubeconfig to read instead of those that KUBECONFIG names
    #[arg(long, global = true, value_name = "FILE", help_heading = KUBERNETES)]
    #[arg(env = "AMW_RW_KUBECONFIG", hide_env = true, value_hint = ValueHint::FilePath)]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// Endpoint of Azure Resource Manager
    #[arg(long, global = true, value_name = "URL", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_RESOURCE_MANAGER_ENDPOINT", hide_env = true, value_parser = endpoint)]
    pub(crate) resource_manager_endpoint: Option<Url>,

    /// Endpoint of Microsoft Entra
    #[arg(long, global = true, value_name = "URL", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_AUTHORITY", hide_env = true, value_parser = endpoint)]
    pub(crate) authority: Option<Url>,

    /// Endpoint of Microsoft Graph
    #[arg(long, global = true, value_name = "URL", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_GRAPH_ENDPOINT", hide_env = true, value_parser = endpoint)]
    pub(crate) graph_endpoint: Option<Url>,

    /// Endpoint of the instance metadata service
    #[arg(long, global = true, value_name = "URL", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_INSTANCE_METADATA_ENDPOINT", hide_env = true, value_parser = endpoint)]
    pub(crate) instance_metadata_endpoint: Option<Url>,

    /// Token scope for writing metrics
    #[arg(long, global = true, value_name = "SCOPE", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_INGESTION_SCOPE", hide_env = true, value_parser = not_blank)]
    pub(crate) ingestion_scope: Option<String>,

    /// Token scope for querying metrics
    #[arg(long, global = true, value_name = "SCOPE", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_QUERY_SCOPE", hide_env = true, value_parser = not_blank)]
    pub(crate) query_scope: Option<String>,

    /// Domain of the hosts for writing and querying metrics
    #[arg(long, global = true, value_name = "SUFFIX", help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_MONITOR_HOST_SUFFIX", hide_env = true, value_parser = not_blank)]
    pub(crate) monitor_host_suffix: Option<String>,

    /// Use the endpoints and scopes that the spec file of -f names
    #[arg(long, global = true, help_heading = OTHER_CLOUDS)]
    #[arg(env = "AMW_RW_TRUST_SPEC_ENDPOINTS", hide_env = true, value_parser = switch)]
    pub(crate) trust_spec_endpoints: bool,
}

impl Flags {
    pub(super) fn settings(&self, answers: Vec<AzureAnswer>) -> AzureSettings {
        AzureSettings {
            tenant: self.tenant.clone(),
            subscription: self.subscription.clone(),
            cloud: self.cloud,
            overrides: self.overrides(),
            sandbox: self.sandbox,
            trust_spec_endpoints: self.trust_spec_endpoints,
            answers,
        }
    }

    /// Replacements for the cloud's own hosts and scopes.
    fn overrides(&self) -> CloudOverrides {
        CloudOverrides {
            resource_manager: self.resource_manager_endpoint.clone(),
            authority: self.authority.clone(),
            graph: self.graph_endpoint.clone(),
            instance_metadata: self.instance_metadata_endpoint.clone(),
            ingestion_scope: self.ingestion_scope.clone(),
            query_scope: self.query_scope.clone(),
            monitor_suffix: self.monitor_host_suffix.clone(),
        }
    }
}

/// The global flags about Azure and the way to the cluster that the command line or the environment gives.
pub(super) fn azure_answers(command: &Command, matches: &ArgMatches) -> Vec<AzureAnswer> {
    let about_azure = [Some(AZURE), Some(KUBERNETES), Some(OTHER_CLOUDS)];
    let flags = command
        .get_arguments()
        .filter(|flag| about_azure.contains(&flag.get_help_heading()));
    let mut answers = Vec::new();
    for flag in flags {
        let id = flag.get_id().as_str();
        let source = match matches.value_source(id) {
            // clap gives a default the same value as a flag; only its source distinguishes them.
            Some(ValueSource::CommandLine) => Source::Flag,
            Some(ValueSource::EnvVariable) => Source::Environment,
            _ => continue,
        };
        let takes_value = flag.get_action().takes_values();
        if takes_value || matches.get_flag(id) {
            let mut values = matches.get_raw(id).into_iter().flatten();
            let value = values.next().filter(|_| takes_value);
            answers.push(AzureAnswer {
                flag: flag.get_long().unwrap_or(id).to_owned(),
                value: value.map(|value| path_text::encode(value.as_ref())),
                source,
            });
        }
    }
    answers
}

/// The flag of the kubeconfig, or its variable.
pub(super) fn kubeconfig_named_by(answers: &[AzureAnswer]) -> &'static str {
    let is_it =
        |answer: &AzureAnswer| answer.flag == "kubeconfig" && answer.source == Source::Environment;
    match answers.iter().any(is_it) {
        true => "AMW_RW_KUBECONFIG",
        false => "--kubeconfig",
    }
}

/// How the program prints, and whether it may ask.
#[derive(Debug, Clone, Args)]
pub(crate) struct GeneralFlags {
    /// Spec file [default: amw-rw.yaml, where it exists]
    #[arg(short = 'f', long, global = true, value_name = "FILE", help_heading = GENERAL)]
    #[arg(env = "AMW_RW_SPEC", hide_env = true)]
    pub(crate) spec: Option<PathBuf>,

    /// Output on stdout: human (or table), json or yaml
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT", help_heading = GENERAL)]
    #[arg(env = "AMW_RW_OUTPUT", hide_env = true, default_value = "human")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub(crate) output: OutputFormat,

    /// Answer yes to all questions
    #[arg(short, long, global = true, help_heading = GENERAL)]
    #[arg(env = "AMW_RW_YES", hide_env = true, value_parser = switch)]
    pub(crate) yes: bool,

    /// Never ask: list the missing options instead
    #[arg(long, global = true, help_heading = GENERAL)]
    #[arg(env = "AMW_RW_NO_INPUT", hide_env = true, value_parser = switch)]
    pub(crate) no_input: bool,

    /// Print only results and errors
    #[arg(short, long, global = true, help_heading = GENERAL)]
    #[arg(env = "AMW_RW_QUIET", hide_env = true, value_parser = switch)]
    pub(crate) quiet: bool,

    /// Print more: the source of each answer (-v), every request (-vv)
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = GENERAL)]
    #[arg(env = "AMW_RW_VERBOSE", hide_env = true, value_parser = verbosity)]
    pub(crate) verbose: u8,

    /// Colours: auto, always or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", help_heading = GENERAL)]
    #[arg(env = "AMW_RW_COLOR", hide_env = true, default_value = "auto")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub(crate) color: ColourWhen,

    /// Print help; -h is the short form
    #[arg(short, long, global = true, action = ArgAction::Help, help_heading = GENERAL)]
    help: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_a_flag_without_a_value_is_a_boolean() {
        for yes in ["1", "true", "YES", "on"] {
            assert_eq!((switch(yes), verbosity(yes)), (Ok(true), Ok(1)), "{yes}");
        }
        for no in ["", "0", "false", "No", "off"] {
            assert_eq!((switch(no), verbosity(no)), (Ok(false), Ok(0)), "{no}");
        }
        assert_eq!(verbosity("2"), Ok(2));
        for neither in ["never", "2 ", "-1", "300"] {
            assert!(switch(neither).is_err() && verbosity(neither).is_err());
        }
    }

    #[test]
    fn a_blank_text_and_a_part_of_a_url_are_no_values() {
        assert!(not_blank(" ").is_err());
        assert_eq!(not_blank("My subscription").unwrap(), "My subscription");
        for part in ["management.azure.com", "foo", "https://", "mailto:a"] {
            assert!(endpoint(part).is_err(), "{part}");
        }
        assert!(endpoint("http://127.0.0.1:1/entra").is_ok());
    }
}
