//! Which cluster label a file ends up with: the user's own, or ours.

use serde_yaml::Value;

use super::notice::{Notice, NoticeKind};
use super::refusal::{PatchRefusal, Reason};
use crate::remote_write::ClusterLabel;
use crate::text::filled_in::is_filled_in;

/// The label that counts from now on, and the note about it.
pub(super) struct ResolvedLabel {
    pub(super) value: String,
    pub(super) notice: Option<Notice>,
}

pub(super) fn resolve(
    found: Option<&Value>,
    desired: &ClusterLabel,
) -> Result<ResolvedLabel, PatchRefusal> {
    // Azure's dashboards, alerts and recording rules group by this label: without it the series of several clusters
    // become one.
    let ours = desired.value().to_owned();
    let Some(found) = found.and_then(text_of).filter(|found| *found != ours) else {
        return Ok(ResolvedLabel {
            value: ours,
            notice: None,
        });
    };
    let (value, what) = match desired {
        ClusterLabel::Default(_) | ClusterLabel::ByUser(_) => {
            // Another value starts new series, and a change of the external labels makes Prometheus build every queue
            // again.
            (found.clone(), NoticeKind::ClusterLabelKept { found, ours })
        }
        // One file is then for several clusters.
        ClusterLabel::Explicit(_) if is_filled_in(&found) && !is_filled_in(&ours) => {
            return Err(Reason::FilledInLabel { found, ours }.into());
        }
        ClusterLabel::Explicit(_) => (
            ours.clone(),
            NoticeKind::ClusterLabelReplaced { found, ours },
        ),
    };
    Ok(ResolvedLabel {
        value,
        notice: Some(Notice {
            location: None,
            what,
        }),
    })
}

/// As Prometheus reads it: a number is a label too.
fn text_of(label: &Value) -> Option<String> {
    match label {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
