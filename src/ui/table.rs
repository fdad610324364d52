//! How do columns line up? Each as wide as its widest cell; the last one wraps below itself where the window ends.

use super::failure::disarmed;
use super::palette::terminal_text;

/// Spaces between two columns.
const GAP: usize = 2;
/// Where the last column would get narrower than this, text is left to the terminal.
const NARROWEST: usize = 20;

/// Rows of cells as text, `indent` spaces before each line, without a final line end. Cells may be coloured.
pub(crate) fn aligned(rows: &[Vec<String>], indent: usize, window: Option<usize>) -> String {
    let widths = widths(rows);
    let margin = indent + widths.iter().map(|width| width + GAP).sum::<usize>();
    let mut lines = Vec::new();
    for (last, cells) in rows.iter().filter_map(|row| row.split_last()) {
        let mut head = " ".repeat(indent);
        for (cell, width) in cells.iter().zip(&widths) {
            let spaces = width + GAP - printed_width(cell);
            head.push_str(&format!("{cell}{:spaces$}", ""));
        }
        for part in wrapped(last, margin, window) {
            // A word of a text from outside can look like a label of ours, and the window can end before it.
            lines.push(disarmed(format!("{head}{part}").trim_end()).into_owned());
            // The other columns are empty in the rows below.
            head = " ".repeat(margin);
        }
    }
    lines.join("\n")
}

/// The width of each column but the last.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| printed_width(cell)).max()
    };
    (0..columns.saturating_sub(1)).filter_map(width).collect()
}

/// Text in lines that fit between `margin` and the edge of the window; whole where there is no window.
pub(crate) fn wrapped(text: &str, margin: usize, window: Option<usize>) -> Vec<String> {
    let room = window.map_or(usize::MAX, |window| window.saturating_sub(margin));
    // One word a line is harder to read than a line that the terminal breaks.
    if room < NARROWEST {
        return vec![text.replace('\n', " ")];
    }
    let mut lines = vec![String::new()];
    for word in text.split([' ', '\n']) {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if printed_width(line) + 1 + printed_width(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Rows on screen: a word that is longer than the window goes on in the next row.
pub(crate) fn printed_rows(text: &str, window: Option<usize>) -> usize {
    let rows = |line: &str| match window {
        Some(window) if window > 0 => printed_width(line).div_ceil(window).max(1),
        _ => 1,
    };
    text.split('\n').map(rows).sum()
}

/// Columns on screen. A colour of ours still holds its mark here, a number too long for what `console` takes for an escape.
fn printed_width(text: &str) -> usize {
    console::measure_text_width(&terminal_text(text))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::ui::palette::Palette;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn the_last_column_wraps_below_itself() {
        let rows = [
            row(&["+", "workspace", "it does not exist yet, and will be made"]),
            row(&["·", "role", "there"]),
        ];

        assert_snapshot!(aligned(&rows, 2, Some(38)), @r"
          +  workspace  it does not exist yet,
                        and will be made
          ·  role       there
        ");
    }

    #[test]
    fn colours_take_no_room() {
        let plus = Palette::new(true).good("+");
        let rows = [row(&[&plus, "made"]), row(&["++", "kept"])];

        assert_eq!(
            terminal_text(&aligned(&rows, 0, None)),
            "\u{1b}[32m+\u{1b}[0m   made\n++  kept"
        );
    }

    #[test]
    fn a_coloured_text_wraps_where_a_plain_one_does() {
        let painted = Palette::new(true).faint("one two three four five");

        assert_eq!(
            terminal_text(&wrapped(&painted, 0, Some(20)).join("\n")),
            "\u{1b}[2mone two three four\nfive\u{1b}[0m"
        );
    }

    #[test]
    fn in_a_very_narrow_window_nothing_is_cut_into_ribbons() {
        assert_eq!(wrapped("one two three", 10, Some(20)), ["one two three"]);
    }
}
