//! Why a file is not edited, with the location of the cause and the text to paste by hand.

use std::fmt;

use super::manual_patch::text::ManualPatch;
use super::misplaced_effect::effect_of_misplaced;
use super::unknown_key_edit::UnknownKeyEdit;
use crate::problem::Problem;
use crate::redact::without_secret_forms;
use crate::target::TemplateLanguage;

/// The file was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatchRefusal {
    pub(crate) reason: Reason,
    pub(crate) location: Option<Location>,
    /// What would have been put in. Boxed, since every result of this room has to hold a refusal.
    pub(super) manual: Box<ManualPatch>,
    pub(super) block_place: Box<BlockPlace>,
}

/// Where the block has to be pasted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BlockPlace {
    /// The place in the file whose keys the block starts with, where that is not the top.
    pub(super) within: Option<String>,
    pub(super) existing: Option<ExistingContent>,
}

/// Content of the file that may already be the remote write of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExistingContent {
    /// A sign-in to Azure on this line of a template.
    SignIn(usize),
    /// The data collection rule on this line; none of a text that the user has no file of.
    Rule(Option<usize>),
    /// Another value in the place of the list of remote writes.
    NoList,
}

/// A remote write in a text, by its name and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryLine {
    pub(super) name: Option<String>,
    pub(super) line: Option<usize>,
}

impl fmt::Display for EntryLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(out, "the remote write `{name}`")?,
            None => out.write_str("the remote write without a name")?,
        }
        self.line
            .map_or(Ok(()), |line| write!(out, " on line {line}"))
    }
}

