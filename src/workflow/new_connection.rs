//! What `init` does once it is signed in: plans, applies, waits until Azure accepts the identity, writes the file, and
//! tests the connection.

use std::path::Path;
use std::time::Duration;

use crate::error::Failure;
use crate::spec::command_line::own;
use crate::spec::file::SpecFile;
use crate::spec::interview::InterviewMode;
use crate::steps::StepResult;
use crate::workflow::azure_settings::AzureSettings;
use crate::workflow::console::Console;
use crate::workflow::init_report::{DOING, InitReport, InitResult, Verify};
use crate::workflow::permission_gate::{self, WithoutProof};
use crate::workflow::plan_document::step_records;
use crate::workflow::plan_run::{self, GivenConsent};
use crate::workflow::planned_connection::{self, PlannedConnection};
use crate::workflow::printer::Printer;
use crate::workflow::resolve::ConnectionRequest;
use crate::workflow::session::Session;
use crate::workflow::target_file::TargetFile;
use crate::workflow::wizard_choices::Dialog;
use crate::workflow::{file_output, found_output, repeat, secret_manifest};

/// How a connection is made, from the flags of the command.
pub(crate) struct InitOptions<'a> {
    pub(crate) template_folder: Option<&'a Path>,
    /// Patch the input in place.
    pub(crate) in_place: bool,
    /// How long to wait until Azure accepts the identity.
    pub(crate) wait: Duration,
    /// Write the file without a proof.
    pub(crate) accept_unproved: bool,
    pub(crate) consent: GivenConsent<'a>,
    pub(crate) settings: &'a AzureSettings,
    /// The spec file as it was read.
    pub(crate) file: Option<&'a SpecFile>,
    /// Save the answers without a question.
    pub(crate) saves: bool,
}

impl InitOptions<'_> {
    /// The request, once it is known that its files can be written: found out before Azure is looked at.
    pub(crate) fn checked(
        &self,
        console: &impl Console,
        request: ConnectionRequest,
    ) -> Result<ConnectionRequest, Failure> {
        let request = request.provisioned()?.writing(self.in_place);
        let request = request.asking(match self.in_place {
            true => InterviewMode::AllButOutput,
            false => InterviewMode::Everything,
        });
        let spec_file = self.consent.spec_file;
        found_output::check(console, &request, spec_file.path(), self.in_place)?;
        if self.saves {
            spec_file.check_writable(&request.answers.given())?;
        }
        Ok(request)
    }
}

/// Makes the connection. Whatever fails after Azure was changed has the results of the steps.
pub(crate) async fn connect(
    console: &(impl Printer + Dialog + Sync),
    session: &Session,
    request: ConnectionRequest,
    options: &InitOptions<'_>,
) -> Result<InitReport, Failure> {
    let mut planned = PlannedConnection::open(console, session, request, DOING).await?;
    planned.check_server(DOING)?;
    // The wizard can have asked for it.
    if let Some(out) = &planned.resolved.answers.given().out {
        found_output::check_place(out, options.consent.spec_file.path())?;
    }
    let target = planned.target_file(options.template_folder, options.in_place)?;
    // All that could stop the file from being written is checked before Azure is changed.
    target.check()?;
    secret_manifest::check(&planned).await?;
    let draft = target.preview(&planned.remote_write(), &planned.resolved.installation)?;
    let steps = plan_run::run(
        console,
        session,
        &mut planned,
        Some(&draft),
        options.consent,
    )
    .await?;
    let applied = AppliedConnection {
        session,
        planned,
        steps,
    };
    let finished = applied.finish(console, options, target).await;
    finished.map_err(|failure| failure.with_steps(step_records(&applied.steps)))
}

/// A connection whose plan is applied.
struct AppliedConnection<'a> {
    session: &'a Session,
    planned: PlannedConnection,
    steps: Vec<StepResult>,
}

