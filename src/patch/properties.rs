//! What holds for every file, however it is written: nothing but our change, and only once.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::notice::What;
use super::style::Style;
use super::{Notice, Outcome, connect, excerpt, patch};
use crate::render::samples::{CLIENT, URL, remote_write, user_identity};
use crate::render::{Installation, Target};

/// What a file says of its remote writes, and its own cluster label if it has one.
#[derive(Debug, Clone)]
struct File {
    text: String,
    /// Parts that must come out as they went in.
    untouched: Vec<String>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_valid_file_gets_our_change_and_nothing_else(file in any_file()) {
        let connection = remote_write(user_identity());

        let patched = patch(&file.text, &plain(), &connection).map_err(|refusal| {
            TestCaseError::fail(format!("{refusal}\n{}", file.text))
        })?;

        let (before, after) = (third_reading(&file.text), third_reading(&patched.text));
        prop_assert_eq!(with_our_change(before), after, "{}\n=====\n{}", file.text, patched.text);
        for part in &file.untouched {
            prop_assert!(patched.text.contains(part), "{part:?} is not in\n{}", patched.text);
        }
        let is_loss = |what: &What| matches!(what, What::LostComment { .. });
        prop_assert!(!patched.notices.iter().any(|notice| is_loss(&notice.what)));
        let comments = |text: &str| text.lines().filter(|line| line.contains('#')).count();
        prop_assert_eq!(comments(&file.text), comments(&patched.text));
        prop_assert_eq!(file.text.contains('\r'), !patched.text.replace("\r\n", "").contains('\n'));

        let again = patch(&patched.text, &plain(), &connection).expect("our own work is understood");
        prop_assert_eq!((again.outcome, again.text), (Outcome::Unchanged, patched.text));
    }

    #[test]
    fn a_file_in_a_config_map_becomes_what_it_would_become_by_itself(file in any_file()) {
        let connection = remote_write(user_identity());
        let inner = format!("{}\n", file.text.replace('\r', "").trim_end());
        prop_assume!(inner != "\n");

        let alone = patch(&inner, &plain(), &connection).expect("valid files are patched");
        let held = Installation { target: Target::ConfigMap, ..plain() };
        let within = patch(&in_config_map(&inner), &held, &connection).map_err(|refusal| {
            TestCaseError::fail(format!("{refusal}\n{inner}"))
        })?;

        prop_assert_eq!(within.text, in_config_map(&alone.text));
        prop_assert_eq!(within.outcome, alone.outcome);
        let lines = |notices: &[Notice], by| -> Vec<_> {
            notices.iter().map(|notice| notice.spot.map(|spot| spot.line + by)).collect()
        };
        prop_assert_eq!(lines(&within.notices, 0), lines(&alone.notices, 3));
    }

    #[test]
    fn an_excerpt_tells_as_much_as_the_whole_file(file in any_file(), spoilt in prop::option::of(spoilt_file())) {
        let (text, connection) = (spoilt.unwrap_or(file.text), remote_write(user_identity()));

        let whole = connect::change(&text, &Style::of(&text), &plain(), &connection);
        let excerpt = excerpt::change_by_excerpt(&text, &plain(), &connection);

        if let (Ok(whole), Some(excerpt)) = (whole, excerpt) {
            let (whole, excerpt) = (whole.apply(&text).unwrap(), excerpt.apply(&text).unwrap());
            prop_assert_eq!(&whole.text, &excerpt.text);
            prop_assert_eq!(whole, excerpt);
        }
    }

    #[test]
    fn a_file_that_someone_has_spoilt_is_patched_rightly_or_not_at_all(text in spoilt_file()) {
        let connection = remote_write(user_identity());

        if let Ok(patched) = patch(&text, &plain(), &connection) {
            let again = patch(&patched.text, &plain(), &connection).expect("our own work is understood");
            prop_assert_eq!((again.outcome, again.text), (Outcome::Unchanged, patched.text));
        }
    }
}

fn plain() -> Installation {
    Installation {
        target: Target::PrometheusYml,
        prometheus: "3.14.0".parse().ok(),
        operator: None,
    }
}

