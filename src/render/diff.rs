//! Shows what would change in a file, without the secrets in it.

use std::collections::HashMap;

use similar::{ChangeTag, TextDiff};

use crate::redact::without_secrets;

/// A unified diff with three lines of context; empty when nothing changes.
///
/// Lines are compared as they are and shown without their secrets, so a changed secret shows as a changed line.
pub(crate) fn unified_diff(old_path: &str, new_path: &str, old: &str, new: &str) -> String {
    // Hiding keeps the number of lines, so the lines of both texts match by their index.
    let (old_shown, new_shown) = (without_secrets(old), without_secrets(new));
    let (old_shown, new_shown) = (lines(&old_shown), lines(&new_shown));
    let (old, new) = (lines(old), lines(new));
    // Three lines around a change, as `diff -u` and git have them.
    let diff = TextDiff::from_slices(&old, &new);
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        if text.is_empty() {
            text = format!("--- {old_path}\n+++ {new_path}\n");
        }
        text.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let shown = match change.tag() {
                ChangeTag::Insert => change.new_index().map(|index| new_shown[index]),
                ChangeTag::Delete | ChangeTag::Equal => {
                    change.old_index().map(|index| old_shown[index])
                }
            };
            push_line(&mut text, change.tag(), shown.unwrap_or_default());
        }
    }
    text
}

/// The new text without the secrets that it has, and without those that its comments had in the old text: there, the
/// setting before was a secret.
pub(crate) fn changed_without_secrets(old: &str, new: &str) -> String {
    let (old_shown, new_shown) = (without_secrets(old), without_secrets(new));
    let hidden: HashMap<&str, &str> = lines(old)
        .into_iter()
        .zip(lines(&old_shown))
        .filter(|(line, shown)| line != shown && line.contains('#'))
        .collect();
    if hidden.is_empty() {
        return new_shown;
    }
    let new_lines = lines(new).into_iter().zip(lines(&new_shown));
    let shown = |(line, shown)| hidden.get(line).copied().unwrap_or(shown);
    new_lines.map(shown).collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn push_line(text: &mut String, tag: ChangeTag, line: &str) {
    text.push_str(&format!("{tag}{}\n", line.trim_end_matches(['\r', '\n'])));
    if !line.ends_with('\n') {
        text.push_str("\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::{changed_without_secrets, unified_diff};

    #[test]
    fn a_comment_stays_hidden_when_the_secret_before_it_is_removed() {
        let old = "a:\n  password: x\n  # was s3cr3t1\n  user: y\n";
        let new = "a:\n  # was s3cr3t1\n  user: y\n";

        assert_eq!(
            changed_without_secrets(old, new),
            "a:\n  # was <secret>\n  user: y\n"
        );
        assert!(!unified_diff("a", "a", old, new).contains("s3cr3t1"));
    }

    #[test]
    fn the_diff_names_both_files_and_shows_three_lines_around_a_change() {
        let old = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n";
        let new = "a: 1\nb: 2\nc: 3\nd: 4\ne: 6\nf: 7";

        assert_snapshot!(unified_diff("prometheus.yml", "prometheus.yml (new)", old, new), @r"
        --- prometheus.yml
        +++ prometheus.yml (new)
        @@ -2,4 +2,5 @@
         b: 2
         c: 3
         d: 4
        -e: 5
        +e: 6
        +f: 7
        \ No newline at end of file
        ");
    }

    #[test]
    fn a_changed_secret_shows_as_changed_but_not_as_what() {
        let old = "oauth:\n  client_secret: before\n";
        let new = "oauth:\n  client_secret: after\n";

        assert_snapshot!(unified_diff("old", "new", old, new), @"
        --- old
        +++ new
        @@ -1,2 +1,2 @@
         oauth:
        -  client_secret: <secret>
        +  client_secret: <secret>
        ");
    }

    #[test]
    fn without_a_change_there_is_no_text() {
        assert_eq!(unified_diff("a", "b", "x\n", "x\n"), "");
    }
}
