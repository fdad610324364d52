//! A user's file, read twice: as a tree with places, and as plain data by another parser.

use serde_yaml::Value;

use super::data::{has_merge_key, merged, read_parsed};
use super::refusal::{Location, PatchRefusal, Reason};
use super::tree::{Node, NodeKind, Tree};
use crate::render::Desired;
use crate::target::{EntryPlace, PathSegment, Position, Target, at_steps, key_path, list_items};
use crate::text::key_name::shown_key;

/// Selects the resource to edit among the documents of a file.
#[derive(Clone, Copy)]
pub(super) struct DocumentSelector {
    pub(super) kind: &'static str,
    pub(super) target: Target,
    /// Whether a document with this data is one for the target.
    pub(super) matches: fn(Target, &Value) -> bool,
}

impl DocumentSelector {
    /// One of several documents, if the target has a kind of resource.
    pub(super) fn of(target: Target) -> Option<Self> {
        target.resource().map(|_| Self {
            kind: "Prometheus or PrometheusAgent of monitoring.coreos.com",
            target,
            matches: |target, document| target.resource().is_some_and(|is_one| is_one(document)),
        })
    }
}

/// A text in which one YAML document is understood well enough to be edited.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) tree: Tree<'a>,
    /// The data of all documents that have content, as written.
    pub(super) data: Vec<Value>,
    /// Which of them is to be edited.
    pub(super) index: usize,
    /// Its data with merge keys (`<<`) resolved, where it has any.
    merged: Option<Value>,
    /// The part of it that is for the target.
    part: TargetPart,
}

/// The part of a document that a target reads: all of it, or the values of a chart within a resource.
#[derive(Default)]
pub(super) struct TargetPart {
    /// From the top of the document down to the part.
    pub(super) path: Vec<PathSegment>,
    /// Nothing of it is below the key of a parent chart.
    pub(super) is_of_chart: bool,
}

impl<'a> Document<'a> {
    /// Of several documents the selected one; without a selector, the file may have only one.
    pub(super) fn parse(
        text: &'a str,
        selector: Option<DocumentSelector>,
    ) -> Result<Self, PatchRefusal> {
        if let Some(location) = lone_carriage_return(text) {
            return Err(PatchRefusal::new(Reason::CarriageReturn).at(location));
        }
        // The tree has the bytes of each node, which serde_yaml does not report; serde_yaml reads as Prometheus and
        // Helm do.
        let tree = Tree::parse(text).map_err(|refusal| explained(text, refusal))?;
        for root in &tree.documents {
            root.each(&mut |node| check_node(text, node))?;
        }
        let data = read_parsed(text).map_err(|refusal| explained(text, refusal))?;
        // Two parsers that count documents differently do not agree about the text, so no edit of it can be verified.
        if data.len() != tree.documents.len() {
            return Err(Reason::Unverified.into());
        }
        let (index, item) = choose(&tree, &data, selector)?;
        tree.documents.get(index).map_or(Ok(()), check_root)?;
        let with_merges = data.get(index).filter(|data| has_merge_key(data));
        let merged = with_merges.cloned().map(merged).transpose()?;
        Ok(Self {
            text,
            tree,
            data,
            index,
            merged,
            part: TargetPart {
                path: item.map_or_else(Vec::new, path_of_item),
                is_of_chart: false,
            },
        })
    }

    /// The same, of which the target reads this part.
    pub(super) fn within(self, part: TargetPart) -> Self {
        Self { part, ..self }
    }

    /// The data as Prometheus and Helm see it, with merge keys resolved; `Null` if there is none yet.
    pub(super) fn merged(&self) -> &Value {
        let as_written = || self.data.get(self.index);
        self.merged
            .as_ref()
            .or_else(as_written)
            .unwrap_or(&Value::Null)
    }

    /// The data of all documents as written, and that of the edited one with merge keys resolved, where it has any.
    pub(super) fn into_data(self) -> (Vec<Value>, Option<Value>) {
        (self.data, self.merged)
    }

    /// The data that the target reads.
    pub(super) fn subject(&self) -> &Value {
        at_steps(self.merged(), &self.part.path).unwrap_or(&Value::Null)
    }

    /// The item of a `List` that is edited, from the top of the document; empty where it is a document of its own.
    pub(super) fn item_path(&self) -> &[PathSegment] {
        match self.part.path.as_slice() {
            path @ [PathSegment::Key(items), PathSegment::Item(_)] if items == ITEMS => path,
            _ => &[],
        }
    }

    /// What is desired of the whole document, where this is desired of what the target reads.
    pub(super) fn desired(&self, of_part: Desired) -> Desired {
        of_part.at_steps(&self.part.path)
    }

    /// Whether what the target reads starts with the keys of its chart.
    pub(super) fn is_of_chart(&self) -> bool {
        self.part.is_of_chart
    }

