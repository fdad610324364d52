//! Why does a sandbox not start, and what can be done about it?

use std::io;
use std::path::Path;

use crate::error::Failure;
use crate::files::FileError;
use crate::next_step::NextStep;
use crate::sandbox::StartError;
use crate::spec::command_line::own;

pub(super) fn not_started(cause: StartError) -> Failure {
    let failure = match &cause {
        StartError::Exposed(_) | StartError::UnknownScenario(_) => {
            Failure::usage("start the sandbox")
        }
        _ => Failure::new("start the sandbox"),
    };
    let next = next(&cause);
    failure.because(cause).next(next)
}

fn next(cause: &StartError) -> NextStep {
    match cause {
        StartError::Exposed(_) => {
            "listen on loopback, with any free port: --listen 127.0.0.1:0".into()
        }
        StartError::UnknownScenario(_) => {
            NextStep::run("name one of the scenarios", own::list_scenarios())
        }
        StartError::Listen { source, .. } => match source.kind() {
            // Below port 1024 Linux lets only root listen.
            io::ErrorKind::PermissionDenied => {
                "run it as root, inside a network namespace of its own".into()
            }
            _ => "end the program that listens there, or use any free port: --listen 127.0.0.1:0"
                .into(),
        },
        StartError::Journal { .. } | StartError::HostsFile { .. } => {
            "name a file in a folder that you may write to".into()
        }
        StartError::Kubeconfig(_) => {
            "free some space in the folder for temporary files: TMPDIR".into()
        }
        StartError::Certificates(_) | StartError::Tls(_) => "run the same command again".into(),
    }
}

pub(super) fn not_usable(intent: &str, file: &Path, cause: FileError) -> Failure {
    let next = match &cause {
        FileError::NoReader(_) => "start the program that reads it first, or name a file",
        _ => "name another file",
    };
    Failure::new(format!("{intent} {}", file.display()))
        .because(cause)
        .next(next)
}

pub(super) fn not_written(file: &Path, cause: io::Error) -> Failure {
    let next = match cause.kind() {
        io::ErrorKind::AlreadyExists => "name another file, or remove this one",
        io::ErrorKind::NotFound => "create its folder first, or name a file in another folder",
        _ => "name a file in a folder that you can write to",
    };
    Failure::new(format!("write {}", file.display()))
        .because(cause)
        .next(next)
}
