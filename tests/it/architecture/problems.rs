//! Is why something cannot be done, and what to do next, carried by one type? Others that keep a next step are listed.

use super::commands::found_outside;

/// What gives a next step as text or as steps, by file, with the reason why it is no `Problem`.
const PLACES: &[(&str, &str)] = &[
    (
        "checks/verdict.rs",
        "a verdict has a next step whether it passed, warned or failed",
    ),
    (
        "probe/stage.rs",
        "shows the steps of the problem that a stage has, where it has one",
    ),
];

/// The lines that declare a method `next` which gives text or steps.
fn next_steps(code: &str) -> Vec<String> {
    let method = regex::Regex::new(
        r"fn next\(&?self\) -> (?:Option<|Vec<|&\[)?(?:&(?:'\w+ )?str|String|NextStep)\b",
    )
    .unwrap();
    let found = method.find_iter(code);
    found.map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn only_a_problem_carries_what_to_do_next() {
    let homes: Vec<&str> = ["problem.rs", "next_step/", "sandbox"]
        .into_iter()
        .chain(PLACES.iter().map(|(file, _)| *file))
        .collect();

    let found = found_outside(&homes, next_steps);

    assert!(
        found.is_empty(),
        "give a `Problem` (`fn problem(&self)` or `From`), or a place with its reason:\n{}",
        found.join("\n")
    );
    assert!(PLACES.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn a_method_that_gives_a_next_step_is_seen_and_an_iterator_is_not() {
    for carrier in [
        "pub(crate) fn next(&self) -> String {",
        "fn next(&self) -> &'static str {",
        "fn next(self) -> Option<NextStep> {",
        "pub(super) fn next(&self) -> &[NextStep] {",
    ] {
        assert_eq!(next_steps(carrier).len(), 1, "{carrier}");
    }
    assert!(next_steps("fn next(&mut self) -> Option<Self::Item> {").is_empty());
    assert!(next_steps("fn next(&self, at: usize) -> usize {").is_empty());
}
