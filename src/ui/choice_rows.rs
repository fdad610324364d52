//! Rows of a list to choose from: each fits in the window, and no two look the same.

/// Cuts each line to `room` bytes, because that is how rows are counted when a list is drawn again. Lines that differ
/// only where they are cut keep their end instead. A list that can be filtered finds a row by its text, so equal rows
/// get a number.
pub(super) fn distinct(lines: &[String], room: usize) -> Vec<String> {
    let cut: Vec<&str> = lines.iter().map(|line| head(line, room)).collect();
    let shown: Vec<String> = lines
        .iter()
        .zip(&cut)
        .map(|(line, row)| match is_unique(&cut, row) {
            true => (*row).to_owned(),
            false => both_ends(line, room),
        })
        .collect();
    numbered(&shown, room)
}

fn is_unique(rows: &[&str], row: &str) -> bool {
    rows.iter().filter(|other| **other == row).count() == 1
}

fn both_ends(line: &str, room: usize) -> String {
    const BETWEEN: &str = "...";
    let half = room.saturating_sub(BETWEEN.len()) / 2;
    match line.len() <= room {
        true => line.to_owned(),
        false => format!("{}{BETWEEN}{}", head(line, half), tail(line, half)),
    }
}

fn numbered(rows: &[String], room: usize) -> Vec<String> {
    let number = |(index, row): (usize, &String)| {
        let earlier = rows[..index].iter().filter(|other| *other == row).count();
        match earlier {
            0 => row.clone(),
            _ => {
                let number = format!(" #{}", earlier + 1);
                format!("{}{number}", head(row, room.saturating_sub(number.len())))
            }
        }
    };
    rows.iter().enumerate().map(number).collect()
}

/// As much of the beginning as `room` bytes hold.
pub(super) fn head(text: &str, room: usize) -> &str {
    let mut end = text.len().min(room);
    // A letter can have several bytes, and a slice that ends within one panics.
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn tail(text: &str, room: usize) -> &str {
    let mut start = text.len().saturating_sub(room);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The order in which a list is shown: the preferred line first, so that it is on the screen however long the list is.
pub(super) fn preferred_first(count: usize, preferred: usize) -> Vec<usize> {
    let others = (0..count).filter(|index| *index != preferred);
    std::iter::once(preferred).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str], room: usize) -> Vec<String> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        distinct(&lines, room)
    }

    #[test]
    fn rows_that_fit_stay_as_they_are_and_others_are_cut() {
        assert_eq!(rows(&["one", "two", "threeee"], 5), ["one", "two", "three"]);
        assert_eq!(rows(&["größe"], 3), ["gr"]);
    }

    #[test]
    fn rows_that_differ_at_their_end_keep_it() {
        let long = [
            "/subscriptions/1/groups/a/prod",
            "/subscriptions/1/groups/b/prod",
        ];

        assert_eq!(rows(&long, 17), ["/subscr.../a/prod", "/subscr.../b/prod"]);
    }

    #[test]
    fn equal_rows_are_numbered() {
        assert_eq!(rows(&["a", "a", "a"], 10), ["a", "a #2", "a #3"]);
        assert_eq!(rows(&["aaaaaa", "aaaaaa"], 6), ["aaaaaa", "aaa #2"]);
    }

    #[test]
    fn the_preferred_line_is_the_first_one() {
        assert_eq!(preferred_first(4, 2), [2, 0, 1, 3]);
        assert_eq!(preferred_first(3, 0), [0, 1, 2]);
    }
}
