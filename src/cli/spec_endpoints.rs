//! May a spec file say where credentials go? Only one that was named with `-f`, and whose endpoints were approved.

use crate::cli::{Context, spec_file};
use crate::error::Failure;
use crate::spec::cloud::CloudOverrides;
use crate::spec::command_line::path_word;
use crate::spec::file::SpecFile;

const DOING: &str = "use the endpoints of the spec file";

/// The endpoints and scopes of the file that may be used. A file in the current folder may come from a stranger, in a
/// repository that was cloned, and whoever names the authority gets the client secret.
pub(crate) fn approved(
    context: &Context,
    file: Option<&SpecFile>,
) -> Result<CloudOverrides, Failure> {
    // The sandbox puts its own addresses in place of all others.
    if context.globals.azure.sandbox {
        return Ok(CloudOverrides::default());
    }
    let said = |flag: &str| context.azure_answers.iter().any(|one| one.flag == flag);
    let endpoints: Vec<String> = file
        .map(SpecFile::endpoints)
        .unwrap_or_default()
        .into_iter()
        .filter(|(field, _)| !said(field))
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    let (Some(file), false) = (file, endpoints.is_empty()) else {
        return Ok(CloudOverrides::default());
    };
    approve(context, &endpoints)?;
    Ok(file.overrides())
}

fn approve(context: &Context, endpoints: &[String]) -> Result<(), Failure> {
    let path = spec_file::path(context);
    let name = path.to_string_lossy();
    let is_named = context.globals.manner.spec.is_some();
    if is_named {
        context.warn(&format!(
            "{name} decides where your credentials go:\n  {}",
            endpoints.join("\n  ")
        ));
    }
    if is_named && context.globals.azure.trust_spec_endpoints {
        return Ok(());
    }
    let prompt = context
        .prompt()
        .filter(|_| is_named && !context.globals.manner.yes);
    if let Some(prompt) = prompt {
        let question = "Send your credentials there?";
        return match prompt.confirm(question, false)? {
            true => Ok(()),
            false => Err(Failure::interrupted().reason("its endpoints were not approved")),
        };
    }
    let file = path_word(&path);
    let failure = endpoints.iter().fold(
        Failure::usage(DOING).reason(format!("{name} decides where your credentials go")),
        |failure, endpoint| failure.reason(endpoint),
    );
    Err(failure.next(format!(
        "if you trust these hosts, add: -f {file} --trust-spec-endpoints"
    )))
}
