//! How do we get at the cluster's API server? Through the context that was named, one that leads there, or Azure.

use secrecy::ExposeSecret;
use tokio::sync::Mutex;

use crate::azure::RefusalMeaning;
use crate::azure::error::Refusal;
use crate::azure::managed_clusters;
use crate::azure::roles::{GET_KUBECONFIG, least_role};
use crate::azure::{AzureError, Reader};
use crate::cluster::Kubernetes;
use crate::cluster::azure_kubeconfig::AzureKubeconfig;
use crate::cluster::error::ClusterError;
use crate::cluster::kubeconfig::{Kubeconfig, KubeconfigContext};
use crate::next_step::NextStep;
use crate::platform::{ApiServerIdentity, FoundPlatform};
use crate::problem::Problem;
use crate::spec::choices::ClusterChoice;
use crate::spec::command_line::KubeContext;
use crate::spec::ids::ResourceId;
use crate::spec::platform::Platform;

/// No way to the API server: what was tried with its result, and what to do.
#[derive(Default)]
struct Attempts {
    tried: Vec<String>,
    /// What to do, each step once, and what any of the tries was about: rights, or an answer that cannot be read.
    problem: Problem,
}

impl Attempts {
    fn add(&mut self, what: &str, error: &ClusterError) {
        self.tried.push(format!("{what}: {error}"));
        self.join(Problem::default().of_permission(error.is_denied()));
        self.advise_all(&Problem::from(error));
    }

    fn add_azure(&mut self, error: AzureError) {
        let answer = match error.refusal() {
            Some(Refusal { code, ids, .. }) => format!("Azure answered {code} ({ids})"),
            None => format!("{error}"),
        };
        self.tried
            .push(format!("the user credentials that Azure returns: {answer}"));
        let is_forbidden = error.means(RefusalMeaning::Forbidden);
        let problem = Problem::from(error);
        self.join(
            Problem::default()
                .of_permission(problem.is_permission())
                .of_failed_read(problem.is_failed_read()),
        );
        if is_forbidden {
            self.advise(format!(
                "ask for the role {} on the cluster",
                least_role(GET_KUBECONFIG)
            ));
        } else {
            self.advise_all(&problem);
        }
    }

    fn advise_all(&mut self, problem: &Problem) {
        let steps = problem.next_steps().iter().cloned();
        steps.for_each(|step| self.advise(step));
    }

    fn advise(&mut self, step: impl Into<NextStep>) {
        let step = step.into();
        if !self.problem.next_steps().contains(&step) {
            self.join(Problem::default().next(step));
        }
    }

    fn join(&mut self, problem: Problem) {
        self.problem = std::mem::take(&mut self.problem).and(problem);
    }

    fn into_problem(self) -> Problem {
        Problem::new(self.tried.join("; ")).and(self.problem)
    }
}

/// The API servers that one command has reached: each is signed in to once, and remembers its long lists.
#[derive(Default)]
pub(crate) struct ApiServers {
    reached: Mutex<Vec<ReachedServer>>,
    /// The clusters are those of a sandbox, to which no context of the user's kubeconfig leads.
    are_in_sandbox: bool,
}

struct ReachedServer {
    platform: Platform,
    choice: Option<ClusterChoice>,
    kubernetes: Kubernetes,
}

impl ApiServers {
    /// Those of a sandbox that ends with this command. A context of the user's can have the name of its cluster, and a
    /// token for their own cluster must not go there.
    pub(crate) fn of_sandbox() -> Self {
        Self {
            are_in_sandbox: true,
            ..Self::default()
        }
    }

    /// The API server of `platform`, reached as `choice` specifies.
    pub(crate) async fn reach(
        &self,
        azure: &Reader,
        platform: &FoundPlatform,
        choice: Option<&ClusterChoice>,
    ) -> Result<Kubernetes, Problem> {
        // Held across the sign-in on purpose: a second caller waits for it and does not run a sign-in plugin twice.
        let mut reached = self.reached.lock().await;
        // Only a context has the way there; a name and an id lead to the same place.
        let choice = choice.filter(|choice| matches!(choice, ClusterChoice::Context(_)));
        let is_same = |one: &&ReachedServer| {
            one.platform == platform.platform && one.choice.as_ref() == choice
        };
        if let Some(known) = reached.iter().find(is_same) {
            return Ok(known.kubernetes.clone());
        }
        let kubernetes = match self.are_in_sandbox {
            true => reach_in_sandbox(azure, platform).await?,
            false => reach(azure, platform, choice).await?,
        };
        reached.push(ReachedServer {
            platform: platform.platform.clone(),
            choice: choice.cloned(),
            kubernetes: kubernetes.clone(),
        });
        Ok(kubernetes)
    }
}

/// The credentials of the user's kubeconfig are not for a cluster of the sandbox, so only Azure's lead there.
async fn reach_in_sandbox(azure: &Reader, platform: &FoundPlatform) -> Result<Kubernetes, Problem> {
    let Some(cluster) = platform.platform.managed_cluster() else {
        return Err(no_api_server(platform));
    };
    let mut failed = Attempts::default();
    let kubernetes = by_azure(azure, cluster, &mut failed).await;
    kubernetes.ok_or_else(|| failed.into_problem())
}

fn no_api_server(platform: &FoundPlatform) -> Problem {
    let (kind, name) = (platform.platform.kind(), platform.platform.name());
    Problem::new(format!("{kind} {name} has no API server that is known"))
}