fn in_config_map(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.is_empty() {
            "\n".to_owned()
        } else {
            format!("    {line}\n")
        }
    });
    format!(
        "kind: ConfigMap\ndata:\n  prometheus.yml: |\n{}",
        lines.collect::<String>()
    )
}

/// The data as a third parser sees it, which takes no part in the patch.
fn third_reading(text: &str) -> Value {
    let value: Value =
        serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    if value.is_null() { json!({}) } else { value }
}

fn with_our_change(mut file: Value) -> Value {
    let global = object(&mut file["global"]);
    let labels = object(&mut global["external_labels"]);
    if labels["cluster"].is_null() {
        labels["cluster"] = json!("prod");
    }
    if file["remote_write"].is_null() {
        file["remote_write"] = json!([]);
    }
    let items = file["remote_write"].as_array_mut().expect("a list");
    let rule = "dcr-0123456789abcdef0123456789abcdef";
    let is_ours = |item: &&mut Value| item["url"].as_str().is_some_and(|url| url.contains(rule));
    if let Some(ours) = items.iter_mut().find(is_ours) {
        mend(ours);
    } else {
        let mut ours = json!({});
        mend(&mut ours);
        ours["queue_config"]["sample_age_limit"] = json!("20m");
        items.push(ours);
    }
    file
}

fn mend(ours: &mut Value) {
    ours["name"] = json!("amw-monitor");
    ours["url"] = json!(URL);
    let queue = object(&mut ours["queue_config"]);
    if queue["retry_on_http_429"].is_null() {
        queue["retry_on_http_429"] = json!(true);
    }
    let azuread = object(&mut ours["azuread"]);
    azuread["cloud"] = json!("AzurePublic");
    object(&mut azuread["managed_identity"])["client_id"] = json!(CLIENT);
    azuread
        .as_object_mut()
        .expect("a map")
        .shift_remove("workload_identity");
    ours.as_object_mut()
        .expect("a map")
        .shift_remove("basic_auth");
}

fn object(value: &mut Value) -> &mut Value {
    if value.is_null() {
        *value = json!({});
    }
    value
}

const OTHERS: [&str; 5] = [
    "url: http://mimir/push\nname: mimir\n",
    "url: \"http://quoted/push\" # why\n# about headers\nheaders:\n  X-Scope-OrgID: 'a # b'\n",
    "url: http://thanos/receive\nname: |\n  # not a comment\n  thanos\n\n",
    "# the first line is a comment\nname: >-\n  folded\n  text\nurl: http://folded\nwrite_relabel_configs:\n- action: drop\n",
    "{url: 'http://flow/w', name: flow, queue_config: {capacity: 1}}\n",
];

const OURS: [&str; 7] = [
    "url: URL\n",
    "name: amw-monitor\nurl: URL\nqueue_config:\n  capacity: 5 # tuned\nazuread: {}\n",
    "# ours\nurl: 'URL&old=1'\nazuread:\n  workload_identity:\n    client_id: x\n    tenant_id: y\n  scope: s\n",
    "basic_auth:\n  username: ada\nurl: \"URL\"\nname: azure # renamed\n",
    "{url: 'URL', name: old, azuread: {cloud: AzureChina, managed_identity: {client_id: ''}}}\n",
    "queue_config: # nothing yet\nurl: >-\n  URL\nazuread: ~\n",
    "name: amw-monitor\nurl: URL\nqueue_config: {retry_on_http_429: false}\nazuread:\n  managed_identity:\n",
];

const SECTIONS: [&str; 6] = [
    "scrape_configs:\n  - job_name: 'node' # quoted\n    static_configs:\n      - targets: [\"a:9100\", 'b:9100']\n",
    "scrape_configs:\n- job_name: a\n  # inside\n  relabel_configs:\n  - {action: drop, regex: 'x{2}'}\n",
    "rule_files: [a.yml,\n  b.yml] # both\n",
    "x-anchors: &a\n  capacity: 10\nx-merged:\n  <<: *a\n  other: 'y'\n",
    "storage:\n    tsdb:\n        out_of_order_time_window: 30m\n\n# a comment at the end\n",
    "x-text: |+\n  kept\n\n",
];

