//! Remote writes to Azure at places that nothing reads.

use serde_yaml::Value;

use super::document::Document;
use super::entry_url::{has_foreign_domain, is_about_workspace, is_of_azure, is_unknown};
use super::notice::{Notice, NoticeKind};
use super::refusal::{Location, PatchRefusal, Reason};
use super::tree::Node;
use crate::remote_write::{MisplacedProxy, RemoteWrite, is_same_rule, rule_of};
use crate::target::{KeyPath, PathSegment, Target, key_path};

/// Whether the URL of a data collection rule may be in a text, as Azure writes it or in lower case.
pub(super) fn may_name_rule(text: &str) -> bool {
    text.contains("/dataCollectionRules/") || text.contains("/datacollectionrules/")
}

/// A remote write outside of the lists of the target.
pub(super) struct MisplacedEntry {
    /// From the top of the file down to the list.
    path: String,
    location: Location,
    url: String,
    /// Prometheus refuses a file with it, rather than not reading it.
    is_fatal: bool,
    place: String,
}

/// All of them that write to a data collection rule.
pub(super) fn misplaced(
    document: &Document<'_>,
    prefix: &[&str],
    target: Target,
) -> Vec<MisplacedEntry> {
    // Most files have no URL of Azure anywhere, and need no walk through the tree.
    if !may_name_rule(document.text) && !target.is_configuration() {
        return Vec::new();
    }
    let mut search = MisplacedSearch {
        document,
        prefix,
        target,
        path: Vec::new(),
        found: Vec::new(),
    };
    if let Some(root) = document.root() {
        search.node(root);
    }
    search.found
}

/// A notice for each; refused where ours is one and Prometheus would not start.
pub(super) fn notices(
    all: Vec<MisplacedEntry>,
    remote_write: &RemoteWrite,
    is_double: bool,
) -> Result<Vec<Notice>, PatchRefusal> {
    let own = remote_write.url.known();
    let is_ours = |each: &MisplacedEntry| {
        rule_of(&each.url).is_none() || own.is_some_and(|own| is_same_rule(&each.url, own))
    };
    if let Some(ours) = all.iter().find(|each| each.is_fatal && is_ours(each)) {
        let reason = Reason::MisplacedEntry {
            path: ours.path.clone(),
            place: ours.place.clone(),
            is_double,
        };
        return Err(PatchRefusal::new(reason).at(ours.location));
    }
    Ok(all.into_iter().map(MisplacedEntry::notice).collect())
}

impl MisplacedEntry {
    pub(super) fn notice(self) -> Notice {
        Notice {
            location: Some(self.location),
            what: NoticeKind::MisplacedEntry {
                path: self.path,
                place: self.place,
                is_fatal: self.is_fatal,
            },
        }
    }
}

/// A notice for each proxy at a place from which nothing takes containers.
pub(super) fn proxies(
    document: &Document,
    prefix: &[&str],
    found: &Value,
    target: Target,
) -> Vec<Notice> {
    let Some(pod) = target.pod() else {
        return Vec::new();
    };
    let misplaced = pod.misplaced_proxies(found).into_iter();
    let above = || prefix.iter().map(|key| PathSegment::Key((*key).to_owned()));
    let notice = |misplaced: MisplacedProxy| {
        let path: Vec<PathSegment> = above().chain(misplaced.path).collect();
        Notice {
            location: document.location_of_steps(&path),
            what: NoticeKind::MisplacedProxy {
                container: misplaced.proxy.name,
                kind: misplaced.proxy.kind.as_str(),
                path: key_path(&path),
                place: [prefix, pod.containers.path()].concat().join("."),
            },
        }
    };
    misplaced.map(notice).collect()
}

/// Whether values hold an object of its own here, as below `extraManifests`: the Operator reads the lists of a PrometheusAgent there.
fn is_manifest(node: &Node) -> bool {
    ["apiVersion", "kind"]
        .iter()
        .all(|key| node.entry(key).is_some())
}

/// Whether a URL that is filled in later may be that of the same workspace.
fn may_be_of_workspace(url: &str, name: Option<&str>) -> bool {
    is_unknown(url)
        && !has_foreign_domain(url)
        && (is_of_azure(url) || is_about_workspace(url, name))
}

struct MisplacedSearch<'a> {
    document: &'a Document<'a>,
    prefix: &'a [&'a str],
    target: Target,
    path: Vec<String>,
    found: Vec<MisplacedEntry>,
}

