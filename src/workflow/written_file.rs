//! Which file is written: the input in place, another one, or none but stdout?

use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::files;
use crate::spec::command_line::path_word;
use crate::workflow::standard_streams;

/// `in_place` is `--write`, `out` is `--out`. `None` is stdout.
pub(super) fn written(
    input: Option<&Path>,
    out: Option<&Path>,
    in_place: bool,
) -> Result<Option<PathBuf>, Failure> {
    match (in_place, input, out) {
        (true, None, None) => Err(Failure::usage("write the file in place")
            .reason("--write needs --input FILE or --out FILE")
            .next("add --input FILE, or name the file to write: --out FILE")),
        (true, Some(input), Some(out)) if input != out => Err(two_places(input, out)),
        (true, Some(input), None) if has_no_place(input) => Err(Failure::usage(format!(
            "write {} in place",
            input.display()
        ))
        .reason("it is a pipe or a device, which cannot be replaced")
        .next("name the file to write: --out FILE")),
        (true, Some(input), None) => Ok(Some(input.to_owned())),
        (_, _, out) => Ok(standard_streams::output(out.map(Path::to_owned))),
    }
}

fn has_no_place(input: &Path) -> bool {
    // `/dev/stdin` is a link of the system, also where the shell has put a file behind it.
    files::is_stream(input) || standard_streams::is_standard_input(input)
}

/// In place and elsewhere at once: the user has to name one.
fn two_places(input: &Path, out: &Path) -> Failure {
    let (input, out) = (path_word(input), path_word(out));
    Failure::usage("write the file")
        .reason(format!(
            "--write names {input} as the file to write, and --out names {out}"
        ))
        .next(format!("leave out --write to write {out}"))
        .next(format!("or leave out --out to write {input}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_written_or_none() {
        let path = Path::new;
        let printed = |input, out, in_place| written(input, out, in_place).ok();

        let (a, b) = (Some(path("a.yml")), Some(path("b.yml")));
        assert_eq!(printed(a, None, true), Some(Some("a.yml".into())));
        assert_eq!(printed(a, b, false), Some(Some("b.yml".into())));
        assert_eq!(printed(None, b, true), Some(Some("b.yml".into())));
        assert_eq!(printed(a, a, true), Some(Some("a.yml".into())));
        assert_eq!(printed(a, Some(path("-")), false), Some(None));
        assert_eq!(printed(a, None, false), Some(None));
        assert_eq!(printed(a, b, true), None);
        assert_eq!(printed(None, None, true), None);
        assert_eq!(printed(Some(path("/dev/stdin")), None, true), None);
    }
}