    /// Where an item of a list starts, unless it is somewhere behind an alias.
    pub(super) fn location_of(&self, prefix: &[&str], place: EntryPlace) -> Option<Location> {
        let mut path = prefix.iter().chain(place.list);
        let list = path.try_fold(self.root()?, |node, key| Some(&node.entry(key)?.value))?;
        match (&list.kind, place.position) {
            (NodeKind::List { items, .. }, Position::At(index)) => Some(items.get(index)?.location),
            _ => None,
        }
    }

    /// The location of the key at the end of a path, or of the last one above it that is in the file.
    pub(super) fn location_of_key<'p>(
        &self,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Option<Location> {
        let mut node = self.root()?;
        let mut location = None;
        for key in path {
            let Some(entry) = node.entry(key) else { break };
            (node, location) = (&entry.value, Some(entry.key.location));
        }
        location
    }

    /// Where the value at the end of a path starts.
    pub(super) fn location_of_value<'p>(
        &self,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Option<Location> {
        let mut path = path.into_iter();
        let value = path.try_fold(self.root()?, |node, key| Some(&node.entry(key)?.value))?;
        Some(value.location)
    }

    /// A path in what the target reads, from the top of the document, as it is written in messages.
    pub(super) fn path_from_top<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> String {
        let below = path.into_iter();
        let below: Vec<_> = below.map(|key| PathSegment::Key(key.to_owned())).collect();
        self.path_of_steps(&below)
    }

    /// The same for a path that may lead through items.
    pub(super) fn path_of_steps(&self, path: &[PathSegment]) -> String {
        let whole: Vec<_> = self.part.path.iter().chain(path).cloned().collect();
        key_path(&whole)
    }

    /// The location of the last key or item of a path, or of the last one above it that is in the file.
    pub(super) fn location_of_steps<'p>(
        &self,
        path: impl IntoIterator<Item = &'p PathSegment>,
    ) -> Option<Location> {
        self.follow(path).1
    }

    /// Whether a path is in the text as it is, rather than inherited through a merge key or an alias.
    pub(super) fn has_steps<'p>(&self, path: impl IntoIterator<Item = &'p PathSegment>) -> bool {
        self.follow(path).0
    }

    /// Whether the whole path is there, and the location of the last of it.
    fn follow<'p>(
        &self,
        path: impl IntoIterator<Item = &'p PathSegment>,
    ) -> (bool, Option<Location>) {
        let Some(mut node) = self.root() else {
            return (false, None);
        };
        let mut location = None;
        for step in path {
            let next = match step {
                PathSegment::Key(key) => node
                    .entry(key)
                    .map(|entry| (&entry.value, entry.key.location)),
                PathSegment::Item(index) => {
                    node.items().get(*index).map(|item| (item, item.location))
                }
            };
            let Some((below, place)) = next else {
                return (false, location);
            };
            (node, location) = (below, Some(place));
        }
        (true, location)
    }

    /// The text block at the end of the file whose last line has no line break, which any new line after it would be.
    pub(super) fn open_end(&self) -> Option<Location> {
        let is_open = !self.text.ends_with(['\n', '\r']);
        let last = self.tree.documents.last().filter(|_| is_open)?;
        Some(last.last_block_scalar()?.location)
    }

    /// The document's top level; none in a file that is empty or all comment.
    pub(super) fn top(&self) -> Option<&Node<'a>> {
        self.tree.documents.get(self.index)
    }

    /// What the target reads, where the file has anything of it.
    pub(super) fn root(&self) -> Option<&Node<'a>> {
        self.node_at(&self.part.path)
    }

    /// The value at the end of a path from the top.
    pub(super) fn node_at(&self, path: &[PathSegment]) -> Option<&Node<'a>> {
        path.iter().try_fold(self.top()?, |node, step| match step {
            PathSegment::Key(key) => Some(&node.entry(key)?.value),
            PathSegment::Item(index) => node.items().get(*index),
        })
    }
}

/// To YAML it ends a line, and to an editor of whole lines it does not.
fn lone_carriage_return(text: &str) -> Option<Location> {
    let is_lone = |at: &usize| {
        let next = text.as_bytes().get(at + 1);
        next.is_some_and(|next| !matches!(next, b'\n' | b'\r'))
    };
    let at = text.match_indices('\r').map(|(at, _)| at).find(is_lone)?;
    let line = text[..at].matches('\n').count() + 1;
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    Some(Location::new(line, column))
}

/// The key of a `List` with its resources.
const ITEMS: &str = "items";

fn path_of_item(index: usize) -> Vec<PathSegment> {
    vec![PathSegment::Key(ITEMS.to_owned()), PathSegment::Item(index)]
}

