//! The table of places in `tests/data`: how one more item gets into every kind of file that users have.

use super::document::Document;
use super::lines::splice;
use super::rewrite::rewrite;
use super::style::Style;
use crate::render::Desired;
use crate::target::Position;

const TABLE: &str = include_str!("../../tests/data/patch/places.txt");

/// A file before, and what is to happen to it.
struct InsertionCase {
    title: &'static str,
    before: String,
    outcome: Result<String, &'static str>,
}

#[test]
fn one_more_item_is_added_to_every_kind_of_file_or_refused_with_a_reason() {
    for case in cases() {
        let outcome = add_item(&case.before);
        assert_eq!(
            outcome,
            case.outcome.map_err(str::to_owned),
            "{}",
            case.title
        );
    }
}

fn add_item(text: &str) -> Result<String, String> {
    let item = Desired::keys([
        ("name", Desired::is("new")),
        ("url", Desired::is("http://new/w")),
    ]);
    let desired = Desired::Items(vec![(Position::End, item)]).under(&["remote_write"]);
    let document = Document::parse(text, None);
    let rewritten = document.and_then(|document| rewrite(document, &Style::of(text), desired));
    let splices = rewritten.map_err(|refusal| refusal.to_string())?.splices;
    Ok(splice(text, &splices).expect("verified edits fit each other"))
}

fn cases() -> impl Iterator<Item = InsertionCase> {
    TABLE.split("\n==== ").skip(1).map(|case| {
        let (title, body) = case.split_once('\n').expect("a title is a line");
        let (before, outcome) = body.split_once("---- ").expect("an outcome follows");
        let outcome = match outcome.split_once('\n') {
            Some(("becomes", after)) => Ok(as_titled(title, after)),
            _ => Err(outcome
                .trim_end()
                .strip_prefix("is refused: ")
                .expect("one of two outcomes")),
        };
        InsertionCase {
            title,
            before: as_titled(title, before),
            outcome,
        }
    })
}

/// The text with the bytes that a table cannot show, which the title names in brackets.
fn as_titled(title: &str, text: &str) -> String {
    let text = if title.ends_with("[CRLF]") {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    };
    if title.ends_with("[BOM]") {
        format!("\u{feff}{text}")
    } else if title.ends_with("[no final newline]") {
        text.trim_end_matches('\n').to_owned()
    } else {
        text
    }
}
