//! A YAML text as a tree whose nodes know the bytes that they span.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::refusal::{Location, PatchRefusal, Reason};
use crate::yaml_limits::{YamlBudget, YamlExcess};

/// The documents of a text that have content, and the anchors that they use again.
pub(super) struct Tree<'a> {
    pub(super) documents: Vec<Node<'a>>,
    aliased: HashSet<usize>,
}

/// A value and where its text is; an implicit null spans nothing.
pub(super) struct Node<'a> {
    pub(super) kind: NodeKind<'a>,
    /// First byte of the content, after an anchor or tag; of a block scalar the start of its first line.
    pub(super) start: usize,
    /// Just after the last byte of the content, without comments or the line break.
    pub(super) end: usize,
    pub(super) location: Location,
    /// 0 for none.
    pub(super) anchor: usize,
    is_tagged: bool,
    keeps_blanks: bool,
}

pub(super) enum NodeKind<'a> {
    Map {
        flow: bool,
        entries: Vec<MapEntry<'a>>,
    },
    List {
        flow: bool,
        items: Vec<Node<'a>>,
    },
    Scalar {
        style: ScalarStyle,
        text: Cow<'a, str>,
    },
    /// Of the node that has this anchor.
    Alias(usize),
}

pub(super) struct MapEntry<'a> {
    pub(super) key: Node<'a>,
    pub(super) value: Node<'a>,
}

impl<'a> Tree<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, PatchRefusal> {
        let options = granit_parser::options! { emit_comments: false };
        let mut growing = TreeBuilder {
            text,
            open: Vec::new(),
            documents: Vec::new(),
            aliased: HashSet::new(),
        };
        let mut budget = YamlBudget::default();
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| {
                let location = Location::new(error.marker().line(), error.marker().col());
                PatchRefusal::new(Reason::NotYaml(error.info())).at(location)
            })?;
            budget.count(&event, &span).map_err(too_much)?;
            growing.take(event, &span);
        }
        growing.documents.retain(|document| !document.is_null());
        Ok(Self {
            documents: growing.documents,
            aliased: growing.aliased,
        })
    }

    /// Whether an alias elsewhere refers to this node too, so that a change here would be a change there.
    pub(super) fn is_shared(&self, node: &Node) -> bool {
        self.aliased.contains(&node.anchor)
    }
}

impl<'a> Node<'a> {
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { style: ScalarStyle::Plain, text }
            // The core schema of YAML 1.2; `Null` and `NULL` are in it, `nULL` is text.
            if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(super) fn is_empty_collection(&self) -> bool {
        matches!(self.kind, NodeKind::Map { .. } | NodeKind::List { .. })
            && self.entries().is_empty()
            && self.items().is_empty()
    }

    /// Carries an anchor or tag, which would be lost if the node became another.
    pub(super) fn is_marked(&self) -> bool {
        self.anchor != 0 || self.is_tagged
    }

    /// A key of a block map begins with its `?`, anchor and tag: what is put before the key goes before them, and what is put
    /// below the map gets their indentation.
    fn take_in_marks(&mut self, text: &str) {
        let is_mark = |word: &str| word == "?" || word.starts_with(['&', '!']);
        let line = text[..self.start].rfind('\n').map_or(0, |end| end + 1);
        loop {
            let before = text[line..self.start].trim_end_matches([' ', '\t']);
            let word = before.rsplit([' ', '\t']).next().unwrap_or_default();
            let word = word.trim_start_matches('\u{feff}');
            if before.len() == self.start - line || !is_mark(word) {
                return;
            }
            let start = line + before.len() - word.len();
            let columns = text[start..self.start].chars().count();
            self.location.column = self.location.column.saturating_sub(columns);
            self.start = start;
        }
    }

    pub(super) fn column(&self) -> usize {
        self.location.column - 1
    }

