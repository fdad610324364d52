//! What a user should know of the running Helm release before a file is given to Helm.

use std::fmt;

/// Something that was seen in the running release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReleaseNotice {
    /// The lists of the running release are not known.
    NotCompared { why: String },
    /// A new file of values, for a release that was not looked at.
    ReplacesLists,
    /// The release is of a chart whose values have the keys in other places, or lack them.
    OtherChart {
        release: String,
        chart: String,
        expected: &'static str,
    },
    /// The newest revision of the release failed, or is otherwise not deployed. `used` is the revision whose values count.
    RevisionNotDeployed {
        release: String,
        revision: u64,
        status: String,
        used: u64,
    },
    /// An upgrade or rollback was started.
    RevisionPending {
        release: String,
        revision: u64,
        status: String,
    },
}

impl fmt::Display for ReleaseNotice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCompared { why } => write!(
                out,
                "the lists of the running release could not be compared with this file: {why}. Helm removes what the \
                 file does not have"
            ),
            Self::ReplacesLists => out.write_str(
                "Helm replaces whole lists: the lists of this file replace those of a running release. \
                 To keep those of the release, save the values that `helm get values` prints to a file, and add --input FILE",
            ),
            Self::OtherChart {
                release,
                chart,
                expected,
            } => write!(
                out,
                "Helm release `{release}` is of the chart `{chart}`, and this file has values for the chart `{expected}`. If \
                 `{chart}` depends on `{expected}`, they belong below the key `{expected}`"
            ),
            Self::RevisionNotDeployed {
                release,
                revision,
                status,
                used,
            } => {
                write!(
                    out,
                    "revision {revision} of Helm release `{release}` is marked {status}; an upgrade starts from the values of \
                     revision {used}"
                )
            }
            Self::RevisionPending {
                release,
                revision,
                status,
            } => write!(
                out,
                "revision {revision} of Helm release `{release}` is {status}, and Helm refuses an upgrade until this ends"
            ),
        }
    }
}