impl AppliedConnection<'_> {
    /// Waits until Azure accepts the identity, writes the file, and tests the connection.
    async fn finish(
        &self,
        console: &impl Printer,
        options: &InitOptions<'_>,
        target: TargetFile,
    ) -> Result<InitReport, Failure> {
        let (session, planned) = (self.session, &self.planned);
        // Once more, since a new workspace names its host only now, and that host gets a token.
        planned_connection::own_endpoint(session, &planned.facts)?;
        let route = permission_gate::route(session, planned, DOING)?;
        // Prometheus drops samples that are refused with 403 and never sends them again, so Azure has to accept one first.
        let (progress, without_proof) = (console.progress(), self.without_proof(options));
        let permission =
            permission_gate::pass(console, &route, options.wait, without_proof, progress);
        // A new role takes minutes to apply, so the token for the queries that follow costs no time of its own.
        let (permission, ()) = tokio::join!(permission, session.azure.warm_up_for_query());
        let permission = match permission {
            Ok(permission) => permission,
            Err(failure) => return Err(self.stopped(console, options, failure)),
        };
        let proposal = permission.proposal(planned, target, DOING).await?;
        file_output::write_if_needed(console, &proposal)?;
        let secret = file_output::secret_manifest(console, planned).await?;
        let run = console.current_run();
        let accept_unproved = options.accept_unproved || permission.is_unproved();
        let mut report = InitReport::new(InitResult {
            session,
            planned,
            settings: options.settings,
            in_place: options.in_place,
            accept_unproved,
            steps: &self.steps,
            proposal: &proposal,
            secret,
            verify: Verify::of(&permission.read_back(&route, progress).await, &run),
            run: &run,
        })?;
        report.look_for_samples(&route, &run).await;
        self.save(console, options)?;
        Ok(report)
    }

    /// The command that repeats this connection and writes the file without a proof.
    fn without_proof(&self, options: &InitOptions<'_>) -> WithoutProof {
        let resolved = &self.planned.resolved;
        let answers = repeat::all_answers(&resolved.answers, &resolved.spec);
        let azure = options.settings.repeated(resolved.subscription.as_deref());
        let repeat_options = own::RepeatOptions {
            in_place: options.in_place,
            accept_unproved: true,
            force: resolved.force,
        };
        WithoutProof {
            is_accepted: options.accept_unproved,
            command: own::init(&azure, &answers, repeat_options),
        }
    }

    /// The run ends before the file. The answers are worth saving all the same, because a later run needs them.
    fn stopped(
        &self,
        console: &impl Printer,
        options: &InitOptions<'_>,
        failure: Failure,
    ) -> Failure {
        if failure.verdict().is_none() {
            return failure;
        }
        match self.save(console, options) {
            Ok(()) => failure,
            Err(unsaved) => failure.reason(unsaved.to_string()),
        }
    }

    /// Saves the answers where that is wanted.
    fn save(&self, console: &impl Printer, options: &InitOptions<'_>) -> Result<(), Failure> {
        let saved = || repeat::spec_file(&self.planned.resolved, options.settings, options.file);
        let spec_file = options.consent.spec_file;
        if let Some(done) = spec_file.save(console, options.saves, saved)? {
            console.say(&done);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Purpose;
    use crate::spec::answers::{Answers, ConnectionAnswers, Source};
    use crate::spec::choices::WritePath;
    use crate::workflow::connection_folder::ConnectionFolder;
    use crate::workflow::fake_console::FakeConsole;
    use crate::workflow::spec_file::SpecFilePath;

    fn checked(
        given: &ConnectionAnswers,
        source: Source,
        spec_file: &SpecFilePath,
        saves: bool,
    ) -> Result<ConnectionRequest, Failure> {
        let mut answers = Answers::default();
        answers.add(given, source);
        let request = ConnectionRequest {
            answers,
            force: false,
            folder: ConnectionFolder {
                path: ".".into(),
                in_sandbox: false,
                is_named: false,
            },
            asks: InterviewMode::OnlyNeeded,
            purpose: Purpose::Connection,
        };
        let options = InitOptions {
            template_folder: None,
            in_place: false,
            wait: Duration::ZERO,
            accept_unproved: false,
            consent: GivenConsent {
                enable_oidc_issuer: false,
                spec_file,
            },
            settings: &AzureSettings::default(),
            file: None,
            saves,
        };
        options.checked(&FakeConsole::silent(), request)
    }

    #[test]
    fn init_asks_every_question() {
        let given = ConnectionAnswers::default();

        let request = checked(&given, Source::Flag, &SpecFilePath::default(), false);

        assert!(matches!(
            request.ok().map(|request| request.asks),
            Some(InterviewMode::Everything)
        ));
    }

    #[test]
    fn answers_that_cannot_be_fulfilled_are_refused_before_azure_is_asked() {
        let place = SpecFilePath::default();
        let proxy = ConnectionAnswers {
            path: Some(WritePath::Proxy),
            ..ConnectionAnswers::default()
        };
        let outside = ConnectionAnswers {
            out: Some("../x.yaml".into()),
            ..ConnectionAnswers::default()
        };

        assert!(checked(&proxy, Source::Flag, &place, false).is_err());
        // A spec file that was only found may be another person's.
        assert!(checked(&outside, Source::SpecFile, &place, false).is_err());
        assert!(checked(&outside, Source::Flag, &place, false).is_ok());
    }

    #[test]
    fn a_spec_file_that_cannot_be_saved_is_refused_where_the_answers_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("amw-rw.yaml");
        std::fs::write(&path, "# ours\nconnections: [{cluster: a}]\n").unwrap();
        let place = SpecFilePath::new(Some(path));
        let given = ConnectionAnswers::default();

        assert!(checked(&given, Source::Flag, &place, true).is_err());
        assert!(checked(&given, Source::Flag, &place, false).is_ok());
    }
}
