//! What holds for every file, however it is written: nothing but our change, and only once.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_yaml::Value;
use similar::{ChangeTag, TextDiff};

use super::excerpt::Excerpt;
use super::generate::{GeneratedFile, any_file, damaged, prometheus_yml, with_unknown_keys};
use super::held::held_file;
use super::notice::NoticeKind;
use super::refusal::Reason;
use super::style::Style;
use super::tree::Tree;
use super::{Notice, PatchOutcome, connect, embedding, patch};
use crate::compat::Installation;
use crate::remote_write::RemoteWrite;
use crate::remote_write::samples::{remote_write, user_identity, workload_identity};
use crate::target::{EntryPlace, Target, at_path};

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_valid_file_gets_our_change_and_nothing_else(file in any_file()) {
        gets_our_change_and_nothing_else(&file)?;
    }

    #[test]
    fn a_damaged_file_is_patched_correctly_or_refused(file in damaged(any_file())) {
        is_patched_correctly_or_refused(&file)?;
    }

    #[test]
    fn unknown_keys_of_our_entry_are_put_right_at_once(file in with_unknown_keys()) {
        is_patched_correctly_or_refused(&file)?;
    }

    #[test]
    fn an_excerpt_gives_the_result_of_the_whole_file(file in any_file(), damaged in damaged(any_file())) {
        gives_the_same_result_for_an_excerpt(&file)?;
        gives_the_same_result_for_an_excerpt(&damaged)?;
    }

    #[test]
    fn an_excerpt_of_a_resource_gives_the_result_of_the_whole(file in held_file(), damaged in damaged(held_file())) {
        gives_the_same_result_for_an_excerpt(&file)?;
        gives_the_same_result_for_an_excerpt(&damaged)?;
    }

    #[test]
    fn a_file_in_a_config_map_becomes_what_it_would_become_by_itself(file in prometheus_yml()) {
        becomes_the_same_within_a_config_map(&file)?;
    }
}

/// The whole promise, by a parser and a comparison that take no part in the patch.
pub(super) fn gets_our_change_and_nothing_else(file: &GeneratedFile) -> TestCaseResult {
    let (installation, connection) = (file.installation(), connection(file));

    let patched = patch(&file.text, &installation, &connection)
        .map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{}", file.text)))?;

    let both = || format!("{}\n=====\n{}", file.text, patched.text);
    let expected = with_our_change(file, &installation, &connection);
    prop_assert_eq!(expected, third_reading(&patched.text), "{}", both());
    for line in removed_lines(&file.text, &patched.text) {
        let line = line.trim().trim_start_matches('\u{feff}');
        prop_assert!(
            file.touchable.iter().any(|touchable| touchable == line),
            "{line:?} is gone\n{}",
            both()
        );
    }
    let is_loss = |notice: &Notice| matches!(notice.what, NoticeKind::LostComment { .. });
    prop_assert!(!patched.notices.iter().any(is_loss), "{}", both());
    let comments = |text: &str| text.lines().filter(|line| line.contains('#')).count();
    prop_assert_eq!(comments(&file.text), comments(&patched.text), "{}", both());
    let has_others = |text: &str| text.replace("\r\n", "").contains('\n');
    prop_assert!(has_others(&file.text) || !file.text.contains('\r') || !has_others(&patched.text));
    prop_assert_eq!(file.text.contains('\r'), patched.text.contains('\r'));
    is_understood_again(&patched.text, &installation, &connection)
}

pub(super) fn is_patched_correctly_or_refused(file: &GeneratedFile) -> TestCaseResult {
    let (installation, connection) = (file.installation(), connection(file));
    match patch(&file.text, &installation, &connection) {
        Ok(patched) => is_understood_again(&patched.text, &installation, &connection),
        Err(refusal) => {
            // A carriage return alone ends a line too, to YAML.
            let lines = file.text.matches(['\n', '\r']).count() + 1;
            let is_in_file = refusal
                .location
                .is_none_or(|location| (1..=lines).contains(&location.line));
            prop_assert!(is_in_file, "{refusal}\n{}", file.text);
            Ok(())
        }
    }
}