const GLOBALS: [&str; 7] = [
    "",
    "global:\n",
    "global: {}\n",
    "global: {scrape_interval: 15s} # flow\n",
    "global:\n  scrape_interval: 15s\n  external_labels:\n    dc: \"ams\"\n    # last\n",
    "global:\n  external_labels: {cluster: 'mine', dc: a}\n",
    "global:\n  external_labels:\n  scrape_interval: 15s\n",
];

fn any_file() -> impl Strategy<Value = File> {
    let items = prop::collection::vec((prop::sample::select(OTHERS.to_vec()), 0..4usize), 0..3);
    let ours = prop::option::of((prop::sample::select(OURS.to_vec()), 0..4usize));
    let sections = prop::sample::subsequence(SECTIONS[..3].to_vec(), 0..=2);
    let more = prop::sample::subsequence(SECTIONS[3..].to_vec(), 0..=3);
    let global = prop::sample::select(GLOBALS.to_vec());
    let layout = (
        0..5usize,
        0..4usize,
        prop::bool::ANY,
        prop::bool::ANY,
        prop::bool::ANY,
    );
    (items, ours, sections, more, global, layout).prop_map(
        |(items, ours, sections, more, global, layout)| {
            let (indent, order, crlf, spaced, ends) = layout;
            let list = list(&items, ours, indent, spaced);
            let sections: Vec<&str> = sections
                .into_iter()
                .filter(unique_key())
                .chain(more)
                .collect();
            let mut parts: Vec<String> = sections
                .iter()
                .map(|section| (*section).to_owned())
                .collect();
            let untouched = parts.iter().map(|part| part.trim_end().to_owned());
            let untouched: Vec<String> = untouched
                .chain(items.iter().map(|(item, _)| first_line(item)))
                .collect();
            parts.insert(order.min(parts.len()), list);
            parts.insert((order / 2).min(parts.len()), global.to_owned());
            finish(
                &parts.join(if spaced { "\n" } else { "" }),
                &untouched,
                crlf,
                ends,
            )
        },
    )
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

fn first_line(item: &str) -> String {
    item.lines().next().unwrap_or_default().to_owned()
}

fn finish(text: &str, untouched: &[String], crlf: bool, ends: bool) -> File {
    let text = if ends || text.ends_with("\n\n") {
        text
    } else {
        text.trim_end_matches('\n')
    };
    let windows = |text: &str| {
        if crlf {
            text.replace('\n', "\r\n")
        } else {
            text.to_owned()
        }
    };
    File {
        text: windows(text),
        untouched: untouched.iter().map(|part| windows(part)).collect(),
    }
}

/// The section `remote_write`, in one of the ways that a list can be laid out.
fn list(
    others: &[(&str, usize)],
    ours: Option<(&str, usize)>,
    indent: usize,
    spaced: bool,
) -> String {
    let mut items: Vec<String> = others.iter().map(|(item, _)| (*item).to_owned()).collect();
    if let Some((ours, at)) = ours {
        items.insert(at.min(items.len()), ours.replace("URL", URL));
    }
    if items.is_empty() {
        return [
            "",
            "remote_write:\n",
            "remote_write: [] # none\n",
            "remote_write: ~\n",
            "remote_write: # x\n  # - url: y\n",
        ][indent]
            .to_owned();
    }
    let items: Vec<String> = items.iter().map(|item| item_at(item, indent)).collect();
    format!(
        "remote_write: # all of them\n{}",
        items.join(if spaced { "\n" } else { "" })
    )
}

fn item_at(item: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut seen_key = false;
    item.lines()
        .map(|line| {
            let is_first = !seen_key && !line.starts_with('#');
            seen_key |= is_first;
            match (line, is_first) {
                ("", _) => "\n".to_owned(),
                (line, true) => format!("{pad}- {line}\n"),
                (line, false) => format!("{pad}  {line}\n"),
            }
        })
        .collect()
}

/// A valid file with some lines lost, doubled, moved or shifted, or a byte changed.
fn spoilt_file() -> impl Strategy<Value = String> {
    let harm = (
        0..6usize,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    );
    (any_file(), prop::collection::vec(harm, 1..4)).prop_map(|(file, harms)| {
        harms
            .into_iter()
            .fold(file.text, |text, (kind, one, other)| {
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
            })
    })
}
