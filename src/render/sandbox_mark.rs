//! The first line of a file that a trial with `--sandbox` wrote. What it names ends with the sandbox.

const MARK: &str =
    "# A trial of amw-rw with --sandbox wrote this file: what it names is not in Azure.\n";

/// The text with the line, once, where a trial writes it, and without it where the real Azure is meant. JSON has no comments.
pub(crate) fn marked(text: String, in_sandbox: bool) -> String {
    match (in_sandbox, text.starts_with(MARK)) {
        (true, false) if !text.trim_start().starts_with('{') => format!("{MARK}{text}"),
        (false, true) => unmarked(&text).to_owned(),
        _ => text,
    }
}

/// Whether the text has the line.
pub(crate) fn is_marked(text: &str) -> bool {
    text.starts_with(MARK)
}

/// The text as it would be without a trial.
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_marks_its_files_once_and_a_real_run_takes_the_mark_away() {
        let first = marked("a: b\n".to_owned(), true);

        assert_eq!(first.lines().count(), 2);
        assert_eq!(marked(first.clone(), true), first);
        assert_eq!(marked(first, false), "a: b\n");
        assert_eq!(marked("{}".to_owned(), true), "{}");
    }
}
