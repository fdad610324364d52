//! Takes items out of a list, with the comments that belong to them.

use std::ops::Range;

use super::edits::Edits;
use super::tree::{MapEntry, Node};

impl Edits<'_> {
    /// Some items, those of `gone`. A list that has none left, and gets none, becomes `[]`: without its key, Helm would take
    /// the items of the release once more.
    pub(super) fn remove_items(&mut self, entry: &MapEntry, gone: &[bool], stays_empty: bool) {
        let list = &entry.value;
        let is_emptied = stays_empty && !gone.is_empty() && !gone.contains(&false);
        if list.is_flow() {
            if is_emptied {
                return self.replace(list.start, list.end, "[]");
            }
            for run in runs(gone) {
                self.cut_from_brackets(list.items(), &run);
            }
            return;
        }
        if is_emptied {
            // A key without a value is null, which Helm takes as "remove this key", and Prometheus as an absent list.
            self.insert_after_colon(&entry.key, " []");
        }
        for run in runs(gone) {
            if let Some(lines) = self.lines_of(entry, &run) {
                self.replace(lines.start, lines.end, "");
            }
        }
    }

    /// Each with the comma that parts it from a neighbour which stays.
    fn cut_from_brackets(&mut self, items: &[Node], run: &Range<usize>) {
        let (first, last) = (&items[run.start], &items[run.end - 1]);
        match (items.get(run.end), run.start.checked_sub(1)) {
            (Some(next), _) => self.replace(first.start, next.start, ""),
            (None, Some(before)) => self.replace(items[before].end, last.end, ""),
            (None, None) => {}
        }
    }

    /// Whole lines: the comments above, the items, those of their comments that are deeper than the dash; and of blank
    /// lines on both sides those on one.
    fn lines_of(&self, entry: &MapEntry, run: &Range<usize>) -> Option<Range<usize>> {
        let items = entry.value.items();
        let before = run.start.checked_sub(1).map(|index| &items[index]);
        let floor = before.map_or(entry.key.end, |item| item.end);
        let dash = self.dash_before(floor, items[run.start].start)?;
        let column = dash - self.lines.start(dash);
        let mut lines = Range {
            start: self.above(
                self.lines.next(floor),
                self.lines.start(dash),
                column,
                before.is_none(),
            ),
            end: self
                .lines
                .next_after_comments(items[run.end - 1].end, column + 1),
        };
        let blank_above = self.blanks_above(self.lines.next(floor), lines.start);
        let blank_below = self.blanks_below(lines.end);
        let is_last = run.end == items.len();
        match before {
            None if !is_last => lines.end = blank_below,
            Some(before)
                if (is_last || blank_below > lines.end) && !before.ends_in_kept_blanks() =>
            {
                lines.start = blank_above;
            }
            _ => {}
        }
        Some(lines)
    }

    /// The dash that introduces what starts at `start`, alone on its line or the first on it.
    fn dash_before(&self, floor: usize, start: usize) -> Option<usize> {
        let mut end = start;
        loop {
            let line = self.lines.start(end).max(floor);
            let content = self.text[line..end].trim_start_matches(' ');
            if content.starts_with('-') {
                return Some(end - content.len());
            }
            end = line.checked_sub(1).filter(|end| *end >= floor)?;
        }
    }

    /// Up over the comments above an item, as far left as its dash. A commented-out item is none of them.
    fn above(&self, floor: usize, start: usize, column: usize, is_first: bool) -> usize {
        let mut top = start;
        for line in self
            .text
            .get(floor..start)
            .unwrap_or_default()
            .split_inclusive('\n')
            .rev()
        {
            let content = line.trim_start_matches(' ');
            let indent = line.len() - content.len();
            let is_near = indent == column || (is_first && indent > column);
            let remark = content.strip_prefix('#').map(str::trim_start);
            // A commented-out item is a note about the list, not about the item that goes.
            if !is_near || remark.is_none_or(|remark| remark.starts_with("- ")) {
                break;
            }
            top -= line.len();
        }
        top
    }

    fn blanks_above(&self, floor: usize, start: usize) -> usize {
        let lines = self.text.get(floor..start).unwrap_or_default();
        let blank = lines
            .split_inclusive('\n')
            .rev()
            .take_while(|line| line.trim().is_empty());
        start - blank.map(str::len).sum::<usize>()
    }

    fn blanks_below(&self, end: usize) -> usize {
        let blank = self.text[end..]
            .split_inclusive('\n')
            .take_while(|line| line.trim().is_empty());
        end + blank.map(str::len).sum::<usize>()
    }
}