pub(super) fn gives_the_same_result_for_an_excerpt(file: &GeneratedFile) -> TestCaseResult {
    let (text, installation, connection) = (&file.text, file.installation(), connection(file));
    let target = file.target;
    let connect =
        |text: &str, style: &Style| connect::change(text, style, &installation, &connection);
    let whole = embedding::change_whole(text, target, &connect);
    let excerpt = Excerpt::of(text, &[target], 24);
    let Some(excerpt) =
        excerpt.and_then(|excerpt| embedding::change_by_excerpt(&excerpt, target, &connect))
    else {
        return Ok(());
    };
    let excerpt = excerpt.apply(text).expect("verified edits fit each other");
    match whole {
        Ok(whole) => {
            let whole = whole.apply(text).expect("verified edits fit each other");
            prop_assert_eq!(&whole.text, &excerpt.text);
            prop_assert_eq!(whole, excerpt);
        }
        // In a part that was left out, only what the first parser takes and the second one refuses may go unseen.
        Err(refusal) => {
            let is_second_parser =
                matches!(refusal.reason, Reason::NotYaml(_)) && Tree::parse(text).is_ok();
            prop_assert!(is_second_parser, "{refusal}\n{text}");
        }
    }
    Ok(())
}

pub(super) fn becomes_the_same_within_a_config_map(file: &GeneratedFile) -> TestCaseResult {
    let (plain, connection) = (file.installation(), connection(file));
    let text = file.text.replace(['\r', '\u{feff}'], "");
    let inner = format!("{}\n", text.trim_end());

    let alone = patch(&inner, &plain, &connection).expect("valid files are patched");
    let held = Installation {
        target: Target::ConfigMap,
        ..plain
    };
    let within = patch(&in_config_map(&inner), &held, &connection)
        .map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{inner}")))?;

    prop_assert_eq!(within.text, in_config_map(&alone.text));
    prop_assert_eq!(within.outcome, alone.outcome);
    let lines = |notices: &[Notice], by| -> Vec<_> {
        let lines = notices
            .iter()
            .map(|notice| notice.location.map(|location| location.line + by));
        lines.collect()
    };
    prop_assert_eq!(lines(&within.notices, 0), lines(&alone.notices, 3));
    Ok(())
}

/// Files of charts and resources describe the pod too; a plain file does not.
fn connection(file: &GeneratedFile) -> RemoteWrite {
    match file.target {
        Target::PrometheusYml => remote_write(user_identity()),
        _ => remote_write(workload_identity()),
    }
}

fn is_understood_again(
    text: &str,
    installation: &Installation,
    connection: &RemoteWrite,
) -> TestCaseResult {
    let again = patch(text, installation, connection)
        .map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{text}")))?;
    prop_assert_eq!(
        (again.outcome, again.text.as_str()),
        (PatchOutcome::Unchanged, text)
    );
    Ok(())
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

/// The data of all documents as a third parser sees it.
fn third_reading(text: &str) -> Vec<Value> {
    let plain = text.trim_start_matches('\u{feff}');
    let values: Vec<serde_json::Value> =
        serde_saphyr::from_multiple(plain).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let values = values.iter().map(serde_yaml::to_value);
    values.map(|value| value.expect("JSON is YAML")).collect()
}

fn with_our_change(
    file: &GeneratedFile,
    installation: &Installation,
    connection: &RemoteWrite,
) -> Vec<Value> {
    let mut documents = third_reading(&file.text);
    let place = EntryPlace {
        list: file.target.lists()[0],
        position: file.position(),
    };
    let found = at_path(&documents[file.document], &file.prefix).cloned();
    let desired = installation
        .desired(connection, place, &found.unwrap_or_default())
        .expect("all targets have words for identities");
    desired
        .under(&file.prefix)
        .apply(&mut documents[file.document]);
    documents
}

/// Lines of the one text that are not in the other, by a comparison line by line.
fn removed_lines(before: &str, after: &str) -> Vec<String> {
    // A byte order mark stays first in the file, whichever line is first.
    let [before, after] = [before, after].map(|text| text.trim_start_matches('\u{feff}'));
    let diff = TextDiff::from_lines(before, after);
    let changes = diff.iter_all_changes();
    let removed = changes.filter(|change| change.tag() == ChangeTag::Delete);
    removed.map(|change| change.value().to_owned()).collect()
}
