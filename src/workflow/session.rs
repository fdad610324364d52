//! Signs in to Azure, or to a sandbox that ends with the command, and finds the subscription.

use crate::azure::sign_in::ServicePrincipal;
use crate::azure::trusted_certificates;
use crate::azure::{Reader, SignInOptions, subscriptions};
use crate::discover::api_server::ApiServers;
use crate::error::{ExitCode, Failure};
use crate::network::wait_notices::WaitNotices;
use crate::next_step::NextStep;
use crate::sandbox::{self, Sandbox};
use crate::similar_name::did_you_mean;
use crate::spec::cloud::{Cloud, CloudName, CloudOverrides};
use crate::spec::command_line::{az, option};
use crate::spec::ids::SubscriptionId;

/// Which Azure, tenant and subscription a command uses.
pub(crate) struct SessionOptions {
    pub(crate) tenant: Option<String>,
    /// Name or id.
    pub(crate) subscription: Option<String>,
    pub(crate) cloud: CloudName,
    pub(crate) overrides: CloudOverrides,
    /// Start an embedded Azure that ends with the session.
    pub(crate) sandbox: bool,
}

/// A signed-in connection to Azure, for as long as one command runs.
pub(crate) struct Session {
    pub(crate) azure: Reader,
    pub(crate) api_servers: ApiServers,
    /// As the user named it.
    pub(crate) subscription: Option<String>,
    /// Ends with the session.
    sandbox: Option<Sandbox>,
}

impl Session {
    pub(crate) async fn open(
        options: SessionOptions,
        notices: WaitNotices,
    ) -> Result<Self, Failure> {
        let sandbox = match options.sandbox {
            true => Some(start_sandbox().await?),
            false => {
                trusted_certificates::check()?;
                None
            }
        };
        let (overrides, sign_in) = match &sandbox {
            // A sandbox replaces every endpoint, so that no request of a trial run can reach the real Azure.
            Some(sandbox) => (endpoints(sandbox), sandbox_user(sandbox)),
            None => (
                options.overrides,
                SignInOptions {
                    tenant: options.tenant,
                    ..SignInOptions::default()
                },
            ),
        };
        let cloud = Cloud::new(options.cloud, overrides);
        let azure = Reader::connect(cloud, &sign_in, notices)
            .await
            .map_err(|error| Failure::new("sign in to Azure").azure(error))?;
        Ok(Self {
            azure,
            api_servers: match &sandbox {
                Some(_) => ApiServers::of_sandbox(),
                None => ApiServers::default(),
            },
            subscription: options.subscription,
            sandbox,
        })
    }

    /// Whether the files of this machine are about another Azure, because this one is embedded.
    pub(crate) fn is_embedded(&self) -> bool {
        self.sandbox.is_some()
    }

    /// A subscription by id or by name; makes sure that it can be seen and written to.
    pub(crate) async fn find_subscription(&self, wanted: &str) -> Result<SubscriptionId, Failure> {
        let doing = || format!("use subscription `{wanted}`");
        let visible = subscriptions::list(&self.azure)
            .await
            .map_err(|error| Failure::new(doing()).azure(error))?;
        let matches = |one: &&subscriptions::Subscription| {
            one.name.eq_ignore_ascii_case(wanted) || one.id.as_str().eq_ignore_ascii_case(wanted)
        };
        match visible.iter().find(matches) {
            Some(found) if found.takes_writes() => Ok(found.id.clone()),
            Some(found) => Err(Failure::new(doing())
                .reason(format!(
                    "it is {}, so Azure accepts no changes in it",
                    found.state.to_lowercase()
                ))
                .next("choose another one: --subscription")),
            None => Err(self.not_visible(wanted, &visible).await),
        }
    }

    async fn not_visible(&self, wanted: &str, visible: &[subscriptions::Subscription]) -> Failure {
        let names = visible.iter().map(|one| one.name.as_str());
        let mut failure = Failure::new(format!("use subscription `{wanted}`"))
            .exit(ExitCode::SignInOrPermission)
            .reason(format!(
                "{} sees {}{}",
                self.azure.caller(),
                others(visible.len()),
                did_you_mean(wanted, names)
            ));
        // Resource Manager names the tenant of any subscription in the challenge of a 401, also to those who cannot see
        // it.
        let home = match SubscriptionId::parse(wanted) {
            Ok(id) => subscriptions::home_tenant(&self.azure, &id)
                .await
                .ok()
                .flatten(),
            Err(_) => None,
        };
        if let Some(tenant) =
            home.filter(|tenant| Some(tenant) != self.azure.caller().tenant.as_ref())
        {
            failure = failure
                .reason(format!("it belongs to tenant {tenant}"))
                .next(az::login(tenant.as_str()))
                .next(format!("add {}", option("--tenant", tenant)));
        }
        failure.next(NextStep::run(
            "list the visible subscriptions",
            az::list_subscriptions(),
        ))
    }
}

/// Which subscriptions are visible instead of the named one.
fn others(visible: usize) -> String {
    match visible {
        0 => "no subscription".to_owned(),
        1 => "one subscription, with a different name".to_owned(),
        many => format!("{many} subscriptions, but not this one"),
    }
}

async fn start_sandbox() -> Result<Sandbox, Failure> {
    Sandbox::start(sandbox::Options::default())
        .await
        .map_err(|error| Failure::new("start the sandbox").because(error))
}

/// The sandbox's addresses, which replace Azure's.
fn endpoints(sandbox: &Sandbox) -> CloudOverrides {
    let url =
        |text: &str| Some(url::Url::parse(text).expect("the sandbox's own addresses are URLs"));
    let urls = sandbox.urls();
    CloudOverrides {
        resource_manager: url(&urls.resource_manager),
        authority: url(&urls.entra),
        graph: url(&urls.graph),
        instance_metadata: url(&urls.instance_metadata),
        // The scopes stay those of the cloud: the sandbox issues tokens for them.
        ..CloudOverrides::default()
    }
}

fn sandbox_user(sandbox: &Sandbox) -> SignInOptions {
    let user = sandbox.signed_in();
    SignInOptions {
        service_principal: Some(ServicePrincipal {
            tenant: user.tenant_id.to_string(),
            client: user.client_id.to_string(),
            secret: user.client_secret.clone(),
        }),
        ..SignInOptions::default()
    }
}
