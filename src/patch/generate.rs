//! Files of every target in the many ways that people lay them out, for the properties.

use crate::compat::Installation;
use crate::remote_write::samples::URL;
use crate::target::{Position, Target};
use proptest::prelude::*;
use proptest::sample::Index;

/// A file, and what is known of it because of how it was made.
#[derive(Debug, Clone)]
pub(super) struct GeneratedFile {
    pub(super) target: Target,
    pub(super) text: String,
    /// Lines that the change may touch, without indentation and line end. All others must stay.
    pub(super) touchable: Vec<String>,
    /// Which of the documents in the file it is.
    pub(super) document: usize,
    /// The keys of the parent chart, above all of the target.
    pub(super) prefix: Vec<&'static str>,
    /// The position of our remote write in its list, if it has one.
    pub(super) ours: Option<usize>,
}

impl GeneratedFile {
    pub(super) fn installation(&self) -> Installation {
        Installation {
            target: self.target,
            prometheus: "3.14.0".parse().ok(),
            operator: None,
        }
    }

    pub(super) fn position(&self) -> Position {
        self.ours.map_or(Position::End, Position::At)
    }
}

/// How a target spells the keys that these files use, from the outermost one on.
struct TargetSpelling {
    target: Target,
    /// What distinguishes its document from others.
    head: &'static str,
    above: &'static [&'static str],
    labels: &'static [&'static str],
    list: &'static str,
    has_operator: bool,
}

const SPELLINGS: [TargetSpelling; 4] = [
    TargetSpelling {
        target: Target::PrometheusYml,
        head: "",
        above: &[],
        labels: &["global", "external_labels"],
        list: "remote_write",
        has_operator: false,
    },
    TargetSpelling {
        target: Target::KubePrometheusStack,
        head: "",
        above: &["prometheus", "prometheusSpec"],
        labels: &["externalLabels"],
        list: "additionalRemoteWrite",
        has_operator: true,
    },
    TargetSpelling {
        target: Target::PrometheusChart,
        head: "",
        above: &["server"],
        labels: &["global", "external_labels"],
        list: "remoteWrite",
        has_operator: false,
    },
    TargetSpelling {
        target: Target::CustomResource,
        head: "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: main}\n",
        above: &["spec"],
        labels: &["externalLabels"],
        list: "remoteWrite",
        has_operator: true,
    },
];

const OTHERS: [&str; 7] = [
    "url: http://mimir/push\nname: mimir\n",
    "url: \"http://quoted/push\" # why\n# about headers\nheaders:\n  X-Scope-OrgID: 'a # b'\n",
    "url: http://thanos/receive\nname: |\n  # not a comment\n  thanos\n\n",
    "# the first line is a comment\nname: >-\n  folded\n  text\nurl: http://folded\nwrite_relabel_configs:\n- action: drop\n",
    "{url: 'http://flow/w', name: flow, queue_config: {capacity: 1}}\n",
    "<<: *defaults\nurl: http://merged\nheaders: &headers {X-Scope-OrgID: ü}\n",
    "\"name\": &name json\n\"url\": !!str http://json\n\"headers\":\n  {\"a\": *name,\n   \"b\": [1, 2]}\n",
];

const OURS: [&str; 9] = [
    "url: URL\n",
    "name: amw-monitor\nurl: URL\nqueue_config:\n  capacity: 5 # tuned\nazuread: {}\n",
    "# ours\nurl: 'URL&old=1'\nazuread:\n  workload_identity:\n    client_id: x\n    tenant_id: y\n  scope: s\n",
    "basic_auth:\n  username: ada\nurl: \"URL\"\nname: azure # renamed\n",
    "{url: 'URL', name: old, azuread: {cloud: AzureChina, managed_identity: {client_id: ''}}}\n",
    "queue_config: # nothing yet\nurl: >-\n  URL\nazuread: ~\n",
    "name: amw-monitor\nurl: URL\nqueue_config: {retry_on_http_429: false}\nazuread:\n  managed_identity:\n",
    "<<: *defaults\nname: amw-monitor\nurl: URL\n",
    "{\n  \"url\": \"URL\",\n  \"name\": \"old\" # mine\n}\n",
];

