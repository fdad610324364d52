//! The list of stories; its order is the order on screen.

mod config_map;
mod custom_resource;
mod helm_values;
mod new_prometheus_yml;
mod own_samples;
mod prometheus_chart;
mod wizard;

use anyhow::Result;
use libtest_mimic::{Completion, Failed, Trial};

use crate::programs::{self, Program};

/// A title, what must be installed, and the story itself.
pub(crate) struct Story {
    title: String,
    needs: Vec<Program>,
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
            tell: Box::new(|| tell().map(|()| Completion::Completed)),
        }
    }

    /// A story that may be left untold everywhere, and why it is here.
    fn untold(title: impl Into<String>, reason: &'static str) -> Self {
        let mut story = Self::new(title, &[], || Ok(()));
        story.tell = Box::new(move || Ok(Completion::ignored_with(reason)));
        story
    }

    fn into_trial(self) -> Trial {
        let Self { title, needs, tell } = self;
        Trial::ignorable_test(title, move || {
            for program in needs {
                if let Err(error) = program.path() {
                    return missing(&error);
                }
            }
            tell().map_err(|error| Failed::from(format!("{error:#}")))
        })
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
        new_prometheus_yml::stories(),
        helm_values::stories(),
        prometheus_chart::stories(),
        config_map::stories(),
        custom_resource::stories(),
        wizard::stories(),
    ];
    stories
        .into_iter()
        .flatten()
        .map(Story::into_trial)
        .collect()
}