/// The stretches of neighbours that go.
fn runs(gone: &[bool]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for index in (0..gone.len()).filter(|index| gone[*index]) {
        match runs.last_mut().filter(|run| run.end == index) {
            Some(run) => run.end += 1,
            None => runs.push(index..index + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use crate::patch::document::Document;
    use crate::patch::lines::splice;
    use crate::patch::rewrite::rewrite;
    use crate::patch::style::Style;
    use crate::render::Desired;
    use crate::target::Position;

    /// The text without these items of its list `a`, which `verification` has read again.
    fn without(indices: &[usize], text: &str) -> Result<String, String> {
        let items = indices
            .iter()
            .map(|index| (Position::At(*index), Desired::Absent));
        let desired = Desired::Items(items.collect()).under(&["a"]);
        let document = Document::parse(text, None).map_err(|refusal| refusal.to_string())?;
        let rewritten = rewrite(document, &Style::of(text), desired);
        let splices = rewritten.map_err(|refusal| refusal.to_string())?.splices;
        Ok(splice(text, &splices).unwrap())
    }

    #[test]
    fn an_item_goes_with_its_lines_and_nothing_else_moves() {
        let text = "a:\n  - n: 1\n    m: x\n  - n: 2 # two\n    m: |\n      text\n  - n: 3\nb: c";
        let cases: [(&[usize], &str); 6] = [
            (
                &[0],
                "a:\n  - n: 2 # two\n    m: |\n      text\n  - n: 3\nb: c",
            ),
            (&[1], "a:\n  - n: 1\n    m: x\n  - n: 3\nb: c"),
            (
                &[2],
                "a:\n  - n: 1\n    m: x\n  - n: 2 # two\n    m: |\n      text\nb: c",
            ),
            (&[0, 1], "a:\n  - n: 3\nb: c"),
            (&[2, 0], "a:\n  - n: 2 # two\n    m: |\n      text\nb: c"),
            (&[0, 1, 2], "a: []\nb: c"),
        ];

        for (gone, expected) in cases {
            assert_eq!(without(gone, text).as_deref(), Ok(expected), "{gone:?}");
            let windows = text.replace('\n', "\r\n");
            assert_eq!(without(gone, &windows), Ok(expected.replace('\n', "\r\n")));
        }
    }

    #[test]
    fn comments_go_with_the_item_that_they_are_about() {
        let text = "a: # all\n# first\n- 1\n  # m: of the first\n# - 9\n# second\n# still\n- 2\n\n# section\nb: c\n";

        let first = without(&[0], text).unwrap();
        let second = without(&[1], text).unwrap();
        let both = without(&[0, 1], text).unwrap();

        assert_eq!(
            first,
            "a: # all\n# - 9\n# second\n# still\n- 2\n\n# section\nb: c\n"
        );
        assert_eq!(
            second,
            "a: # all\n# first\n- 1\n  # m: of the first\n# - 9\n\n# section\nb: c\n"
        );
        assert_eq!(both, "a: [] # all\n\n# section\nb: c\n");
    }

    #[test]
    fn of_blank_lines_around_an_item_those_on_one_side_go() {
        let text = "a:\n- 1\n\n- 2\n\n# three\n- 3\nb: c\n";

        assert_eq!(
            without(&[0], text).unwrap(),
            "a:\n- 2\n\n# three\n- 3\nb: c\n"
        );
        assert_eq!(
            without(&[1], text).unwrap(),
            "a:\n- 1\n\n# three\n- 3\nb: c\n"
        );
        assert_eq!(without(&[2], text).unwrap(), "a:\n- 1\n\n- 2\nb: c\n");
    }

    #[test]
    fn a_text_block_before_an_item_keeps_its_blank_lines() {
        let text = "a:\n- |+\n  kept\n\n- 2\nb: c\n";

        assert_eq!(without(&[1], text).unwrap(), "a:\n- |+\n  kept\n\nb: c\n");
    }

    #[test]
    fn in_brackets_the_commas_stay_right() {
        let cases: [(&[usize], &str, &str); 6] = [
            (&[0], "a: [{n: 1}, {n: 2}, 3] # x\n", "a: [{n: 2}, 3] # x\n"),
            (&[1], "a: [{n: 1}, {n: 2}, 3] # x\n", "a: [{n: 1}, 3] # x\n"),
            (
                &[2],
                "a: [{n: 1}, {n: 2}, 3] # x\n",
                "a: [{n: 1}, {n: 2}] # x\n",
            ),
            (&[1, 2], "a: [1, 2, 3, ]\n", "a: [1, ]\n"),
            (&[0, 1, 2], "a: [1, 2, 3, ] # x\n", "a: [] # x\n"),
            (&[1], "a: [\n  1,\n  2,\n]\n", "a: [\n  1,\n]\n"),
        ];

        for (gone, text, expected) in cases {
            assert_eq!(without(gone, text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_anchored_is_not_taken_from_under_its_aliases() {
        let shared = without(&[0], "a:\n- &x {n: 1}\n- 2\nb: *x\n");
        let marked = without(&[0], "a: &x\n- 1\nb: c\n");

        assert!(shared.unwrap_err().contains("used again elsewhere"));
        assert!(marked.unwrap_err().contains("anchor or tag"));
    }

    #[test]
    fn one_goes_while_another_comes() {
        let desired = Desired::Items(vec![
            (Position::At(0), Desired::Absent),
            (Position::End, Desired::is("new")),
        ]);
        for (text, expected) in [
            ("a:\n  - old\n\nb: c\n", "a:\n  - new\n\nb: c\n"),
            ("a:\n  - old\n  - 2\nb: c\n", "a:\n  - 2\n  - new\nb: c\n"),
            ("a: [old, 2]\n", "a: [2, \"new\"]\n"),
        ] {
            let document = Document::parse(text, None).unwrap();

            let splices = rewrite(document, &Style::of(text), desired.clone().under(&["a"]))
                .unwrap()
                .splices;

            assert_eq!(splice(text, &splices).unwrap(), expected);
        }
    }
}
