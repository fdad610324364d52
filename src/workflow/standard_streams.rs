//! `-` in the place of a file: stdin where one is read, stdout where one is written.

use std::path::{Path, PathBuf};

use crate::spec::choices::PrometheusChoice;

const DASH: &str = "-";
/// Also a name that other programs and printed commands understand.
const STANDARD_INPUT: &str = "/dev/stdin";

/// The file to read.
pub(crate) fn input(named: PathBuf) -> PathBuf {
    match named.as_os_str() == DASH {
        true => STANDARD_INPUT.into(),
        false => named,
    }
}

/// The Prometheus with this file.
pub(crate) fn prometheus(named: PrometheusChoice) -> PrometheusChoice {
    match named {
        PrometheusChoice::File(path) => PrometheusChoice::File(input(path)),
        other => other,
    }
}

/// The file to write; `None` is stdout.
pub(crate) fn output(named: Option<PathBuf>) -> Option<PathBuf> {
    named.filter(|path| path.as_os_str() != DASH)
}

/// Whether it is stdin, which cannot be replaced, also where the shell has put a file there.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT) || path.as_os_str() == DASH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_the_stream_and_a_file_stays_a_file() {
        assert!(is_standard_input(&input("-".into())));
        assert_eq!(input("-f".into()), Path::new("-f"));
        assert_eq!(output(Some("-".into())), None);
        assert_eq!(output(Some("a.yml".into())), Some("a.yml".into()));
    }
}
