//! What `render` prints or writes: the file, how it differs, a JSON Patch, or the objects that Prometheus needs in addition.

use std::path::Path;

use serde::Serialize;

use crate::compat::Installation;
use crate::error::{ExitCode, Failure};
use crate::next_step::NextStep;
use crate::remote_write::CompleteRemoteWrite;
use crate::render::sandbox_mark::marked;
use crate::render::{self, Companion, PodEnvironment};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::cloud::CloudName;
use crate::spec::{ServiceAccount, default_target};
use crate::target::Target;
use crate::workflow::offline_facts::OfflineFacts;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::proposal::Proposal;
use crate::workflow::proposal_notes;
use crate::workflow::target_file::TargetFile;
use crate::workflow::{described_file, existing_proxy, file_kind, installation, release_values};

/// Completes "cannot …".
pub(crate) const DOING: &str = "render the remote write";

/// Which form of the result was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenderView {
    File,
    /// How the file differs: printed, reported by the exit code, or both.
    Difference {
        printed: bool,
        in_exit_code: bool,
    },
    Companions,
    JsonPatch,
}

impl RenderView {
    /// A difference, a check and the objects in addition are only printed.
    pub(crate) fn writes_file(self) -> bool {
        matches!(self, Self::File | Self::JsonPatch)
    }
}

/// Which file is rendered, and how. The command line refuses forms that exclude each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RenderRequest<'a> {
    /// Patch the input in place.
    pub(crate) in_place: bool,
    /// Print how the file differs.
    pub(crate) diff: bool,
    /// Report by the exit code whether the file is up to date.
    pub(crate) check: bool,
    /// Print the Kubernetes objects that are needed in addition.
    pub(crate) companions: bool,
    /// Print a JSON Patch for the resource of the input.
    pub(crate) json_patch: bool,
    /// Accept known issues of the version of Prometheus.
    pub(crate) force: bool,
    pub(crate) template_folder: Option<&'a Path>,
    /// Never written by this command.
    pub(crate) spec_file: &'a Path,
    /// With `--sandbox`: commands for the real cluster are left out.
    pub(crate) is_trial: bool,
}

impl RenderRequest<'_> {
    pub(crate) fn view(&self) -> RenderView {
        if self.companions {
            RenderView::Companions
        } else if self.json_patch {
            RenderView::JsonPatch
        } else if self.diff || self.check {
            RenderView::Difference {
                printed: self.diff,
                in_exit_code: self.check,
            }
        } else {
            RenderView::File
        }
    }
}

/// All that a target is made from.
pub(crate) struct Rendering {
    remote_write: CompleteRemoteWrite,
    installation: Installation,
    file: TargetFile,
    pod_environment: PodEnvironment,
    /// What to know about Azure; printed even with `--quiet`.
    pub(crate) warnings: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// Azure was asked, but no sample is sent.
    is_online: bool,
    is_trial: bool,
}

/// What is printed or written, with the lines on stderr around it.
pub(crate) struct RenderOutput {
    pub(crate) notes: Vec<String>,
    pub(crate) result: RenderResult,
    /// Notes that follow the result.
    pub(crate) hints: Vec<String>,
    /// What is left to do.
    pub(crate) next: Vec<NextStep>,
    pub(crate) exit_code: ExitCode,
}

/// Where the text goes.
pub(crate) enum RenderResult {
    /// To stdout: the objects that Prometheus needs in addition to the file.
    Companions {
        objects: Vec<Companion>,
        text: String,
    },
    /// To stdout in every output format, without its secrets.
    JsonPatch(Proposal),
    /// To its file, or to stdout where none is named.
    Written(Proposal),
    /// Not written; people see the difference where it is `printed`.
    Compared { proposal: Proposal, printed: bool },
}

