//! The credentials for commands against the sandbox: an application with a secret, whose rights the scenario decides.

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    cloud::Cloud,
    scenarios,
    state::{Application, State},
    tokens::Caller,
};

/// What a client needs to sign in to the sandbox.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// The value of `--cloud`, where it is not the public cloud.
    pub(crate) cloud: Option<&'static str>,
    pub(crate) tenant_id: Uuid,
    pub(crate) subscription_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) client_secret: SecretString,
}

impl SignedIn {
    pub(crate) fn of(state: &State) -> Self {
        let application = application(state);
        let password = application.passwords.first();
        let subscription = state.subscriptions.first();
        let is_public = state.cloud == Cloud::Public;
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
pub(crate) fn caller(state: &State) -> Caller {
    let app_id = application(state).app_id;
    let principal = state.directory.principal_of_app(app_id);
    Caller {
        object_id: principal.map(|it| it.object_id).unwrap_or_default(),
        app_id: Some(app_id),
        tenant_id: state.directory.tenant_id,
        name: app_id.to_string(),
        met_claims: false,
    }
}

fn application(state: &State) -> &Application {
    state
        .directory
        .applications
        .iter()
        .find(|application| application.display_name == scenarios::SIGNED_IN)
        .expect("every scenario grows out of the example, which signs an application in")
}
