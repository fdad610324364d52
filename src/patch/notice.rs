//! What a user should know about a patched file, in addition to the change itself.

use std::fmt;

use super::misplaced_effect::effect_of_misplaced;
use super::refusal::Location;
use super::release_notice::ReleaseNotice;
use super::unknown_key_edit::UnknownKeyEdit;
use crate::remote_write::is_init_containers;
use crate::spec::command_line::option;

/// Something that was seen in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) location: Option<Location>,
    pub(crate) what: NoticeKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoticeKind {
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
    /// Another entry writes to a host with the name of Azure's proxies.
    NamedProxy {
        who: String,
        host: String,
    },
    /// An entry that has nothing to do with us.
    OtherDestination {
        who: String,
        host: String,
    },
    /// Another entry writes to a sandbox that has ended.
    LeftOver {
        who: String,
    },
    /// The same, which becomes ours.
    TrialReplaced {
        who: String,
    },
    /// An entry whose URL is not known.
    NoUrl,
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
    /// A key that the program that reads the file does not know.
    UnknownKey(Box<UnknownKeyEdit>),
    /// So many more of them at the same place, which are not named.
    MoreUnknownKeys(usize),
    /// Something for which the program refuses an entry or the file.
    BrokenRule {
        text: String,
    },
    /// A remote write at a place from which nothing takes one. `place` is where it belongs.
    MisplacedEntry {
        path: String,
        place: String,
        is_fatal: bool,
    },
    /// A proxy at a place from which nothing takes containers. `place` is where they belong.
    MisplacedProxy {
        container: String,
        kind: &'static str,
        path: String,
        place: String,
    },
    /// An entry whose URL is filled in by another program.
    VariableUrl {
        who: String,
        url: String,
    },
    /// A controller merges the values at `place` over others, whose lists they replace.
    MergedOver {
        place: String,
        other: String,
    },
    /// A list of the running release has an item that this file lacks.
    MissingListItem {
        list: String,
        item: String,
    },
    /// The running release has a value that this file takes away.
    MissingValue {
        path: String,
    },
    /// A list of the live resource has an item that this file lacks; as a clause.
    NotInFile {
        text: String,
    },
    /// The cluster has another value than this file; as a clause.
    OtherValue {
        text: String,
    },
    /// How the file or the change fares in the cluster, as a clause.
    OfCluster {
        text: String,
    },
    /// Of the Helm release that the file is for.
    Release(ReleaseNotice),
    /// A comment inside what is replaced.
    LostComment {
        text: String,
    },
    /// A comment of a file that another text replaces.
    LeftOutComment {
        text: String,
    },
}

impl Notice {
    pub(crate) fn of_cluster(text: String) -> Self {
        Self {
            location: None,
            what: NoticeKind::OfCluster { text },
        }
    }

    /// The object `name` in the cluster could not be read.
    pub(crate) fn not_compared(name: &str, why: &str) -> Self {
        Self::of_cluster(format!(
            "{name} of the cluster could not be compared with this file: {why}"
        ))
    }

    pub(crate) fn not_in_file(text: String) -> Self {
        Self {
            location: None,
            what: NoticeKind::NotInFile { text },
        }
    }

    /// Whether it already reports what happens to the key at this path.
    pub(super) fn names_key(&self, path: &str) -> bool {
        matches!(&self.what, NoticeKind::UnknownKey(key) if key.path == path)
    }

    /// Whether the cluster has something that the file would take away.
    pub(crate) fn is_loss(&self) -> bool {
        matches!(
            self.what,
            NoticeKind::MissingListItem { .. }
                | NoticeKind::MissingValue { .. }
                | NoticeKind::NotInFile { .. }
        )
    }

    /// `path` is `from` in `place`, and applying the file makes it `to`.
    pub(crate) fn other_value(place: &str, path: &str, from: &str, to: &str) -> Self {
        Self {
            location: None,
            what: NoticeKind::OtherValue {
                text: format!("`{path}` is {from} in {place}, and this file makes it {to}"),
            },
        }
    }

    /// Whether the file would change a value of the cluster that has nothing to do with the connection.
    pub(crate) fn is_change(&self) -> bool {
        matches!(self.what, NoticeKind::OtherValue { .. })
    }

    /// Those that keep a step from being printed come first: a long list is cut.
    pub(crate) fn most_important_first(mut notices: Vec<Self>) -> Vec<Self> {
        notices.sort_by_key(|notice| !(notice.is_loss() || notice.is_change()));
        notices
    }

