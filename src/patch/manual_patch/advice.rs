//! What to do by hand where a file is not edited.

use super::text::{EntryEdit, OccupiedPlace, clause};
use crate::next_step::NextStep;
use crate::patch::refusal::{ExistingContent, PatchRefusal, Reason};
use crate::problem::Problem;
use crate::remote_write::AFTER_APPLY;
use crate::spec::command_line::own;

impl PatchRefusal {
    /// Why, and what to do by hand instead.
    pub(crate) fn problem(&self) -> Problem {
        match &self.reason {
            Reason::Target(problem) => problem.clone(),
            _ => Problem::new(self.to_string()).next(self.next_step()),
        }
    }

    /// What to do by hand instead. A block cannot be added by hand while Azure has not given its values.
    pub(in crate::patch) fn manual_advice(&self) -> String {
        let next = self.next_with_block();
        match next.contains(AFTER_APPLY) {
            true => format!(
                "apply the plan, then run this command again for the values that are `{AFTER_APPLY}`; then {next}"
            ),
            false => next,
        }
    }

    /// What to do next: the command with another label where that is all, else what to do by hand.
    pub(in crate::patch) fn next_step(&self) -> NextStep {
        let with_label = |purpose: &str, label: &str| {
            let option = [("--cluster-label", label.to_owned())];
            NextStep::run(purpose, own::again(&option))
        };
        match &self.reason {
            // The key of a `clusters` generator; other generators have keys of their own.
            Reason::OneLabel { template, .. } => with_label(
                "the label must differ by cluster: use the key of the generator that names the cluster; for a `clusters` generator",
                template,
            ),
            Reason::OtherTemplate { right, .. } => with_label("to have Argo CD fill it in", right),
            Reason::FilledInLabel { found, .. } => with_label(
                "to use one label, write it into the file first; to keep the label",
                found,
            ),
            Reason::RelabeledLabel { found } => with_label(
                "to send another label, remove that rule first; to keep the label",
                found,
            ),
            _ => self.manual_advice().into(),
        }
    }

    fn next_with_block(&self) -> String {
        if let Some(next) = self.next_without_block() {
            return next;
        }
        if self.manual.is_empty() {
            return "fix that and run the command again".to_owned();
        }
        if let Some(edit) = &self.manual.edit {
            return self.next_for_entry(edit);
        }
        if let Some(next) = self
            .next_with_rule_present()
            .or_else(|| self.next_for_other_entry())
        {
            return next;
        }
        let add = self.add(&self.unless());
        format!("{}{add}:\n\n{}", self.open(), self.manual.whole)
    }

    /// For a file that can be put right, or is the wrong one.
    fn next_without_block(&self) -> Option<String> {
        let again = "then run this command again";
        let next = match &self.reason {
            // Prometheus does not start with two remote writes of one name, so there is no block to add.
            Reason::NameTaken { name, .. } | Reason::TwoMatches { name } => {
                format!("rename the remote write `{name}` there, {again}")
            }
            Reason::OtherWorkspace { name, url, .. } => {
                format!(
                    "{}; {again}",
                    choice_about_other_workspace(name, url.as_deref())
                )
            }
            Reason::EqualNames { name, .. } => {
                format!("rename one of the two remote writes `{name}`, {again}")
            }
            Reason::EqualEntries { .. } => format!("remove one of the two, {again}"),
            Reason::SameRule { keep, remove } => format!("keep {keep}, remove {remove}, {again}"),
            Reason::DuplicateKey { key, .. } => {
                format!("merge both into one key `{key}`, remove the other, {again}")
            }
            Reason::UnknownKey(key) => format!("{}, {again}", key.correction()),
            Reason::BrokenValue { .. } => format!("correct it there, {again}"),
            Reason::MisplacedEntry {
                path,
                place,
                is_double,
            } => move_to_place(path, place, *is_double),
            Reason::SecondDefinition { path, place } => {
                format!("move the remote writes of `{path}` to `{place}`, {again}")
            }
            Reason::AnotherFile { expected, .. } | Reason::NothingRead { expected } => {
                format!("name {expected}: --input FILE")
            }
            Reason::NoConfiguration => {
                "name the ConfigMap from which Prometheus gets its --config.file: --input FILE"
                    .to_owned()
            }
            Reason::Tab => format!("replace each tab with spaces, {again}"),
            Reason::CarriageReturn => {
                format!("convert the line ends of the file to LF, {again}")
            }
            Reason::Disabled { path } => {
                format!("remove `{path}`, or name the file of a Prometheus that runs")
            }
            Reason::Unexpected { found: "a map", .. }
                if self.block_place.existing == Some(ExistingContent::NoList) =>
            {
                format!(
                    "make it a list with this map as its item, or `[]` where the map is empty, {again}"
                )
            }
            _ => return self.next_for_release(),
        };
        Some(next)
    }

    /// For a resource of a controller that changes what Helm gets.
    fn next_for_release(&self) -> Option<String> {
        let again = "then run this command again";
        let next = match &self.reason {
            Reason::Overridden { name } => {
                format!("parameters override values: move `{name}` to the values, {again}")
            }
            Reason::PatchedLater { path } => {
                format!("move the remote writes and labels of `{path}` to the values, {again}")
            }
            _ => return None,
        };
        Some(next)
    }