/// A place in a text, both numbers counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("this is not valid YAML: {0}")]
    NotYaml(String),
    #[error("{0}")]
    TooMuch(&'static str),
    #[error("tabs are not allowed for indentation")]
    Tab,
    #[error("the line ends in CR alone, and only files with LF or CRLF can be edited")]
    CarriageReturn,
    #[error(
        "the file has template expressions, and only the program that evaluates them knows the result"
    )]
    Template,
    #[error(
        "the file is encrypted with {program}, which rejects a file that another program has edited"
    )]
    Encrypted {
        program: &'static str,
        /// What opens it for editing.
        editor: &'static str,
    },
    #[error("the file holds {0} YAML documents, and only a file with one can be edited safely")]
    SeveralDocuments(usize),
    #[error("the file is {found}, not {expected}")]
    AnotherFile {
        found: String,
        expected: &'static str,
    },
    #[error("the file has no key that {expected} can have")]
    NothingRead { expected: &'static str },
    #[error(
        "the values of several Prometheus are in this file: those at {}",
        keys.join(" and those at ")
    )]
    SeveralPlaces { keys: Vec<String> },
    #[error("`{path}` is false, so the chart renders no Prometheus and reads nothing of it")]
    Disabled { path: String },
    #[error("the file holds no {0}")]
    NoResource(&'static str),
    #[error("this is a `List` of resources, and this needs a file with the resource alone")]
    ListOfResources,
    #[error(
        "the file holds {count} resources of the kind {kind}{names}, and only a file with one can be edited"
    )]
    SeveralResources {
        count: usize,
        kind: &'static str,
        /// In parentheses, after a space; empty where no resource has one.
        names: String,
    },
    #[error("no ConfigMap of the file has a configuration of Prometheus")]
    NoConfiguration,
    #[error(
        "`{first}` and `{second}` are both a configuration of Prometheus, and only a ConfigMap with one can be edited"
    )]
    SeveralConfigurations { first: String, second: String },
    #[error("`{path}` is a folded block scalar (`>`), and only a literal one (`|`) can be edited")]
    Folded { path: String },
    #[error("`{path}` is a block scalar with an unusual indentation")]
    Unaligned { path: String },
    #[error("the key `{key}` is a duplicate of the one on line {first}")]
    DuplicateKey { key: String, first: usize },
    #[error("the file is {0}, and a map is expected")]
    NotAMap(&'static str),
    #[error("`{path}` is {found} where {expected} is expected")]
    Unexpected {
        path: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("`{path}` is an alias, so a change would be made at its anchor")]
    Alias { path: String },
    #[error(
        "`{path}` has an anchor and is used again elsewhere, so a change would be made there too"
    )]
    Shared { path: String },
    #[error("`{path}` has an anchor or tag that would be lost")]
    Marked { path: String },
    /// The second parser does not read such a key as text.
    #[error(
        "the key `{key}` has a tag, an anchor or a `?`, so the edit cannot be verified; write the key without them"
    )]
    MarkedKey { key: String },
    #[error("`{path}` is inherited through a merge key (`<<`), and a key of its own would hide it")]
    Inherited { path: String },
    #[error("the name `{name}` is already used by a remote write to {url}")]
    NameTaken { name: String, url: String },
    #[error(
        "the remote write `{name}` writes to {host}, which is another workspace or an earlier one"
    )]
    OtherWorkspace {
        name: String,
        host: String,
        /// The URL of this connection, once it is known.
        url: Option<String>,
    },
    #[error(
        "one remote write has the name `{name}` and another one writes through the same data collection rule"
    )]
    TwoMatches { name: String },
    #[error(
        "{who} {}, so its workspace is not known. It may write to this workspace already, and a second remote write \
         would send every sample twice",
        url_clause(url)
    )]
    VariableUrl {
        who: String,
        url: String,
        has_our_name: bool,
    },
    #[error(
        "`{text}` is in the place of a remote write, so its workspace is not known. It may write to this workspace \
         already, and a second remote write would send every sample twice"
    )]
    StandIn { text: String },
    #[error("{0}")]
    UnknownKey(Box<UnknownKeyEdit>),
    #[error(
        "a relabeling rule of this remote write sets `cluster` to `{found}`, in place of the external label"
    )]
    RelabeledLabel { found: String },
    #[error("{text}: {effect}")]
    BrokenValue { text: String, effect: &'static str },
    #[error(
        "{} the remote write at `{path}`; it belongs in `{place}`",
        effect_of_misplaced(path)
    )]
    MisplacedEntry {
        path: String,
        place: String,
        /// The right place has the remote write, too.
        is_double: bool,
    },
    #[error(
        "{keep} and {remove} write to the same data collection rule, so every sample is sent twice"
    )]
    SameRule { keep: EntryLine, remove: EntryLine },
    #[error(
        "this remote write equals {}, and Prometheus exits with `duplicate remote write configs are not allowed`",
        the_other(*first)
    )]
    EqualEntries { first: Option<usize> },
    #[error(
        "this remote write has the name `{name}`, like {}, and Prometheus does not start with two of one name",
        the_other(*first)
    )]
    EqualNames { name: String, first: Option<usize> },
    #[error(
        "this remote write goes to {host}, the query endpoint of a workspace, which takes no samples"
    )]
    QueryEndpoint { host: String },
    #[error("`{path}` defines the remote writes a second time, and the chart would write both")]
    SecondDefinition { path: String, place: String },
    #[error("`{path}` overrides this section, so changes here have no effect")]
    Elsewhere { path: String },
    #[error(
        "the parameter `{name}` overrides the values, so that what is written there has no effect or is lost"
    )]
    Overridden { name: String },
    #[error(
        "`{path}` patches remote writes or external labels after the values were used, so that a remote write in the values may be lost or doubled"
    )]
    PatchedLater { path: String },
    /// `template` is what differs between the clusters.
    #[error(
        "the ApplicationSet makes one Application for each cluster, and all of them would get the label cluster \
         `{label}`, so Azure could not distinguish the series of the clusters"
    )]
    OneLabel {
        label: String,
        template: &'static str,
    },
    /// `right` is the same label as this set needs it.
    #[error("{language}, so the label cluster `{label}` is not filled in there")]
    OtherTemplate {
        label: String,
        language: TemplateLanguage,
        right: String,
    },
    #[error(
        "the label cluster is `{found}`, which is filled in for each cluster, and `{ours}` would be the same for all of them"
    )]
    FilledInLabel { found: String, ours: String },
    #[error("the file ends in a block scalar without a final line break; add one")]
    OpenEnd,
    /// The target cannot hold the connection.
    #[error(transparent)]
    Target(#[from] Problem),
    #[error("verification failed: the edit would change more than intended; nothing was written")]
    Unverified,
}

