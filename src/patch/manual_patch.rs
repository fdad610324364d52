//! What to paste where a file cannot be edited safely.

use serde_yaml::{Mapping, Value};

use super::refusal::Reason;
use crate::compat::Installation;
use crate::remote_write::RemoteWrite;
use crate::render::{BlockStyle, Desired, block_lines, without_secrets};
use crate::target::{Target, at_path};

/// The block that is missing, from the top of the file on; what `found` says already is left out.
pub(super) fn paste(
    installation: &Installation,
    remote_write: &RemoteWrite,
    prefix: &[&str],
    found: &Value,
) -> String {
    match missing(installation, remote_write, found) {
        Some(missing) => block(prefix, missing),
        None => String::new(),
    }
}

/// The same where the remote write belongs to another place than the target's own list.
pub(super) fn paste_for(
    reason: &Reason,
    installation: &Installation,
    remote_write: &RemoteWrite,
    prefix: &[&str],
    found: &Value,
) -> String {
    let target = installation.target;
    let Some(mut missing) = missing(installation, remote_write, found) else {
        return String::new();
    };
    if let Reason::Elsewhere { path } = reason {
        take(&mut missing, target.lists()[0]);
        take(&mut missing, target.cluster_label());
        let configuration = Installation {
            target: Target::ConfigMap,
            ..installation.clone()
        };
        // What the chart takes from elsewhere is a plain prometheus.yml, in the spelling of Prometheus.
        let native = paste(&configuration, remote_write, &[], &Value::Null);
        let has_more = missing.as_mapping().is_some_and(|map| !map.is_empty());
        let values = if has_more {
            block(prefix, missing)
        } else {
            String::new()
        };
        return format!("{values}# and in the configuration that {path} names:\n{native}");
    }
    let second = target.second_definition(found);
    if let Some(path) = second.filter(|path| at_path(found, path).is_some_and(Value::is_sequence))
        && let Some(list) = take(&mut missing, target.lists()[0])
    {
        Desired::Is(list).under(path).apply(&mut missing);
    }
    block(prefix, missing)
}

fn missing(
    installation: &Installation,
    remote_write: &RemoteWrite,
    found: &Value,
) -> Option<Value> {
    // kube-prometheus-stack evaluates `{{` in `remoteWrite`, and writes `additionalRemoteWrite` as it is, so a new
    // entry goes there.
    let place = installation.target.new_place();
    let desired = installation.desired(remote_write, place, found).ok()?;
    desired.unmet(Some(found))?.new_value()
}

fn block(prefix: &[&str], missing: Value) -> String {
    let whole = Desired::Is(missing).under(prefix).new_value();
    let lines = block_lines(&whole.unwrap_or_default(), BlockStyle::default());
    // The block is printed on a terminal, and can end up in the log of a pipeline.
    without_secrets(&(lines.join("\n") + "\n"))
}

/// Takes out what is at the end of a path, and the maps above it that hold nothing else.
fn take(value: &mut Value, path: &[&str]) -> Option<Value> {
    let [first, rest @ ..] = path else {
        return None;
    };
    let map = value.as_mapping_mut()?;
    if rest.is_empty() {
        return map.remove(*first);
    }
    let below = map.get_mut(*first)?;
    let taken = take(below, rest);
    if below.as_mapping().is_some_and(Mapping::is_empty) {
        map.remove(*first);
    }
    taken
}
