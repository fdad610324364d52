//! The list of scenarios; its order is the order on screen.

mod azure_clients;
mod client_secret;
mod config_map;
mod configurations;
mod control_plane;
mod custom_resource;
mod every_sign_in;
mod file_faults;
mod helm_values;
mod known_keys;
mod large_cluster;
mod migrate;
mod next_steps;
mod odd_lists;
mod own_samples;
mod owners;
mod plain_workload;
mod prometheus_chart;
mod prometheus_yml;
mod query_language;
mod recorded_azure;
mod sandbox_clients;
mod table;
mod version_rules;
mod wizard;

use anyhow::Result;
use libtest_mimic::{Completion, Failed, Trial};

use crate::programs::{self, Program};

/// A title, what must be installed, and the scenario itself.
pub(crate) struct EndToEndScenario {
    title: String,
    needs: Vec<Program>,
    /// Left out of a run of all checks, because what it needs takes long to make.
    manual: bool,
    run: Box<dyn FnOnce() -> Result<Completion> + Send>,
}

impl EndToEndScenario {
    fn new(
        title: impl Into<String>,
        needs: &[Program],
        run: impl FnOnce() -> Result<()> + Send + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            needs: needs.to_vec(),
            manual: false,
            run: Box::new(|| run().map(|()| Completion::Completed)),
        }
    }

    /// A scenario that finds out itself whether it can run.
    fn with_completion(
        title: impl Into<String>,
        run: impl FnOnce() -> Result<Completion> + Send + 'static,
    ) -> Self {
        let mut scenario = Self::new(title, &[], || Ok(()));
        scenario.run = Box::new(run);
        scenario
    }

    /// A scenario that is ignored where its program is missing, with the reason.
    fn ignored(title: impl Into<String>, reason: &'static str) -> Self {
        let mut scenario = Self::new(title, &[], || Ok(()));
        scenario.run = Box::new(move || Ok(Completion::ignored_with(reason)));
        scenario
    }

    /// The same, run only when asked for with `--ignored`.
    fn manual(self) -> Self {
        Self {
            manual: true,
            ..self
        }
    }

    fn into_trial(self) -> Trial {
        let Self {
            title,
            needs,
            manual,
            run,
        } = self;
        let trial = Trial::ignorable_test(title, move || {
            for program in needs {
                if let Err(error) = program.path() {
                    return missing(&error);
                }
            }
            run().map_err(|error| Failed::from(format!("{error:#}")))
        });
        match manual {
            // The kind is printed before the name, also of what is not run.
            true => trial.with_ignored_flag(true).with_kind("by hand"),
            false => trial,
        }
    }
}

fn missing(error: &anyhow::Error) -> Result<Completion, Failed> {
    match programs::all_required() {
        true => Err(Failed::from(error)),
        false => Ok(Completion::ignored_with(error)),
    }
}

/// Every scenario, ready to run.
pub(crate) fn trials() -> Vec<Trial> {
    let scenarios = [
        own_samples::scenarios(),
        prometheus_yml::scenarios(),
        query_language::scenarios(),
        helm_values::scenarios(),
        known_keys::scenarios(),
        prometheus_chart::scenarios(),
        config_map::scenarios(),
        custom_resource::scenarios(),
        version_rules::scenarios(),
        migrate::scenarios(),
        configurations::scenarios(),
        control_plane::scenarios(),
        every_sign_in::scenarios(),
        next_steps::scenarios(),
        owners::scenarios(),
        plain_workload::scenarios(),
        client_secret::scenarios(),
        odd_lists::scenarios(),
        large_cluster::scenarios(),
        wizard::scenarios(),
        file_faults::scenarios(),
        sandbox_clients::scenarios(),
        azure_clients::scenarios(),
        recorded_azure::scenarios(),
    ];
    scenarios
        .into_iter()
        .flatten()
        .map(EndToEndScenario::into_trial)
        .collect()
}
