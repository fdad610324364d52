//! Turns many places of a text from lines and columns into bytes and back, in one pass over the text.
//!
//! A pass for each place costs minutes where a file has thousands of entries, or all of them on one line.

use super::refusal::Location;

/// The byte at which each place is; none for those without a place, and for lines that the text does not have.
pub(super) fn offsets(text: &str, places: &[Option<Location>]) -> Vec<Option<usize>> {
    let mut offsets = vec![None; places.len()];
    let mut cursor = TextCursor::new(text);
    for (index, wanted) in in_order(places, |place| (place.line, place.column)) {
        offsets[index] = cursor.reach_place(wanted);
    }
    offsets
}

/// The place of each byte, which is the start of a character.
pub(super) fn locations(text: &str, offsets: &[Option<usize>]) -> Vec<Option<Location>> {
    let mut locations = vec![None; offsets.len()];
    let mut cursor = TextCursor::new(text);
    for (index, offset) in in_order(offsets, |offset| *offset) {
        locations[index] = Some(cursor.reach_offset(offset));
    }
    locations
}

/// Those that are known, with their index, from the first to the last in the text.
fn in_order<T: Copy, K: Ord>(items: &[Option<T>], key: impl Fn(&T) -> K) -> Vec<(usize, T)> {
    let known = items.iter().enumerate();
    let mut known: Vec<_> = known
        .filter_map(|(index, item)| Some((index, (*item)?)))
        .collect();
    known.sort_by_key(|(_, item)| key(item));
    known
}

/// A position in a text, which only moves forward.
struct TextCursor<'a> {
    text: &'a str,
    at: usize,
    here: Location,
}

impl<'a> TextCursor<'a> {
    /// A byte order mark is no column of the first line.
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len(),
            here: place(1, 1),
        }
    }

    fn reach_place(&mut self, wanted: Location) -> Option<usize> {
        while self.here.line < wanted.line {
            self.at += self.text[self.at..].find('\n')? + 1;
            self.here = place(self.here.line + 1, 1);
        }
        let missing = wanted.column.saturating_sub(self.here.column);
        let line = self.text[self.at..].chars();
        for character in line.take(missing).take_while(|one| *one != '\n') {
            self.at += character.len_utf8();
            self.here.column += 1;
        }
        Some(self.at)
    }

    fn reach_offset(&mut self, offset: usize) -> Location {
        let passed = &self.text[self.at..offset.max(self.at)];
        self.here = match passed.rfind('\n') {
            None => place(self.here.line, self.here.column + passed.chars().count()),
            Some(last) => place(
                self.here.line + passed.matches('\n').count(),
                // The line end itself is counted as well, since columns start at 1.
                passed[last..].chars().count(),
            ),
        };
        self.at += passed.len();
        self.here
    }
}

fn place(line: usize, column: usize) -> Location {
    Location { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}a: é\n\n- b: c\n";

    #[test]
    fn places_and_bytes_are_the_same_in_any_order() {
        let places = [(3, 3), (1, 1), (1, 4), (2, 1), (3, 7), (1, 3)];
        let places = places.map(|(line, column)| Some(place(line, column)));
        let found = offsets(TEXT, &places);

        assert_eq!(found, [12, 3, 6, 9, 16, 5].map(Some));
        assert_eq!(locations(TEXT, &found), places);
    }

    #[test]
    fn a_column_past_its_line_is_its_end_and_a_line_past_the_text_is_none() {
        let past = [Some(place(2, 9)), None, Some(place(9, 1))];

        assert_eq!(offsets(TEXT, &past), [Some(9), None, None]);
        assert_eq!(locations(TEXT, &[None]), [None]);
    }
}
