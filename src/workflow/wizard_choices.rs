//! Finds the choices that the wizard offers: in Azure, in the cluster and in the current folder, when a question needs them.

use std::path::{Path, PathBuf};

use crate::azure::{cli_profile, resource_graph, subscriptions};
use crate::cluster::kubeconfig::{Kubeconfig, KubeconfigContext};
use crate::cluster::server::PrometheusServer;
use crate::compat::{Installation, Requirements, Severity, Version, advise};
use crate::discover;
use crate::error::Failure;
use crate::platform;
use crate::problem::Problem;
use crate::spec::answers::Answers;
use crate::spec::choices::{PrometheusChoice, SignIn};
use crate::spec::ids::SubscriptionId;
use crate::spec::interview::found::{
    ListedCluster, ListedPrometheus, ListedSubscription, ListedWorkspace,
};
use crate::spec::interview::{Interview, InterviewMode, Lookup, LookupResult};
use crate::target::Target;
use crate::target::resource_kind::ResourceKind;
use crate::text::natural_order::natural_order;
use crate::workflow::session::Session;

/// What a command asks of the person at the terminal. `cli` implements it; tests can answer by themselves.
pub(crate) trait Dialog {
    /// How much may be asked at most.
    fn asking(&self) -> InterviewMode;

    /// Asks the open questions of an interview; `look` finds the choices. `doing` completes "cannot …".
    async fn interview(
        &self,
        interview: &mut Interview,
        doing: &str,
        look: impl AsyncFn(Lookup, &Interview) -> Result<LookupResult, Failure>,
    ) -> Result<(), Failure>;

    /// Takes note of the answers, and shows where each came from, if the user asked for that (`-v`).
    fn explain(&self, answers: &Answers);
}

/// Asks for open answers as `mode` allows, including the subscription; fails with the list of what cannot be asked for.
pub(crate) async fn interview(
    dialog: &impl Dialog,
    mode: InterviewMode,
    session: &Session,
    answers: Answers,
    doing: &str,
) -> Result<(Answers, Option<String>), Failure> {
    let mut interview = Interview::new(mode, answers, session.subscription.clone());
    let look = async |what: Lookup, interview: &Interview| look(session, what, interview).await;
    dialog.interview(&mut interview, doing, look).await?;
    Ok((interview.answers().clone(), interview.subscription()))
}

async fn look(
    session: &Session,
    what: Lookup,
    interview: &Interview,
) -> Result<LookupResult, Failure> {
    match what {
        Lookup::Subscriptions => subscriptions(session).await,
        Lookup::Clusters => clusters(session, interview).await,
        Lookup::Prometheus => prometheus(session, interview).await,
        Lookup::Workspaces => workspaces(session, interview).await,
        Lookup::Files => Ok(LookupResult::Files(files_like(interview))),
    }
}

async fn subscriptions(session: &Session) -> Result<LookupResult, Failure> {
    let found = subscriptions::list(&session.azure)
        .await
        .map_err(|error| Failure::new("list the subscriptions").azure(error))?;
    // `az account set` chose it, perhaps for other work: it is only recommended.
    let default = match session.is_embedded() {
        true => None,
        false => cli_profile::default_subscription(),
    };
    let usable = found
        .into_iter()
        // A disabled subscription is listed like any other, and every write in it is refused.
        .filter(subscriptions::Subscription::takes_writes);
    Ok(LookupResult::Subscriptions(
        usable
            .map(|one| ListedSubscription {
                current: default.as_ref() == Some(&one.id),
                id: one.id,
                name: one.name,
            })
            .collect(),
    ))
}

/// The subscription of the interview for Resource Graph, which takes ids only. A name became an id when it was chosen.
fn scope(interview: &Interview) -> Option<Vec<SubscriptionId>> {
    let id = SubscriptionId::parse(&interview.subscription()?).ok()?;
    Some(vec![id])
}

