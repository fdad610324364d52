//! What `render` does: from Azure and the cluster, or from flags alone.

use crate::error::{ExitCode, Failure};
use crate::spec::cloud::CloudName;
use crate::workflow::offline_facts::OfflineFacts;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::printer::Printer;
use crate::workflow::rendering::{DOING, RenderRequest, Rendering};
use crate::workflow::resolve::ConnectionRequest;
use crate::workflow::session::Session;
use crate::workflow::wizard_choices::Dialog;
use crate::workflow::{file_output, found_output, rendering_output, secret_manifest};

/// From flags: neither Azure nor the cluster is asked.
pub(crate) fn offline(
    printer: &impl Printer,
    connection: &ConnectionRequest,
    facts: &OfflineFacts,
    cloud: CloudName,
    request: &RenderRequest<'_>,
) -> Result<ExitCode, Failure> {
    check_output(printer, connection, request)?;
    let answers = connection.answers.given();
    let rendering = Rendering::offline(&answers, facts, cloud, request)?;
    rendering_output::deliver(printer, &rendering, request.view())
}

/// From what Azure and the cluster have now. `open_session` signs in to Azure, after the output was checked.
pub(crate) async fn online(
    console: &(impl Printer + Dialog),
    connection: ConnectionRequest,
    open_session: impl AsyncFnOnce() -> Result<Session, Failure>,
    request: &RenderRequest<'_>,
) -> Result<ExitCode, Failure> {
    let connection = connection.provisioned()?;
    check_output(console, &connection, request)?;
    let session = open_session().await?;
    let planned = PlannedConnection::open(console, &session, connection, DOING).await?;
    if request.in_place {
        secret_manifest::check_file(&planned)?;
    }
    let rendering = Rendering::online(&planned, request)?;
    let exit = rendering_output::deliver(console, &rendering, request.view())?;
    if request.in_place {
        console.say_next(&file_output::secret_manifest(console, &planned).await?);
    }
    Ok(exit)
}

fn check_output(
    printer: &impl Printer,
    connection: &ConnectionRequest,
    request: &RenderRequest<'_>,
) -> Result<(), Failure> {
    match request.view().writes_file() {
        true => found_output::check(printer, connection, request.spec_file, request.in_place),
        false => Ok(()),
    }
}
