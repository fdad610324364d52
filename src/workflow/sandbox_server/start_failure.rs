//! Why does a sandbox not start, and what can be done about it?

use std::io;
use std::path::Path;

use crate::error::Failure;
use crate::files::FileError;
use crate::sandbox::StartError;

pub(super) fn not_started(cause: StartError) -> Failure {
    let failure = match &cause {
        StartError::Exposed(_) | StartError::UnknownScenario(_) => {
            Failure::usage("start the sandbox")
        }
        _ => Failure::new("start the sandbox"),
    };
    let denied = matches!(
        &cause,
        StartError::Listen { source, .. } if source.kind() == io::ErrorKind::PermissionDenied
    );
    let failure = failure.because(cause);
    if denied {
        failure.next("run it as root, inside a network namespace of its own")
    } else {
        failure
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
