//! A REST collection of Resource Manager, as its file registers it: routes, resource type, rows in Resource Graph.

use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    arm_resource::{self, ArmResource},
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    path_template::{Captures, capture},
    state::StoredResourceId,
};

/// One collection. Each file of a collection has one, and `COLLECTIONS` lists it.
#[derive(Debug)]
pub(super) struct CollectionHandlers {
    pub(super) routes: &'static [ArmRoute],
    pub(super) resource_type: Option<ResourceType>,
    pub(super) rows: Option<GraphRows>,
    /// What it holds in addition to its rows in Resource Graph, for a dump of the state.
    pub(super) others: Option<fn(&Azure) -> Vec<Value>>,
}

/// A resource type in the list of its provider.
#[derive(Debug)]
pub(super) struct ResourceType {
    /// Such as `Microsoft.Monitor/accounts`.
    pub(super) name: &'static str,
    pub(super) versions: &'static [&'static str],
}

/// What Resource Graph knows of a collection.
#[derive(Debug)]
pub(super) struct GraphRows {
    /// `resources` or `resourcecontainers`.
    pub(super) table: &'static str,
    /// The type in queries, in any case. It differs from the provider's for resource groups.
    pub(super) resource_type: &'static str,
    pub(super) documents: Documents,
}

/// The documents of the resources that existed at that time.
type Documents = fn(&Azure, Timestamp) -> Vec<(StoredResourceId, Value)>;

impl CollectionHandlers {
    pub(super) const fn new(routes: &'static [ArmRoute]) -> Self {
        Self {
            routes,
            resource_type: None,
            rows: None,
            others: None,
        }
    }

    /// The collection of a resource type.
    pub(super) const fn of<R: ArmResource>(routes: &'static [ArmRoute]) -> Self {
        Self::new(routes).of_type(R::KIND, R::VERSIONS)
    }

    /// The same, with its resources in the table `resources` of Resource Graph.
    pub(super) const fn in_graph<R: ArmResource>(routes: &'static [ArmRoute]) -> Self {
        Self::of::<R>(routes).in_resource_graph("resources", R::KIND, arm_resource::rows::<R>)
    }

    /// Lists the type, with its api-versions, under its provider.
    pub(super) const fn of_type(
        mut self,
        name: &'static str,
        versions: &'static [&'static str],
    ) -> Self {
        self.resource_type = Some(ResourceType { name, versions });
        self
    }

    /// Adds to a dump of the state what Resource Graph does not have.
    pub(super) const fn with_others(mut self, documents: fn(&Azure) -> Vec<Value>) -> Self {
        self.others = Some(documents);
        self
    }

    /// Adds the resources to a table of Resource Graph.
    pub(super) const fn in_resource_graph(
        mut self,
        table: &'static str,
        resource_type: &'static str,
        documents: Documents,
    ) -> Self {
        self.rows = Some(GraphRows {
            table,
            resource_type,
            documents,
        });
        self
    }
}

/// What a method and a path lead to.
pub(super) enum RouteMatch {
    Route(&'static ArmRoute, Captures),
    /// The path is known, but not with this method.
    OtherMethodsOnly,
    Nothing,
}

/// Finds the route for a request among all collections' routes.
pub(super) fn find(
    collections: &[&'static CollectionHandlers],
    method: &Method,
    segments: &[String],
) -> RouteMatch {
    let mut path_is_known = false;
    for route in collections.iter().flat_map(|it| it.routes) {
        let parts: Vec<&'static str> = route.path.segments().collect();
        let Some(captures) = capture(&parts, segments) else {
            continue;
        };
        if route.verb.is(method) {
            return RouteMatch::Route(route, captures);
        }
        // A known path with another method is 405; an unknown path is 404.
        path_is_known = true;
    }
    if path_is_known {
        RouteMatch::OtherMethodsOnly
    } else {
        RouteMatch::Nothing
    }
}
