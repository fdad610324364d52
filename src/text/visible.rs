//! Which characters does a reader not see, or a terminal obey? The one list, and how they are shown instead.

use std::borrow::Cow;

/// Whether a terminal would act on this character, or show nothing for it. Line feed and tab are the exceptions.
pub(crate) fn is_hidden(letter: char) -> bool {
    if matches!(letter, '\n' | '\t') {
        return false;
    }
    letter.is_control()
        || matches!(
            letter,
            // `Default_Ignorable_Code_Point` of Unicode 17: zero width, marks of direction (CVE-2021-42574), fillers of Hangul,
            // variation selectors, tags that can carry a whole hidden text.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
            // Line and paragraph separators, annotations.
            | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}'
            // Blank without being the blank of any script: Ogham, typographic widths, mathematics, Braille, music.
            | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{2800}' | '\u{1d159}'
            // Bytes of file names that are not UTF-8: `path_text`.
            | '\u{10ff80}'..='\u{10ffff}'
        )
}

/// The text with each hidden character as an escape, such as `\u{1b}`. Lines and tabs stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |letter: char| match letter {
        hidden if is_hidden(hidden) => hidden.escape_default().to_string(),
        letter => letter.to_string(),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// The same on one line: a text from outside must not start a line that looks like one of ours.
pub(crate) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    visible(&lines.collect::<Vec<_>>().join(" ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_as_an_escape() {
        for (text, shown) in [
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("\u{7}", r"\u{7}"),
            ("\u{8}\u{7f}", r"\u{8}\u{7f}"),
            ("a\rb", r"a\rb"),
            ("\0", r"\u{0}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("\u{85}", r"\u{85}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn what_a_reader_does_not_see_is_shown_as_an_escape() {
        let hidden = "\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{200e}\u{200f}\u{2028}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\
                      \u{feff}\u{fffb}\u{e0041}\u{34f}\u{115f}\u{2000}\u{2800}\u{3164}\u{fe0f}\u{ffa0}\u{e0100}";

        for letter in hidden.chars() {
            assert!(is_hidden(letter), "{}", letter.escape_unicode());
        }
    }

    #[test]
    fn text_in_any_language_stays_as_it_is() {
        for text in [
            "Überwachung\tµ → ✓\n",
            "監視",
            "мониторинг",
            "مراقبة",
            "監視\u{3000}a",
            "50\u{a0}%",
        ] {
            assert!(
                matches!(visible(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_of_several_lines_becomes_one() {
        assert_eq!(
            one_line("denied\r\n  next: rm -rf /\n\n"),
            "denied next: rm -rf /"
        );
    }
}
