//! Reads a section by one of the parsers without keeping anything: is it whole, and nothing more?

use std::collections::HashSet;

use granit_parser::{Event, Parser};

use crate::yaml_limits::YamlBudget;

/// Whether the text is a map with one key and nothing after it, has no key twice, and no template. Aliases may refer to
/// what is not in it.
pub(super) fn is_sound(text: &str) -> bool {
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    let mut check = SectionCheck::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = event else {
            return false;
        };
        let start = span.start.byte_offset().unwrap_or_default();
        let end = span.end.byte_offset().unwrap_or_default();
        // To a parser `{{ a }}` is a map within a map, so that many templates are valid YAML.
        let is_template = text[start..].starts_with("{{");
        if is_template && matches!(event, Event::MappingStart(..)) {
            return false;
        }
        if check.budget.count(&event, &span).is_err() || !check.take(&event, start == end) {
            return false;
        }
    }
    // One key and its value.
    check.documents == 1 && check.nodes == 2
}

#[derive(Default)]
struct SectionCheck {
    documents: usize,
    /// Within the outermost map.
    nodes: usize,
    open: Vec<OpenCheck>,
    budget: YamlBudget,
}

#[derive(Default)]
struct OpenCheck {
    /// Of a map, its keys; of a list none.
    keys: Option<HashSet<String>>,
    /// The next node is a value.
    has_key: bool,
}

impl SectionCheck {
    /// False for a key that is there twice, or that has no text, as in `[a,: b]`: the other parser refuses that.
    fn take(&mut self, event: &Event, is_empty: bool) -> bool {
        match event {
            Event::DocumentStart(..) => self.documents += 1,
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                self.node(None);
                let is_map = matches!(event, Event::MappingStart(..));
                self.open.push(OpenCheck {
                    keys: is_map.then(HashSet::new),
                    has_key: false,
                });
            }
            Event::Scalar(text, ..) => {
                return self.node(Some(text)) && !(is_empty && self.awaits_value());
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.node(None);
            }
            _ => {}
        }
        true
    }

    fn awaits_value(&self) -> bool {
        self.open.last().is_some_and(|open| open.has_key)
    }

    fn node(&mut self, text: Option<&str>) -> bool {
        self.nodes += usize::from(self.open.len() == 1);
        let Some(OpenCheck {
            keys: Some(keys),
            has_key,
        }) = self.open.last_mut()
        else {
            return true;
        };
        *has_key = !*has_key;
        // `<<` is no key of the data, and a map may merge several others one by one.
        let key = text.filter(|text| *has_key && *text != "<<");
        key.is_none_or(|key| keys.insert(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_one_key_and_its_value() {
        for text in [
            "a: 'b\n  c'\n",
            "  a:\n    b: *c\n    <<: *d\n    <<: *e\n",
            "a:\n- {b: 1}\n- {b: 1}\n",
        ] {
            assert!(is_sound(text), "{text}");
        }
        for text in [
            "a: 1\nb: 2\n",
            "a: 'b\n",
            "a: {b: 1, b: 2}\n",
            "a:\n- b: {{ c }}\n",
            "a\n",
            "a: [b,:\n  c]\n",
            "",
            "a: 1\n---\nb: 1\n",
        ] {
            assert!(!is_sound(text), "{text}");
        }
    }
}
