//! Which of a file's remote writes is ours, and what the others mean for us.

use serde_yaml::Value;

use super::entry_url::{
    has_foreign_domain, host_of, is_about_workspace, is_of_azure, is_of_sandbox, is_query_endpoint,
    is_unknown, is_variable, leads_elsewhere,
};
use super::notice::{Notice, NoticeKind};
use super::refusal::{Location, PatchRefusal, Reason};
use crate::redact::without_secret_forms;
use crate::remote_write::{
    self, OwnMark, RemoteWrite, WrittenEntry, is_named_as_proxy, is_same_endpoint, rule_of,
};
use crate::spec::loopback::is_loopback_host;
use crate::target::{EntryPlace, Position, Target, at_path};

/// A remote write that is in the file already.
pub(super) struct ExistingEntry {
    pub(super) location: Option<Location>,
    entry: WrittenEntry,
    /// What is in the file in its place, where another program fills in the whole remote write.
    stand_in: Option<String>,
}

/// All remote writes of a file, list by list.
pub(super) fn existing(
    found: &Value,
    target: Target,
    location_of: impl Fn(EntryPlace) -> Option<Location>,
) -> Vec<ExistingEntry> {
    let entries = remote_write::entries(found, target).into_iter();
    entries
        .map(|entry| ExistingEntry {
            location: location_of(entry.place),
            stand_in: stand_in_at(found, entry.place),
            entry,
        })
        .collect()
}

fn stand_in_at(found: &Value, place: EntryPlace) -> Option<String> {
    let Position::At(index) = place.position else {
        return None;
    };
    let text = stand_in(at_path(found, place.list)?.get(index)?)?;
    Some(text.lines().next().unwrap_or_default().to_owned())
}

/// The text of an item that is no remote write.
fn stand_in(item: &Value) -> Option<&str> {
    match item {
        Value::Sequence(items) => items.iter().find_map(stand_in),
        Value::Tagged(tagged) => stand_in(&tagged.value),
        // Azure Pipelines fills in a map at a key that is an expression: `- ${{ parameters.x }}:`.
        Value::Mapping(keys) if !keys.contains_key("url") => {
            let mut keys = keys.keys().filter_map(Value::as_str);
            keys.find(|key| is_variable(key))
        }
        _ => item.as_str(),
    }
}

/// Ours: the one with our rule and name, else with our rule, else with our name, else what a trial with `--sandbox` left, which leads
/// nowhere.
pub(super) fn ours<'e>(
    all: &'e [ExistingEntry],
    remote_write: &RemoteWrite,
) -> Result<Option<&'e ExistingEntry>, PatchRefusal> {
    let named = all.iter().find(|each| each.has_name_of(remote_write));
    let writing = all.iter().filter(|each| each.writes_to(remote_write));
    let best = writing.min_by_key(|each| each.rank(remote_write));
    match (best, named) {
        (Some(best), Some(named)) if best.place() != named.place() => {
            Err(named.refusal(Reason::TwoMatches {
                name: remote_write.name.clone(),
            }))
        }
        (None, Some(named)) if is_unknown(&named.entry.url) => {
            Err(named.may_be_ours(remote_write))
        }
        (None, Some(named))
            // With a foreign host it is an entry of the user that only has this name.
            if rule_of(&named.entry.url).is_none()
                && !is_loopback_host(host_of(&named.entry.url)) =>
        {
            Err(named.refusal(Reason::NameTaken {
                name: remote_write.name.clone(),
                url: host_of(&named.entry.url).to_owned(),
            }))
        }
        // Two groups can have a workspace of one name. Which of the two an entry belongs to, and whether that one is gone, only the
        // user knows; the endpoint has characters of its own for each.
        (None, Some(named)) if named.is_of_other_workspace(remote_write) => {
            Err(named.refusal(Reason::OtherWorkspace {
                name: remote_write.name.clone(),
                host: host_of(&named.entry.url).to_owned(),
                url: remote_write.url.known().cloned(),
            }))
        }
        // Our name with another rule of the same endpoint: the rule was made again.
        (best, named) => {
            let mut left_over = all.iter().filter(|each| each.is_left_over(remote_write));
            Ok(best.or(named).or_else(|| left_over.next()))
        }
    }
}

