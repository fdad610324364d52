//! Where is a value written that a program sees at some place of a document? An alias or a merge key can bring it from elsewhere.

use super::refusal::Location;
use super::tree::{Node, NodeKind, Tree};

/// A value as a program sees it at some place.
#[derive(Clone, Copy)]
pub(super) struct WrittenValue<'t, 'a> {
    pub(super) node: &'t Node<'a>,
    /// Of its key or dash, or of what an alias refers to.
    pub(super) location: Location,
    /// An alias or a merge key brings it to that place.
    pub(super) is_borrowed: bool,
}

/// Merges within merges that are followed.
const DEEPEST: usize = 20;

impl<'t, 'a> WrittenValue<'t, 'a> {
    pub(super) fn of(tree: &'t Tree<'a>, node: &'t Node<'a>) -> Self {
        let written = Self {
            node,
            location: node.location,
            is_borrowed: false,
        };
        written.followed(tree)
    }

    /// The value of a key, as it counts.
    pub(super) fn key(self, tree: &'t Tree<'a>, key: &str) -> Option<Self> {
        let (node, location, is_merged) = value_of(tree, self.node, key, DEEPEST)?;
        let written = Self {
            node,
            location,
            is_borrowed: self.is_borrowed || is_merged,
        };
        Some(written.followed(tree))
    }

    pub(super) fn item(self, tree: &'t Tree<'a>, index: usize) -> Option<Self> {
        let node = self.node.items().get(index)?;
        let written = Self {
            node,
            location: node.location,
            is_borrowed: self.is_borrowed,
        };
        Some(written.followed(tree))
    }

    fn followed(self, tree: &'t Tree<'a>) -> Self {
        let NodeKind::Alias(anchor) = self.node.kind else {
            return self;
        };
        let mut documents = tree.documents.iter();
        let anchored = documents.find_map(|document| anchored(document, anchor));
        anchored.map_or(self, |node| Self {
            node,
            location: node.location,
            is_borrowed: true,
        })
    }
}

/// The node with this anchor.
fn anchored<'t, 'a>(node: &'t Node<'a>, anchor: usize) -> Option<&'t Node<'a>> {
    if node.anchor == anchor {
        return Some(node);
    }
    let values = node.entries().iter().map(|entry| &entry.value);
    let mut below = values.chain(node.items());
    below.find_map(|node| anchored(node, anchor))
}

/// The value and the place of a key, and whether a merge key brings it.
fn value_of<'t, 'a>(
    tree: &'t Tree<'a>,
    map: &'t Node<'a>,
    key: &str,
    depth: usize,
) -> Option<(&'t Node<'a>, Location, bool)> {
    // A key of the map itself counts before one that a merge key brings.
    if let Some(entry) = map.entry(key) {
        return Some((&entry.value, entry.key.location, false));
    }
    let merge = map.entry("<<").filter(|_| depth > 0)?;
    let merged = WrittenValue::of(tree, &merge.value).node;
    let maps = match &merged.kind {
        NodeKind::List { items, .. } => &items[..],
        _ => std::slice::from_ref(merged),
    };
    // Of several maps the first one that has the key counts.
    let (node, location, _) = maps.iter().find_map(|map| {
        let map = WrittenValue::of(tree, map).node;
        value_of(tree, map, key, depth - 1)
    })?;
    Some((node, location, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(text: &str, path: &[&str]) -> Option<(usize, bool)> {
        let tree = Tree::parse(text).unwrap();
        let root = WrittenValue::of(&tree, &tree.documents[0]);
        let found = path
            .iter()
            .try_fold(root, |at, key| match key.parse::<usize>() {
                Ok(index) => at.item(&tree, index),
                Err(_) => at.key(&tree, key),
            })?;
        Some((found.location.line, found.is_borrowed))
    }

    #[test]
    fn what_an_alias_or_a_merge_key_brings_is_found_where_it_is_written() {
        let text = "x: &x\n- url: a\n- url: b\ny: &y\n  list: *x\n  c: 1\nz:\n  <<: [{c: 2}, *y]\n  d: 1\n";

        assert_eq!(line_of(text, &["z", "list", "1"]), Some((3, true)));
        assert_eq!(line_of(text, &["z", "c"]), Some((8, true)));
        assert_eq!(line_of(text, &["z", "d"]), Some((9, false)));
        assert_eq!(line_of(text, &["y", "list"]), Some((2, true)));
        assert_eq!(line_of(text, &["z", "e"]), None);
    }
}
