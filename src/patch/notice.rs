//! What a user should know of a file that is patched, beside the change itself.

use std::fmt;

use super::refusal::Spot;

/// Something that was seen in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) spot: Option<Spot>,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Another entry writes through the very same rule. `who` is a phrase: a name in backticks, or that there is none.
    Duplicate {
        who: String,
    },
    /// Another entry writes to the same workspace through another rule.
    SameWorkspace {
        who: String,
    },
    /// Another entry writes to this machine, where an Azure sidecar may listen.
    LocalProxy {
        who: String,
        host: String,
    },
    /// An entry that has nothing to do with us.
    SomeoneElse {
        who: String,
        host: String,
    },
    /// Our entry wrote to this URL until now.
    OldUrl {
        url: String,
    },
    /// Our entry had another name until now.
    Renamed {
        from: String,
        to: String,
    },
    /// The user's cluster label stays; ours would have been another.
    ClusterLabelKept {
        found: String,
        ours: String,
    },
    ClusterLabelReplaced {
        found: String,
        ours: String,
    },
    /// A key that contradicts what we write.
    Removed {
        path: String,
    },
    /// A list of the running release has an item that this file lacks.
    NotCarried {
        list: String,
        item: String,
    },
    /// How the file or the change fares in the cluster, as a clause.
    OfCluster {
        text: String,
    },
    /// A comment inside what is replaced.
    LostComment {
        text: String,
    },
}

impl Notice {
    pub(crate) fn of_cluster(text: String) -> Self {
        Self {
            spot: None,
            what: What::OfCluster { text },
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spot) = self.spot {
            write!(out, "line {}: ", spot.line)?;
        }
        self.what.fmt(out)
    }
}

impl fmt::Display for What {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { who } => {
                write!(
                    out,
                    "{who} writes through the same rule, so every sample arrives twice"
                )
            }
            Self::SameWorkspace { who } => write!(
                out,
                "{who} writes to the same workspace through another rule, so samples may arrive twice"
            ),
            Self::LocalProxy { who, host } => write!(
                out,
                "{who} writes to {host}; if an Azure sidecar listens there, samples arrive twice"
            ),
            Self::SomeoneElse { who, host } => {
                write!(out, "{who} writes to {host} and stays as it is")
            }
            Self::OldUrl { url } => write!(out, "this connection wrote to {url} until now"),
            Self::Renamed { from, to } => write!(
                out,
                "this connection was called `{from}`; the label remote_name of its metrics becomes `{to}`"
            ),
            Self::ClusterLabelKept { found, ours } => {
                write!(
                    out,
                    "the label cluster stays `{found}`; --cluster-label {ours} would change it"
                )
            }
            Self::ClusterLabelReplaced { found, ours } => write!(
                out,
                "the label cluster becomes `{ours}` instead of `{found}`: older and newer series differ in it"
            ),
            Self::Removed { path } => {
                write!(out, "`{path}` contradicts this connection and is taken out")
            }
            Self::NotCarried { list, item } => write!(
                out,
                "`{list}` of the running release has `{item}`, which this file lacks: with it, Helm takes that away"
            ),
            Self::OfCluster { text } => out.write_str(text),
            Self::LostComment { text } => {
                write!(out, "this comment goes with the lines it is in: {text}")
            }
        }
    }
}
