//! Variables that look like ours and are not read: most are typing errors, and without a warning the run means something else.

use clap::Command;

use crate::environment;
use crate::similar_name::did_you_mean;

const PREFIX: &str = "AMW_RW_";

/// Variables without a flag: what is logged, and what the tests of this program read.
const WITHOUT_FLAG: [&str; 6] = [
    "AMW_RW_LOG",
    "AMW_RW_BLESS",
    "AMW_RW_E2E",
    "AMW_RW_FAULTS_EVERY",
    "AMW_RW_FAULTS_THREADS",
    "AMW_RW_FUZZ_SECONDS",
];

/// A sentence for each variable of the environment that begins like ours and that nothing reads.
pub(super) fn warnings(command: impl FnOnce() -> Command) -> Vec<String> {
    // A script may set hundreds; the first few show what is wrong.
    const MOST: usize = 5;
    let names = environment::names_with(PREFIX);
    if names.is_empty() {
        // The usual case does not wait for the command line to be built once more.
        return Vec::new();
    }
    let known = known(&command());
    let unknown = names.iter().filter(|name| !known.contains(name));
    unknown
        .take(MOST)
        .map(|name| warning(name, &known))
        .collect()
}

fn known(command: &Command) -> Vec<String> {
    let of_flags = command.get_arguments().filter_map(|flag| flag.get_env());
    let of_flags = of_flags.map(|name| name.to_string_lossy().into_owned());
    of_flags.chain(WITHOUT_FLAG.map(str::to_owned)).collect()
}

fn warning(name: &str, known: &[String]) -> String {
    if name == "AMW_RW_NO_COLOR" {
        return format!("the variable {name} is not read; set AMW_RW_COLOR=never, or NO_COLOR");
    }
    format!(
        "the variable {name} is not read: there is no such option{}",
        did_you_mean(name, known.iter().map(String::as_str))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(name: &str) -> String {
        warning(name, &known(&crate::cli::command()))
    }

    #[test]
    fn a_typing_error_gets_the_right_name_and_others_get_none() {
        assert_eq!(
            printed("AMW_RW_SUBSCRIPTON"),
            "the variable AMW_RW_SUBSCRIPTON is not read: there is no such option; did you mean AMW_RW_SUBSCRIPTION?"
        );
        assert_eq!(
            printed("AMW_RW_WORKSPACE"),
            "the variable AMW_RW_WORKSPACE is not read: there is no such option"
        );
        assert_eq!(
            printed("AMW_RW_NO_COLOR"),
            "the variable AMW_RW_NO_COLOR is not read; set AMW_RW_COLOR=never, or NO_COLOR"
        );
    }
}
