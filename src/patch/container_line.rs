//! Where a container of a file is.

use super::tree::{Node, Tree};

/// The line on which the container of this name starts; `None` where the file is a template, or has it within a text.
pub(crate) fn line_of_container(source: &str, name: &str) -> Option<usize> {
    let tree = Tree::parse(source).ok()?;
    let mut line = None;
    for root in &tree.documents {
        // The visit of a tree ends early by an error only.
        let _: Result<(), ()> = root.each(&mut |node| {
            line = line_in(node, name);
            line.map_or(Ok(()), |_| Err(()))
        });
        if line.is_some() {
            return line;
        }
    }
    None
}

fn line_in(node: &Node, name: &str) -> Option<usize> {
    let is_named = |node: &Node| {
        let own = node.entry("name");
        own.is_some_and(|own| own.value.text() == Some(name))
    };
    if is_container(node) && is_named(node) {
        return Some(node.location.line);
    }
    // The chart `prometheus` names containers by the keys of a map.
    let mut entries = node.entries().iter();
    let named =
        entries.find(|entry| entry.key.text() == Some(name) && is_container(&entry.value))?;
    Some(named.key.location.line)
}

fn is_container(node: &Node) -> bool {
    node.entry("image").is_some() || node.entry("env").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_found_by_its_name_in_a_list_and_in_a_map() {
        let list = "a: 1\n---\ncontainers:\n- name: other\n  image: i\n- name: s\n  image: i\n";
        let map = "server:\n  sidecarContainers:\n    s:\n      env: []\n";
        let another = "service: {name: s, port: 1}\n";

        assert_eq!(line_of_container(list, "s"), Some(6));
        assert_eq!(line_of_container(map, "s"), Some(3));
        assert_eq!(line_of_container(another, "s"), None);
    }
}
