//! Lists of the API server, read page by page, of which only what is needed is kept.

use kube::Resource;
use kube::api::{ApiResource, DynamicObject, GetParams, ListParams};
use kube::core::Request;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::client::{Kubernetes, or_absent};
use super::error::ClusterError;

/// Objects for each page; kubectl asks for as many.
const PAGE_SIZE: u32 = 500;
/// A million objects, which is more than an API server can hold.
const MOST_PAGES: usize = 2_000;
/// How often a list is started again. The API server forgets a list after five minutes, with the status 410
/// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>).
const MOST_RESTARTS: usize = 3;
const GONE: u16 = 410;

/// Which objects are listed.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    /// Completes "not allowed to …".
    pub(super) doing: String,
    path: String,
    labels: Option<String>,
    page_size: u32,
    metadata_only: bool,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct PageResponse<T> {
    #[serde(default)]
    metadata: PageMetadata,
    /// Go writes an empty list as null.
    #[serde(deserialize_with = "null_or_list")]
    items: Vec<T>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(rename = "continue")]
    next: Option<String>,
}

fn null_or_list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Listing {
    /// All objects of a kind in one namespace, or in all of them.
    pub(super) fn of<K: Resource<DynamicType = ()>>(
        doing: impl Into<String>,
        namespace: Option<&str>,
    ) -> Self {
        Self::at(doing, K::url_path(&(), namespace))
    }

    /// The same for a kind that an extension of the API defines.
    pub(super) fn of_resource(
        doing: impl Into<String>,
        resource: &ApiResource,
        namespace: Option<&str>,
    ) -> Self {
        Self::at(doing, DynamicObject::url_path(resource, namespace))
    }

    fn at(doing: impl Into<String>, path: String) -> Self {
        Self {
            doing: doing.into(),
            path,
            labels: None,
            page_size: PAGE_SIZE,
            metadata_only: false,
        }
    }

    pub(super) fn labels(self, selector: impl Into<String>) -> Self {
        Self {
            labels: Some(selector.into()),
            ..self
        }
    }

    pub(super) fn page_size(self, page_size: u32) -> Self {
        Self { page_size, ..self }
    }

    pub(super) fn metadata_only(self) -> Self {
        Self {
            metadata_only: true,
            ..self
        }
    }

    fn request(&self, next: Option<String>) -> kube::Result<hyper::Request<Vec<u8>>> {
        let parameters = ListParams {
            label_selector: self.labels.clone(),
            limit: Some(self.page_size),
            continue_token: next,
            ..ListParams::default()
        };
        let request = Request::new(&self.path);
        let request = if self.metadata_only {
            request.list_metadata(&parameters)
        } else {
            request.list(&parameters)
        };
        request.map_err(kube::Error::BuildRequest)
    }

    /// The client would write the whole answer to its log where it cannot be parsed, and it may hold secrets.
    fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, ClusterError> {
        serde_json::from_str(text).map_err(|error| ClusterError::Malformed {
            doing: self.doing.clone(),
            why: format!("line {}, column {}", error.line(), error.column()),
        })
    }
}

impl Kubernetes {
    /// What `keep` takes from each object of a list. One page is in memory at a time.
    pub(super) async fn list<T: DeserializeOwned, K>(
        &self,
        listing: &Listing,
        keep: impl Fn(T) -> Option<K>,
    ) -> Result<Vec<K>, ClusterError> {
        let mut restarts = 0;
        loop {
            match self.list_once(listing, &keep).await {
                // The token names a snapshot that etcd has compacted. What was read so far cannot be completed with a
                // newer snapshot.
                Err(ClusterError::Refused { code: GONE, .. }) if restarts < MOST_RESTARTS => {
                    restarts += 1;
                }
                answer => return answer,
            }
        }
    }

    /// One object of those that are listed.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        listing: &Listing,
        name: &str,
    ) -> Result<Option<T>, ClusterError> {
        let request = Request::new(&listing.path).get(name, &GetParams::default());
        let question = async {
            let request = request.map_err(kube::Error::BuildRequest)?;
            self.client.request_text(request).await
        };
        match or_absent(self.ask(&listing.doing, question).await)? {
            Some(text) => listing.parse(&text).map(Some),
            None => Ok(None),
        }
    }

    async fn list_once<T: DeserializeOwned, K>(
        &self,
        listing: &Listing,
        keep: impl Fn(T) -> Option<K>,
    ) -> Result<Vec<K>, ClusterError> {
        let mut kept = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page: PageResponse<T> = self.page(listing, next.clone()).await?;
            kept.extend(page.items.into_iter().filter_map(&keep));
            let after = page.metadata.next.filter(|token| !token.is_empty());
            if after.is_none() {
                return Ok(kept);
            }
            // Only a broken server or proxy repeats a token; asking again would never end.
            if after == next {
                break;
            }
            next = after;
        }
        Err(ClusterError::Malformed {
            doing: listing.doing.clone(),
            why: "the list does not end".to_owned(),
        })
    }

    async fn page<T: DeserializeOwned>(
        &self,
        listing: &Listing,
        next: Option<String>,
    ) -> Result<PageResponse<T>, ClusterError> {
        let question = async { self.client.request_text(listing.request(next)?).await };
        let text = self.ask(&listing.doing, question).await?;
        listing.parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;
    use crate::cluster::metadata::Metadata;

    const PATH: &str = "GET /apis/apps/v1/deployments";

    #[derive(Deserialize)]
    struct Named {
        metadata: Metadata,
    }

    fn deployments(number: usize) -> FakeApiServer {
        let named = |number| json!({"metadata": {"name": format!("d{number}"), "namespace": "a"}});
        let items: Vec<_> = (0..number).map(named).collect();
        let list = json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": items});
        FakeApiServer::default().answering(PATH, 200, list)
    }

    async fn listed(fake: &FakeApiServer) -> Result<Vec<String>, ClusterError> {
        let kubernetes = fake.connected().await;
        let listing = Listing::of::<Deployment>("list Deployments", None);
        let name = |found: Named| Some(found.metadata.name);
        kubernetes.list(&listing, name).await
    }

    #[tokio::test]
    async fn a_long_list_is_read_in_pages() {
        let fake = deployments(1201);

        let names = listed(&fake).await.unwrap();

        assert_eq!(names.len(), 1201);
        assert_eq!(names.last().unwrap(), "d1200");
        assert_eq!(fake.asked(), [PATH; 3]);
    }

    #[tokio::test]
    async fn a_list_that_expires_is_started_again_and_nothing_is_found_twice() {
        let fake = deployments(1201).expiring(1);

        let names = listed(&fake).await.unwrap();

        assert_eq!(names.len(), 1201);
        assert_eq!(fake.asked().len(), 2 + 3);
    }

    #[tokio::test]
    async fn a_list_that_leads_to_itself_ends_with_an_error() {
        let list = json!({"metadata": {"continue": "again"}, "items": null});
        let fake = FakeApiServer::default().answering(PATH, 200, list);

        let error = listed(&fake).await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "cannot list Deployments: the answer cannot be read: the list does not end"
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_no_list_is_an_error_and_not_an_empty_list() {
        let fake = FakeApiServer::default().answering(PATH, 200, json!({"metadata": {}}));

        let listed = listed(&fake).await;

        assert!(matches!(listed, Err(ClusterError::Malformed { .. })));
    }
}