    pub(super) fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Map { .. } => "a map",
            NodeKind::List { .. } => "a list",
            NodeKind::Scalar { .. } if self.is_null() => "empty",
            NodeKind::Scalar { .. } => "a single value",
            NodeKind::Alias(_) => "an alias",
        }
    }

    /// The value of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Written within braces or brackets.
    pub(super) fn is_flow(&self) -> bool {
        matches!(
            self.kind,
            NodeKind::Map { flow: true, .. } | NodeKind::List { flow: true, .. }
        )
    }

    /// Of a map; of anything else none.
    pub(super) fn entries(&self) -> &[MapEntry<'a>] {
        match &self.kind {
            NodeKind::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    /// Of a list; of anything else none.
    pub(super) fn items(&self) -> &[Node<'a>] {
        match &self.kind {
            NodeKind::List { items, .. } => items,
            _ => &[],
        }
    }

    /// The entry of a map with this key.
    pub(super) fn entry(&self, key: &str) -> Option<&MapEntry<'a>> {
        self.entries()
            .iter()
            .find(|entry| entry.key.text() == Some(key))
    }

    pub(super) fn scalar_style(&self) -> Option<ScalarStyle> {
        match self.kind {
            NodeKind::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// A text block after `|`.
    pub(super) fn is_literal(&self) -> bool {
        self.scalar_style() == Some(ScalarStyle::Literal)
    }

    /// A text block after `|` or `>`.
    pub(super) fn is_block_scalar(&self) -> bool {
        matches!(
            self.scalar_style(),
            Some(ScalarStyle::Literal | ScalarStyle::Folded)
        )
    }

    /// Its last leaf, where that is a text block after `|` or `>`.
    pub(super) fn last_block_scalar(&self) -> Option<&Node<'a>> {
        let last = self
            .entries()
            .last()
            .map(|entry| &entry.value)
            .or(self.items().last());
        match last {
            Some(last) => last.last_block_scalar(),
            None => Some(self).filter(|node| node.is_block_scalar()),
        }
    }

    /// Its last leaf is a text block that takes all blank lines after it for its own (`|+`).
    pub(super) fn ends_in_kept_blanks(&self) -> bool {
        let last = self
            .entries()
            .last()
            .map(|entry| &entry.value)
            .or(self.items().last());
        self.keeps_blanks || last.is_some_and(Node::ends_in_kept_blanks)
    }

    /// Calls `visit` for this node and all below it.
    pub(super) fn each<E>(
        &self,
        visit: &mut impl FnMut(&Node<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        visit(self)?;
        self.entries().iter().try_for_each(|entry| {
            entry.key.each(visit)?;
            entry.value.each(visit)
        })?;
        self.items().iter().try_for_each(|item| item.each(visit))
    }

    /// The first key that occurs twice in this map.
    pub(super) fn duplicate_key(&self) -> Option<(&str, Location, Location)> {
        let mut seen = HashMap::with_capacity(self.entries().len());
        self.entries().iter().find_map(|MapEntry { key, .. }| {
            // `<<` is no key of the data: it merges another map into this one.
            let text = key.text().filter(|text| *text != "<<")?;
            let first = seen.insert(text, key.location)?;
            Some((text, first, key.location))
        })
    }
}

impl MapEntry<'_> {
    pub(super) fn end(&self) -> usize {
        self.value.end.max(self.key.end)
    }
}

pub(super) fn too_much(excess: YamlExcess) -> PatchRefusal {
    let YamlExcess { line, column, why } = excess;
    PatchRefusal::new(Reason::TooMuch(why)).at(Location { line, column })
}

/// The tree while events come in.
struct TreeBuilder<'a> {
    text: &'a str,
    open: Vec<OpenCollection<'a>>,
    documents: Vec<Node<'a>>,
    aliased: HashSet<usize>,
}

/// A collection whose end has not come yet; of a map also the key that waits for its value.
struct OpenCollection<'a> {
    node: Node<'a>,
    key: Option<Node<'a>>,
}