/// The document to edit, and the item of it where that is a `List`.
fn choose(
    tree: &Tree,
    data: &[Value],
    selector: Option<DocumentSelector>,
) -> Result<(usize, Option<usize>), PatchRefusal> {
    let Some(DocumentSelector {
        kind,
        target,
        matches,
    }) = selector
    else {
        return match tree.documents.get(1) {
            Some(second) => {
                Err(PatchRefusal::new(Reason::SeveralDocuments(data.len())).at(second.location))
            }
            None => Ok((0, None)),
        };
    };
    let matching: Vec<(usize, Option<usize>, &Value)> = resources(data)
        .filter(|(.., resource)| matches(target, resource))
        .collect();
    match matching.as_slice() {
        [(index, item, _)] => Ok((*index, *item)),
        [] => Err(Reason::NoResource(kind).into()),
        [_, (second, item, _), ..] => {
            let document = &tree.documents[*second];
            let items = document.entry(ITEMS).map(|entry| entry.value.items());
            let item = item.and_then(|item| items?.get(item));
            let location = item.map_or(document.location, |item| item.location);
            let names = matching.iter().filter_map(|(.., resource)| {
                let name = resource["metadata"]["name"].as_str()?;
                Some(format!("`{}`", shown_key(name)))
            });
            let names: Vec<String> = names.collect();
            let reason = Reason::SeveralResources {
                count: matching.len(),
                kind,
                names: match names.is_empty() {
                    true => String::new(),
                    false => format!(" ({})", names.join(", ")),
                },
            };
            Err(PatchRefusal::new(reason).at(location))
        }
    }
}

/// The documents, and the items of those that are a `List`: `kubectl get -o yaml` prints several objects as one.
fn resources(data: &[Value]) -> impl Iterator<Item = (usize, Option<usize>, &Value)> {
    data.iter().enumerate().flat_map(|(index, document)| {
        let items = list_items(document).map(|items| items.iter().enumerate());
        let of_list = items.into_iter().flatten();
        let of_list = of_list.map(move |(item, resource)| (index, Some(item), resource));
        let own = list_items(document)
            .is_none()
            .then_some((index, None, document));
        own.into_iter().chain(of_list)
    })
}

fn check_root(root: &Node) -> Result<(), PatchRefusal> {
    match root.kind {
        NodeKind::Map { .. } => Ok(()),
        _ => Err(PatchRefusal::new(Reason::NotAMap(root.describe())).at(root.location)),
    }
}

fn check_node(text: &str, node: &Node) -> Result<(), PatchRefusal> {
    if let Some((key, first, second)) = node.duplicate_key() {
        let reason = Reason::DuplicateKey {
            key: shown_key(key).into_owned(),
            first: first.line,
        };
        return Err(PatchRefusal::new(reason).at(second));
    }
    // To YAML an unquoted `{{ x }}` is a map whose key is a map.
    if matches!(node.kind, NodeKind::Map { flow: true, .. }) && text[node.start..].starts_with("{{")
    {
        return Err(PatchRefusal::new(Reason::Template).at(node.location));
    }
    Ok(())
}

/// Names the cause where a tab or a template makes a text invalid YAML.
fn explained(text: &str, refusal: PatchRefusal) -> PatchRefusal {
    let Some(location) = refusal.location else {
        return refusal;
    };
    if matches!(refusal.reason, Reason::TooMuch(_)) {
        return refusal;
    }
    // The parser's message about a tab is about the token that it expected there.
    if let Some(tab) = tab_near(text, location.line) {
        return PatchRefusal::new(Reason::Tab).at(tab);
    }
    match template_expression(text, location.line) {
        Some(location) => PatchRefusal::new(Reason::Template).at(location),
        None => refusal,
    }
}

/// The tab that indents this line or the next one, where a reader may only notice the one before it.
fn tab_near(text: &str, line: usize) -> Option<Location> {
    let near = text.lines().enumerate().skip(line - 1).take(2);
    near.into_iter().find_map(|(index, content)| {
        let indent = &content[..content.len() - content.trim_start().len()];
        let column = indent.find('\t')? + 1;
        Some(Location {
            line: index + 1,
            column,
        })
    })
}

/// The first expression that is no YAML: on a line that was stumbled over, or at the start of any line.
fn template_expression(text: &str, stumbled: usize) -> Option<Location> {
    text.lines().enumerate().find_map(|(index, line)| {
        // Of Helm, of Jinja, which Ansible uses, and of Terraform.
        let starts = ["{{", "{%", "%{"];
        let column = starts.iter().find_map(|start| line.find(start))?;
        let starts_with_one = starts
            .iter()
            .any(|start| line.trim_start().starts_with(start));
        let is_template = index + 1 == stumbled || starts_with_one;
        is_template.then_some(Location {
            line: index + 1,
            column: column + 1,
        })
    })
}
