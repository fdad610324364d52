//! Remote writes to Azure at places that nothing reads.

use serde_yaml::Value;

use super::document::Document;
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
pub(super) struct Misplaced {
    /// From the top of the file down to the list.
    path: String,
    location: Location,
    url: String,
    /// Prometheus refuses a file with it, rather than not reading it.
    is_fatal: bool,
    place: String,
}

/// All of them that write to a data collection rule.
pub(super) fn misplaced(document: &Document, prefix: &[&str], target: Target) -> Vec<Misplaced> {
    // Most files have no URL of Azure anywhere, and need no walk through the tree.
    if !may_name_rule(document.text) {
        return Vec::new();
    }
    let mut search = MisplacedSearch {
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
    all: Vec<Misplaced>,
    remote_write: &RemoteWrite,
) -> Result<Vec<Notice>, PatchRefusal> {
    let own = remote_write.url.known();
    let is_ours = |each: &Misplaced| own.is_some_and(|own| is_same_rule(&each.url, own));
    if let Some(ours) = all.iter().find(|each| each.is_fatal && is_ours(each)) {
        let reason = Reason::Misplaced {
            path: ours.path.clone(),
            place: ours.place.clone(),
        };
        return Err(PatchRefusal::new(reason).at(ours.location));
    }
    Ok(all.into_iter().map(Misplaced::notice).collect())
}

impl Misplaced {
    pub(super) fn notice(self) -> Notice {
        Notice {
            location: Some(self.location),
            what: NoticeKind::Misplaced {
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

struct MisplacedSearch<'a> {
    prefix: &'a [&'a str],
    target: Target,
    path: Vec<String>,
    found: Vec<Misplaced>,
}

impl MisplacedSearch<'_> {
    fn node(&mut self, node: &Node) {
        if self.target.is_chart() && is_manifest(node) {
            return;
        }
        for entry in node.entries() {
            let Some(key) = entry.key.text() else {
                continue;
            };
            self.path.push(key.to_owned());
            if !is_list_name(key) {
                self.node(&entry.value);
            } else if !self.is_read() {
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

    fn take(&mut self, location: Location, value: &Node) {
        // A single entry instead of a list is a common mistake too.
        let urls = value.items().iter().chain([value]);
        let urls = urls.filter_map(|entry| entry.entry("url")?.value.text());
        let Some(url) = urls.into_iter().find(|url| rule_of(url).is_some()) else {
            return;
        };
        self.found.push(Misplaced {
            path: self.path.join(".").replace(".[", "["),
            location,
            url: url.to_owned(),
            is_fatal: self.is_fatal(),
            place: [self.prefix, self.target.lists()[0]].concat().join("."),
        });
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
        "remotewrite" | "remotewrites" | "additionalremotewrite"
    )
}
