//! Cuts a file at its top-level keys, without parsing what is below them.

use granit_parser::{Event, Parser};

use super::unclosed::{Ending, ending};

/// A top-level key with all that belongs to it.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// As written, perhaps in quotes.
    pub(super) key: &'a str,
    pub(super) start: usize,
    /// Just after the last line that is neither blank nor a comment at the left margin.
    pub(super) body_end: usize,
    /// Where the next section starts.
    pub(super) end: usize,
    /// Nothing was seen in it that could reach beyond it.
    is_closed: bool,
    /// Its last line is one of a text block, as far as can be seen.
    ends_in_text: bool,
}

impl Section<'_> {
    /// Without its quotes.
    pub(super) fn name(&self) -> &str {
        self.key.trim_matches(['"', '\''])
    }

    /// Whether a line break after its last line may be one more in a text.
    pub(super) fn may_end_in_text(&self) -> bool {
        self.ends_in_text || !self.is_closed
    }
}

/// The sections in their order; `None` if there is any doubt where one of them ends.
///
/// A section ends before the next line with a key at the left margin, provided that nothing is open there. Nothing is
/// if each of its lines closes what it opens, or else if it is valid YAML by itself.
pub(super) fn sections(text: &str) -> Option<Vec<Section<'_>>> {
    if has_other_breaks(text) {
        return None;
    }
    let mut sections: Vec<Section> = Vec::new();
    let mut block_scalar = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at
            + if at == 0 && text.starts_with('\u{feff}') {
                '\u{feff}'.len_utf8()
            } else {
                0
            };
        at += line.len();
        let line = &text[start..at];
        match kind_of(line, sections.is_empty())? {
            Line::Margin => continue,
            Line::Key(key) => {
                sections.push(Section {
                    key,
                    start,
                    body_end: at,
                    end: at,
                    is_closed: true,
                    ends_in_text: false,
                });
            }
            Line::Below => {}
        }
        let section = sections.last_mut()?;
        section.body_end = at;
        let indent = line.len() - line.trim_start_matches(' ').len();
        section.ends_in_text = block_scalar.is_some_and(|column| indent > column);
        if section.ends_in_text {
            continue;
        }
        let ending = ending(line);
        section.is_closed &= ending != Ending::Open;
        block_scalar = if let Ending::BlockScalar(column) = ending {
            Some(column)
        } else {
            None
        };
    }
    let starts: Vec<usize> = sections
        .iter()
        .skip(1)
        .map(|section| section.start)
        .chain([text.len()])
        .collect();
    for (section, end) in sections.iter_mut().zip(starts) {
        section.end = end;
    }
    let is_sure =
        |section: &Section| section.is_closed || is_complete(&text[section.start..section.end]);
    sections.iter().all(is_sure).then_some(sections)
}

/// Lines can end in other ways than we count them, to one of the parsers or to both.
fn has_other_breaks(text: &str) -> bool {
    let is_lone = |(at, _): (usize, &str)| text.as_bytes().get(at + 1) != Some(&b'\n');
    text.match_indices('\r').any(is_lone)
        // NEL, LS and PS end lines in YAML 1.1 and are ordinary characters in YAML 1.2.
        || (!text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}']))
}

enum Line<'a> {
    /// Blank, or a comment at the left margin, or what may come before all keys.
    Margin,
    Key(&'a str),
    /// Part of the section above it.
    Below,
}

fn kind_of(line: &str, is_preamble: bool) -> Option<Line<'_>> {
    let content = line.trim_end();
    match content.bytes().next() {
        None | Some(b'#') => Some(Line::Margin),
        // A closing bracket may be at the left margin although its section is not over.
        Some(b' ' | b']' | b'}') => Some(Line::Below),
        // A list may have its dashes in the column of its key.
        Some(b'-') if content == "-" || content.starts_with("- ") => Some(Line::Below),
        Some(b'-') if is_preamble && content == "---" => Some(Line::Margin),
        Some(b'"' | b'\'') => quoted_key(content).map(Line::Key),
        Some(first) if first.is_ascii_alphanumeric() || first == b'_' => {
            plain_key(content).map(Line::Key)
        }
        Some(_) => None,
    }
}

fn plain_key(line: &str) -> Option<&str> {
    let colon = line
        .find(": ")
        .or_else(|| line.strip_suffix(':').map(str::len))?;
    let key = &line[..colon];
    key.bytes()
        .all(|each| each.is_ascii_alphanumeric() || b"_-.".contains(&each))
        .then_some(key)
}

fn quoted_key(line: &str) -> Option<&str> {
    let end = line[1..].find(&line[..1])? + 2;
    let rest = &line[end..];
    let is_simple = !line[..end].contains('\\') && (rest == ":" || rest.starts_with(": "));
    is_simple.then_some(&line[..end])
}

/// Whether the text is a map with one key and nothing after it. Aliases may refer to what is not in it.
fn is_complete(text: &str) -> bool {
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    let (mut depth, mut nodes, mut documents) = (0, 0, 0);
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, _)) = event else { return false };
        match event {
            Event::DocumentStart(..) => documents += 1,
            Event::MappingEnd | Event::SequenceEnd => depth -= 1,
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                nodes += usize::from(depth == 1);
                depth += 1;
            }
            Event::Scalar(..) | Event::Alias(_) | Event::UnresolvedAlias(_) => {
                nodes += usize::from(depth == 1);
            }
            _ => {}
        }
    }
    documents == 1 && nodes == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<&str>> {
        Some(sections(text)?.iter().map(|section| section.key).collect())
    }

    #[test]
    fn each_key_at_the_margin_starts_a_section() {
        let text = "# head\n---\na:\n- b: c\n# in between\n- d\n\n# of e\n\"e\": [\n  1,\n]\nf: |\n  g: 'open\n  h\nlast: x\n";

        let sections = sections(text).unwrap();

        let bodies: Vec<&str> = sections
            .iter()
            .map(|section| &text[section.start..section.body_end])
            .collect();
        let expected = [
            "a:\n- b: c\n# in between\n- d\n",
            "\"e\": [\n  1,\n]\n",
            "f: |\n  g: 'open\n  h\n",
            "last: x\n",
        ];
        assert_eq!(bodies, expected);
    }

    #[test]
    fn a_key_within_quotes_or_brackets_is_none() {
        assert_eq!(names("a: 'b\nc: d\ne'\n"), None);
        assert_eq!(names("a: {\nc: d,\n}\n"), None);
        assert_eq!(names("a: 'b\n  c: d\n  e'\nf: g\n"), Some(vec!["a", "f"]));
    }

    #[test]
    fn what_has_other_things_at_its_margin_is_not_cut() {
        for text in [
            "a: b\n---\nc: d\n",
            "? a\n: b\n",
            "{a: b}\n",
            "<<: *x\n",
            "a b\n",
            "%YAML 1.1\n---\na: b\n",
            "a: b\rc: d\n",
            "\ta: b\n",
        ] {
            assert_eq!(names(text), None, "{text:?}");
        }
    }
}
