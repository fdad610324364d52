//! The object or list that a path of the Kubernetes API names.

use super::resources::{ApiResource, RESOURCES};

/// A path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ResourcePath<'a> {
    pub(super) resource: &'static ApiResource,
    pub(super) namespace: Option<&'a str>,
    /// A path without a name is that of a list.
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
}

impl<'a> ResourcePath<'a> {
    /// Reads the segments of a path below `/api` or `/apis`.
    pub(super) fn read(segments: &[&'a str]) -> Option<Self> {
        let (group, version, rest) = match segments {
            ["api", version, rest @ ..] => ("", version, rest),
            ["apis", group, version, rest @ ..] => (*group, version, rest),
            _ => return None,
        };
        let find = |plural: &str, namespaced: bool| {
            RESOURCES.iter().find(|it| {
                (it.group, it.version, it.plural) == (group, *version, plural)
                    && (it.namespaced || !namespaced)
            })
        };
        let at = |resource, namespace, rest: &[&'a str]| match rest {
            [] => Some((resource, namespace, None, None)),
            [name] => Some((resource, namespace, Some(*name), None)),
            [name, subresource] => Some((resource, namespace, Some(*name), Some(*subresource))),
            _ => None,
        };
        let (resource, namespace, name, subresource) = match rest {
            // `namespaces/NAME` alone is an object; with a plural after it, it narrows a
            // collection.
            ["namespaces", namespace, plural, rest @ ..] => {
                at(find(plural, true)?, Some(*namespace), rest)?
            }
            [plural, rest @ ..] => at(find(plural, false)?, None, rest)?,
            [] => return None,
        };
        // Objects of all namespaces can be listed, but one object is always addressed within its namespace.
        let nameable = namespace.is_some() || !resource.namespaced;
        (name.is_none() || nameable).then_some(Self {
            resource,
            namespace,
            name,
            subresource,
        })
    }

    /// The plural with its group, as messages write it.
    pub(super) fn qualified(&self) -> String {
        match self.resource.group {
            "" => self.resource.plural.to_owned(),
            group => format!("{}.{group}", self.resource.plural),
        }
    }

    /// Such as `serviceaccounts/token`.
    pub(super) fn with_subresource(&self) -> String {
        match self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.resource.plural),
            None => self.resource.plural.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        path: &'static str,
    ) -> Option<(&'static str, Option<&'static str>, Option<&'static str>)> {
        let segments: Vec<_> = path.split('/').skip(1).collect();
        let address = ResourcePath::read(&segments)?;
        Some((address.resource.kind, address.namespace, address.name))
    }

    #[test]
    fn a_path_names_a_list_or_one_object() {
        for (path, expected) in [
            ("/api/v1/secrets", ("Secret", None, None)),
            ("/api/v1/namespaces", ("Namespace", None, None)),
            ("/api/v1/namespaces/a", ("Namespace", None, Some("a"))),
            ("/api/v1/namespaces/a/secrets", ("Secret", Some("a"), None)),
            (
                "/apis/apps/v1/namespaces/a/deployments/b",
                ("Deployment", Some("a"), Some("b")),
            ),
        ] {
            assert_eq!(read(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not_resources() {
        for path in [
            "/api/v1",
            "/api/v2/secrets",
            "/api/v1/secrets/a",
            "/api/v1/namespaces/a/nodes",
            "/apis/apps/v1/secrets",
            "/healthz",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
