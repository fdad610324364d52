//! Why a file is left alone, where in it the reason is, and what to paste by hand instead.

use std::fmt;

use crate::render::Unwritable;

/// The file was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatchRefusal {
    pub(crate) reason: Reason,
    pub(crate) spot: Option<Spot>,
    /// The block that would have been put in, as YAML from column 0, without secrets; empty if it is unknown.
    pub(crate) paste: String,
}

/// A place in a text, both numbers counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("this is not valid YAML: {0}")]
    NotYaml(String),
    #[error("a tab stands where only blanks may indent")]
    Tab,
    #[error("these are Go template expressions, whose result is known to Helm alone")]
    GoTemplate,
    #[error("the file holds {0} YAML documents, and only a file with one can be edited safely")]
    SeveralDocuments(usize),
    #[error("the file holds no resource of the kind that is meant")]
    NoResource,
    #[error("the file holds {0} resources of this kind; which one is meant?")]
    SeveralResources(usize),
    #[error(
        "the ConfigMap holds {0} entries that are a configuration of Prometheus, where one is expected"
    )]
    NoConfiguration(usize),
    #[error("`{path}` is a block whose lines are indented in an unusual way")]
    Unaligned { path: String },
    #[error("the key `{key}` is here a second time; it was on line {first} already")]
    DuplicateKey { key: String, first: usize },
    #[error("the file as a whole is {0} where a map is expected")]
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
    #[error("`{path}` is inherited through a merge key (`<<`), and a key of its own would hide it")]
    Inherited { path: String },
    #[error("another remote write, to {url}, is already called `{name}`")]
    NameTaken { name: String, url: String },
    #[error(
        "one remote write is called `{name}` and another one writes through the same rule; which one is ours?"
    )]
    TwoMatches { name: String },
    #[error("`{path}` defines the remote writes a second time, and the chart would write both")]
    SecondDefinition { path: String },
    #[error(
        "`{path}` takes the configuration from another place, and what is written here counts for nothing"
    )]
    Elsewhere { path: String },
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    #[error(
        "a second reading of the result found more changed than was meant, so nothing is written"
    )]
    Unproven,
}

impl PatchRefusal {
    pub(super) fn new(reason: Reason) -> Self {
        Self {
            reason,
            spot: None,
            paste: String::new(),
        }
    }

    pub(super) fn at(self, spot: Spot) -> Self {
        Self {
            spot: Some(spot),
            ..self
        }
    }

    pub(super) fn with_paste(self, paste: String) -> Self {
        Self { paste, ..self }
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
        if let Some(spot) = self.spot {
            write!(out, "{spot}: ")?;
        }
        self.reason.fmt(out)
    }
}

impl Spot {
    /// From a line counted from 1 and a column counted from 0, as the parser counts.
    pub(super) fn new(line: usize, column: usize) -> Self {
        Self {
            line,
            column: column + 1,
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}