impl Rendering {
    /// From what Azure and the cluster have now. Fails where something that the remote write names does not exist yet.
    pub(crate) fn online(
        planned: &PlannedConnection,
        request: &RenderRequest<'_>,
    ) -> Result<Self, Failure> {
        let remote_write = planned.complete(DOING)?;
        let mut warnings = planned.plan.warnings.clone();
        if planned.plan.changes() > 0 {
            warnings.push("Azure is not set up as planned yet, and Prometheus drops samples that Azure refuses; `amw-rw plan` shows what is missing".to_owned());
        }
        Ok(Self {
            remote_write,
            installation: planned.resolved.installation.clone(),
            file: planned.target_file(request.template_folder, request.in_place)?,
            pod_environment: planned.pod_environment(),
            warnings,
            notes: Vec::new(),
            is_online: true,
            is_trial: request.is_trial,
        })
    }

    /// From flags alone: neither Azure nor the cluster is asked.
    pub(crate) fn offline(
        answers: &ConnectionAnswers,
        facts: &OfflineFacts,
        cloud: CloudName,
        request: &RenderRequest<'_>,
    ) -> Result<Self, Failure> {
        let recognised = file_kind::target_of(answers, DOING)?;
        // A file without a key has the kind of its name, where no cluster decides it.
        let input = answers.input.as_deref();
        let named = input.filter(|path| path.file_stem().is_some_and(|stem| stem == "prometheus"));
        let target = recognised
            .or_else(|| Target::by_file_name(named?))
            .unwrap_or_else(|| default_target(answers.prometheus.as_ref(), None));
        let remote_write = facts.remote_write(answers, target, cloud, DOING)?;
        let described = described_file::described(answers, Some(target));
        let of_file = described.version.as_ref().map(ToString::to_string);
        let version = answers.prometheus_version.as_deref().or(of_file.as_deref());
        let operator = described.operator.as_ref().map(ToString::to_string);
        let installation = installation::installation(target, version, operator.as_deref())?;
        let requirements = installation.requirements(&remote_write);
        let mut notes = installation::advice(&installation, requirements, request.force)?;
        notes.extend(facts.url.note());
        // It refuses `--write` for a pipe, which has to come before anything waits for the text of that pipe.
        let file = TargetFile::new(answers, request.in_place, request.template_folder)?;
        let file = file.forced(request.force);
        notes.extend(existing_proxy::offline(
            answers,
            facts,
            target,
            request.force,
        )?);
        if file.is_new() {
            notes.extend(release_values::replaces_lists(target).map(|notice| notice.to_string()));
        }
        let account = answers.service_account.as_deref();
        let guess = PodEnvironment::of(account.and_then(ServiceAccount::parse).as_ref());
        let pod_environment = match &answers.service_account {
            Some(_) => guess,
            None => guess.described(&described),
        };
        Ok(Self {
            remote_write,
            installation,
            file,
            pod_environment,
            warnings: Vec::new(),
            notes,
            is_online: false,
            is_trial: request.is_trial,
        })
    }

    pub(crate) fn output(&self, view: RenderView) -> Result<RenderOutput, Failure> {
        match view {
            RenderView::Companions => {
                let companions = self.companions()?;
                let nothing = "Prometheus needs only this file";
                let place = "the objects go to stdout; --out is the place of the file of Prometheus, which is not written";
                let notes = [
                    companions.is_empty().then(|| nothing.to_owned()),
                    self.file.is_written().then(|| place.to_owned()),
                ];
                let text = marked(render::companion_text(&companions), self.is_trial);
                let result = RenderResult::Companions {
                    objects: companions,
                    text,
                };
                Ok(RenderOutput::of(
                    notes.into_iter().flatten().collect(),
                    result,
                ))
            }
            RenderView::JsonPatch => self.json_patch(),
            RenderView::File => self.written(),
            RenderView::Difference {
                printed,
                in_exit_code,
            } => self.compared(printed, in_exit_code),
        }
    }

    fn json_patch(&self) -> Result<RenderOutput, Failure> {
        let file = &self.file;
        let proposal = file.propose_patch(&self.remote_write, &self.installation)?;
        let next = self.next_steps(&proposal);
        // The patch is JSON already, and the same for a script and for a person.
        let result = match proposal.path() {
            None => RenderResult::JsonPatch,
            Some(_) => RenderResult::Written,
        };
        let output = RenderOutput::of(proposal_notes::of_written(&proposal), result(proposal));
        Ok(RenderOutput { next, ..output })
    }