    /// For a text that has the remote write of this connection: a second one would send every sample twice.
    fn next_for_entry(&self, edit: &EntryEdit) -> String {
        let rest = &self.manual.rest;
        let open = self.open();
        let is_there = match edit.line {
            Some(line) => format!("the remote write of this connection is on line {line}"),
            None => "the remote write of this connection is there".to_owned(),
        };
        let removed = match edit.removed.is_empty() {
            true => String::new(),
            false => format!("remove its {}", quoted(&edit.removed)),
        };
        let change = match (edit.set.is_empty(), removed.is_empty()) {
            (true, true) => format!("{open}{is_there}, and nothing in it has to change"),
            (true, false) => format!("{open}add no second one: {is_there}; {removed}"),
            (false, _) => {
                let removed = if removed.is_empty() {
                    removed
                } else {
                    format!("{removed}, and ")
                };
                let borrowed = borrowed(&edit.occupied);
                format!(
                    "{open}add no second one: {is_there}; {removed}add these keys to those that it has{borrowed}:\n\n{}",
                    edit.set
                )
            }
        };
        match rest.is_empty() {
            true => change,
            false => {
                let joint = if edit.set.is_empty() { "; " } else { "\nand " };
                format!("{change}{joint}{}:\n\n{rest}", self.add(""))
            }
        }
    }

    /// For a remote write that may be the one of this connection, or is a wrong one in its place.
    fn next_for_other_entry(&self) -> Option<String> {
        let (whole, item) = (&self.manual.whole, &self.manual.item);
        let again = "then run this command again";
        let next = match &self.reason {
            // The list can hold remote writes of others, which nothing may replace.
            Reason::Unexpected { .. }
                if self.block_place.existing == Some(ExistingContent::NoList) =>
            {
                format!(
                    "replace it by a list of the remote writes that it refers to, {again}; if another program fills \
                     it in, add this one there, unless it already writes to this workspace:\n\n{item}"
                )
            }
            Reason::SeveralPlaces { keys } => format!(
                "add this by hand to the one to connect ({}):\n\n{whole}",
                keys.join(" or ")
            ),
            Reason::SeveralConfigurations { first, second } => format!(
                "add this by hand to the one that Prometheus gets as its --config.file (`{first}` or `{second}`), below the existing \
                 keys:\n\n{whole}"
            ),
            Reason::VariableUrl { has_our_name, .. } => {
                variable_next(*has_our_name, &self.add(""), whole)
            }
            Reason::StandIn { .. } => format!(
                "if it writes to this workspace, replace it by the remote write of this block; if it writes to \
                 another one, {}:\n\n{whole}",
                self.add("")
            ),
            Reason::QueryEndpoint { .. } => {
                format!("write this remote write in its place, {again}:\n\n{item}")
            }
            _ => return None,
        };
        Some(next)
    }

    /// For a text that has a remote write of the block's rule, and could not be read further.
    fn next_with_rule_present(&self) -> Option<String> {
        let Some(ExistingContent::Rule(line)) = self.block_place.existing else {
            return None;
        };
        // Nothing reads a remote write of this file, so the block is no second one.
        if matches!(self.reason, Reason::Elsewhere { .. }) {
            return None;
        }
        let at = line.map_or("there".to_owned(), |line| format!("on line {line}"));
        let rest = match self.manual.rest.is_empty() {
            true => String::new(),
            false => format!(
                "\nand add this by hand{}, where it is not there yet:\n\n{}",
                self.place(),
                self.manual.rest
            ),
        };
        Some(format!(
            "{}add no second remote write to this Prometheus: the one {at} already writes to the same data \
             collection rule; change by hand what differs in it from this one:\n\n{}{rest}",
            self.open(),
            self.manual.item
        ))
    }

    /// How to get to the text.
    fn open(&self) -> String {
        match &self.reason {
            Reason::Encrypted { editor, .. } => format!("open the file with `{editor}`, and "),
            _ => String::new(),
        }
    }

    /// Before a block that starts at the top of the file or of its place.
    fn add(&self, unless: &str) -> String {
        let clause = clause(&self.manual.occupied);
        format!(
            "add this by hand, below the existing keys{}{unless}{clause}",
            self.place()
        )
    }

    fn place(&self) -> String {
        let place = self.block_place.within.as_ref();
        place.map_or_else(String::new, |place| format!(" of `{place}`"))
    }

    /// When nothing is to be added.
    fn unless(&self) -> String {
        match (self.block_place.existing, &self.reason) {
            (Some(ExistingContent::SignIn(line)), _) => format!(
                ", unless the remote write with the sign-in on line {line} writes to this workspace"
            ),
            (_, Reason::Elsewhere { .. }) => {
                ", unless that configuration has a remote write to this workspace already"
                    .to_owned()
            }
            _ => String::new(),
        }
    }
}

/// Where the keys of a remote write belong that are written elsewhere.
fn borrowed(places: &[OccupiedPlace]) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|place| format!(", but {place}"))
        .collect();
    places.concat()
}

/// Only the user knows where a variable leads.
fn variable_next(has_our_name: bool, add: &str, block: &str) -> String {
    let of_another = match has_our_name {
        true => "rename it there, then run this command again, or replace it by hand with this one",
        false => add,
    };
    format!(
        "if it is this workspace, write the URL of this block in its place, then run this command again; if it is \
         another one, {of_another}:\n\n{block}"
    )
}

fn quoted(keys: &[String]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(" and ")
}

/// What the user alone can decide about a remote write to the endpoint of another workspace.
fn choice_about_other_workspace(name: &str, url: Option<&str>) -> String {
    let gone = match url {
        Some(url) => format!("set its url to {url}"),
        None => "remove it".to_owned(),
    };
    format!("rename the remote write `{name}` there, or {gone} if that workspace is gone")
}

/// What to do with a remote write of this connection at a place that nothing reads.
fn move_to_place(path: &str, place: &str, is_double: bool) -> String {
    let again = "then run this command again";
    match is_double {
        true => format!(
            "remove the remote write at `{path}`, since `{place}` has one with the same data collection rule; {again}"
        ),
        false => format!("move the remote write at `{path}` to `{place}`, {again}"),
    }
}