/// Ours too, with keys that the target does not know, or knows by another name.
const OURS_WITH_UNKNOWN_KEYS: [&str; 5] = [
    "url: URL\nbasic_auth:\n  user: ada\n  unknown: 1\n",
    "url: URL\nqueue_config:\n  capacity: 5\n  unknown: {a: 1}\n",
    "unknown: [1]\nurl: URL\nqueueConfig: {maxShards: 2, unknown: 1}\n",
    "url: URL\nwriteRelabelConfigs:\n- sourceLabels: [a]\n  unknown: b\n  action: drop\n",
    "url: URL\nazureAd: {managedIdentity: {clientId: x, unknown: 1}, unknown: 1}\nunknown: 1\n",
];

const SECTIONS: [&str; 9] = [
    "scrape_configs:\n  - job_name: 'node' # quoted\n    static_configs:\n      - targets: [\"a:9100\", 'b:9100']\n",
    "scrape_configs:\n- job_name: a\n  # inside\n  relabel_configs:\n  - {action: drop, regex: 'x{2}'}\n",
    "rule_files: [a.yml,\n  b.yml] # both\n",
    "x-anchors: &a\n  capacity: 10\nx-merged:\n  <<: *a\n  other: 'y'\n",
    "storage:\n    tsdb:\n        out_of_order_time_window: 30m\n\n# a comment at the end\n",
    "x-text: |+\n  kept\n\n",
    "x-listing: |\n  remote_write:\n    - url: http://text\n  # no comment\n",
    "x-λ: \"日本語 \\u00e9\" # 監視\n\n",
    "'x-quoted': 'it''s' # isn't it\n",
];

/// The labels of a file that has them one key deep, and within another map.
const LABELS: [&str; 7] = [
    "",
    "KEY:\n",
    "KEY: {}\n",
    "KEY: {dc: a} # flow\n",
    "KEY:\n  dc: \"ams\"\n  # last\n",
    "KEY: {cluster: 'mine', dc: a}\n",
    "KEY: ~ # none\n",
];

/// Needed by the items that refer to it, and no harm elsewhere.
const DEFAULTS: &str = "x-defaults: &defaults {remote_timeout: 30s}\n";

const OTHER_DOCUMENTS: [&str; 3] = [
    "apiVersion: v1\nkind: Service\nspec: {ports: [{port: 9090}]}\n",
    "# the rules\nkind: ConfigMap\ndata:\n  a: |\n    --- no marker\n    b\n",
    "kind: ServiceMonitor\nspec:\n- endpoints # odd\n",
];

/// How one file is laid out.
#[derive(Debug, Clone)]
struct Layout {
    indent: usize,
    step: usize,
    order: usize,
    crlf: bool,
    spaced: bool,
    ends: bool,
    bom: bool,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..8u8);
    (0..5usize, 1..5usize, 0..4usize, flags).prop_map(|(indent, step, order, flags)| Layout {
        indent,
        step,
        order,
        crlf: flags.0,
        spaced: flags.1,
        ends: flags.2,
        bom: flags.3 == 0,
    })
}

/// A prometheus.yml.
pub(super) fn prometheus_yml() -> impl Strategy<Value = GeneratedFile> {
    subjects(Just(0usize))
}

/// A file of any target but a ConfigMap, which holds one of the others.
pub(super) fn any_file() -> impl Strategy<Value = GeneratedFile> {
    subjects(0..SPELLINGS.len())
}

/// The same, with unknown keys in our remote write.
pub(super) fn with_unknown_keys() -> impl Strategy<Value = GeneratedFile> {
    let ours = (
        prop::sample::select(OURS_WITH_UNKNOWN_KEYS.to_vec()),
        any::<Index>(),
    );
    subjects_with(0..SPELLINGS.len(), ours.prop_map(Some))
}