    fn written(&self) -> Result<RenderOutput, Failure> {
        let proposal = self.file.propose(&self.remote_write, &self.installation)?;
        let next = self.next_steps(&proposal);
        let untested = self.untested(&proposal).into_iter();
        let hints = untested.chain(self.companions_hint()?).collect();
        let output = RenderOutput::of(
            proposal_notes::of_written(&proposal),
            RenderResult::Written(proposal),
        );
        Ok(RenderOutput {
            hints,
            next,
            ..output
        })
    }

    /// What the notes about the running release ask to do before the file is given to Helm.
    fn before_helm(&self) -> Option<NextStep> {
        self.file.release.first_step(self.file.input.is_some())
    }

    fn next_steps(&self, proposal: &Proposal) -> Vec<NextStep> {
        let next = self.before_helm().into_iter();
        next.chain(proposal.after_resource()).collect()
    }

    /// `init` tests before it writes; this command does not.
    fn untested(&self, proposal: &Proposal) -> Option<String> {
        let text = "no test sample was sent: a new role can take 30 minutes, and samples that Prometheus sends before the role is \
                    active are lost; `amw-rw doctor --wait` waits until Azure accepts one";
        (self.is_online && !proposal.is_up_to_date()).then(|| text.to_owned())
    }

    fn compared(&self, printed: bool, in_exit_code: bool) -> Result<RenderOutput, Failure> {
        let proposal = self.file.propose(&self.remote_write, &self.installation)?;
        let is_stale = in_exit_code && !proposal.is_up_to_date();
        let mut notes = match printed {
            true => proposal_notes::of_compared(&proposal),
            false => Vec::new(),
        };
        notes.extend(in_exit_code.then(|| proposal.comparison()));
        let unwritten = unwritten(&proposal).into_iter();
        Ok(RenderOutput {
            notes,
            hints: match in_exit_code {
                true => Vec::new(),
                false => unwritten.chain(self.companions_hint()?).collect(),
            },
            next: self.before_helm().filter(|_| printed).into_iter().collect(),
            exit_code: match is_stale {
                true => ExitCode::PlanHasChanges,
                false => ExitCode::Done,
            },
            result: RenderResult::Compared { proposal, printed },
        })
    }

    fn companions_hint(&self) -> Result<Option<String>, Failure> {
        let hint = "Prometheus needs more than this file; see it with: --companions";
        Ok((!self.companions()?.is_empty()).then(|| hint.to_owned()))
    }

    fn companions(&self) -> Result<Vec<Companion>, Failure> {
        let companions = render::companions(
            &self.installation,
            &self.remote_write,
            &self.pod_environment,
        )
        .map_err(|problem| {
            Failure::usage("render the Kubernetes objects that the file needs").problem(problem)
        })?;
        let companions = companions.into_iter();
        Ok(match self.is_trial {
            true => companions.map(Companion::of_trial).collect(),
            false => companions.collect(),
        })
    }
}

/// What a difference is compared with is not written, although `--out` names it.
fn unwritten(proposal: &Proposal) -> Option<String> {
    let path = proposal.path().filter(|_| !proposal.is_up_to_date())?;
    Some(format!(
        "--diff writes nothing; without it, {path} is written"
    ))
}

impl RenderOutput {
    fn of(notes: Vec<String>, result: RenderResult) -> Self {
        Self {
            notes,
            result,
            hints: Vec::new(),
            next: Vec::new(),
            exit_code: ExitCode::Done,
        }
    }
}

/// `amw-rw/companions/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct CompanionsDocument<'a> {
    schema: &'static str,
    companions: &'a [Companion],
}

