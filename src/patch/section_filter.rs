//! Which sections of a large file are read? Those that a target reads, and their parents. The others are left out.

use super::misplaced::may_name_rule;
use super::section::{Section, SectionValue};
use crate::remote_write::may_hold_proxy;
use crate::target::resource_kind::ResourceKind;
use crate::target::{
    CONFIGURATION_KEYS, Format, Target, describes_release, is_release_kind, leads_to_release_values,
};

/// How much of a section is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadDepth {
    /// The section, unchanged.
    Whole,
    /// Its sections, each to a depth of its own.
    Sections,
    /// The sections of its text, which is YAML too.
    SectionsOfText,
    /// Its key only.
    KeyOnly,
}

/// Selects the sections that are read.
pub(super) struct SectionFilter<'a> {
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
impl SectionFilter<'_> {
    pub(super) fn read_depth(&self, section: &Section, place: &SectionPlace<'_>) -> ReadDepth {
        let body = &place.text[section.start..section.end];
        if self.is_short(body) {
            return ReadDepth::Whole;
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

    fn of_resource(&self, kind: &str, section: &Section, body: &str, path: &[&str]) -> ReadDepth {
        match (kind, path) {
            (_, ["apiVersion" | "kind" | "metadata", ..]) => ReadDepth::Whole,
            ("ConfigMap", _) if self.has(Format::ConfigMap) => in_config_map(section, body, path),
            (kind, _) if ResourceKind::named(kind).is_some() && self.has(Format::Resource) => {
                self.of_document(section, body, path)
            }
            (kind, _) if is_release_kind(kind) && self.targets.iter().any(|one| one.is_chart()) => {
                self.in_release(section, body, path)
            }
            _ => ReadDepth::KeyOnly,
        }
    }

    fn in_release(&self, section: &Section, body: &str, path: &[&str]) -> ReadDepth {
        let is_wrapper = leads_to_release_values(path);
        match path {
            [.., name] if describes_release(name) => ReadDepth::Whole,
            // `valuesContent` is the key of the HelmChart of k3s.
            [.., "values" | "valuesContent"]
                if is_wrapper && matches!(section.value, SectionValue::Literal(_)) =>
            {
                ReadDepth::SectionsOfText
            }
            _ if is_wrapper => opened(section, body),
            _ => self.of_document(section, body, path),
        }
    }

    fn of_document(&self, section: &Section, body: &str, path: &[&str]) -> ReadDepth {
        let name = path.last().copied().unwrap_or_default();
        let mut leads = name == "helmCharts" || may_name_rule(body) || may_hold_proxy(body);
        for target in self.targets {
            for read in target.read_paths() {
                match relation(path, read, target.is_chart()) {
                    Some(Relation::Read) => return ReadDepth::Whole,
                    Some(Relation::Above) => leads = true,
                    None => {}
                }
            }
            leads |= target.chart() == Some(name);
            let is_text = matches!(section.value, SectionValue::List | SectionValue::Literal(_));
            let mentions = |word: &str| {
                body.contains(&format!("{word}:")) || body.contains(&format!("{word}\""))
            };
            leads |= !is_text && target.certain_word().is_some_and(mentions);
        }
        match leads {
            true => opened(section, body),
            false => ReadDepth::KeyOnly,
        }
    }
}

/// Only what has keys that are known can be opened.
fn opened(section: &Section, body: &str) -> ReadDepth {
    let has_keys = match &section.value {
        SectionValue::Map => !section.has_own_doubt,
        SectionValue::Flow(value) => body[value.start - section.start..].starts_with('{'),
        _ => false,
    };
    match has_keys {
        true => ReadDepth::Sections,
        false => ReadDepth::Whole,
    }
}

fn in_config_map(section: &Section, body: &str, path: &[&str]) -> ReadDepth {
    let is_configuration = || CONFIGURATION_KEYS.iter().any(|word| body.contains(word));
    let is_literal = matches!(section.value, SectionValue::Literal(_));
    match path {
        ["data"] => opened(section, body),
        ["data", "prometheus.yml"] if is_literal => ReadDepth::SectionsOfText,
        ["data", "prometheus.yml"] => ReadDepth::Whole,
        ["data", _] if is_configuration() && is_literal => ReadDepth::SectionsOfText,
        ["data", _] if is_configuration() => ReadDepth::Whole,
        _ => ReadDepth::KeyOnly,
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

    fn depths(targets: &[Target], kind: Option<&str>, text: &str) -> Vec<(String, ReadDepth)> {
        let section_filter = SectionFilter { targets, small: 0 };
        let mut path: Vec<&str> = Vec::new();
        let sections = sections(text).unwrap();
        let depths = sections.iter().map(|section| {
            path.truncate(section.depth);
            path.push(section.name(text));
            let place = SectionPlace {
                text,
                path: &path,
                kind,
                is_embedded: false,
            };
            (path.join("."), section_filter.read_depth(section, &place))
        });
        depths
            .filter(|(_, read_depth)| *read_depth != ReadDepth::Whole)
            .collect()
    }

    #[test]
    fn of_values_what_leads_to_the_place_of_remote_writes_is_opened() {
        let text = "grafana:\n  a:\n    b: c\nkps:\n  prometheus:\n    prometheusSpec:\n      remoteWrite:\n        - a\n      probes:\n        - b\n";

        let found = depths(&[Target::KubePrometheusStack], None, text);

        let expected = [
            ("grafana", ReadDepth::KeyOnly),
            ("grafana.a", ReadDepth::KeyOnly),
            ("kps", ReadDepth::Sections),
            ("kps.prometheus", ReadDepth::Sections),
            ("kps.prometheus.prometheusSpec", ReadDepth::Sections),
            ("kps.prometheus.prometheusSpec.probes", ReadDepth::KeyOnly),
        ];
        assert_eq!(
            found,
            expected.map(|(path, read_depth)| (path.to_owned(), read_depth))
        );
    }

    #[test]
    fn of_a_config_map_the_configuration_is_opened() {
        let text =
            "data:\n  a: |\n    b\n  prometheus.yml: |\n    global: {}\nother:\n  c: |\n    d\n";

        let found = depths(&[Target::ConfigMap], Some("ConfigMap"), text);

        let expected = [
            ("data", ReadDepth::Sections),
            ("data.a", ReadDepth::KeyOnly),
            ("data.prometheus.yml", ReadDepth::SectionsOfText),
            ("other", ReadDepth::KeyOnly),
            ("other.c", ReadDepth::KeyOnly),
        ];
        assert_eq!(
            found,
            expected.map(|(path, read_depth)| (path.to_owned(), read_depth))
        );
    }

    #[test]
    fn a_section_with_the_url_of_a_rule_or_with_a_proxy_is_read() {
        let text = "a:\n  b:\n    - https://x/dataCollectionRules/y\nc:\n  d:\n    - image: prom-remotewrite\n";

        let found = depths(&[Target::KubePrometheusStack], None, text);

        let expected = [("a", ReadDepth::Sections), ("c", ReadDepth::Sections)];
        assert_eq!(
            found,
            expected.map(|(path, read_depth)| (path.to_owned(), read_depth))
        );
    }
}
