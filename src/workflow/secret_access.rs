//! Who can read a file that holds a secret, and what to do where Prometheus is not among them?

use std::path::Path;

use crate::files::{self, Access, FileError, PROMETHEUS_GROUP};
use crate::spec::command_line::system;
use crate::text::path_text;

/// What to do about a file that holds a secret. The file is written by now, so a mode that cannot be read is no failure.
pub(super) fn secret_warning(path: &Path) -> String {
    access_note(path).unwrap_or_else(|_| {
        format!(
            "{} holds a secret: make sure that only Prometheus can read it",
            path.display()
        )
    })
}

/// Who can read a file that holds a secret, and what to do where Prometheus is not among them.
fn access_note(path: &Path) -> Result<String, FileError> {
    let access = files::access(path)?;
    Ok(access_text(path, access, files::prometheus_group()))
}

fn access_text(path: &Path, access: Access, prometheus: Option<u32>) -> String {
    let group_reads = access.mode & 0o040 != 0;
    let group = match prometheus {
        Some(id) if id == access.group => format!("its group, `{PROMETHEUS_GROUP}`,"),
        _ => format!("its group, group id {},", access.group),
    };
    let readers = if group_reads {
        format!(
            "only its owner, user id {}, and {group} can read it",
            access.owner
        )
    } else {
        format!("only its owner, user id {}, can read it", access.owner)
    };
    let listed = match access.is_listed {
        true => ", and the users that its access control list names",
        false => "",
    };
    let found = format!(
        "{} holds a secret: {readers} (mode {:04o}){listed}.",
        path.display(),
        access.mode
    );
    // The list can name Prometheus, and a change of the mode changes it too.
    if access.is_listed {
        return found;
    }
    if group_reads && prometheus == Some(access.group) {
        return found;
    }
    let name = if prometheus.is_some() {
        PROMETHEUS_GROUP
    } else {
        "GROUP"
    };
    let share = system::share_with_group(name, &path_text::encode(path));
    format!("{found} If Prometheus runs as another user, give the file to its group: {share}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(group: u32, mode: u32, prometheus: Option<u32>) -> String {
        let access = Access {
            owner: 0,
            group,
            mode,
            is_listed: false,
        };
        access_text(Path::new("/etc/prometheus.yml"), access, prometheus)
    }

    #[test]
    fn an_access_list_is_named() {
        let access = Access {
            owner: 0,
            group: 0,
            mode: 0o640,
            is_listed: true,
        };

        let text = access_text(Path::new("p.yml"), access, None);

        assert!(
            text.ends_with("and the users that its access control list names."),
            "{text}"
        );
    }

    #[test]
    fn a_group_that_reads_the_file_is_named_and_one_that_does_not_gets_its_command() {
        assert_eq!(
            note(999, 0o640, Some(999)),
            "/etc/prometheus.yml holds a secret: only its owner, user id 0, and its group, `prometheus`, can read it (mode 0640)."
        );
        let command = "chgrp prometheus /etc/prometheus.yml && chmod 640 /etc/prometheus.yml";
        assert!(note(0, 0o640, Some(999)).ends_with(command));
        assert!(note(999, 0o600, Some(999)).ends_with(command));
        assert!(note(0, 0o600, None).contains("chgrp GROUP "));
    }
}