impl<'a> CompanionsDocument<'a> {
    pub(crate) fn new(companions: &'a [Companion]) -> Self {
        Self {
            schema: "amw-rw/companions/v1",
            companions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::SignIn;

    const URL: &str = "https://amw-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

    fn rendering(target: Target, input: &Path) -> Rendering {
        let answers = ConnectionAnswers {
            target: Some(target),
            input: Some(input.to_owned()),
            auth: Some(SignIn::WorkloadIdentity),
            cluster_label: Some("prod".into()),
            ..ConnectionAnswers::default()
        };
        let facts = OfflineFacts {
            url: crate::spec::ingestion_url::IngestionUrl::parse(URL, None).unwrap(),
            client_id: Some("11111111-2222-3333-4444-555555555555".parse().unwrap()),
            tenant_id: Some("99999999-2222-3333-4444-555555555555".parse().unwrap()),
            client_secret_file: None,
        };
        Rendering::offline(&answers, &facts, CloudName::Public, &plain_request()).unwrap()
    }

    fn plain_request() -> RenderRequest<'static> {
        RenderRequest {
            in_place: false,
            diff: false,
            check: false,
            companions: false,
            json_patch: false,
            force: true,
            template_folder: None,
            spec_file: Path::new(""),
            is_trial: false,
        }
    }

    #[test]
    fn the_flags_decide_the_form_and_only_the_file_itself_is_written() {
        let compared = |printed, in_exit_code| RenderView::Difference {
            printed,
            in_exit_code,
        };
        for (diff, check, companions, json_patch, view) in [
            (false, false, false, false, RenderView::File),
            (true, false, false, false, compared(true, false)),
            (false, true, false, false, compared(false, true)),
            (true, true, false, false, compared(true, true)),
            (false, false, true, false, RenderView::Companions),
            (false, false, false, true, RenderView::JsonPatch),
        ] {
            let request = RenderRequest {
                diff,
                check,
                companions,
                json_patch,
                ..plain_request()
            };

            assert_eq!(request.view(), view);
            assert_eq!(view.writes_file(), !(diff || check || companions));
        }
    }

    fn input(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_file_that_is_not_up_to_date_ends_with_3_only_where_that_was_asked_for() {
        let file = input("global: {}\n");
        let rendering = rendering(Target::PrometheusYml, file.path());
        let exit_code = |in_exit_code| {
            let view = RenderView::Difference {
                printed: true,
                in_exit_code,
            };
            rendering.output(view).unwrap().exit_code
        };

        assert_eq!(exit_code(true), ExitCode::PlanHasChanges);
        assert_eq!(exit_code(false), ExitCode::Done);
    }

    #[test]
    fn a_check_alone_prints_one_line_and_has_its_exit_code() {
        let file = input("prometheus: {}\n");
        let rendering = rendering(Target::KubePrometheusStack, file.path());

        let output = rendering.output(RenderView::Difference {
            printed: false,
            in_exit_code: true,
        });

        let output = output.unwrap();
        let [line] = &output.notes[..] else {
            panic!("{:?}", output.notes);
        };
        assert!(line.contains("is not up to date"), "{line}");
        assert!(output.hints.is_empty() && output.next.is_empty());
        assert!(matches!(
            output.result,
            RenderResult::Compared { printed: false, .. }
        ));
    }

    #[test]
    fn a_file_is_followed_by_the_hint_that_prometheus_needs_more() {
        let file = input("global: {}\n");
        let rendering = rendering(Target::PrometheusYml, file.path());

        let output = rendering.output(RenderView::File).unwrap();

        assert!(
            output.hints[0].ends_with("--companions"),
            "{:?}",
            output.hints
        );
        let output = rendering.output(RenderView::Companions).unwrap();
        let RenderResult::Companions { text, .. } = output.result else {
            panic!("the companions are the result");
        };
        assert!(text.contains("kubectl annotate"), "{text}");
    }

    #[test]
    fn only_a_resource_is_patched_in_the_cluster() {
        let file = input("global: {}\n");
        let rendering = rendering(Target::PrometheusYml, file.path());

        let failure = rendering.output(RenderView::JsonPatch).err().unwrap();

        assert_eq!(failure.exit_code(), ExitCode::Usage);
    }
}
