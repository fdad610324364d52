//! What changes in a file? A unified diff, coloured as people know it.

use super::palette::Palette;

/// Colours a unified diff line by line; every byte of text stays.
pub(crate) fn coloured(diff: &str, palette: Palette) -> String {
    diff.split_inclusive('\n')
        .map(|line| coloured_line(line, palette))
        .collect()
}

fn coloured_line(line: &str, palette: Palette) -> String {
    let text = line.trim_end_matches(['\n', '\r']);
    let end = &line[text.len()..];
    let text = match text.as_bytes() {
        // The removed line `-- x` looks like the head of a file here; only its colour is another one.
        [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] => palette.strong(text),
        [b'@', b'@', ..] => palette.place(text),
        [b'+', ..] => palette.good(text),
        [b'-', ..] => palette.bad(text),
        _ => text.to_owned(),
    };
    text + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::palette::terminal_text;

    const DIFF: &str = "--- a.yml\n+++ a.yml\n@@ -1,2 +1,2 @@\n same\r\n-old\r\n+new\r\n";

    #[test]
    fn without_colours_a_diff_stays_as_it_is() {
        assert_eq!(coloured(DIFF, Palette::plain()), DIFF);
    }

    #[test]
    fn colours_end_before_the_line_does() {
        let coloured = terminal_text(&coloured(DIFF, Palette::new(true)));

        assert!(
            coloured.contains("\u{1b}[32m+new\u{1b}[0m\n"),
            "{coloured:?}"
        );
        assert!(
            coloured.contains("\u{1b}[1m--- a.yml\u{1b}[0m\n"),
            "{coloured:?}"
        );
    }
}
