//! What to do by hand where a file is not edited.

use super::refusal::{Already, PatchRefusal, Reason};
use crate::remote_write::AFTER_APPLY;
use crate::spec::command_line::option;

impl PatchRefusal {
    /// What to do by hand instead. Nobody can add a block by hand whose values Azure has not given yet.
    pub(super) fn by_hand(&self) -> String {
        let next = self.next_with_block();
        match next.contains(AFTER_APPLY) {
            true => format!(
                "apply the plan, then run this command again for the values that are `{AFTER_APPLY}`; then {next}"
            ),
            false => next,
        }
    }

    fn next_with_block(&self) -> String {
        if let Some(next) = self
            .next_without_block()
            .or_else(|| self.next_beside_rule())
        {
            return next;
        }
        let block = &self.paste;
        if let Reason::Encrypted { editor, .. } = self.reason {
            return format!(
                "open the file with `{editor}` and add this by hand, below the existing keys:\n\n{block}"
            );
        }
        if let Reason::SeveralPlaces { keys } = &self.reason {
            return format!(
                "add this by hand at the one that is connected ({}):\n\n{block}",
                keys.join(" or ")
            );
        }
        if let Reason::SeveralConfigurations { first, second } = &self.reason {
            return format!(
                "add this by hand to the one that Prometheus gets as its --config.file (`{first}` or `{second}`), below the existing keys:\n\n{block}"
            );
        }
        let place = self.block_place.within.as_ref();
        let place = place.map_or_else(String::new, |place| format!(" of `{place}`"));
        if let Reason::VariableUrl { has_our_name, .. } = self.reason {
            return variable_next(has_our_name, &place, block);
        }
        if let Reason::StandIn { .. } = self.reason {
            return stand_in_next(&place, block);
        }
        if block.is_empty() {
            return "fix that and run the command again".to_owned();
        }
        let instead = self.block_place.replaces.map_or_else(String::new, |line| {
            format!(", and replace the remote write on line {line} with this one")
        });
        let unless = self.unless();
        format!("add this by hand, below the existing keys{place}{instead}{unless}:\n\n{block}")
    }

    /// For a file that can be put right, or is the wrong one.
    fn next_without_block(&self) -> Option<String> {
        let next = match &self.reason {
            // Prometheus does not start with two remote writes of one name, so there is no block to add.
            Reason::NameTaken { name, .. } | Reason::TwoMatches { name } => {
                format!("rename the remote write `{name}` there, then run this command again")
            }
            Reason::AnotherFile { expected, .. } | Reason::NothingRead { expected } => {
                format!("name {expected}: --input FILE")
            }
            Reason::NoConfiguration => {
                "name the ConfigMap from which Prometheus gets its --config.file: --input FILE"
                    .to_owned()
            }
            Reason::Overridden { name } => format!(
                "parameters override values: move `{name}` to the values, then run this command again"
            ),
            Reason::PatchedLater { path } => format!(
                "move the remote writes and labels of `{path}` to the values, then run this command again"
            ),
            // The names of a `clusters` generator; other generators have keys of their own.
            Reason::OneLabel { template, .. } => format!(
                "the label must differ by cluster: run this command again with the key of the generator that names the cluster; for a \
                 `clusters` generator: {}",
                option("--cluster-label", template)
            ),
            Reason::FilledInLabel { found, .. } => format!(
                "to keep it, run this command again with {}; to have one label, write that in the file in its place first",
                option("--cluster-label", found)
            ),
            Reason::Tab => "replace each tab with spaces, then run this command again".to_owned(),
            Reason::CarriageReturn => {
                "convert the line ends of the file to LF, then run this command again".to_owned()
            }
            Reason::Disabled { path } => {
                format!("remove `{path}`, or name the file of a Prometheus that runs")
            }
            _ => return None,
        };
        Some(next)
    }

    /// For a text that has a remote write of the block's rule: a second one would send every sample twice.
    fn next_beside_rule(&self) -> Option<String> {
        let Some(Already::Rule(line)) = self.block_place.already else {
            return None;
        };
        // Nothing reads a remote write of these two, so the block is no second one.
        let is_unread = matches!(
            self.reason,
            Reason::Misplaced { .. } | Reason::Elsewhere { .. }
        );
        let (block, replaces) = (&self.paste, self.block_place.replaces);
        if is_unread || block.is_empty() || replaces.is_some() {
            return None;
        }
        let open = match &self.reason {
            Reason::Encrypted { editor, .. } => format!("open the file with `{editor}`, and "),
            _ => String::new(),
        };
        let at = line.map_or("there".to_owned(), |line| format!("on line {line}"));
        Some(format!(
            "{open}add no second remote write to this Prometheus: the one {at} already leads to the same data collection rule; \
             to change it, replace it by hand with this one:\n\n{block}"
        ))
    }

    /// When nothing is to be added.
    fn unless(&self) -> String {
        match self.block_place.already {
            Some(Already::SignIn(line)) => format!(
                ", unless the remote write with the sign-in on line {line} leads to this workspace"
            ),
            Some(Already::NoList) => {
                let at = self.location.map(|location| location.line);
                let at = at.map_or("there".to_owned(), |line| format!("on line {line}"));
                format!(", unless the value {at} leads to this workspace")
            }
            Some(Already::Rule(_)) | None => String::new(),
        }
    }
}

/// The same where a variable is in the place of the whole remote write.
fn stand_in_next(place: &str, block: &str) -> String {
    format!(
        "if it leads to this workspace, write the remote write of this block in its place; if it leads to another one, \
         add this by hand, below the existing keys{place}:\n\n{block}"
    )
}

/// Only the user knows where a variable leads.
fn variable_next(has_our_name: bool, place: &str, block: &str) -> String {
    let of_another = match has_our_name {
        true => "rename it there, then run this command again, or replace it by hand with this one"
            .to_owned(),
        false => format!("add this by hand, below the existing keys{place}"),
    };
    format!(
        "if it is this workspace, write the URL of this block in its place, then run this command again; if it is \
         another one, {of_another}:\n\n{block}"
    )
}
