//! How a text within a text is read: as a text of its own, one level deeper.

use super::comment_places::MapPlace;

/// How many texts within texts are read as YAML: a ConfigMap holds a configuration, and that a comment or a script.
const MOST_TEXTS: usize = 4;

type Hide = fn(&str, Nesting) -> String;
type HideWithin = for<'m> fn(&str, MapPlace<'m>, Vec<&'m str>, Nesting) -> Option<String>;

/// How deep a text is within others, and what hides the secrets of one below it.
#[derive(Clone, Copy)]
pub(super) struct Nesting {
    depth: usize,
    hide: Hide,
    hide_within: HideWithin,
}

impl Nesting {
    /// Of a text that is in no other.
    pub(super) fn outermost(hide: Hide, hide_within: HideWithin) -> Self {
        Self {
            depth: 0,
            hide,
            hide_within,
        }
    }

    /// Whether a text is read line by line, as it is in too many others.
    pub(super) fn is_too_deep(self) -> bool {
        self.depth >= MOST_TEXTS
    }

    pub(super) fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }

    /// A text within this one, with every secret value replaced.
    pub(super) fn hide(self, text: &str) -> String {
        (self.hide)(text, self.deeper())
    }

    /// The text of a comment in a map with these keys above it; `None` where it is not YAML.
    pub(super) fn hide_within<'m>(
        self,
        text: &str,
        map: MapPlace<'m>,
        above: Vec<&'m str>,
    ) -> Option<String> {
        (self.hide_within)(text, map, above, self)
    }
}