/// A subscription that is not visible, or takes no changes, is named before anything is asked in it.
async fn clusters(session: &Session, interview: &Interview) -> Result<LookupResult, Failure> {
    let kind = interview.answers().given().platform_kind();
    let only = match interview.subscription() {
        Some(wanted) => Some([session.find_subscription(&wanted).await?]),
        None => None,
    };
    let only = only.as_ref().map(<[SubscriptionId; 1]>::as_slice);
    let rows = platform::list(&session.azure, kind, only).await?;
    let context = current_context(session);
    let context = context.as_ref();
    let found = rows.into_iter().map(|row| ListedCluster {
        current: context.is_some_and(|context| row.is_behind(context)),
        platform: row.platform,
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by(|one, other| natural_order(one.platform.name(), other.platform.name()));
    Ok(LookupResult::Clusters(found))
}

/// The context that kubectl uses now. A kubeconfig that cannot be read has none: it only decides which choice is recommended.
fn current_context(session: &Session) -> Option<KubeconfigContext> {
    match session.is_embedded() {
        true => None,
        false => Kubeconfig::local().ok()?.current(),
    }
}

/// A cluster that cannot be read is not one without a Prometheus. Where a list may not be read, the only server in the
/// others need not be the one to connect, so the user has to name it.
async fn prometheus(session: &Session, interview: &Interview) -> Result<LookupResult, Failure> {
    let given = interview.answers().given();
    let only = scope(interview);
    let (kind, choice) = (given.platform_kind(), given.cluster.as_ref());
    let platform = platform::find(&session.azure, kind, choice, only.as_deref()).await?;
    let kubernetes = session
        .api_servers
        .reach(&session.azure, &platform, choice)
        .await;
    let unseen = |problem: Problem| {
        Failure::new("list the Prometheus servers of the cluster")
            .problem(problem)
            .next("or name the one to connect: --prometheus NAMESPACE/NAME or file:PATH")
    };
    let servers = kubernetes.map_err(unseen)?.prometheus_servers().await;
    if let Some(error) = servers.unseen.first() {
        return Err(unseen(error.into()));
    }
    let found = servers.found.iter().map(found_prometheus);
    Ok(LookupResult::Prometheus(found.collect()))
}

fn found_prometheus(server: &PrometheusServer) -> ListedPrometheus {
    let kind = match server.resource_kind() {
        Some(ResourceKind::Prometheus) => "managed by the Operator",
        Some(ResourceKind::PrometheusAgent) => "an agent managed by the Operator",
        None => "a plain workload",
    };
    let version = server
        .version
        .as_deref()
        .map_or_else(String::new, |version| format!(", Prometheus {version}"));
    ListedPrometheus {
        choice: PrometheusChoice::Workload {
            namespace: server.namespace.clone(),
            name: server.name.clone(),
        },
        about: format!("{kind}{version}"),
        targets: discover::prometheus::targets(server),
        refuses: refused(server.version.as_deref()),
    }
}

/// The sign-in methods that this version of Prometheus does not support, with the reason.
fn refused(version: Option<&str>) -> Vec<(SignIn, String)> {
    let Some(version) = version.and_then(|text| text.parse::<Version>().ok()) else {
        return Vec::new();
    };
    let installation = Installation {
        // The limits of the Operator come later: the target is not chosen yet.
        target: Target::PrometheusYml,
        prometheus: Some(version),
        operator: None,
    };
    SignIn::ALL
        .iter()
        .copied()
        .filter_map(|sign_in| {
            let refusal = advise(&installation, Requirements::of(sign_in.feature()))
                .into_iter()
                .find(|advice| advice.level >= Severity::RefuseUnlessForced)?;
            Some((sign_in, refusal.problem.why()))
        })
        .collect()
}

async fn workspaces(session: &Session, interview: &Interview) -> Result<LookupResult, Failure> {
    let rows = resource_graph::workspaces(&session.azure, scope(interview).as_deref())
        .await
        .map_err(|error| Failure::new("list the workspaces").azure(error))?;
    // Resource Graph sorts the ids as texts, with 10 before 2.
    let mut rows = rows;
    rows.sort_by(|one, other| natural_order(&one.id.to_string(), &other.id.to_string()));
    Ok(LookupResult::Workspaces(
        rows.into_iter()
            .map(|row| ListedWorkspace {
                id: row.id,
                region: row.region,
            })
            .collect(),
    ))
}

/// YAML files of the current folder whose names fit the target.
fn files_like(interview: &Interview) -> Vec<PathBuf> {
    let target = interview.answers().given().target;
    let wanted = target.unwrap_or(Target::MOST_COMMON).usual_name();
    let Ok(folder) = std::fs::read_dir(Path::new(".")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = folder
        .filter_map(|entry| Some(PathBuf::from(entry.ok()?.file_name())))
        .filter(|path| {
            let name = path.to_string_lossy().to_lowercase();
            name.contains(wanted) && (name.ends_with(".yml") || name.ends_with(".yaml"))
        })
        .collect();
    found.sort_by_cached_key(|path| (rank(path, wanted), path.clone()));
    found
}

/// The file of the usual name first, and copies that a person or a program kept last.
fn rank(path: &Path, usual: &str) -> u8 {
    let stem = path.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy().to_lowercase();
    let mut words = stem.split(|letter: char| !letter.is_alphanumeric());
    if stem == usual {
        0
    } else if words.any(|word| COPIES.contains(&word)) {
        2
    } else {
        1
    }
}

/// Words in the names of copies that are not in use.
const COPIES: [&str; 8] = [
    "orig", "original", "bak", "backup", "old", "copy", "example", "sample",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_name_comes_first_and_copies_come_last() {
        let names = [
            ("values.yaml", 0),
            ("Values.yml", 0),
            ("values-prod.yaml", 1),
            ("values.orig.yaml", 2),
            ("values-old.yaml", 2),
            ("values_backup.yml", 2),
            ("values-threshold.yaml", 1),
        ];

        for (name, expected) in names {
            assert_eq!(rank(Path::new(name), "values"), expected, "{name}");
        }
    }
}