fn subjects(which: impl Strategy<Value = usize>) -> impl Strategy<Value = GeneratedFile> {
    let ours = prop::option::of((prop::sample::select(OURS.to_vec()), any::<Index>()));
    subjects_with(which, ours)
}

fn subjects_with(
    which: impl Strategy<Value = usize>,
    ours: impl Strategy<Value = Option<(&'static str, Index)>>,
) -> impl Strategy<Value = GeneratedFile> {
    // Each at most once: Prometheus refuses two equal ones.
    let items = prop::sample::subsequence(OTHERS.to_vec(), 0..3);
    let sections = prop::sample::subsequence(SECTIONS.to_vec(), 0..=4);
    let labels = prop::sample::select(LABELS.to_vec());
    let others = prop::collection::vec(prop::sample::select(OTHER_DOCUMENTS.to_vec()), 0..3);
    (which, items, ours, sections, labels, others, layouts()).prop_map(
        |(which, items, ours, sections, labels, others, layout)| {
            let spelling = &SPELLINGS[which];
            let parts = sections.into_iter().filter(unique_key());
            let mut file = FileBuilder {
                parts: parts.map(str::to_owned).collect(),
                touchable: Vec::new(),
            };
            let position = ours.as_ref().map(|(_, at)| at.index(items.len() + 1));
            let ours = ours.map(|(text, _)| spelling.spelled(text).replace("URL", URL));
            file.list(spelling, &items, ours.as_deref().zip(position), &layout);
            file.labels(spelling, labels, &layout);
            file.finish(spelling, position, &others, &layout)
        },
    )
}

impl TargetSpelling {
    /// A native text in the words of the Operator, where it reads the file.
    fn spelled(&self, text: &str) -> String {
        let words = [
            ("queue_config", "queueConfig"),
            ("retry_on_http_429", "retryOnRateLimit"),
            ("azuread", "azureAd"),
            ("managed_identity", "managedIdentity"),
            ("workload_identity", "workloadIdentity"),
            ("client_id", "clientId"),
            ("tenant_id", "tenantId"),
            ("basic_auth", "basicAuth"),
        ];
        let words = words.iter().filter(|_| self.has_operator);
        words.fold(text.to_owned(), |text, (native, operator)| {
            text.replace(native, operator)
        })
    }
}

/// A file while it is put together.
struct FileBuilder {
    parts: Vec<String>,
    touchable: Vec<String>,
}

impl FileBuilder {
    fn may_touch(&mut self, text: &str) {
        self.touchable
            .extend(text.lines().map(|line| line.trim().to_owned()));
    }

    /// The list of remote writes, in one of the ways that a list can be laid out.
    fn list(
        &mut self,
        spelling: &TargetSpelling,
        others: &[&str],
        ours: Option<(&str, usize)>,
        layout: &Layout,
    ) {
        let key = spelling.list;
        let mut items: Vec<&str> = others.to_vec();
        if let Some((ours, at)) = ours {
            items.insert(at, ours);
            self.may_touch(&item_at(ours, 0));
        }
        let text = if items.is_empty() {
            let empty = [
                String::new(),
                format!("{key}:\n"),
                format!("{key}: [] # none\n"),
                format!("{key}: ~\n"),
                format!("{key}: # x\n  # - url: y\n"),
            ];
            let empty = empty[layout.indent].clone();
            self.may_touch(empty.lines().next().unwrap_or_default());
            empty
        } else {
            let items: Vec<String> = items
                .iter()
                .map(|item| item_at(item, layout.indent))
                .collect();
            let between = if layout.spaced { "\n" } else { "" };
            format!("{key}: # all of them\n{}", items.join(between))
        };
        self.parts.insert(layout.order.min(self.parts.len()), text);
    }

    fn labels(&mut self, spelling: &TargetSpelling, labels: &str, layout: &Layout) {
        let [outer @ .., key] = spelling.labels else {
            unreachable!("labels have a key");
        };
        let mut text = labels.replace("KEY", key);
        for key in outer.iter().filter(|_| !labels.is_empty()) {
            text = format!("{key}:\n  scrape_interval: 15s\n{}", indented(&text, 2));
        }
        for line in text.lines().filter(|line| line.contains(['{', '~'])) {
            self.touchable.push(line.trim().to_owned());
        }
        self.parts
            .insert((layout.order / 2).min(self.parts.len()), text);
    }

    fn finish(
        mut self,
        spelling: &TargetSpelling,
        ours: Option<usize>,
        others: &[&str],
        layout: &Layout,
    ) -> GeneratedFile {
        let between = if layout.spaced { "\n" } else { "" };
        let mut body = self.parts.join(between);
        for key in spelling.above.iter().rev() {
            body = format!("{key}: # here\n{}", indented(&body, layout.step));
        }
        let is_nested = spelling.target == Target::KubePrometheusStack && layout.order == 3;
        let prefix = if is_nested {
            vec!["kube-prometheus-stack"]
        } else {
            vec![]
        };
        for key in &prefix {
            body = format!("{key}:\n{}other: 1\n", indented(&body, layout.step));
        }
        let mut text = format!("{DEFAULTS}{}{body}", spelling.head);
        let is_resource = !spelling.head.is_empty();
        let before = if is_resource {
            layout.order.min(others.len())
        } else {
            0
        };
        if is_resource {
            let mut documents = others.to_vec();
            documents.insert(before, &text);
            text = documents.join("---\n");
        }
        // Such a text would change with a line after it, and the file is refused.
        let ends_in_text = text.ends_with("# no comment\n") || text.ends_with("    b\n");
        if !layout.ends && !text.ends_with("\n\n") && !ends_in_text {
            text.truncate(text.trim_end_matches('\n').len());
            self.may_touch(text.clone().lines().last().unwrap_or_default());
        }
        if layout.crlf {
            text = text.replace('\n', "\r\n");
        }
        if layout.bom {
            text.insert(0, '\u{feff}');
        }
        GeneratedFile {
            target: spelling.target,
            text,
            touchable: self.touchable,
            document: before,
            prefix,
            ours,
        }
    }
}

/// Of the sections that would repeat a key, the first one.
fn unique_key() -> impl FnMut(&&str) -> bool {
    let mut seen = Vec::new();
    move |section| {
        let key = section.split(':').next().map(str::to_owned);
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    }
}

fn indented(text: &str, columns: usize) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("{:columns$}{line}\n", ""),
    });
    lines.collect()
}

