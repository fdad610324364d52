//! A value in three states: what the cluster has, what the user's own file had, and what that file has with the connection in it.

use serde_yaml::Value;

use crate::sign_in::AZUREAD;
use crate::target::is_spelled;

#[derive(Debug, Clone, Copy)]
pub(crate) struct LiveAndDesired<'a> {
    pub(crate) live: &'a Value,
    /// Where it has what the cluster has, a difference is one that the connection makes, and the diff of the file shows it.
    pub(crate) own: &'a Value,
    pub(crate) after: &'a Value,
}

impl<'a> LiveAndDesired<'a> {
    /// The same below a key. `live` is what the cluster has there.
    pub(crate) fn below(&self, key: &Value, live: &'a Value) -> Self {
        let at = |map: &'a Value| map.get(key).unwrap_or(&Value::Null);
        Self {
            live,
            own: at(self.own),
            after: at(self.after),
        }
    }

    /// The same for an item of a list of the cluster; `None` where the file has no such item.
    pub(crate) fn of_item(
        &self,
        item: &'a Value,
        is_same: impl Fn(&Value, &Value) -> bool,
    ) -> Option<Self> {
        let find = |list: &'a Value| {
            let mut items = list.as_sequence().into_iter().flatten();
            items.find(|other| is_same(item, other))
        };
        Some(Self {
            live: item,
            own: find(self.own).unwrap_or(&Value::Null),
            after: find(self.after)?,
        })
    }

    /// Whether the user's own file had such an item, so that the connection takes its place.
    pub(crate) fn own_has(&self, item: &Value, is_same: impl Fn(&Value, &Value) -> bool) -> bool {
        let mut items = self.own.as_sequence().into_iter().flatten();
        items.any(|other| is_same(item, other))
    }
}

/// Whether exactly one of the keys below this one may be there.
pub(crate) fn is_sign_in(key: &str) -> bool {
    is_spelled(key, AZUREAD)
}
