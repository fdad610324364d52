//! Opens the session of a command from its global flags and its spec file.

use crate::cli::{Context, sources, spec_endpoints};
use crate::error::Failure;
use crate::spec::file::SpecFile;
use crate::workflow::session::{Session, SessionOptions};

pub(crate) async fn open(context: &Context, file: Option<&SpecFile>) -> Result<Session, Failure> {
    let flags = &context.globals.azure;
    sources::tell_azure(context, file);
    let approved = spec_endpoints::approved(context, file)?;
    if flags.sandbox {
        context.say("This is a sandbox on this machine, not Azure; it ends with this command.");
    }
    let options = SessionOptions {
        tenant: flags.tenant.clone().or_else(|| file?.tenant.clone()),
        subscription: flags
            .subscription
            .clone()
            .or_else(|| file?.subscription.clone()),
        cloud: context.cloud(file),
        overrides: flags.overrides().or(approved),
        sandbox: flags.sandbox,
    };
    let session = Session::open(options, context.wait_notices()).await?;
    if context.globals.manner.verbose > 0 {
        context.say(&format!(
            "Signed in as {} ({}).",
            session.azure.caller(),
            session.azure.signed_in_with()
        ));
    }
    Ok(session)
}