/// Ours by a given place. No other entry may have its name.
pub(super) fn at<'e>(
    all: &'e [ExistingEntry],
    place: EntryPlace,
    remote_write: &RemoteWrite,
) -> Result<Option<&'e ExistingEntry>, PatchRefusal> {
    // Prometheus does not start with two: `found multiple remote write configs with job name`.
    let mut others = all.iter().filter(|each| each.place() != place);
    match others.find(|each| each.has_name_of(remote_write)) {
        Some(named) => Err(named.refusal(Reason::NameTaken {
            name: remote_write.name.clone(),
            url: host_of(&named.entry.url).to_owned(),
        })),
        None => Ok(all.iter().find(|each| each.place() == place)),
    }
}

/// Refuses to add a second remote write where one of the file may write to the same workspace: where it leads is unknown, and it
/// signs in to Azure, has a part of an ingestion URL, or is named after a workspace.
pub(super) fn check_for_duplicate(
    all: &[ExistingEntry],
    remote_write: &RemoteWrite,
) -> Result<(), PatchRefusal> {
    // Prometheus takes two entries for one URL where any other field differs, and then sends every sample twice.
    let duplicate = all.iter().find(|each| each.may_be_of_workspace());
    duplicate.map_or(Ok(()), |found| Err(found.may_be_ours(remote_write)))
}

/// The notices about our entry and the others.
pub(super) fn notices(
    all: &[ExistingEntry],
    ours: Option<&ExistingEntry>,
    remote_write: &RemoteWrite,
) -> Vec<Notice> {
    all.iter()
        .filter_map(|each| {
            let what = match ours.filter(|ours| ours.place() == each.place()) {
                Some(ours) => ours.what_changes(remote_write)?,
                None => each.what_it_means(remote_write),
            };
            Some(Notice {
                location: each.location,
                what,
            })
        })
        .collect()
}

impl ExistingEntry {
    pub(super) fn place(&self) -> EntryPlace {
        self.entry.place
    }

    pub(super) fn name(&self) -> Option<&str> {
        // Prometheus gives an entry with an empty name one of its own, a part of its hash.
        self.entry.name.as_deref().filter(|name| !name.is_empty())
    }

    /// Of several to our data collection rule the lowest is the one to keep.
    pub(super) fn rank(&self, remote_write: &RemoteWrite) -> (Option<OwnMark>, bool) {
        let signs_in = self.entry.signs_in_to_azure();
        (self.mark(remote_write), !signs_in)
    }

    fn mark(&self, remote_write: &RemoteWrite) -> Option<OwnMark> {
        OwnMark::of(self.writes_to(remote_write), self.has_name_of(remote_write))
    }

    /// By itself, or by way of the sidecar that this connection is for.
    pub(super) fn writes_to(&self, remote_write: &RemoteWrite) -> bool {
        let own = remote_write.url.known();
        let address = remote_write.address();
        own.is_some_and(|own| self.entry.names_rule(own))
            || address
                .known()
                .is_some_and(|address| address.eq_ignore_ascii_case(&self.entry.url))
    }

    /// Of a trial with another sandbox than the one that this connection writes to.
    fn is_left_over(&self, remote_write: &RemoteWrite) -> bool {
        let url = &self.entry.url;
        let own = remote_write.url.known();
        let is_same = own.is_some_and(|own| is_of_sandbox(own) && host_of(own) == host_of(url));
        is_of_sandbox(url) && !is_same
    }

    /// It has our name, and writes to an ingestion endpoint that is not ours.
    fn is_of_other_workspace(&self, remote_write: &RemoteWrite) -> bool {
        let (url, own) = (&self.entry.url, remote_write.url.known());
        let is_own = own.is_some_and(|own| is_same_endpoint(own, url));
        rule_of(url).is_some() && !is_own && !self.is_left_over(remote_write)
    }

    /// As the subject of a sentence.
    fn who(&self) -> String {
        self.entry.name.as_deref().map_or_else(
            || "a remote write without a name".to_owned(),
            |name| format!("`{name}`"),
        )
    }

