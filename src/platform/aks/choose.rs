//! Chooses the cluster: from the answer and the list of Azure to exactly one resource id.

use thiserror::Error;

use super::user_entry::api_server;
use crate::azure::managed_clusters;
use crate::azure::resource_graph::ResourceRow;
use crate::azure::roles::{READ_CLUSTERS, least_role};
use crate::cluster::kubeconfig::KubeconfigContext;
use crate::error::{ExitCode, Failure};
use crate::next_step::NextStep;
use crate::similar_name::did_you_mean;
use crate::spec::choices::ClusterChoice;
use crate::spec::command_line::{az, option};
use crate::spec::ids::ResourceId;
use crate::spec::support;

/// Why no single cluster was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum NoCluster {
    #[error("no AKS cluster is visible in {searched}")]
    NothingThere { searched: String },
    #[error(
        "no cluster named `{name}` is visible in {searched}; visible: {}{}",
        first_of(visible),
        did_you_mean(name, visible.iter().map(String::as_str))
    )]
    NotFound {
        name: String,
        visible: Vec<String>,
        searched: String,
    },
    #[error("{} clusters are visible in {searched}", .ids.len())]
    Several {
        ids: Vec<ResourceId>,
        searched: String,
    },
    #[error("{} clusters have that name", .0.len())]
    SameName(Vec<ResourceId>),
    #[error("no cluster visible in {searched} has the API server {server}")]
    UnknownServer { server: String, searched: String },
    #[error("{0} is not an AKS cluster")]
    NotAks(ResourceId),
    #[error("{0} does not exist, or you are not allowed to read it")]
    Gone(ResourceId),
}

/// Some names, and how many more there are.
fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}

impl NoCluster {
    /// The failure as the user sees it; `choice` is the answer it came from.
    pub(super) fn into_failure(self, choice: Option<&ClusterChoice>) -> Failure {
        let doing = choice.map_or_else(
            || "choose a cluster".to_owned(),
            |choice| format!("find cluster `{choice}`"),
        );
        let failure = Failure::usage(doing).reason(self.to_string());
        match self {
            // Resource Graph leaves out what the caller may not read, without any sign of it: an empty list can mean a
            // missing role.
            Self::NothingThere { .. } => failure
                .next("look in another subscription with `--subscription`, or another tenant with `--tenant`")
                .next(format!(
                    "if it is there, ask for the role {} on it: resources that you are not allowed to read are not listed",
                    least_role(READ_CLUSTERS)
                ))
                .exit(ExitCode::Failed),
            Self::NotFound { .. } | Self::UnknownServer { .. } | Self::Gone(_) => failure
                .next(NextStep::run("list what is visible", az::list_clusters()))
                .next("check `--subscription` and `--tenant`: resources that you are not allowed to read are not listed")
                .exit(ExitCode::Failed),
            Self::Several { ids, .. } | Self::SameName(ids) => ids
                .iter()
                .fold(failure, |failure, id| failure.next(option("--cluster", id))),
            Self::NotAks(_) => failure.next(format!(
                "name an AKS cluster: this version supports {}",
                support::platforms()
            )),
        }
    }
}

/// The id that the answer names, by a name or as clusters of one name are listed; without an answer, the only AKS cluster there
/// is. `searched` names the places that were searched, for messages.
///
/// The resource group for what is created does not choose: a spec file would then mean another cluster as soon as one of the
/// same name is made in that group.
pub(super) fn choose(
    rows: &[ResourceRow],
    name: Option<&str>,
    searched: &str,
) -> Result<ResourceId, NoCluster> {
    let searched = searched.to_owned();
    let matching = ids(rows, |row| match name {
        // Azure compares names of resources without case, and Resource Graph returns ids in the casing of each service.
        Some(name) => row.name.eq_ignore_ascii_case(name) || is_listed_as(row, name),
        None => is_aks(&row.id),
    });
    match (matching.as_slice(), name) {
        ([id], _) => aks(id.clone()),
        ([], Some(name)) if !rows.is_empty() => Err(NoCluster::NotFound {
            name: name.to_owned(),
            visible: listed(rows),
            searched,
        }),
        ([], _) => Err(NoCluster::NothingThere { searched }),
        (_, Some(_)) => Err(NoCluster::SameName(matching)),
        (_, None) => Err(NoCluster::Several {
            ids: matching,
            searched,
        }),
    }
}

/// The names, each with its group where several clusters have it.
fn listed(rows: &[ResourceRow]) -> Vec<String> {
    let is_shared = |row: &ResourceRow| {
        let same = rows
            .iter()
            .filter(|other| other.name.eq_ignore_ascii_case(&row.name));
        same.count() > 1
    };
    let listed = rows.iter().map(|row| match row.id.resource_group_name() {
        Some(group) if is_shared(row) => format!("{} ({group})", row.name),
        _ => row.name.clone(),
    });
    listed.collect()
}

/// Clusters of one name are listed with their groups, as `prod (rg-a)`.
fn is_listed_as(row: &ResourceRow, name: &str) -> bool {
    let group = row.id.resource_group_name().unwrap_or_default();
    format!("{} ({group})", row.name).eq_ignore_ascii_case(name)
}

/// The id itself, when it is that of an AKS cluster.
pub(super) fn aks(id: ResourceId) -> Result<ResourceId, NoCluster> {
    if is_aks(&id) {
        Ok(id)
    } else {
        Err(NoCluster::NotAks(id))
    }
}

