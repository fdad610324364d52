//! Which sections of a large file are read: those of the targets and what leads to them. The others are left out.

use super::misplaced::may_name_rule;
use super::section::{Section, Shape};
use crate::remote_write::may_hold_proxy;
use crate::target::resource_kind::ResourceKind;
use crate::target::{
    CONFIGURATION_KEYS, Format, Target, describes_release, is_release_kind, leads_to_release_values,
};

/// What becomes of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is read as it is.
    Keep,
    /// Some of the sections in it may be left out.
    Open,
    /// The same for the text that it has, which is YAML itself.
    OpenText,
    /// Its key is read, and nothing else.
    LeaveOut,
}

/// What is looked for in a file.
pub(super) struct Interest<'a> {
    pub(super) targets: &'a [Target],
    /// Sections of several lines that are no longer than this are read anyway.
    pub(super) small: usize,
}

/// Where a section is.
pub(super) struct SectionPlace<'a> {
    pub(super) text: &'a str,
    /// Names of the sections around it and its own, from the top of its document.
    pub(super) path: &'a [&'a str],
    /// Of a Kubernetes resource.
    pub(super) kind: Option<&'a str>,
    /// The document is a text within another one.
    pub(super) is_embedded: bool,
}

/// The longest value on one line that is read anyway.
const LINE: usize = 200;
impl Interest<'_> {
    pub(super) fn fate(&self, section: &Section, place: &SectionPlace<'_>) -> Fate {
        let body = &place.text[section.start..section.end];
        if self.is_short(body) {
            return Fate::Keep;
        }
        match place.kind {
            Some(kind) if !place.is_embedded => self.of_resource(kind, section, body, place.path),
            _ => self.of_document(section, body, place.path),
        }
    }

    fn is_short(&self, body: &str) -> bool {
        let is_line = body.trim_end().bytes().all(|byte| byte != b'\n') && !body.contains('{');
        body.len() <= self.small || (is_line && body.len() <= LINE)
    }

    fn has(&self, format: Format) -> bool {
        self.targets.iter().any(|target| target.format() == format)
    }

    fn of_resource(&self, kind: &str, section: &Section, body: &str, path: &[&str]) -> Fate {
        match (kind, path) {
            (_, ["apiVersion" | "kind" | "metadata", ..]) => Fate::Keep,
            ("ConfigMap", _) if self.has(Format::ConfigMap) => in_config_map(section, body, path),
            (kind, _) if ResourceKind::named(kind).is_some() && self.has(Format::Resource) => {
                self.of_document(section, body, path)
            }
            (kind, _) if is_release_kind(kind) && self.targets.iter().any(|one| one.is_chart()) => {
                self.in_release(section, body, path)
            }
            _ => Fate::LeaveOut,
        }
    }

    fn in_release(&self, section: &Section, body: &str, path: &[&str]) -> Fate {
        let is_wrapper = leads_to_release_values(path);
        match path {
            [.., name] if describes_release(name) => Fate::Keep,
            // `valuesContent` is the key of the HelmChart of k3s.
            [.., "values" | "valuesContent"]
                if is_wrapper && matches!(section.shape, Shape::Literal(_)) =>
            {
                Fate::OpenText
            }
            _ if is_wrapper => opened(section, body),
            _ => self.of_document(section, body, path),
        }
    }

    fn of_document(&self, section: &Section, body: &str, path: &[&str]) -> Fate {
        let name = path.last().copied().unwrap_or_default();
        let mut leads = name == "helmCharts" || may_name_rule(body) || may_hold_proxy(body);
        for target in self.targets {
            for read in target.read_paths() {
                match relation(path, read, target.is_chart()) {
                    Some(Relation::Read) => return Fate::Keep,
                    Some(Relation::Above) => leads = true,
                    None => {}
                }
            }
            leads |= target.chart() == Some(name);
            let is_text = matches!(section.shape, Shape::List | Shape::Literal(_));
            let mentions = |word: &str| {
                body.contains(&format!("{word}:")) || body.contains(&format!("{word}\""))
            };
            leads |= !is_text && target.certain_word().is_some_and(mentions);
        }
        match leads {
            true => opened(section, body),
            false => Fate::LeaveOut,
        }
    }
}

