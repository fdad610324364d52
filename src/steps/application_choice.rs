//! Which application is used: the one that was named by its client id, or the one of our name that is ours.

use super::application_trust;
use super::secret_recognition;
use crate::azure::Reader;
use crate::azure::application_control::ApplicationControl;
use crate::clock;
use crate::error::Failure;
use crate::facts::{self, Facts, HeldSecret, ListedSecret, RecordedSecret};
use crate::observe;
use crate::problem::Problem;
use crate::spec::ApplicationChoice;

/// The application in use, and others of ours that nothing can sign in as.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) used: Option<facts::Application>,
    /// Why the one that was named by its client id would not be taken for ours.
    pub(crate) doubts: Vec<String>,
    pub(super) extra: Vec<facts::Application>,
    /// Where others have the name and none is ours: why none of them is used.
    pub(crate) refusal: Option<Problem>,
}

/// Finds the one that was named, or the one of that name that is ours.
pub(crate) async fn find(
    azure: &Reader,
    choice: &ApplicationChoice,
    held: &HeldCredentials<'_>,
) -> Result<Selection, Failure> {
    let found = observe::applications(azure, choice).await?;
    match choice {
        ApplicationChoice::ClientId(_) => named(azure, found, held).await,
        ApplicationChoice::Name(_) => select(azure, found, held).await,
    }
}

/// The user decides about an application that was named by its client id, and gets to know who else controls it.
async fn named(
    azure: &Reader,
    found: Vec<facts::Application>,
    held: &HeldCredentials<'_>,
) -> Result<Selection, Failure> {
    let used = found.into_iter().next();
    let doubts = match &used {
        Some(application) => held.doubts_of_named(azure, application).await?,
        None => Vec::new(),
    };
    Ok(Selection {
        used,
        doubts,
        ..Selection::default()
    })
}

/// How many applications of one name are looked at: a directory can hold any number of them.
const LOOKED_AT: usize = 5;

/// The first that is ours: two runs at once, or one whose answer was lost, may have made two. Names are not unique, and
/// everybody who may register applications can take ours, so that one that is not ours is never used.
pub(super) async fn select(
    azure: &Reader,
    mut found: Vec<facts::Application>,
    held: &HeldCredentials<'_>,
) -> Result<Selection, Failure> {
    // The one whose secret was asked for here stays the one.
    found.sort_by(|one, other| {
        let key = |it: &facts::Application| !held.has_record_of(it);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.precedence().cmp(&other.precedence()))
    });
    let mut selection = Selection::default();
    let mut doubted = Vec::new();
    // Each one costs requests for owners and credentials, and anyone who may register applications can add more of this
    // name.
    for application in found.into_iter().take(LOOKED_AT) {
        let trust = match held.trust(azure, &application).await {
            // A run at the same time has removed it.
            Err(_) if is_gone(azure, &application).await? => continue,
            trust => trust?,
        };
        match (&selection.used, trust) {
            (None, Trust::Doubted(doubts)) => doubted.push((application, doubts)),
            (None, _) => selection.used = Some(application),
            // Only one that nothing can sign in as may be deleted later: another one could be in use by a Prometheus
            // that we do not see.
            (Some(_), Trust::Unused) => selection.extra.push(application),
            (Some(_), _) => {}
        }
    }
    if selection.used.is_none() && !doubted.is_empty() {
        selection.refusal = Some(application_trust::refusal(&doubted));
    }
    Ok(selection)
}

/// Whether it is not listed any more.
pub(super) async fn is_gone(
    azure: &Reader,
    application: &facts::Application,
) -> Result<bool, Failure> {
    let choice = ApplicationChoice::ClientId(application.client_id.clone());
    let found = observe::applications(azure, &choice).await?;
    Ok(found.is_empty())
}

/// Whether an application of our name is ours.
pub(super) enum Trust {
    /// Why it is not taken for ours.
    Doubted(Vec<String>),
    /// Ours, and the secret in our file may be one of its secrets.
    InUse,
    /// Ours, and nothing can sign in as it.
    Unused,
}

/// What we hold of an application, so that our own credentials are recognised.
pub(crate) struct HeldCredentials<'a> {
    pub(crate) secret: Option<&'a HeldSecret>,
    /// A secret is asked for only after an application was found to be ours.
    pub(crate) recorded: Option<&'a RecordedSecret>,
}

impl<'a> HeldCredentials<'a> {
    pub(super) fn of_facts(facts: &'a Facts) -> Self {
        Self {
            secret: facts.client_secret.known(),
            recorded: facts.recorded_secret.known(),
        }
    }
}

impl HeldCredentials<'_> {
    fn has_record_of(&self, application: &facts::Application) -> bool {
        let recorded = self.recorded;
        recorded.is_some_and(|one| one.is_of(&application.object_id))
    }

    fn is_in_file(&self, secret: &ListedSecret) -> bool {
        self.secret
            .is_some_and(|held| secret_recognition::is_held(held, secret))
    }

    /// What was made for our file and is not in it is removed by this very run.
    fn is_of_file(&self, secret: &ListedSecret) -> bool {
        let place = self.recorded.and_then(|one| one.place.as_deref());
        place.is_some_and(|place| secret_recognition::is_made_for(secret, place))
    }

    pub(super) async fn trust(
        &self,
        azure: &Reader,
        application: &facts::Application,
    ) -> Result<Trust, Failure> {
        if self.has_record_of(application) {
            return Ok(Trust::InUse);
        }
        let control = observe::application_control(azure, application, clock::now()).await?;
        let doubts = self.doubts(azure, application, &control);
        Ok(if !doubts.is_empty() {
            Trust::Doubted(doubts)
        } else if self.is_unused(&control) {
            Trust::Unused
        } else {
            Trust::InUse
        })
    }

    fn doubts(
        &self,
        azure: &Reader,
        application: &facts::Application,
        control: &ApplicationControl,
    ) -> Vec<String> {
        let is_ours = |secret: &ListedSecret| self.is_in_file(secret) || self.is_of_file(secret);
        let caller = azure.caller().principal.as_ref();
        application_trust::doubts(application, control, caller, is_ours)
    }

    /// Callers without the right to read owners can still use an application that another user has set up.
    async fn doubts_of_named(
        &self,
        azure: &Reader,
        application: &facts::Application,
    ) -> Result<Vec<String>, Failure> {
        match observe::application_control(azure, application, clock::now()).await {
            Ok(control) => Ok(self.doubts(azure, application, &control)),
            // A tenant can forbid ordinary users to read the applications of others.
            Err(unobserved) if unobserved.problem.is_permission() => Ok(vec![format!(
                "you may not read who owns it and who else can sign in as it ({})",
                unobserved.problem
            )]),
            Err(unobserved) => Err(unobserved.into()),
        }
    }

    fn is_unused(&self, control: &ApplicationControl) -> bool {
        let is_in_file = |secret: &ListedSecret| self.is_in_file(secret);
        control.other_credentials.is_empty() && !control.secrets.iter().any(is_in_file)
    }
}
