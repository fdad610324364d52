//! A file outside the current folder that only a spec file in this folder names: such a file does not decide what is replaced
//! elsewhere.

use std::path::Path;

use crate::error::Failure;
use crate::files;
use crate::next_step::NextStep;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::own;
use crate::text::path_text;
use crate::workflow::console::Console;
use crate::workflow::resolve::ConnectionRequest;
use crate::workflow::written_file;

/// Asks for consent to write there; `in_place` is `--write`. `--yes` is none: it answers what the user has decided.
pub(crate) fn check(
    console: &impl Console,
    request: &ConnectionRequest,
    spec_file: &Path,
    in_place: bool,
) -> Result<(), Failure> {
    let given = request.answers.given();
    let (input, input_option) = match (&given.input, &given.prometheus) {
        (Some(input), _) => (Some(input.clone()), "--input"),
        (None, Some(PrometheusChoice::File(path))) => (Some(path.clone()), "--prometheus"),
        _ => (None, "--input"),
    };
    // Contradictions are reported where the file is written.
    let written = written_file::written(input.as_deref(), given.out.as_deref(), in_place);
    let Ok(Some(path)) = written else {
        return Ok(());
    };
    check_place(&path, spec_file)?;
    let option = match in_place && input.is_some() {
        true => input_option,
        false => "--out",
    };
    let field = option.trim_start_matches('-');
    let is_found = request
        .folder
        .is_of_spec_file_alone(&request.answers, field);
    // Who could put the spec into this folder could write each file of it.
    if !is_found || files::is_in_current_folder(&path) {
        return Ok(());
    }
    let about = format!(
        "`{field}` of {} alone names it, and it is outside the current folder",
        spec_file.display()
    );
    if console.can_ask() && !console.answers_yes() {
        let question = format!("{}: {about}. Write it?", path.display());
        return match console.ask(&question, false)? {
            true => Ok(()),
            false => Err(Failure::interrupted().reason("nothing was changed")),
        };
    }
    let value = match option {
        "--prometheus" => format!("file:{}", path_text::encode(&path)),
        _ => path_text::encode(&path),
    };
    let (by_option, by_file) = ([(option, value)], [("-f", path_text::encode(spec_file))]);
    Err(Failure::usage(format!("write {}", path.display()))
        .reason(about)
        .next(NextStep::run(
            "if you want this file written, name it",
            own::again(&by_option),
        ))
        .next(NextStep::run(
            "or name the spec file, if you trust all of it",
            own::again(&by_file),
        )))
}

/// Refuses the place of the spec file as that of the result.
pub(super) fn check_place(path: &Path, spec_file: &Path) -> Result<(), Failure> {
    match files::is_same_place(path, spec_file) {
        true => Err(spec_in_place(path)),
        false => Ok(()),
    }
}

/// What every later run reads as the spec would be values.
fn spec_in_place(path: &Path) -> Failure {
    Failure::usage(format!("write {}", path.display()))
        .reason("it is the place of the spec file, which later runs read")
        .next("choose another name: --out FILE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Purpose;
    use crate::spec::answers::{Answers, ConnectionAnswers, Source};
    use crate::spec::interview::InterviewMode;
    use crate::workflow::connection_folder::ConnectionFolder;
    use crate::workflow::fake_console::FakeConsole;

    fn decide(
        console: &FakeConsole,
        field: &str,
        path: &str,
        (source, is_named): (Source, bool),
        in_place: bool,
    ) -> Result<(), Failure> {
        let mut layer = ConnectionAnswers::default();
        match field {
            "out" => layer.out = Some(path.into()),
            "input" => layer.input = Some(path.into()),
            _ => layer.prometheus = Some(PrometheusChoice::File(path.into())),
        }
        let mut answers = Answers::default();
        answers.add(&layer, source);
        let request = ConnectionRequest {
            answers,
            force: false,
            folder: ConnectionFolder {
                path: ".".into(),
                in_sandbox: false,
                is_named,
            },
            asks: InterviewMode::OnlyNeeded,
            purpose: Purpose::Connection,
        };
        check(console, &request, Path::new("amw-rw.yaml"), in_place)
    }

    const FOUND: (Source, bool) = (Source::SpecFile, false);

    #[test]
    fn yes_writes_nothing_outside_and_whole_commands_are_printed_to_continue() {
        for (field, value) in [
            ("out", "/tmp/x.yaml"),
            ("input", "../x.yaml"),
            ("prometheus", "../x.yaml"),
        ] {
            let failure = decide(&FakeConsole::with_yes(), field, value, FOUND, true).unwrap_err();

            let kind = if field == "prometheus" { "file:" } else { "" };
            let expected = [
                format!(
                    "if you want this file written, name it: amw-rw apply --{field} {kind}{value}"
                ),
                "or name the spec file, if you trust all of it: amw-rw apply -f amw-rw.yaml"
                    .to_owned(),
            ];
            assert_eq!(failure.next_steps(), expected);
        }
    }

    #[test]
    fn a_file_in_the_folder_a_named_one_and_one_that_is_only_read_are_not_asked_about() {
        let console = FakeConsole::silent();
        for (field, path, whose, in_place) in [
            ("out", "x.yaml", FOUND, false),
            ("out", "-", FOUND, false),
            ("out", "../x.yaml", (Source::Flag, false), false),
            ("out", "../x.yaml", (Source::SpecFile, true), false),
            ("input", "../x.yaml", FOUND, false),
        ] {
            let decided = decide(&console, field, path, whose, in_place);

            assert!(decided.is_ok(), "{field} {path}");
        }
    }

    #[test]
    fn at_a_terminal_the_person_decides_what_is_written() {
        for answer in [true, false] {
            let console = FakeConsole::answering(answer);

            let decided = decide(&console, "out", "../x.yaml", FOUND, false);

            assert_eq!(decided.is_ok(), answer);
            assert!(console.asked.borrow()[0].starts_with("../x.yaml: `out` of amw-rw.yaml"));
        }
    }

    #[test]
    fn the_place_of_the_spec_file_is_never_written() {
        for place in ["amw-rw.yaml", "./amw-rw.yaml"] {
            let console = FakeConsole::with_yes();

            let refusal = decide(&console, "out", place, (Source::Flag, true), false);

            let refusal = refusal.unwrap_err();
            assert_eq!(refusal.next_steps(), ["choose another name: --out FILE"]);
        }
    }
}
