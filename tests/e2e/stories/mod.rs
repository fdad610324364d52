//! The list of stories; its order is the order on screen.

mod config_map;
mod configurations;
mod control_plane;
mod custom_resource;
mod file_faults;
mod helm_values;
mod migrate;
mod next_steps;
mod own_samples;
mod prometheus_chart;
mod prometheus_yml;
mod sandbox_clients;
mod table;
mod version_rules;
mod wizard;

use anyhow::Result;
use libtest_mimic::{Completion, Failed, Trial};

use crate::programs::{self, Program};

/// A title, what must be installed, and the story itself.
pub(crate) struct Story {
    title: String,
    needs: Vec<Program>,
    /// Left out of a run of all checks, because what it needs takes long to make.
    by_hand: bool,
    tell: Box<dyn FnOnce() -> Result<Completion> + Send>,
}

impl Story {
    fn new(
        title: impl Into<String>,
        needs: &[Program],
        tell: impl FnOnce() -> Result<()> + Send + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            needs: needs.to_vec(),
            by_hand: false,
            tell: Box::new(|| tell().map(|()| Completion::Completed)),
        }
    }

    /// A story that may be left untold everywhere, and why it is here.
    fn untold(title: impl Into<String>, reason: &'static str) -> Self {
        let mut story = Self::new(title, &[], || Ok(()));
        story.tell = Box::new(move || Ok(Completion::ignored_with(reason)));
        story
    }

    /// The same, told only when asked for with `--ignored`.
    fn by_hand(self) -> Self {
        Self {
            by_hand: true,
            ..self
        }
    }

    fn into_trial(self) -> Trial {
        let Self {
            title,
            needs,
            by_hand,
            tell,
        } = self;
        let trial = Trial::ignorable_test(title, move || {
            for program in needs {
                if let Err(error) = program.path() {
                    return missing(&error);
                }
            }
            tell().map_err(|error| Failed::from(format!("{error:#}")))
        });
        trial.with_ignored_flag(by_hand)
    }
}

fn missing(error: &anyhow::Error) -> Result<Completion, Failed> {
    match programs::all_required() {
        true => Err(Failed::from(error)),
        false => Ok(Completion::ignored_with(error)),
    }
}

/// Every story, ready to run.
pub(crate) fn trials() -> Vec<Trial> {
    let stories = [
        own_samples::stories(),
        prometheus_yml::stories(),
        helm_values::stories(),
        prometheus_chart::stories(),
        config_map::stories(),
        custom_resource::stories(),
        version_rules::stories(),
        migrate::stories(),
        configurations::stories(),
        control_plane::stories(),
        next_steps::stories(),
        wizard::stories(),
        file_faults::stories(),
        sandbox_clients::stories(),
    ];
    stories
        .into_iter()
        .flatten()
        .map(Story::into_trial)
        .collect()
}
