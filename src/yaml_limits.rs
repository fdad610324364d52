//! How large a YAML text may become when it is read. Aliases let a small text mean gigabytes of data.

use std::collections::HashMap;

use granit_parser::{Event, Parser, Span};

/// Of values in a text, each alias counted once; a long scalar counts as several.
const MOST_NODES: usize = 2_000_000;
/// Of values that aliases add, in addition to twice what the text itself has.
const MOST_ALIASED: usize = 200_000;
/// The parser of `serde_yaml` itself ends at 128 with an error that names no line.
const DEEPEST: usize = 100;
const TOO_DEEP: &str = "values are nested more than 100 levels deep, too deep for a configuration";
/// In bytes of a scalar that weigh as much as one more value.
const WEIGHT: usize = 64;

/// Where and why a text is too much. Lines and columns start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub(crate) struct YamlExcess {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) why: &'static str,
}

/// Counts along while a text is parsed.
#[derive(Debug, Default)]
pub(crate) struct YamlBudget {
    /// Values in the text itself.
    plain: usize,
    /// Values that aliases add.
    aliased: usize,
    /// Anchor and total so far of each collection that is open.
    open: Vec<(usize, usize)>,
    /// The value of an anchor; anchors are numbered from 1.
    sizes: HashMap<usize, usize>,
}

impl YamlBudget {
    pub(crate) fn count(&mut self, event: &Event<'_>, span: &Span) -> Result<(), YamlExcess> {
        self.add(event).map_err(|why| YamlExcess {
            line: span.start.line(),
            column: span.start.col() + 1,
            why,
        })
    }

    fn add(&mut self, event: &Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, _, anchor, _) => {
                let weight = 1 + text.len() / WEIGHT;
                self.plain += weight;
                self.sizes.insert(*anchor, weight);
            }
            Event::Alias(anchor) => {
                let size = self.sizes.get(anchor);
                let size = size.ok_or("this alias refers to a value that contains it")?;
                // Ten levels of ten aliases each are 10 billion values in a file of a few lines.
                self.aliased = self.aliased.saturating_add(*size);
            }
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => {
                self.open.push((*anchor, self.total()));
                self.plain += 1;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, before)) = self.open.pop() {
                    self.sizes.insert(anchor, self.total() - before);
                }
            }
            _ => {}
        }
        self.judge()
    }

    fn total(&self) -> usize {
        self.plain.saturating_add(self.aliased)
    }

    fn judge(&self) -> Result<(), &'static str> {
        if self.open.len() > DEEPEST {
            return Err(TOO_DEEP);
        }
        if self.plain > MOST_NODES {
            return Err("there are more than 2 million values, too many for a configuration");
        }
        if self.aliased > MOST_ALIASED + 2 * self.plain {
            return Err(
                "aliases multiply the text to more than a configuration can hold; write the values out instead",
            );
        }
        Ok(())
    }
}

/// Refuses a text that would take too much memory to read. What is not YAML is left to the parser that reads it.
pub(crate) fn within_yaml_limits(text: &str) -> Result<(), YamlExcess> {
    let options = granit_parser::options! { emit_comments: false };
    let mut budget = YamlBudget::default();
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => budget.count(&event, &span)?,
            // The scanner looks ahead over open brackets, and ends here before it gives the first of them as an event.
            // The other parser would read to the end, in a time that grows with the square of the depth.
            Err(error) if error.info().contains("recursion limit") => {
                return Err(YamlExcess {
                    line: error.marker().line(),
                    column: error.marker().col() + 1,
                    why: TOO_DEEP,
                });
            }
            Err(_) => break,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bomb(levels: usize) -> String {
        let mut text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..levels {
            let items = vec![format!("*l{}", level - 1); 10].join(", ");
            text.push_str(&format!("l{level}: &l{level} [{items}]\n"));
        }
        text
    }

    #[test]
    fn aliases_that_multiply_are_refused_with_their_line() {
        let excess = within_yaml_limits(&bomb(9)).unwrap_err();

        assert_eq!(excess.line, 6);
        assert!(excess.why.contains("aliases"), "{excess}");
    }

    #[test]
    fn many_aliases_of_one_long_text_are_refused() {
        let text = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(100_000),
            vec!["*a"; 2_000].join(", ")
        );

        assert_eq!(within_yaml_limits(&text).unwrap_err().line, 2);
    }

    #[test]
    fn defaults_that_many_jobs_share_are_no_bomb() {
        let mut text = "defaults: &d {a: 1, b: 2, c: [1, 2, 3]}\njobs:\n".to_owned();
        for job in 0..5_000 {
            text.push_str(&format!("- {{<<: *d, name: job-{job}}}\n"));
        }

        assert_eq!(within_yaml_limits(&text), Ok(()));
    }

    #[test]
    fn braces_without_end_are_refused_before_they_are_read() {
        let excess = within_yaml_limits(&"{a: ".repeat(200_000)).unwrap_err();

        assert_eq!((excess.line, excess.why), (1, TOO_DEEP));
    }

    #[test]
    fn deep_nesting_and_an_alias_within_its_anchor_are_refused() {
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));

        assert!(
            within_yaml_limits(&deep)
                .unwrap_err()
                .why
                .contains("100 levels")
        );
        assert!(
            within_yaml_limits("a: &a [*a]")
                .unwrap_err()
                .why
                .contains("contains it")
        );
        assert_eq!(
            within_yaml_limits(&format!("{}{}", "[".repeat(100), "]".repeat(100))),
            Ok(())
        );
    }
}