    pub(crate) fn of_release(notice: ReleaseNotice) -> Self {
        Self {
            location: None,
            what: NoticeKind::Release(notice),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = self.location {
            write!(out, "line {}: ", location.line)?;
        }
        self.what.fmt(out)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { .. }
            | Self::SameWorkspace { .. }
            | Self::LocalProxy { .. }
            | Self::NamedProxy { .. }
            | Self::OtherDestination { .. }
            | Self::LeftOver { .. }
            | Self::TrialReplaced { .. }
            | Self::NoUrl
            | Self::VariableUrl { .. }
            | Self::OldUrl { .. }
            | Self::Renamed { .. } => self.write_entry(out),
            Self::ClusterLabelKept { found, ours } => {
                write!(
                    out,
                    "the label cluster stays `{found}`; {} would change it",
                    option("--cluster-label", ours)
                )
            }
            Self::ClusterLabelReplaced { found, ours } => write!(
                out,
                "the label cluster becomes `{ours}` instead of `{found}`: older and newer series differ in it"
            ),
            Self::Removed { path } => {
                write!(
                    out,
                    "`{path}` conflicts with this connection and is removed"
                )
            }
            Self::UnknownKey(key) => key.fmt(out),
            Self::MoreUnknownKeys(count) => write!(
                out,
                "{count} more keys that Prometheus does not know are not named here"
            ),
            Self::BrokenRule { text } => out.write_str(text),
            Self::MisplacedEntry { .. } | Self::MisplacedProxy { .. } | Self::MergedOver { .. } => {
                self.write_place(out)
            }
            Self::MissingListItem { list, item } => write!(
                out,
                "the running release has `{item}` in `{list}`; this file does not, so `helm upgrade` would remove it"
            ),
            Self::MissingValue { path } => write!(
                out,
                "the running release has `{path}`; this file does not, so `helm upgrade` would remove it"
            ),
            Self::NotInFile { text } | Self::OtherValue { text } | Self::OfCluster { text } => {
                out.write_str(text)
            }
            Self::Release(notice) => notice.fmt(out),
            Self::LostComment { text } => {
                write!(out, "this comment is removed with its lines: {text}")
            }
            Self::LeftOutComment { text } => write!(
                out,
                "the file that is replaced has a comment that the new text does not have: {text}"
            ),
        }
    }
}

fn write_misplaced(
    out: &mut fmt::Formatter<'_>,
    path: &str,
    place: &str,
    is_fatal: bool,
) -> fmt::Result {
    let effect = if is_fatal {
        effect_of_misplaced(path)
    } else {
        "nothing reads"
    };
    write!(
        out,
        "{effect} the remote write at `{path}`; it belongs in `{place}`"
    )
}

impl NoticeKind {
    /// What is to be known of a place of the file.
    fn write_place(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MisplacedEntry {
                path,
                place,
                is_fatal,
            } => write_misplaced(out, path, place, *is_fatal),
            Self::MisplacedProxy {
                container,
                kind,
                path,
                place,
            } if is_init_containers(path) => write!(
                out,
                "container `{container}` ({kind}) in `{path}` has no `restartPolicy: Always`, so it does not run beside Prometheus; \
                 containers that do belong in `{place}`"
            ),
            Self::MisplacedProxy {
                container,
                kind,
                path,
                place,
            } => write!(
                out,
                "nothing reads `{path}`, so container `{container}` ({kind}) does not run; containers belong in `{place}`"
            ),
            Self::MergedOver { place, other } => write!(
                out,
                "the values at `{place}` are merged over those of {other}, which were not read, and a list here replaces the whole list there"
            ),
            _ => Ok(()),
        }
    }

    /// What an entry means for this connection.
    fn write_entry(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { who } => {
                write!(
                    out,
                    "{who} writes through the same rule, so samples that both send arrive twice"
                )
            }
            Self::SameWorkspace { who } => write!(
                out,
                "{who} writes to the same workspace through another rule, so samples may arrive twice"
            ),
            // Any program can listen on loopback, so this is no more than a note.
            Self::LocalProxy { who, host } => write!(
                out,
                "{who} writes to {host}; if an Azure sidecar listens there, samples arrive twice, and `amw-rw migrate` replaces it"
            ),
            Self::NamedProxy { who, host } => write!(
                out,
                "{who} writes to {host}, which has the name of a proxy to Azure Monitor. If it writes to this workspace, \
                 samples arrive twice; `amw-rw migrate` replaces it"
            ),
            Self::OtherDestination { who, host } => {
                write!(out, "{who} writes to {host} and is not changed")
            }
            Self::OldUrl { url } => write!(out, "this connection wrote to {url} until now"),
            // Prometheus' own metrics of a remote write have its name in this label.
            Self::Renamed { from, to } => write!(
                out,
                "the remote write `{from}` is renamed to `{to}`, and so is the label remote_name of its metrics"
            ),
            Self::LeftOver { who } => write!(
                out,
                "{who} is left over from a trial with --sandbox and writes to nothing any more; remove it"
            ),
            Self::TrialReplaced { who } => write!(
                out,
                "{who} is left over from a trial with --sandbox, and this connection takes its place"
            ),
            Self::NoUrl => out.write_str(
                "this entry has no url and is not changed; Prometheus does not start with such an entry",
            ),
            Self::VariableUrl { who, url } => write!(
                out,
                "{who} writes to `{url}`, which is filled in later. If that is this workspace, every sample arrives \
                 twice: keep one of the two"
            ),
            _ => Ok(()),
        }
    }
}