fn url_clause(url: &str) -> String {
    match url.is_empty() {
        true => "has no url".to_owned(),
        false => format!("writes to `{url}`"),
    }
}

fn the_other(line: Option<usize>) -> String {
    line.map_or("another one".to_owned(), |line| {
        format!("the one on line {line}")
    })
}

impl PatchRefusal {
    pub(super) fn new(reason: Reason) -> Self {
        Self {
            reason,
            location: None,
            manual: Box::default(),
            block_place: Box::default(),
        }
    }

    /// The same for a block that belongs to this place.
    pub(super) fn within(mut self, place: Option<String>) -> Self {
        self.block_place.within = place;
        self
    }

    /// The same for a text that may have the block already.
    pub(super) fn with_existing(mut self, existing: Option<ExistingContent>) -> Self {
        if self.block_place.existing != Some(ExistingContent::NoList) {
            self.block_place.existing = existing.or(self.block_place.existing);
        }
        self
    }

    pub(super) fn at(self, location: Location) -> Self {
        Self {
            location: Some(location),
            ..self
        }
    }

    /// The same, if the place is known.
    pub(super) fn at_any(self, location: Option<Location>) -> Self {
        Self { location, ..self }
    }

    /// The block that would have been put in, from the top of the file on; empty if it is unknown.
    pub(crate) fn paste(&self) -> &str {
        &self.manual.whole
    }

    /// Whether it is not known yet what to write by hand, and the file is not the wrong one.
    pub(super) fn lacks_manual(&self) -> bool {
        let is_wrong_file = matches!(
            self.reason,
            Reason::AnotherFile { .. }
                | Reason::NothingRead { .. }
                | Reason::Overridden { .. }
                | Reason::PatchedLater { .. }
                | Reason::OneLabel { .. }
                | Reason::OtherTemplate { .. }
                | Reason::FilledInLabel { .. }
                | Reason::RelabeledLabel { .. }
        );
        self.manual.is_empty() && !is_wrong_file
    }

    /// With what to write by hand, where that is lacking.
    pub(super) fn with_manual(self, manual: impl FnOnce() -> ManualPatch) -> Self {
        if !self.lacks_manual() {
            return self;
        }
        Self {
            manual: Box::new(manual()),
            ..self
        }
    }

    /// The same with other lines in all but its location.
    pub(super) fn with_lines(mut self, line: impl Fn(usize) -> Option<usize>) -> Self {
        self.manual = Box::new(self.manual.with_lines(&line));
        match &mut self.reason {
            Reason::EqualEntries { first } | Reason::EqualNames { first, .. } => {
                *first = first.and_then(&line);
            }
            Reason::SameRule { keep, remove } => {
                keep.line = keep.line.and_then(&line);
                remove.line = remove.line.and_then(&line);
            }
            _ => {}
        }
        self
    }

    /// The same for a text that the user has no file of: its line numbers mean nothing to them.
    pub(crate) fn of_cluster(self) -> Self {
        let existing = match self.block_place.existing {
            Some(ExistingContent::Rule(_)) => Some(ExistingContent::Rule(None)),
            existing => existing,
        };
        self.with_lines(|_| None)
            .at_any(None)
            .with_existing(existing)
    }
}

impl From<Reason> for PatchRefusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl std::error::Error for PatchRefusal {}

impl fmt::Display for PatchRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = self.location {
            write!(out, "{location}: ")?;
        }
        // It can name the URL of another remote write.
        out.write_str(&without_secret_forms(&self.reason.to_string()))
    }
}

impl Location {
    /// From a line counted from 1 and a column counted from 0, as the parser counts.
    pub(super) fn new(line: usize, column: usize) -> Self {
        Self {
            line,
            column: column + 1,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}
