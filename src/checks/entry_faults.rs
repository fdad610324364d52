//! What is wrong with a remote write of this connection, wherever it was read?

use super::evidence::Evidence;
use crate::facts::Rule;
use crate::problem::Problem;
use crate::remote_write::{WrittenEntry, is_same_rule};
use crate::spec::cloud::CloudName;
use crate::spec::token_scope;

pub(super) const NO_AZUREAD: &str = "its azuread is missing or null";

/// What makes Azure refuse the samples.
pub(super) fn faults(
    entry: &WrittenEntry,
    url: &str,
    seen: &Evidence,
) -> Result<Vec<String>, Problem> {
    let workspace = seen.existing_workspace()?;
    let mut faults: Vec<String> = url_fault(url, &workspace.rule).into_iter().collect();
    faults.extend(cloud_fault(entry, seen.spec.cloud));
    faults.extend(scope_fault(entry, seen.spec.cloud));
    match entry.ids() {
        // `azuread:` without a value is valid to Prometheus and means no authentication: Azure answers 401 to every
        // batch.
        None => faults.push(NO_AZUREAD.to_owned()),
        Some(ids) => {
            let client = &seen.existing_principal()?.client_id;
            let (client_id, tenant_id) = (ids.client_id.as_deref(), ids.tenant_id.as_deref());
            faults.extend(differs("client_id", client_id, client.as_str()));
            faults.extend(differs("tenant_id", tenant_id, seen.spec.tenant.as_str()));
        }
    }
    let container = entry.sidecar().map(|sidecar| &sidecar.name);
    Ok(match container {
        Some(name) => faults
            .into_iter()
            .map(|fault| format!("{fault} (in container `{name}`)"))
            .collect(),
        None => faults,
    })
}

fn url_fault(url: &str, rule: &Rule) -> Option<String> {
    // A workspace that was deleted and made again has a rule with another immutable id; the old URL then answers 404,
    // and Prometheus drops the samples.
    if !is_same_rule(url, &rule.write_url()) {
        return Some(format!(
            "its url does not name the current rule {}",
            rule.immutable_id
        ));
    }
    // The slash after the host belongs to the path of the URL, and Azure reports endpoints with and without it.
    let endpoint = rule.metrics_endpoint.trim_end_matches('/');
    // A host name has no upper and lower case.
    let goes_there = url
        .get(..endpoint.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(endpoint));
    (!goes_there).then(|| format!("its url does not go to {}", rule.metrics_endpoint))
}

/// Prometheus asks the Entra of this cloud for the token, and another cloud's knows neither the tenant nor the resource.
fn cloud_fault(entry: &WrittenEntry, cloud: CloudName) -> Option<String> {
    // Prometheus takes an empty one for the public cloud.
    let written = entry.cloud.as_deref().filter(|text| !text.is_empty());
    let written = written.unwrap_or(CloudName::Public.row().prometheus);
    let expected = cloud.row().prometheus;
    (entry.block.is_some() && written != expected)
        .then(|| format!("its cloud is {written}, not {expected}"))
}

/// A scope of one's own is possible; that of another service or cloud, or no URL at all, gets no token that Azure takes.
fn scope_fault(entry: &WrittenEntry, cloud: CloudName) -> Option<String> {
    let scope = entry.scope.as_deref()?;
    let fault = token_scope::scope_fault(scope, cloud)?;
    Some(format!("its scope `{scope}` {fault}"))
}

/// An id that is not in the file is not compared: not every way of signing in has both.
fn differs(field: &str, written: Option<&str>, expected: &str) -> Option<String> {
    let written = written.filter(|written| !written.eq_ignore_ascii_case(expected))?;
    Some(format!("its {field} is {written}, not {expected}"))
}