fn item_at(item: &str, indent: usize) -> String {
    let mut seen_key = false;
    let lines = item.lines().map(|line| {
        let is_first = !seen_key && !line.starts_with('#');
        seen_key |= is_first;
        match (line, is_first) {
            ("", _) => "\n".to_owned(),
            (line, true) => format!("- {line}\n"),
            (line, false) => format!("  {line}\n"),
        }
    });
    indented(&lines.collect::<String>(), indent)
}

/// A valid file with some lines lost, doubled, moved or shifted, or a byte changed.
pub(super) fn damaged(
    file: impl Strategy<Value = GeneratedFile>,
) -> impl Strategy<Value = GeneratedFile> {
    let harm = (0..6usize, any::<Index>(), any::<Index>());
    (file, prop::collection::vec(harm, 1..4)).prop_map(|(file, harms)| {
        let text = file.text.clone();
        let text = harms.into_iter().fold(text, |text, (kind, one, other)| {
            let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            match kind {
                0 => drop(lines.remove(one)),
                1 => lines.insert(other, lines[one].clone()),
                2 => lines.swap(one, other),
                3 => lines[one].insert(0, ' '),
                4 => lines[one] = lines[one].trim_start().to_owned(),
                _ => lines[one].push(
                    ['"', '\'', ':', '#', '&', '*', '{', ']', '\t', ',', '-', '|'][other % 12],
                ),
            }
            lines.join("\n")
        });
        GeneratedFile { text, ..file }
    })
}
