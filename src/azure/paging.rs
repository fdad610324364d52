//! Is there another page? Lists of Resource Manager and Graph, followed link by link within the service.

use std::collections::HashSet;

use serde::Deserialize;
use url::Url;

use super::address::host_of;
use super::error::AzureError;

/// Pages of one list. Resource Manager and Graph send 100 items or more a page.
const MOST_PAGES: usize = 1000;

/// In bytes. A longer link fits into no request, and no service makes one.
const LONGEST_LINK: usize = 32 * 1024;

/// The pages of one list that were asked for.
pub(super) struct RequestedPages {
    host: String,
    /// Links or tokens of pages.
    seen: HashSet<String>,
}

impl RequestedPages {
    pub(super) fn from(first: &Url) -> Self {
        Self {
            host: host_of(first),
            seen: HashSet::from([first.as_str().to_owned()]),
        }
    }

    /// Before a further page is asked for: refuses one that was seen, and too many of them.
    pub(super) fn step(&mut self, next: &str) -> Result<(), AzureError> {
        let endless = |why: String| AzureError::EndlessList {
            host: self.host.clone(),
            why,
        };
        if next.len() > LONGEST_LINK {
            return Err(endless(format!(
                "the link to its next page is {} KiB long, and the limit is {} KiB",
                next.len() >> 10,
                LONGEST_LINK >> 10
            )));
        }
        if self.seen.len() >= MOST_PAGES {
            return Err(endless(format!("it has more than {MOST_PAGES} pages")));
        }
        if !self.seen.insert(next.to_owned()) {
            return Err(endless(
                "a page links to itself or to an earlier page".to_owned(),
            ));
        }
        Ok(())
    }
}

/// One page of a list.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    /// Never left out: an answer without it is no list, and taking it for an empty one would make what exists again.
    pub(super) value: Vec<T>,
    #[serde(rename = "nextLink", alias = "@odata.nextLink")]
    next: Option<String>,
}

impl<T> Page<T> {
    /// The next page; some services send an empty link instead of none.
    pub(super) fn next_page(&self) -> Option<&str> {
        // Lists of workspaces and associations end with null, the others leave the key out (recorded).
        self.next.as_deref().filter(|link| !link.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_fits_into_no_request_is_refused_with_its_size() {
        let mut pages = RequestedPages::from(&"https://management.azure.com/list".parse().unwrap());

        let refusal = pages.step(&"a".repeat(1 << 20)).unwrap_err().to_string();

        assert!(refusal.contains("1024 KiB"), "{refusal}");
        assert!(
            pages
                .step("https://management.azure.com/list?page=2")
                .is_ok()
        );
    }
}
