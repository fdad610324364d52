//! By what an entry of a file is recognised as that of a connection.

use super::model::is_same_rule;
use super::reader::{WrittenEntry, WrittenForm};

/// What an entry has in common with a connection; the surest comes first. The rule counts for more than the name: the samples go
/// there whatever the entry is called, and a name may be that of another workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OwnMark {
    RuleAndName,
    Rule,
    Name,
}

impl OwnMark {
    pub(crate) fn of(has_rule: bool, has_name: bool) -> Option<Self> {
        match (has_rule, has_name) {
            (true, true) => Some(Self::RuleAndName),
            (true, false) => Some(Self::Rule),
            (false, true) => Some(Self::Name),
            (false, false) => None,
        }
    }
}

impl WrittenEntry {
    /// Whether its samples end up in the rule of this URL, by themselves or through a proxy that the file describes.
    pub(crate) fn leads_to_rule(&self, write_url: &str) -> bool {
        let destination = self.destination();
        destination.is_some_and(|url| is_same_rule(&url, write_url))
    }

    /// Whether its own URL has the rule of this one. That of a proxy can have it too.
    pub(crate) fn names_rule(&self, write_url: &str) -> bool {
        // The rule decides, not the whole URL: older ones have `api-version=2021-11-01-preview`, newer ones `2023-04-24`.
        is_same_rule(&self.url, write_url)
    }

    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }

    /// Whether it sends to a proxy, which may be described elsewhere.
    pub(crate) fn is_through_proxy(&self) -> bool {
        matches!(self.form, WrittenForm::Proxy(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::entries;
    use crate::remote_write::samples::URL;
    use crate::target::Target;

    #[test]
    fn the_rule_counts_for_more_than_the_name() {
        let marks = [(true, true), (true, false), (false, true)];
        let marks = marks.map(|(rule, name)| OwnMark::of(rule, name).unwrap());

        assert!(marks.is_sorted());
        assert_eq!(OwnMark::of(false, false), None);
    }

    #[test]
    fn a_sidecar_leads_to_a_rule_that_the_url_of_the_entry_does_not_name() {
        let text = format!(
            "spec: {{remoteWrite: [{{url: 'http://localhost:8081/api/v1/write'}}, {{url: '{URL}'}}, {{url: 'https://mimir/push'}}], \
             containers: [{{name: s, image: prom-remotewrite, env: [{{name: INGESTION_URL, value: '{URL}'}}, \
             {{name: LISTENING_PORT, value: '8081'}}]}}]}}"
        );
        let all = entries(
            &serde_yaml::from_str(&text).unwrap(),
            Target::CustomResource,
        );

        let leads: Vec<bool> = all.iter().map(|it| it.leads_to_rule(URL)).collect();
        let names: Vec<bool> = all.iter().map(|it| it.names_rule(URL)).collect();

        assert_eq!(leads, [true, true, false]);
        assert_eq!(names, [false, true, false]);
    }
}
