//! Does the Helm release that the user named exist? A wrong name is refused before anything is made.

use std::collections::BTreeSet;

use crate::cluster::release_name::ReleaseName;
use crate::discover::Discovered;
use crate::discover::prometheus::DiscoveryError;
use crate::error::Failure;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::option;

/// Refuses a release that the cluster certainly does not have, before anything is made for it.
pub(super) async fn check(
    found: &Discovered,
    choice: Option<&PrometheusChoice>,
) -> Result<(), Failure> {
    let Some(PrometheusChoice::Release { namespace, name }) = choice else {
        return Ok(());
    };
    let (Ok(kubernetes), Err(DiscoveryError::Absent(_) | DiscoveryError::Unreadable { .. })) =
        (&found.kubernetes, &found.prometheus)
    else {
        return Ok(());
    };
    let wanted = |one: &&ReleaseName| {
        one.name == *name && namespace.as_ref().is_none_or(|it| *it == one.namespace)
    };
    // A user without the right to list the Secrets of all namespaces may still list those of one.
    let mut names = kubernetes.helm_release_names(None).await;
    if let (Err(_), Some(namespace)) = (&names, namespace) {
        names = kubernetes.helm_release_names(Some(namespace)).await;
    }
    match names {
        Ok(all) if all.iter().any(|one| wanted(&one)) => Ok(()),
        Ok(all) => Err(no_such_release(namespace.as_deref(), name, &all)),
        // Whether it exists is found out where it is read, in its own namespace if that is named.
        Err(_) => Ok(()),
    }
}

fn no_such_release(namespace: Option<&str>, name: &str, all: &BTreeSet<ReleaseName>) -> Failure {
    let place = namespace.map_or_else(String::new, |it| format!(" in namespace {it}"));
    let failure = Failure::usage(format!("find Helm release `{name}`{place}"));
    if all.is_empty() {
        return failure
            .reason("no Helm release is visible in the cluster")
            .next("name the Prometheus: --prometheus NAMESPACE/NAME");
    }
    let mut near: Vec<&ReleaseName> = all.iter().collect();
    near.sort_by_key(|one| (strsim::levenshtein(&one.name, name), one.namespace.clone()));
    let listed: Vec<String> = near
        .iter()
        // A cluster can have hundreds of releases, and the nearest names come first.
        .take(5)
        .map(|one| format!("{}/{}", one.namespace, one.name))
        .collect();
    let more = match all.len().saturating_sub(listed.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    failure
        .reason(format!(
            "the cluster has these Helm releases: {}{more}",
            listed.join(", ")
        ))
        .next(format!(
            "add {}",
            option("--prometheus", format!("release:{}", listed[0]))
        ))
}