/// Only what has keys that are known can be opened.
fn opened(section: &Section, body: &str) -> Fate {
    let has_keys = match &section.shape {
        Shape::Map => !section.has_own_doubt,
        Shape::Flow(value) => body[value.start - section.start..].starts_with('{'),
        _ => false,
    };
    match has_keys {
        true => Fate::Open,
        false => Fate::Keep,
    }
}

fn in_config_map(section: &Section, body: &str, path: &[&str]) -> Fate {
    let is_configuration = || CONFIGURATION_KEYS.iter().any(|word| body.contains(word));
    let is_literal = matches!(section.shape, Shape::Literal(_));
    match path {
        ["data"] => opened(section, body),
        ["data", "prometheus.yml"] if is_literal => Fate::OpenText,
        ["data", "prometheus.yml"] => Fate::Keep,
        ["data", _] if is_configuration() && is_literal => Fate::OpenText,
        ["data", _] if is_configuration() => Fate::Keep,
        _ => Fate::LeaveOut,
    }
}

enum Relation {
    /// It is one of the places that are read.
    Read,
    /// One of them is below it.
    Above,
}

/// How a section is related to a place that is read, which may be below keys of parent charts.
fn relation(path: &[&str], read: &[&str], may_be_nested: bool) -> Option<Relation> {
    let depths = if may_be_nested { path.len() } else { 1 };
    (0..depths).find_map(|depth| {
        let path = &path[depth..];
        if path == read {
            Some(Relation::Read)
        } else {
            read.starts_with(path).then_some(Relation::Above)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::sections::sections;

    fn fates(targets: &[Target], kind: Option<&str>, text: &str) -> Vec<(String, Fate)> {
        let interest = Interest { targets, small: 0 };
        let mut path: Vec<&str> = Vec::new();
        let sections = sections(text).unwrap();
        let fates = sections.iter().map(|section| {
            path.truncate(section.depth);
            path.push(section.name(text));
            let place = SectionPlace {
                text,
                path: &path,
                kind,
                is_embedded: false,
            };
            (path.join("."), interest.fate(section, &place))
        });
        fates.filter(|(_, fate)| *fate != Fate::Keep).collect()
    }

    #[test]
    fn of_values_what_leads_to_the_place_of_remote_writes_is_opened() {
        let text = "grafana:\n  a:\n    b: c\nkps:\n  prometheus:\n    prometheusSpec:\n      remoteWrite:\n        - a\n      probes:\n        - b\n";

        let found = fates(&[Target::KubePrometheusStack], None, text);

        let expected = [
            ("grafana", Fate::LeaveOut),
            ("grafana.a", Fate::LeaveOut),
            ("kps", Fate::Open),
            ("kps.prometheus", Fate::Open),
            ("kps.prometheus.prometheusSpec", Fate::Open),
            ("kps.prometheus.prometheusSpec.probes", Fate::LeaveOut),
        ];
        assert_eq!(found, expected.map(|(path, fate)| (path.to_owned(), fate)));
    }

    #[test]
    fn of_a_config_map_the_configuration_is_opened() {
        let text =
            "data:\n  a: |\n    b\n  prometheus.yml: |\n    global: {}\nother:\n  c: |\n    d\n";

        let found = fates(&[Target::ConfigMap], Some("ConfigMap"), text);

        let expected = [
            ("data", Fate::Open),
            ("data.a", Fate::LeaveOut),
            ("data.prometheus.yml", Fate::OpenText),
            ("other", Fate::LeaveOut),
            ("other.c", Fate::LeaveOut),
        ];
        assert_eq!(found, expected.map(|(path, fate)| (path.to_owned(), fate)));
    }

    #[test]
    fn a_section_with_the_url_of_a_rule_or_with_a_proxy_is_read() {
        let text = "a:\n  b:\n    - https://x/dataCollectionRules/y\nc:\n  d:\n    - image: prom-remotewrite\n";

        let found = fates(&[Target::KubePrometheusStack], None, text);

        let expected = [("a", Fate::Open), ("c", Fate::Open)];
        assert_eq!(found, expected.map(|(path, fate)| (path.to_owned(), fate)));
    }
}
