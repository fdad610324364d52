//! How a file is laid out, so that what we add looks as if its owner had written it.

use std::collections::BTreeMap;

use crate::render::{BlockStyle, Quote, Quoting};
use crate::spec::prometheus_duration::PrometheusDuration;

/// As much of a file as it takes to know its habits, in bytes.
pub(super) const SAMPLE: usize = 256 * 1024;

/// The habits of a file, judged by its lines: what misleads now and then is outvoted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) block: BlockStyle,
    pub(super) newline: &'static str,
    /// Top-level keys have blank lines between them.
    pub(super) spaced_sections: bool,
}

impl Style {
    pub(super) fn of(text: &str) -> Self {
        let sample = &text[..text.floor_char_boundary(SAMPLE)];
        let mut habits = StyleCounts::default();
        sample.lines().for_each(|line| habits.note(line));
        let step = most_common(&habits.steps).unwrap_or(BlockStyle::default().step);
        let dash = most_common(&habits.top_dashes)
            .or(most_common(&habits.dashes))
            .unwrap_or(step);
        // A space before the quote: an apostrophe within a word is no quote.
        let prefers_single = sample.matches(" '").count() > sample.matches(" \"").count();
        let quote = if prefers_single {
            Quote::Single
        } else {
            Quote::Double
        };
        let windows = sample.matches("\r\n").count() * 2 > sample.matches('\n').count();
        Self {
            block: BlockStyle {
                step,
                dash,
                quoting: Quoting {
                    strings: quote,
                    durations: most_common(&habits.durations).flatten(),
                },
            },
            newline: if windows { "\r\n" } else { "\n" },
            spaced_sections: habits.spaced * 2 > habits.sections.saturating_sub(1),
        }
    }
}

/// What was seen how often, and what was seen last.
#[derive(Default)]
struct StyleCounts {
    steps: BTreeMap<usize, usize>,
    dashes: BTreeMap<usize, usize>,
    /// Of lists at the top level, where a new one is most like them.
    top_dashes: BTreeMap<usize, usize>,
    /// Quotes of values that are durations.
    durations: BTreeMap<Option<Quote>, usize>,
    sections: usize,
    spaced: usize,
    /// Of a key without a value on its line.
    open_key: Option<usize>,
    /// A blank line, perhaps with comments after it.
    after_blank: bool,
}

impl StyleCounts {
    fn note(&mut self, line: &str) {
        let content = line.trim_start_matches([' ', '\u{feff}']);
        let column = line.len() - content.len();
        if content.trim().is_empty() {
            self.after_blank = true;
            return;
        }
        if content.starts_with('#') {
            return;
        }
        if let Some(key) = self.open_key.take() {
            let (seen, is_deep_enough) = match content.starts_with("- ") {
                // `- ` in the column of its key counts as indentation 0, which many files have at the top only.
                true if key == 0 => (&mut self.top_dashes, true),
                true => (&mut self.dashes, column >= key),
                false => (&mut self.steps, column > key),
            };
            if is_deep_enough {
                *seen.entry(column - key).or_default() += 1;
            }
        }
        let key = content.trim_start_matches("- ");
        if ends_in_colon(key) {
            self.open_key = Some(column + content.len() - key.len());
        }
        if let Some(quote) = quote_of_duration(key) {
            *self.durations.entry(quote).or_default() += 1;
        }
        if column == 0 && content.starts_with(|first: char| first.is_alphanumeric()) {
            self.spaced += usize::from(self.after_blank && self.sections > 0);
            self.sections += 1;
        }
        self.after_blank = false;
    }
}

/// A key whose value is on the next lines.
fn ends_in_colon(content: &str) -> bool {
    let code = content.split(" #").next().unwrap_or_default();
    code.trim_end().ends_with(':')
}

/// Of `key: 30s` the quotes around the duration; `None` for every other line.
fn quote_of_duration(content: &str) -> Option<Option<Quote>> {
    let (_, value) = content.split_once(": ")?;
    let value = value.split(" #").next()?.trim();
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let (text, quote) = match (within('"'), within('\'')) {
        (Some(text), _) => (text, Some(Quote::Double)),
        (_, Some(text)) => (text, Some(Quote::Single)),
        _ => (value, None),
    };
    PrometheusDuration::has_unit(text).then_some(quote)
}

/// The most common one, of equally common ones the smallest.
fn most_common<Habit: Copy + Ord>(seen: &BTreeMap<Habit, usize>) -> Option<Habit> {
    seen.iter()
        .rev()
        .max_by_key(|(_, times)| **times)
        .map(|(what, _)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_quotes_line_ends_and_blank_lines_are_noticed() {
        let text = "a: # first\r\n    b:\r\n    - 'c'\r\n    - d:\r\n      - e\r\n\r\n# second\r\nf:\r\n    g: 'h'\r\n";

        let style = Style::of(text);

        let block = BlockStyle {
            step: 4,
            dash: 0,
            quoting: Quoting {
                strings: Quote::Single,
                durations: None,
            },
        };
        assert_eq!(
            style,
            Style {
                block,
                newline: "\r\n",
                spaced_sections: true
            }
        );
    }

    #[test]
    fn a_file_without_habits_gets_ours() {
        let style = Style::of("");

        assert_eq!(
            style,
            Style {
                block: BlockStyle::default(),
                newline: "\n",
                spaced_sections: false
            }
        );
    }

    #[test]
    fn durations_are_written_as_most_of_the_files_durations_are() {
        let of = |text: &str| Style::of(text).block.quoting.durations;

        assert_eq!(
            of("a: '30s'\nb: \"1m\" # short\nc: \"5m\"\n"),
            Some(Quote::Double)
        );
        assert_eq!(of("- job: 'node'\n  a: 30s\n- b: \"text\"\n"), None);
        // Of equally many, the plain spelling.
        assert_eq!(of("a: 30s\nb: '1m'\n"), None);
    }
}
