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
        // Before the file is written, which would otherwise name a Secret that is refused.
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::spec::Purpose;
    use crate::spec::answers::{Answers, ConnectionAnswers, Source};
    use crate::spec::choices::SignIn;
    use crate::spec::ingestion_url::IngestionUrl;
    use crate::spec::interview::InterviewMode;
    use crate::target::Target;
    use crate::workflow::connection_folder::ConnectionFolder;
    use crate::workflow::fake_console::FakeConsole;

    const URL: &str = "https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
    const SPEC_FILE: &str = "amw-rw.yaml";

    fn connection(out: Option<&str>) -> ConnectionRequest {
        let given = ConnectionAnswers {
            target: Some(Target::PrometheusYml),
            out: out.map(Into::into),
            auth: Some(SignIn::WorkloadIdentity),
            cluster_label: Some("prod".into()),
            ..ConnectionAnswers::default()
        };
        let mut answers = Answers::default();
        answers.add(&given, Source::Flag);
        ConnectionRequest {
            answers,
            force: false,
            folder: ConnectionFolder {
                path: ".".into(),
                in_sandbox: false,
                is_named: false,
            },
            asks: InterviewMode::Nothing,
            purpose: Purpose::Connection,
        }
    }

    fn request(diff: bool) -> RenderRequest<'static> {
        RenderRequest {
            in_place: false,
            diff,
            check: false,
            companions: false,
            json_patch: false,
            force: true,
            template_folder: None,
            spec_file: Path::new(SPEC_FILE),
            is_trial: false,
        }
    }

    fn render(
        console: &FakeConsole,
        out: Option<&str>,
        diff: bool,
        client_id: Option<&str>,
    ) -> Result<ExitCode, Failure> {
        let facts = OfflineFacts {
            url: IngestionUrl::parse(URL, None).unwrap(),
            client_id: client_id.map(|id| id.parse().unwrap()),
            tenant_id: Some("99999999-2222-3333-4444-555555555555".parse().unwrap()),
            client_secret_file: None,
        };
        let connection = connection(out);
        offline(
            console,
            &connection,
            &facts,
            CloudName::Public,
            &request(diff),
        )
    }

    const CLIENT: Option<&str> = Some("11111111-2222-3333-4444-555555555555");

    #[test]
    fn flags_alone_make_a_file_on_stdout() {
        let console = FakeConsole::silent();

        let exit = render(&console, None, false, CLIENT).unwrap();

        assert_eq!(exit, ExitCode::Done);
        let printed = console.printed.borrow().concat();
        assert!(printed.contains(URL), "{printed}");
    }

    #[test]
    fn an_output_that_is_refused_is_named_before_what_else_is_missing() {
        let console = FakeConsole::silent();

        let written = render(&console, Some(SPEC_FILE), false, None).unwrap_err();
        let compared = render(&console, Some(SPEC_FILE), true, None).unwrap_err();

        assert_eq!(written.doing(), "write amw-rw.yaml");
        assert_eq!(compared.doing(), DOING, "a difference writes nothing");
        assert!(console.printed.borrow().is_empty());
    }

    #[tokio::test]
    async fn no_sign_in_happens_for_an_output_that_is_refused() {
        let console = FakeConsole::silent();
        let connection = connection(Some(SPEC_FILE));
        let open_session = async || panic!("signs in");

        let refused = online(&console, connection, open_session, &request(false)).await;

        assert_eq!(refused.unwrap_err().doing(), "write amw-rw.yaml");
    }
}