impl MisplacedSearch<'_> {
    fn node(&mut self, node: &Node) {
        let is_object = self.target.is_chart() && is_manifest(node);
        // What an alias or a merge key brings to another place is read there.
        if is_object || (self.document.tree.is_shared(node) && !self.leads_to_read()) {
            return;
        }
        self.stray_url(node);
        for entry in node.entries() {
            let Some(key) = entry.key.text() else {
                continue;
            };
            if key == "<<" {
                // Its keys are those of this map.
                let maps = entry.value.items().iter().chain([&entry.value]);
                maps.for_each(|map| self.node(map));
                continue;
            }
            self.path.push(key.to_owned());
            if !is_list_name(key) {
                self.node(&entry.value);
            } else if self.is_read() {
                self.nested_lists(&entry.value);
            } else if !self.document.tree.is_shared(&entry.value) {
                self.take(entry.key.location, &entry.value);
            }
            self.path.pop();
        }
        for (index, item) in node.items().iter().enumerate() {
            self.path.push(format!("[{index}]"));
            self.node(item);
            self.path.pop();
        }
    }

    /// The URL of a data collection rule at a key of a section in which no remote write belongs.
    fn stray_url(&mut self, node: &Node) {
        let Some(entry) = node.entry("url") else {
            return;
        };
        let url = entry.value.text().filter(|url| rule_of(url).is_some());
        if let Some(url) = url.filter(|_| self.is_in_other_section()) {
            self.add(entry.key.location, url);
        }
    }

    /// Below a section of Prometheus' configuration that has URLs, or none, but no list of remote writes.
    fn is_in_other_section(&self) -> bool {
        const SECTIONS: [&str; 4] = ["alerting", "storage", "storageSpec", "tracing"];
        let is_in_it = |key: &String| SECTIONS.contains(&key.as_str());
        // Service discovery by HTTP has URLs of its own.
        let is_discovery = |key: &String| key.contains("_sd_config");
        self.path.iter().any(is_in_it) && !self.path.iter().any(is_discovery)
    }

    /// Entries in a list within the list, by one dash too many.
    fn nested_lists(&mut self, list: &Node) {
        for (index, item) in list.items().iter().enumerate() {
            if !item.items().is_empty() {
                self.path.push(format!("[{index}]"));
                self.take(item.location, item);
                self.path.pop();
            }
        }
    }

    fn take(&mut self, location: Location, value: &Node) {
        let is_fatal = self.is_fatal();
        // A single entry instead of a list is a common mistake too.
        let entries = value.items().iter().chain([value]);
        let mut urls = entries.filter_map(|entry| {
            let url = entry.entry("url")?.value.text()?;
            let name = entry.entry("name").and_then(|name| name.value.text());
            Some((url, may_be_of_workspace(url, name)))
        });
        let is_of_azure =
            |(url, may_be): &(&str, bool)| rule_of(url).is_some() || (is_fatal && *may_be);
        if let Some((url, _)) = urls.find(is_of_azure) {
            self.add(location, url);
        }
    }

    fn add(&mut self, location: Location, url: &str) {
        self.found.push(MisplacedEntry {
            path: self.path.join(".").replace(".[", "["),
            location,
            url: url.to_owned(),
            is_fatal: self.is_fatal(),
            place: [self.prefix, self.target.lists()[0]].concat().join("."),
        });
    }

    /// Whether places from which the target takes its remote writes are below.
    fn leads_to_read(&self) -> bool {
        let whole =
            |list: &KeyPath| -> Vec<&str> { self.prefix.iter().chain(*list).copied().collect() };
        let mut lists = self.target.lists().iter();
        lists.any(|list| {
            let above = self.path.iter().map(String::as_str);
            whole(list).into_iter().take(self.path.len()).eq(above)
        })
    }

    /// One of the places from which the target takes its remote writes.
    fn is_read(&self) -> bool {
        let is_it = |list: &KeyPath| self.path.iter().eq(self.prefix.iter().chain(*list));
        let target = self.target;
        target
            .lists()
            .iter()
            .chain(target.second_definitions())
            .any(is_it)
    }

    /// Within what becomes part of a prometheus.yml, where an unknown key is an error.
    fn is_fatal(&self) -> bool {
        let below = self.path.iter().skip(self.prefix.len()).map(String::as_str);
        let below: Vec<&str> = below.collect();
        self.target.is_configuration()
            || self
                .target
                .verbatim_sections()
                .iter()
                .any(|section| below.starts_with(section))
    }
}

/// What a list of remote writes is called, in any spelling.
fn is_list_name(key: &str) -> bool {
    let plain: String = key
        .chars()
        // `remote_write`, `remoteWrite` and `remote-write` are one word to users.
        .filter(|each| !matches!(each, '_' | '-'))
        .collect();
    let plain = plain.to_ascii_lowercase();
    matches!(
        plain.as_str(),
        "remotewrite"
            | "remotewrites"
            | "remotewriteconfig"
            | "remotewriteconfigs"
            | "additionalremotewrite"
            // An ingestion URL below remote_read is a mistake: Azure answers no reads there.
            | "remoteread"
    )
}
