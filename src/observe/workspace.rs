//! Is the workspace there, and what takes its samples?

use super::Unobserved;
use crate::azure::{Reader, data_collection, workspaces};
use crate::facts::{FoundWorkspace, Ingestion};
use crate::spec::ids::ResourceId;

/// `None` when it does not exist.
pub(crate) async fn workspace(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<FoundWorkspace>, Unobserved> {
    let found = workspaces::get(azure, id).await;
    found.map_err(|error| Unobserved::new(format!("read workspace `{}`", id.name()), error))
}

/// The rule, and the endpoint that it is bound to now.
pub(crate) async fn ingestion(azure: &Reader, rule: &ResourceId) -> Result<Ingestion, Unobserved> {
    let doing = || format!("read data collection rule `{}`", rule.name());
    let found = data_collection::rule(azure, rule).await;
    let rule = found.map_err(|error| Unobserved::new(doing(), error))?;
    // The workspace names an endpoint too. The one that the rule is bound to decides: samples that enter by another
    // endpoint are refused.
    let endpoint = match rule.as_ref().and_then(|rule| rule.endpoint.as_ref()) {
        Some(id) => data_collection::endpoint(azure, id)
            .await
            .map_err(|error| {
                Unobserved::new(
                    format!("read data collection endpoint `{}`", id.name()),
                    error,
                )
            })?,
        None => None,
    };
    Ok(Ingestion { rule, endpoint })
}
