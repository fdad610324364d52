//! The credentials for commands against the sandbox: an application with a secret, whose rights the scenario decides.

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    cloud::SandboxCloud,
    scenarios,
    state::{AzureState, StoredApplication},
    tokens::TokenCaller,
};

/// What a client needs to sign in to the sandbox.
#[derive(Clone, Debug)]
pub(crate) struct SandboxCredentials {
    /// The value of `--cloud`, where it is not the public cloud.
    pub(crate) cloud: Option<&'static str>,
    pub(crate) tenant_id: Uuid,
    pub(crate) subscription_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) client_secret: SecretString,
}

impl SandboxCredentials {
    pub(crate) fn of(state: &AzureState) -> Self {
        let application = application(state);
        let password = application.passwords.first();
        let subscription = state.subscriptions.first();
        let is_public = state.cloud == SandboxCloud::Public;
        Self {
            cloud: (!is_public).then(|| state.cloud.as_str()),
            tenant_id: state.directory.tenant_id,
            subscription_id: subscription.map(|it| it.id).unwrap_or_default(),
            client_id: application.app_id,
            client_secret: password
                .map(|it| it.secret.as_str())
                .unwrap_or_default()
                .into(),
        }
    }
}

/// The same, as a token would name it.
pub(crate) fn caller(state: &AzureState) -> TokenCaller {
    let app_id = application(state).app_id;
    let principal = state.directory.principal_of_app(app_id);
    TokenCaller {
        object_id: principal.map(|it| it.object_id).unwrap_or_default(),
        app_id: Some(app_id),
        tenant_id: state.directory.tenant_id,
        name: app_id.to_string(),
        met_claims: false,
    }
}

fn application(state: &AzureState) -> &StoredApplication {
    state
        .directory
        .applications
        .iter()
        .find(|application| application.display_name == scenarios::SIGNED_IN)
        .expect("every scenario grows out of the example, which signs an application in")
}