    fn may_be_of_workspace(&self) -> bool {
        if let Some(text) = &self.stand_in {
            return !leads_elsewhere(text);
        }
        let (entry, url) = (&self.entry, &self.entry.url);
        // Azure takes neither a password nor the sign-in of another cloud.
        let is_foreign = entry.has_other_sign_in || has_foreign_domain(url);
        let is_named_so = || !is_foreign && is_about_workspace(url, self.name());
        is_unknown(url) && (entry.signs_in_to_azure() || is_of_azure(url) || is_named_so())
    }

    fn may_be_ours(&self, remote_write: &RemoteWrite) -> PatchRefusal {
        if let Some(text) = &self.stand_in {
            let text = without_secret_forms(text);
            return self.refusal(Reason::StandIn { text });
        }
        self.refusal(Reason::VariableUrl {
            who: self.who(),
            url: self.entry.url.to_string(),
            has_our_name: self.has_name_of(remote_write),
        })
    }

    fn what_changes(&self, remote_write: &RemoteWrite) -> Option<NoticeKind> {
        let old = self.entry.url.clone();
        let address = remote_write.address();
        let host = host_of(&old);
        // Another note reports that an earlier sidecar is no longer used.
        let is_of_other_host = !is_loopback_host(host)
            && address
                .known()
                .is_some_and(|new| !host_of(new).eq_ignore_ascii_case(host));
        // A changed entry gets a new queue, and what the old one does not flush within a minute is lost.
        if !self.writes_to(remote_write) || is_of_other_host {
            if self.is_left_over(remote_write) {
                return Some(NoticeKind::TrialReplaced { who: self.who() });
            }
            let url = old.to_string();
            return Some(NoticeKind::OldUrl { url });
        }
        let old_name = self
            .entry
            .name
            .as_deref()
            .filter(|name| *name != remote_write.name)?;
        Some(NoticeKind::Renamed {
            from: old_name.to_owned(),
            to: remote_write.name.clone(),
        })
    }

    fn what_it_means(&self, remote_write: &RemoteWrite) -> NoticeKind {
        let stand_in = self.stand_in.as_deref();
        let url = stand_in.unwrap_or(&self.entry.url);
        let host = host_of(url);
        let own_host = remote_write.url.known().map(|url| host_of(url));
        let who = self.who();
        if self.is_left_over(remote_write) {
            return NoticeKind::LeftOver { who };
        }
        if url.is_empty() {
            return NoticeKind::NoUrl;
        }
        // Envsubst, Jinja, Kustomize or Helm fill it in later, so it can lead to this workspace as well.
        if stand_in.map_or_else(|| is_variable(url), |text| !leads_elsewhere(text)) {
            let url = without_secret_forms(url);
            NoticeKind::VariableUrl { who, url }
        } else if self.writes_to(remote_write) {
            NoticeKind::Duplicate { who }
        } else if rule_of(&self.entry.url).is_some() && Some(host) == own_host {
            // Each rule has its own limit of requests, which Azure does not raise, so a workspace can have several on
            // purpose.
            NoticeKind::SameWorkspace { who }
        } else if is_named_as_proxy(host.split(':').next().unwrap_or_default()) {
            NoticeKind::NamedProxy {
                who,
                host: host.to_owned(),
            }
        } else if is_loopback_host(host) {
            // The Azure sidecar has no default port (`LISTENING_PORT` is required), so only the host is compared.
            NoticeKind::LocalProxy {
                who,
                host: host.to_owned(),
            }
        } else {
            NoticeKind::OtherDestination {
                who,
                host: host.to_owned(),
            }
        }
    }

    /// Refuses an entry that writes to the endpoint from which a workspace is read.
    pub(super) fn check_endpoint(&self) -> Result<(), PatchRefusal> {
        let url = &self.entry.url;
        if !is_query_endpoint(url) {
            return Ok(());
        }
        let reason = Reason::QueryEndpoint {
            host: host_of(url).to_owned(),
        };
        Err(self.refusal(reason))
    }

    fn has_name_of(&self, remote_write: &RemoteWrite) -> bool {
        self.entry.has_name(&remote_write.name)
    }

    fn refusal(&self, reason: Reason) -> PatchRefusal {
        PatchRefusal::new(reason).at_any(self.location)
    }
}