/// Signs in to the API server of `platform`. Ignores the current kubeconfig context: it may point to another cluster.
pub(crate) async fn reach(
    azure: &Reader,
    platform: &FoundPlatform,
    choice: Option<&ClusterChoice>,
) -> Result<Kubernetes, Problem> {
    let Some(api_server) = &platform.api_server else {
        return Err(no_api_server(platform));
    };
    let mut failed = Attempts::default();
    let (what, local) = match choice {
        Some(ClusterChoice::Context(name)) => (format!("context `{name}`"), named(name).map(Some)),
        _ => ("the kubeconfig".to_owned(), leading_to(api_server)),
    };
    let mut unusable = None;
    let mut is_interrupted = false;
    let mut note = |what: &str, error: &ClusterError| {
        is_interrupted |= *error == ClusterError::Interrupted;
        failed.add(what, error);
        unusable = Some(format!("{what}: {error}"));
    };
    match local {
        Ok(Some((kubeconfig, context))) => {
            let name = context.name.clone();
            let what = format!("context `{name}`");
            match Kubernetes::connect(kubeconfig, context, azure.http().notes()).await {
                Ok(kubernetes) => return Ok(kubernetes.reached_by(KubeContext::existing(name))),
                Err(error) => note(&what, &error),
            }
        }
        Ok(None) => failed.tried.push(format!(
            "the kubeconfig: no context leads to {}",
            api_server.host.as_deref().unwrap_or("the cluster")
        )),
        Err(error) => note(&what, &error),
    }
    // Azure's credentials may be those of another user than the one whose file was named. Ctrl-C while a pipe is read ends
    // the command by itself.
    if unusable.is_some() && !is_interrupted && Kubeconfig::is_named() {
        return Err(failed.into_problem().of_named_file(true));
    }
    let Some(cluster) = platform.platform.managed_cluster() else {
        return Err(failed.into_problem());
    };
    // A user who names a context wants the rights of its user, not those of another sign-in.
    if matches!(choice, Some(ClusterChoice::Context(_))) {
        return Err(failed.into_problem());
    }
    let kubernetes = by_azure(azure, cluster, &mut failed).await;
    if let (Some(_), Some(why)) = (&kubernetes, unusable) {
        azure.warn(&format!(
            "your kubeconfig cannot be used ({why}); the user credentials that Azure returns are used instead"
        ));
    }
    kubernetes.ok_or_else(|| failed.into_problem())
}

/// Enters with the user credentials that Azure returns.
async fn by_azure(
    azure: &Reader,
    cluster: &ResourceId,
    failed: &mut Attempts,
) -> Option<Kubernetes> {
    match managed_clusters::user_kubeconfig(azure, cluster).await {
        Ok(text) => match azure_kubeconfig(azure, text.expose_secret()).await {
            Ok(kubernetes) => return Some(kubernetes.reached_by(KubeContext::of_aks(cluster))),
            Err(error) => failed.add("the user credentials that Azure returns", &error),
        },
        Err(error) => failed.add_azure(error),
    }
    None
}

fn named(name: &str) -> Result<(Kubeconfig, KubeconfigContext), ClusterError> {
    let kubeconfig = Kubeconfig::local()?;
    let context = kubeconfig.context(name)?;
    Ok((kubeconfig, context))
}

fn leading_to(
    api_server: &ApiServerIdentity,
) -> Result<Option<(Kubeconfig, KubeconfigContext)>, ClusterError> {
    let kubeconfig = Kubeconfig::local()?;
    let hosts: Vec<&str> = api_server.host.as_deref().into_iter().collect();
    let context = kubeconfig.context_for(&hosts).or_else(|| {
        let mut contexts = kubeconfig.contexts().into_iter();
        // The address of a tunnel is localhost, so only the user entry shows which cluster is behind it.
        contexts.find(|context| context.is_tunnel() && api_server.is_user_of(context))
    });
    Ok(context.map(|context| (kubeconfig, context)))
}

async fn azure_kubeconfig(azure: &Reader, text: &str) -> Result<Kubernetes, ClusterError> {
    let AzureKubeconfig {
        kubeconfig,
        context,
        program,
    } = AzureKubeconfig::read(text, azure.cloud().is_on_this_machine())?;
    if let Some(program) = program {
        azure.warn(&format!(
            "running {} to sign in to the cluster, as the kubeconfig from Azure asks",
            program.display()
        ));
    }
    Kubernetes::connect(kubeconfig, context, azure.http().notes()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::FakeService;
    use crate::facts::Facts;
    use crate::spec::platform::samples;

    #[tokio::test]
    async fn a_platform_without_an_api_server_is_a_problem_and_nothing_is_asked() {
        for platform in samples::each() {
            let azure = FakeService::in_turn([]).await;
            let platform = FoundPlatform {
                platform,
                api_server: None,
                facts: Facts::default(),
                warnings: Vec::new(),
            };

            let reached = ApiServers::default()
                .reach(&azure.reader(), &platform, None)
                .await;

            let why = reached.err().unwrap().why();
            let expected = format!(
                "{} prod has no API server that is known",
                platform.platform.kind()
            );
            assert_eq!(why, expected);
            assert_eq!(azure.lines(), [""; 0]);
        }
    }

    #[tokio::test]
    async fn a_cluster_that_azure_does_not_manage_is_not_reached_from_the_sandbox() {
        for platform in samples::each() {
            if platform.managed_cluster().is_some() {
                continue;
            }
            let azure = FakeService::in_turn([]).await;
            let platform = FoundPlatform {
                platform,
                api_server: Some(ApiServerIdentity {
                    host: Some("api.example.com".into()),
                    users: Vec::new(),
                }),
                facts: Facts::default(),
                warnings: Vec::new(),
            };

            let reached = ApiServers::of_sandbox()
                .reach(&azure.reader(), &platform, None)
                .await;

            assert!(reached.is_err());
        }
    }
}