/// The AKS clusters that a context may lead to. `az aks get-credentials` names the user entry after group and
/// cluster, which settles it; else all in the region that the host of the API server names.
pub(super) fn behind(rows: &[ResourceRow], context: &KubeconfigContext) -> Vec<ResourceId> {
    let host = context.host().unwrap_or_default();
    let named = ids(rows, |row| {
        is_aks(&row.id) && api_server(&row.id, None).is_user_of(context)
    });
    if !named.is_empty() {
        return named;
    }
    ids(rows, |row| {
        // The host of a public API server is `<dns prefix>-<hash>.hcp.<region>.azmk8s.io`; that of a private one has
        // the region too.
        is_aks(&row.id) && host.contains(&format!(".{}.", row.region))
    })
}

pub(super) fn is_aks(id: &ResourceId) -> bool {
    id.is_kind(managed_clusters::KIND)
}

fn ids(rows: &[ResourceRow], wanted: impl Fn(&ResourceRow) -> bool) -> Vec<ResourceId> {
    let wanted = rows.iter().filter(|row| wanted(row));
    wanted.map(|row| row.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kubeconfig::Kubeconfig;
    use crate::spec::ids::Region;

    fn row(group: &str, kind: &str, name: &str) -> ResourceRow {
        let id = format!(
            "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/{group}/providers/{kind}/{name}"
        );
        ResourceRow {
            id: id.parse().unwrap(),
            name: name.into(),
            region: Region::parse("westeurope").unwrap(),
        }
    }

    fn aks_row(group: &str, name: &str) -> ResourceRow {
        row(group, managed_clusters::KIND, name)
    }

    #[test]
    fn a_name_finds_its_cluster_in_any_casing() {
        let rows = [aks_row("rg-a", "prod"), aks_row("rg-b", "test")];

        let found = choose(&rows, Some("PROD"), "subscription s").unwrap();

        assert_eq!(found, rows[0].id);
    }

    #[test]
    fn of_two_with_a_name_one_is_chosen_as_they_are_listed() {
        let rows = [aks_row("rg-a", "prod"), aks_row("rg-b", "prod")];

        let as_listed = choose(&rows, Some("prod (rg-b)"), "s").unwrap();

        assert_eq!(as_listed, rows[1].id);
    }

    #[test]
    fn two_of_a_name_are_listed_as_flags_to_paste() {
        let rows = [aks_row("rg-a", "prod"), aks_row("rg-b", "prod")];

        let error = choose(&rows, Some("prod"), "subscription s").unwrap_err();

        let choice = ClusterChoice::Name("prod".into());
        let failure = error.into_failure(Some(&choice));
        assert_eq!(failure.causes(), ["2 clusters have that name"]);
        assert_eq!(failure.next_steps()[0], format!("--cluster {}", rows[0].id));
        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }

    #[test]
    fn nothing_at_all_may_be_a_missing_permission() {
        let failure = choose(&[], Some("prod"), "subscription s")
            .unwrap_err()
            .into_failure(None);

        assert_eq!(
            failure.causes(),
            ["no AKS cluster is visible in subscription s"]
        );
        assert!(failure.next_steps()[1].line().contains("Reader"));
    }

    #[test]
    fn a_name_that_is_not_there_lists_the_visible_names() {
        let error = choose(&[aks_row("rg-a", "test")], Some("prod"), "subscription s").unwrap_err();

        assert_eq!(
            error.to_string(),
            "no cluster named `prod` is visible in subscription s; visible: test"
        );
    }

    #[test]
    fn visible_clusters_of_one_name_are_listed_with_their_groups() {
        let rows = [
            aks_row("rg-a", "prod"),
            aks_row("rg-b", "prod"),
            aks_row("rg-a", "test"),
        ];

        for name in ["prod (rg-c)", "pord"] {
            let error = choose(&rows, Some(name), "s").unwrap_err().to_string();

            let visible = "visible: prod (rg-a), prod (rg-b), test";
            assert!(error.contains(visible), "{error}");
        }
    }

    #[test]
    fn without_an_answer_the_only_aks_cluster_is_taken_and_two_are_not_guessed_between() {
        let arc = row("rg-a", "Microsoft.Kubernetes/connectedClusters", "edge");
        let one = [aks_row("rg-a", "prod"), arc.clone()];
        let two = [aks_row("rg-a", "prod"), aks_row("rg-a", "test")];

        assert_eq!(choose(&one, None, "s").unwrap(), one[0].id);
        assert!(matches!(
            choose(&two, None, "s"),
            Err(NoCluster::Several { .. })
        ));
        assert_eq!(
            choose(&one, Some("edge"), "s"),
            Err(NoCluster::NotAks(arc.id))
        );
    }

    #[test]
    fn many_visible_names_are_shortened() {
        let names: Vec<String> = (0..7).map(|number| format!("c{number}")).collect();

        assert_eq!(first_of(&names), "c0, c1, c2, c3, c4 and 2 more");
    }

    #[test]
    fn a_context_leads_to_the_cluster_that_its_user_entry_is_named_after() {
        let text = crate::cluster::fake::kubeconfig("https://10.0.0.1");
        let context = Kubeconfig::from_text(&text)
            .unwrap()
            .context("fake")
            .unwrap();
        let rows = [
            aks_row("rg-test", "aks-prod"),
            aks_row("RG-prod", "aks-prod"),
        ];

        assert_eq!(behind(&rows, &context), [rows[1].id.clone()]);
    }

    #[test]
    fn a_renamed_context_leads_to_the_region_of_its_server() {
        let text = crate::cluster::fake::kubeconfig("https://x-dns-1.hcp.westeurope.azmk8s.io:443")
            .replace("clusterUser_rg-prod_aks-prod", "me");
        let context = Kubeconfig::from_text(&text)
            .unwrap()
            .context("fake")
            .unwrap();

        assert_eq!(
            behind(&[aks_row("rg", "a"), aks_row("rg", "b")], &context).len(),
            2
        );
    }
}
