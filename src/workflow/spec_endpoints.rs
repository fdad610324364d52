//! Decides whether the endpoints of a spec file may be used: only of a file that `-f` names, and after approval.

use crate::error::Failure;
use crate::spec::cloud::CloudOverrides;
use crate::spec::command_line::path_word;
use crate::spec::file::SpecFile;
use crate::workflow::azure_settings::AzureSettings;
use crate::workflow::console::Console;
use crate::workflow::spec_file::SpecFilePath;

const DOING: &str = "use the endpoints of the spec file";

/// The endpoints and scopes of the file that may be used. A file in the current folder may come from another user, in a
/// repository that was cloned, and the host that it names as authority gets the client secret.
pub(crate) fn approved(
    console: &impl Console,
    settings: &AzureSettings,
    place: &SpecFilePath,
    file: Option<&SpecFile>,
) -> Result<CloudOverrides, Failure> {
    // The sandbox replaces all endpoints with its own.
    if settings.sandbox {
        return Ok(CloudOverrides::default());
    }
    let endpoints: Vec<String> = file
        .map(SpecFile::endpoints)
        .unwrap_or_default()
        .into_iter()
        .filter(|(field, _)| !settings.gives(field))
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    let (Some(file), false) = (file, endpoints.is_empty()) else {
        return Ok(CloudOverrides::default());
    };
    approve(console, settings, place, &endpoints)?;
    Ok(file.overrides())
}

fn approve(
    console: &impl Console,
    settings: &AzureSettings,
    place: &SpecFilePath,
    endpoints: &[String],
) -> Result<(), Failure> {
    let name = place.path().to_string_lossy();
    let effect = format!("{name} sets the hosts that receive your credentials");
    if place.is_named() {
        console.warn(&format!("{effect}:\n  {}", endpoints.join("\n  ")));
        if settings.trust_spec_endpoints {
            return Ok(());
        }
        // `--yes` is about changes in Azure, and does not send credentials anywhere.
        if console.can_ask() && !console.answers_yes() {
            return match console.ask("Send your credentials to these hosts?", false)? {
                true => Ok(()),
                false => Err(Failure::interrupted().reason("its endpoints were not approved")),
            };
        }
    }
    let failure = Failure::usage(DOING).reason(effect);
    let failure = endpoints.iter().fold(failure, Failure::reason);
    Err(failure.next(format!(
        "if you trust these hosts, add: -f {} --trust-spec-endpoints",
        path_word(place.path())
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ExitCode;
    use crate::spec::answers::Source;
    use crate::workflow::azure_settings::AzureAnswer;
    use crate::workflow::fake_console::FakeConsole;

    fn file() -> SpecFile {
        SpecFile {
            authority: Some("https://login.example.com/".parse().unwrap()),
            ..SpecFile::default()
        }
    }

    fn named() -> SpecFilePath {
        SpecFilePath::new(Some("prod.yaml".into()))
    }

    fn decide(
        console: &FakeConsole,
        settings: &AzureSettings,
        place: &SpecFilePath,
    ) -> Result<CloudOverrides, Failure> {
        approved(console, settings, place, Some(&file()))
    }

    #[test]
    fn endpoints_of_a_file_that_only_lies_in_the_folder_are_never_used() {
        let trusting = AzureSettings {
            trust_spec_endpoints: true,
            ..AzureSettings::default()
        };
        for console in [FakeConsole::with_yes(), FakeConsole::answering(true)] {
            let failure = decide(&console, &trusting, &SpecFilePath::default()).unwrap_err();

            assert_eq!(failure.exit_code(), ExitCode::Usage);
            assert!(console.asked.borrow().is_empty());
            assert_eq!(
                failure.next_steps(),
                ["if you trust these hosts, add: -f amw-rw.yaml --trust-spec-endpoints"]
            );
        }
    }

    #[test]
    fn endpoints_of_a_named_file_need_the_flag_or_an_answer_and_yes_is_neither() {
        let settings = AzureSettings::default();
        let trusting = AzureSettings {
            trust_spec_endpoints: true,
            ..AzureSettings::default()
        };

        assert!(decide(&FakeConsole::with_yes(), &settings, &named()).is_err());
        assert!(decide(&FakeConsole::answering(false), &settings, &named()).is_err());
        let asked = decide(&FakeConsole::answering(true), &settings, &named()).unwrap();
        let trusted = decide(&FakeConsole::silent(), &trusting, &named()).unwrap();
        assert_eq!((asked, trusted), (file().overrides(), file().overrides()));
    }

    #[test]
    fn what_the_command_line_gives_is_not_asked_about() {
        let settings = AzureSettings {
            answers: vec![AzureAnswer {
                flag: "authority".into(),
                value: Some("https://login.microsoftonline.com/".into()),
                source: Source::Flag,
            }],
            ..AzureSettings::default()
        };

        let used = decide(&FakeConsole::silent(), &settings, &SpecFilePath::default());

        assert_eq!(used.unwrap(), CloudOverrides::default());
    }
}
