//! Against which Azure does a command run, and as whom? The real one, or a sandbox that ends with the command.

use crate::azure::sign_in::ServicePrincipal;
use crate::azure::{Reader, SignInOptions, subscriptions};
use crate::cli::{Context, sources, spec_endpoints};
use crate::discover::api_server::ApiServers;
use crate::error::{ExitCode, Failure};
use crate::sandbox::{self, Sandbox};
use crate::spec::cloud::{Cloud, CloudName, CloudOverrides};
use crate::spec::file::SpecFile;
use crate::spec::ids::SubscriptionId;

/// Signed in, for as long as one command runs.
pub(crate) struct Session {
    pub(crate) azure: Reader,
    pub(crate) api_servers: ApiServers,
    /// The subscription as the user named it.
    pub(crate) subscription: Option<String>,
    /// Ends with the session.
    _sandbox: Option<Sandbox>,
}

impl Session {
    pub(crate) async fn open(context: &Context, file: Option<&SpecFile>) -> Result<Self, Failure> {
        let flags = &context.globals.azure;
        let mut options = SignInOptions {
            tenant: flags
                .tenant
                .clone()
                .or_else(|| file.and_then(|file| file.tenant.clone())),
            ..SignInOptions::default()
        };
        sources::tell_azure(context, file);
        let of_file = spec_endpoints::approved(context, file)?;
        let mut overrides = flags.overrides().or(of_file);
        let sandbox = if flags.sandbox {
            Some(start(context).await?)
        } else {
            None
        };
        if let Some(sandbox) = &sandbox {
            overrides = within(sandbox);
            options = as_its_user(sandbox);
        }
        let cloud = Cloud::new(cloud_name(context, file), overrides);
        let azure = Reader::connect(cloud, &options, context.wait_notices())
            .await
            .map_err(|error| Failure::new("sign in to Azure").azure(error))?;
        if context.globals.manner.verbose > 0 {
            context.say(&format!(
                "Signed in as {} ({}).",
                azure.caller(),
                azure.signed_in_with()
            ));
        }
        Ok(Self {
            azure,
            api_servers: ApiServers::default(),
            subscription: flags
                .subscription
                .clone()
                .or_else(|| file.and_then(|file| file.subscription.clone())),
            _sandbox: sandbox,
        })
    }

    /// A subscription by id or by name; makes sure that it can be seen and written to.
    pub(crate) async fn find_subscription(&self, wanted: &str) -> Result<SubscriptionId, Failure> {
        let doing = || format!("use subscription `{wanted}`");
        let visible = subscriptions::list(&self.azure)
            .await
            .map_err(|error| Failure::new(doing()).azure(error))?;
        let is_meant = |one: &&subscriptions::Subscription| {
            one.name.eq_ignore_ascii_case(wanted) || one.id.as_str().eq_ignore_ascii_case(wanted)
        };
        match visible.iter().find(is_meant) {
            Some(found) if found.takes_writes() => Ok(found.id.clone()),
            Some(found) => Err(Failure::new(doing())
                .reason(format!(
                    "it is {}, so Azure takes no changes in it",
                    found.state.to_lowercase()
                ))
                .next("choose another one: --subscription")),
            None => Err(self.not_visible(wanted, visible.len()).await),
        }
    }

    async fn not_visible(&self, wanted: &str, visible: usize) -> Failure {
        let mut failure = Failure::new(format!("use subscription `{wanted}`"))
            .exit(ExitCode::SignInOrPermission)
            .reason(format!("{} sees {}", self.azure.caller(), others(visible)));
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
                .next(format!("az login --tenant {tenant}"))
                .next(format!("add --tenant {tenant}"));
        }
        failure.next("see which there are: az account list --output table")
    }
}

/// What is seen instead of the subscription that was named.
fn others(visible: usize) -> String {
    match visible {
        0 => "no subscription at all".to_owned(),
        1 => "one subscription, and it is another one".to_owned(),
        many => format!("{many} subscriptions, and this one is not among them"),
    }
}

fn cloud_name(context: &Context, file: Option<&SpecFile>) -> CloudName {
    context
        .globals
        .azure
        .cloud
        .or_else(|| file.and_then(|file| file.cloud))
        .unwrap_or_default()
}

async fn start(context: &Context) -> Result<Sandbox, Failure> {
    context.say("This is a sandbox on this machine, not Azure; it ends with this command.");
    Sandbox::start(sandbox::Options::default())
        .await
        .map_err(|error| Failure::new("start the sandbox").because(error))
}

/// The sandbox's own addresses in place of Azure's.
fn within(sandbox: &Sandbox) -> CloudOverrides {
    let url =
        |text: &str| Some(url::Url::parse(text).expect("the sandbox's own addresses are URLs"));
    let urls = sandbox.urls();
    CloudOverrides {
        resource_manager: url(&urls.resource_manager),
        authority: url(&urls.entra),
        graph: url(&urls.graph),
        instance_metadata: url(&urls.instance_metadata),
        ..CloudOverrides::default()
    }
}

fn as_its_user(sandbox: &Sandbox) -> SignInOptions {
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
