//! A YAML text as a tree of values with the bytes that they span, and its comments.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::yaml_limits::YamlBudget;

pub(super) struct ParsedText<'a> {
    pub(super) documents: Vec<YamlValue<'a>>,
    /// Where the comments are, with their `#`.
    pub(super) comments: Vec<Range<usize>>,
    /// Anchors that an alias refers to.
    pub(super) aliased: HashSet<usize>,
}

pub(super) struct YamlValue<'a> {
    pub(super) kind: YamlValueKind<'a>,
    /// The content after an anchor or tag, with the quotes. That of a collection is not exact.
    pub(super) range: Range<usize>,
    /// 0 for none.
    pub(super) anchor: usize,
}

pub(super) enum YamlValueKind<'a> {
    Map(Vec<(YamlValue<'a>, YamlValue<'a>)>),
    List(Vec<YamlValue<'a>>),
    Scalar(ScalarStyle, Cow<'a, str>),
    Alias(usize),
}

impl<'a> ParsedText<'a> {
    /// None if it is no YAML, or more than a configuration can be.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let options = granit_parser::options! { max_buffered_comment_events: usize::MAX };
        let mut budget = YamlBudget::default();
        let mut builder = ParsedTextBuilder::default();
        let mut comments = Vec::new();
        let mut aliased = HashSet::new();
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.ok()?;
            if let Event::Comment(..) = event {
                comments.push(span.byte_range()?);
                continue;
            }
            if let Event::Alias(anchor) = event {
                aliased.insert(anchor);
            }
            budget.count(&event, &span).ok()?;
            builder.take(event, &span)?;
        }
        let documents = builder.documents;
        Some(Self {
            documents,
            comments,
            aliased,
        })
    }
}

impl YamlValue<'_> {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            YamlValueKind::Scalar(_, text) => Some(text),
            _ => None,
        }
    }

    /// A scalar, a list of scalars, or an alias, which may be one.
    pub(super) fn is_flat(&self) -> bool {
        match &self.kind {
            YamlValueKind::Map(_) => false,
            YamlValueKind::List(items) => items.iter().all(|item| item.text().is_some()),
            YamlValueKind::Scalar(..) | YamlValueKind::Alias(_) => true,
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            YamlValueKind::Map(entries) => entries
                .iter()
                .find(|(own, _)| own.text() == Some(key))
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// The tree while events come in.
#[derive(Default)]
struct ParsedTextBuilder<'a> {
    open: Vec<(YamlValue<'a>, Option<YamlValue<'a>>)>,
    documents: Vec<YamlValue<'a>>,
}

impl<'a> ParsedTextBuilder<'a> {
    fn take(&mut self, event: Event<'a>, span: &Span) -> Option<()> {
        let range = span.byte_range()?;
        let node = |kind, anchor| YamlValue {
            kind,
            range: range.clone(),
            anchor,
        };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.put(node(YamlValueKind::Scalar(style, text), anchor));
            }
            Event::Alias(anchor) => self.put(node(YamlValueKind::Alias(anchor), 0)),
            Event::SequenceStart(_, anchor, _) => {
                self.open
                    .push((node(YamlValueKind::List(Vec::new()), anchor), None));
            }
            Event::MappingStart(_, anchor, _) => {
                self.open
                    .push((node(YamlValueKind::Map(Vec::new()), anchor), None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (closed, _) = self.open.pop()?;
                self.put(closed);
            }
            _ => {}
        }
        Some(())
    }

    fn put(&mut self, node: YamlValue<'a>) {
        let Some((parent, key)) = self.open.last_mut() else {
            return self.documents.push(node);
        };
        match (&mut parent.kind, key.take()) {
            (YamlValueKind::Map(entries), Some(key)) => entries.push((key, node)),
            (YamlValueKind::Map(_), None) => *key = Some(node),
            (YamlValueKind::List(items), _) => items.push(node),
            // Only collections are open.
            (YamlValueKind::Scalar(..) | YamlValueKind::Alias(_), _) => {}
        }
    }
}
