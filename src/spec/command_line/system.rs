//! The commands about files that are printed.

use super::CommandLine;

/// Checks a configuration of Prometheus.
pub(crate) fn check_configuration(file: &str) -> CommandLine {
    CommandLine::new("promtool", &["check", "config"]).file(file)
}

/// Lets the members of a group read a file.
pub(crate) fn share_with_group(group: &str, file: &str) -> CommandLine {
    let give = CommandLine::new("chgrp", &[]).operand(group).file(file);
    // After the group: in between, the former group would be able to read a secret.
    let mode = CommandLine::new("chmod", &["640"]).file(file);
    mode.after(Some(give))
}

/// Deletes a file.
pub(crate) fn remove(file: &str) -> CommandLine {
    CommandLine::new("rm", &[]).file(file)
}

/// Deletes a file, then runs a command that makes another one.
pub(crate) fn remove_then(file: &str, then: CommandLine) -> CommandLine {
    then.after(Some(remove(file)))
}

#[cfg(test)]
pub(super) fn examples(value: &str) -> Vec<CommandLine> {
    vec![
        check_configuration(value),
        share_with_group(value, value),
        remove(value),
        remove_then(value, check_configuration(value)),
    ]
}
