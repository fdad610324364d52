//! Which lists of an object are merged by the key of their items? Everything else is replaced as a whole.
//!
//! From the `patchMergeKey` and `listMapKey` marks of <https://github.com/kubernetes/api>; of the Operator's types only the
//! metadata and the conditions are lists with keys.

use super::resources::ApiResource;

/// How two versions of a list become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListType {
    Atomic,
    /// A set of plain values.
    Set,
    /// These fields identify an item; strategic merge uses the first one only.
    Map(&'static [&'static str]),
}

/// Lists of every object.
const METADATA: &[(&str, ListType)] = &[
    ("finalizers", ListType::Set),
    ("ownerReferences", ListType::Map(&["uid"])),
    ("conditions", ListType::Map(&["type"])),
];

/// Lists of built-in types, by the name of their field.
const BUILT_IN: &[(&str, ListType)] = &[
    ("containers", ListType::Map(&["name"])),
    ("initContainers", ListType::Map(&["name"])),
    ("ephemeralContainers", ListType::Map(&["name"])),
    ("env", ListType::Map(&["name"])),
    ("volumes", ListType::Map(&["name"])),
    ("volumeMounts", ListType::Map(&["mountPath"])),
    ("volumeDevices", ListType::Map(&["devicePath"])),
    ("imagePullSecrets", ListType::Map(&["name"])),
    ("secrets", ListType::Map(&["name"])),
    ("hostAliases", ListType::Map(&["ip"])),
    ("webhooks", ListType::Map(&["name"])),
    (
        "topologySpreadConstraints",
        ListType::Map(&["topologyKey", "whenUnsatisfiable"]),
    ),
];

/// Maps that are replaced as a whole, by the end of their field's name.
const ATOMIC_MAPS: &[&str] = &["selector", "Selector", "KeyRef", "fieldRef", "FieldRef"];

pub(super) fn list_type(resource: &ApiResource, parent: Option<&str>, field: &str) -> ListType {
    let named = |table: &[(&str, ListType)]| {
        let found = table.iter().find(|(name, _)| *name == field);
        found.map(|(_, list_type)| *list_type)
    };
    if let Some(list_type) = named(METADATA) {
        return list_type;
    }
    // In a definition, a list without `x-kubernetes-list-type` is atomic.
    if resource.is_custom() {
        return ListType::Atomic;
    }
    match (resource.kind, parent, field) {
        ("Service", _, "ports") => ListType::Map(&["port", "protocol"]),
        // The parent of a container's field is the item of the list.
        (_, Some("containers" | "initContainers"), "ports") => {
            ListType::Map(&["containerPort", "protocol"])
        }
        _ => named(BUILT_IN).unwrap_or(ListType::Atomic),
    }
}

pub(super) fn is_atomic_map(field: &str) -> bool {
    ATOMIC_MAPS.iter().any(|ending| field.ends_with(ending))
}
