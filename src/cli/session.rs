//! Opens the session of a command from its global flags and its spec file.

use crate::cli::CommandContext;
use crate::error::Failure;
use crate::spec::file::SpecFile;
use crate::workflow::printer::Printer;
use crate::workflow::session::Session;
use crate::workflow::spec_endpoints;

pub(crate) async fn open(
    context: &CommandContext,
    file: Option<&SpecFile>,
) -> Result<Session, Failure> {
    let settings = &context.azure;
    let sources = settings.sources(file);
    let sources = sources.iter();
    context.explain_sources(sources.map(|(flag, value, source)| (&**flag, &**value, *source)));
    // Before the sign-in: a spec file that was only found can name a host to which the token would go.
    let approved = spec_endpoints::approved(context, settings, &context.spec_file, file)?;
    if settings.sandbox {
        context.say("This is a sandbox on this machine, not Azure; it ends with this command.");
    }
    let options = settings.session_options(file, approved);
    let session = Session::open(options, context.wait_notices()).await?;
    let (caller, way) = (session.azure.caller(), session.azure.signed_in_with());
    context.say_detail(&format!("Signed in as {caller} ({way})."));
    Ok(session)
}
