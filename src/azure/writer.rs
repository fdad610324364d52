//! The handle that also writes. It is made from a plan that the user agreed to, and from nothing else.

use std::ops::Deref;

use reqwest::header::{HeaderName, HeaderValue, IF_MATCH};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::address::Address;
use super::call::Call;
use super::error::AzureError;
use super::long_running::{StateListener, follow};
use super::reader::Reader;
use crate::plan::approval::ApprovedPlan;

/// Everything a `Reader` can do, and writing. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    reader: Reader,
}

impl Writer {
    pub(crate) fn new(reader: Reader, _: &ApprovedPlan) -> Self {
        Self { reader }
    }

    #[cfg(test)]
    pub(super) fn for_test(reader: Reader) -> Self {
        Self::new(reader, &ApprovedPlan::empty())
    }

    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        address: &Address,
        body: &Value,
    ) -> Result<T, AzureError> {
        let call = Call::put(address.url()?.clone()).json(body);
        self.perform(call, address, &|_| {}).await
    }

    /// Writes only if the resource has not changed since `etag` was read: 412 otherwise.
    pub(super) async fn put_if_unchanged<T: DeserializeOwned>(
        &self,
        address: &Address,
        body: &Value,
        etag: Option<&str>,
        watch: StateListener<'_>,
    ) -> Result<T, AzureError> {
        let mut call = Call::put(address.url()?.clone()).json(body);
        // Optional: three stable versions of AKS (2024-09-01, 2025-02-01, 2025-08-01) return no eTag
        // (recorded).
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            call = call.header(IF_MATCH, etag);
        }
        self.perform(call, address, watch).await
    }

    pub(super) async fn patch<T: DeserializeOwned>(
        &self,
        address: &Address,
        body: &Value,
        watch: StateListener<'_>,
    ) -> Result<T, AzureError> {
        let call = Call::patch(address.url()?.clone()).json(body);
        self.perform(call, address, watch).await
    }

    /// A POST that makes something; not repeated when its answer was lost.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        address: &Address,
        body: &Value,
    ) -> Result<T, AzureError> {
        let call = Call::post(address.url()?.clone()).json(body);
        self.perform(call, address, &|_| {}).await
    }

    /// Microsoft Graph's way to make what has a key of our own: sent twice, it makes one.
    pub(super) async fn create_if_missing(
        &self,
        address: &Address,
        body: &Value,
    ) -> Result<(), AzureError> {
        let call = Call::patch(address.url()?.clone()).json(body).header(
            HeaderName::from_static("prefer"),
            HeaderValue::from_static("create-if-missing"),
        );
        // 201 with the object or 204 without: a caller that needs it reads it.
        self.send(call, address.audience).await.map(drop)
    }

    /// A POST that is answered without a body.
    pub(super) async fn order(&self, address: &Address, body: &Value) -> Result<(), AzureError> {
        let call = Call::post(address.url()?.clone()).json(body);
        self.send(call, address.audience).await.map(drop)
    }

    /// Fine when it is gone already.
    pub(super) async fn delete(&self, address: &Address) -> Result<(), AzureError> {
        let call = Call::delete(address.url()?.clone());
        // What is absent is answered 204, and 404 where its resource group or its parent is gone too (recorded).
        match self.send(call, address.audience).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends, follows the operation to its end, and reads the result.
    async fn perform<T: DeserializeOwned>(
        &self,
        call: Call,
        address: &Address,
        watch: StateListener<'_>,
    ) -> Result<T, AzureError> {
        let method = call.method.clone();
        let reply = self.send(call, address.audience).await?;
        follow(self, &method, address, reply, watch).await?.json()
    }
}

impl Deref for Writer {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}
