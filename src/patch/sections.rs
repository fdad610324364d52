//! The sections of a whole file, whether it is written on lines or in braces.

use std::ops::Range;

use super::flow_outline;
use super::outline::{DEEPEST, within};
use super::section::{Section, SectionValue};

/// The sections of a text in their order; `None` where it is not made of maps, or there is any doubt where one ends.
pub(super) fn sections(text: &str) -> Option<Vec<Section>> {
    if has_odd_characters(text) {
        return None;
    }
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.len() - bare.len();
    if bare.trim_start().starts_with('{') {
        return in_braces(bare, start);
    }
    within(text, start..text.len(), 0)
}

fn in_braces(text: &str, offset: usize) -> Option<Vec<Section>> {
    let shifted = |range: &Range<usize>| range.start + offset..range.end + offset;
    let keys = flow_outline::keys(text, DEEPEST)?;
    let section = |key: &flow_outline::FlowKey| Section {
        key: shifted(&key.key),
        column: 0,
        start: key.key.start + offset,
        end: key.value.end + offset,
        depth: key.depth,
        document: 0,
        value: SectionValue::Flow(shifted(&key.value)),
        is_doubtful: false,
        has_own_doubt: false,
        ends_in_text: false,
    };
    Some(keys.iter().map(section).collect())
}

/// Characters that are no YAML, or that end a line to one of the parsers only.
fn has_odd_characters(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_odd = |(at, byte): (usize, &u8)| match byte {
        b'\n' | b'\t' | 0x20..=0x7e | 0x80.. => false,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => true,
    };
    // NEL, LS and PS end lines in YAML 1.1 and are ordinary characters in YAML 1.2.
    let is_odd_character = |each: char| {
        matches!(
            each,
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    let is_ascii = text.is_ascii();
    let after_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    bytes.iter().enumerate().any(is_odd) || (!is_ascii && after_mark.contains(is_odd_character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<(usize, &str)>> {
        let found = sections(text)?;
        Some(
            found
                .iter()
                .map(|section| (section.depth, section.name(text)))
                .collect(),
        )
    }

    fn doubtful(text: &str) -> Vec<&str> {
        let found = sections(text).unwrap();
        let found = found.iter().filter(|section| section.has_own_doubt);
        found.map(|section| section.name(text)).collect()
    }

    #[test]
    fn each_key_of_a_map_starts_a_section() {
        let text = "# head\n---\na:\n- b: c\n# in between\n- d\n\n# of e\n\"e\":\n  f: |\n    g: 'open\n    h\n\n  # of i\n  i: {j: 1}\nlast: x\n";

        let found = sections(text).unwrap();

        let bodies: Vec<&str> = found
            .iter()
            .map(|section| &text[section.start..section.end])
            .collect();
        let expected = [
            "a:\n- b: c\n# in between\n- d\n",
            "\"e\":\n  f: |\n    g: 'open\n    h\n\n  # of i\n  i: {j: 1}\n",
            "  f: |\n    g: 'open\n    h\n",
            "  i: {j: 1}\n",
            "last: x\n",
        ];
        assert_eq!(bodies, expected);
        assert_eq!(found[0].value, SectionValue::List);
        assert_eq!(found[1].value, SectionValue::Map);
        let SectionValue::Literal(lines) = &found[2].value else {
            panic!("a text")
        };
        assert_eq!(&text[lines.clone()], "    g: 'open\n    h\n");
        assert!(!found.iter().any(|section| section.is_doubtful));
    }

    #[test]
    fn maps_within_lists_have_no_sections() {
        let text = "a:\n  b:\n    - c: 1\n      d:\n        e: 2\n    - c: 3\n  f: 4\n";

        assert_eq!(names(text), Some(vec![(0, "a"), (1, "b"), (1, "f")]));
    }

    #[test]
    fn a_key_that_is_twice_in_a_map_is_found_anywhere() {
        for text in [
            "a: 1\nb: 2\na: 3\n",
            "a:\n  b: 1\n  b: 2\n",
            "a:\n- b: 1\n  c: 2\n  b: 3\n",
            "a:\n- b:\n    c: 1\n    c: 2\n",
        ] {
            assert_eq!(names(text), None, "{text}");
        }
        assert!(names("a:\n- b: 1\n- b: 2\nc:\n  b: 3\n").is_some());
        assert!(names("a: 1\n---\na: 2\n").is_some());
        assert_eq!(doubtful("c:\n  d: {b: 1, b: 2}\n"), ["d"]);
    }

    #[test]
    fn what_goes_on_or_is_wrong_leaves_its_section_in_doubt() {
        for (text, expected) in [
            ("a: 'b\n  c'\nd: e\n", "a"),
            ("a: b\n  c\nd: e\n", "a"),
            ("a: [b,\n  c]\nd: e\n", "a"),
            ("a:\n  b: {{ c }}\nd: e\n", "b"),
            ("a:\n  - b: 1\n   c: 2\nd: e\n", "a"),
            ("a:\n  - b: 1\n\t  c: 2\nd: e\n", "a"),
            ("a: |\n    b\n   c\nd: e\n", "a"),
            ("a: |\n     \n   c\nd: e\n", "a"),
        ] {
            assert_eq!(doubtful(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_has_other_things_at_its_margin_has_no_outline() {
        for text in [
            "? a\n: b\n",
            "<<: *x\n",
            "a b\n",
            "%YAML 1.1\n---\na: b\n",
            "a: b\rc: d\n",
            "\ta: b\n",
            "- a\n",
            "--- a\n",
            "a: b\n...\n",
            "a: \u{7}b\n",
        ] {
            assert_eq!(names(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_text_of_a_block_has_an_outline_of_its_own() {
        let text = "a: |\n    b:\n      c: 1\n    d: 2\n";

        let found = within(text, 5..text.len(), 4).unwrap();

        let found: Vec<_> = found
            .iter()
            .map(|section| (section.name(text), section.column))
            .collect();
        assert_eq!(found, [("b", 4), ("c", 6), ("d", 4)]);
        assert!(within("a:\n    b: 1\n  c: 2\n", 3..19, 4).is_none());
    }
}