impl<'a> TreeBuilder<'a> {
    fn take(&mut self, event: Event<'a>, span: &Span) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut node = node(
                    NodeKind::Scalar { style, text },
                    span,
                    anchor,
                    tag.is_some(),
                );
                if node.is_block_scalar() {
                    self.place_block_scalar(&mut node);
                }
                self.put(node);
            }
            // Anchors are counted by the parser; a name can be given again further down and then means the later one.
            Event::Alias(anchor) => {
                self.aliased.insert(anchor);
                self.put(node(NodeKind::Alias(anchor), span, 0, false));
            }
            Event::SequenceStart(style, anchor, tag) => {
                let kind = NodeKind::List {
                    flow: style == StructureStyle::Flow,
                    items: Vec::new(),
                };
                self.open.push(OpenCollection {
                    node: node(kind, span, anchor, tag.is_some()),
                    key: None,
                });
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = NodeKind::Map {
                    flow: style == StructureStyle::Flow,
                    entries: Vec::new(),
                };
                self.open.push(OpenCollection {
                    node: node(kind, span, anchor, tag.is_some()),
                    key: None,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let mut closed = self
                    .open
                    .pop()
                    .expect("the parser ends what it started")
                    .node;
                closed.end = content_end(&closed, byte(&span.end));
                self.put(closed);
            }
            _ => {}
        }
    }

    fn put(&mut self, node: Node<'a>) {
        let Some(parent) = self.open.last_mut() else {
            return self.documents.push(node);
        };
        match (&mut parent.node.kind, parent.key.take()) {
            (NodeKind::Map { entries, .. }, Some(key)) => {
                entries.push(MapEntry { key, value: node });
            }
            (NodeKind::Map { flow, .. }, None) => {
                let is_in_flow = *flow;
                let mut key = node;
                if !is_in_flow {
                    key.take_in_marks(self.text);
                }
                parent.key = Some(key);
            }
            (NodeKind::List { items, .. }, _) => items.push(node),
            (NodeKind::Scalar { .. } | NodeKind::Alias(_), _) => {
                unreachable!("only collections are open")
            }
        }
    }

    /// The parser leaves out the blank lines before the first one with content, and takes in all those after the last
    /// one, which are the block's own only where `|+` keeps them.
    fn place_block_scalar(&self, node: &mut Node) {
        let text = node.text().unwrap_or_default();
        let before = text.len() - text.trim_start_matches('\n').len();
        let kept = text.len() - text.trim_end_matches('\n').len();
        let body = self.text[node.start..node.end]
            .trim_end_matches([' ', '\t', '\r', '\n'])
            .len();
        if kept <= 1 {
            node.end = node.start + body;
        }
        let header = self.text[..node.start]
            .trim_end()
            .rsplit('\n')
            .next()
            .unwrap_or_default();
        node.keeps_blanks = header
            .rsplit(['|', '>'])
            .next()
            .is_some_and(|chomping| chomping.contains('+'));
        node.start = (0..=before).fold(node.start, |at, _| {
            self.text[..at].rfind('\n').unwrap_or_default()
        }) + 1;
        node.location.line = node.location.line.saturating_sub(before);
    }
}

/// Block collections have no end of their own: the parser reports the next token, we want the last leaf.
fn content_end(node: &Node, reported: usize) -> usize {
    let last = node
        .entries()
        .last()
        .map(MapEntry::end)
        .or(node.items().last().map(|item| item.end));
    last.filter(|_| !node.is_flow()).unwrap_or(reported)
}

fn node<'a>(kind: NodeKind<'a>, span: &Span, anchor: usize, is_tagged: bool) -> Node<'a> {
    Node {
        kind,
        start: byte(&span.start),
        end: byte(&span.end),
        location: Location::new(span.start.line(), span.start.col()),
        anchor,
        is_tagged,
        keeps_blanks: false,
    }
}

fn byte(marker: &granit_parser::Marker) -> usize {
    marker
        .byte_offset()
        .expect("text that is read from memory has byte offsets")
}
