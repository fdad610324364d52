//! Do the properties hold for longer than a test may take? As long as `AMW_RW_FUZZ_SECONDS` sets.

use std::io::Write as _;
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use super::generate::{GeneratedFile, any_file, damaged, prometheus_yml, with_unknown_keys};
use super::held::held_file;
use super::properties::{
    becomes_the_same_within_a_config_map, gets_our_change_and_nothing_else,
    gives_the_same_result_for_an_excerpt, is_patched_correctly_or_refused,
};

/// Cases of each property in a round.
const ROUND: u32 = 64;

#[test]
fn the_properties_hold_for_as_long_as_is_asked_for() {
    let start = Instant::now();
    let until = start + Duration::from_secs(seconds_asked_for());
    let mut cases = 0;

    while cases == 0 || Instant::now() < until {
        cases += round(any_file(), gets_our_change_and_nothing_else);
        cases += round(damaged(any_file()), is_patched_correctly_or_refused);
        cases += round(with_unknown_keys(), is_patched_correctly_or_refused);
        cases += round(
            damaged(with_unknown_keys()),
            is_patched_correctly_or_refused,
        );
        cases += round(any_file(), gives_the_same_result_for_an_excerpt);
        cases += round(damaged(any_file()), gives_the_same_result_for_an_excerpt);
        cases += round(held_file(), gives_the_same_result_for_an_excerpt);
        cases += round(damaged(held_file()), gives_the_same_result_for_an_excerpt);
        cases += round(prometheus_yml(), becomes_the_same_within_a_config_map);
    }

    // Shown with `--nocapture`.
    let took = start.elapsed();
    writeln!(std::io::stderr(), "{cases} cases in {took:.0?}").expect("stderr is open");
}

/// New cases in each round; the first one that fails is reduced and printed.
fn round(
    files: impl Strategy<Value = GeneratedFile>,
    property: impl Fn(&GeneratedFile) -> TestCaseResult,
) -> u32 {
    let config = Config {
        cases: ROUND,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&files, |file| property(&file));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    ROUND
}

#[expect(
    clippy::disallowed_methods,
    reason = "an option of the person who runs the tests, not of the program"
)]
fn seconds_asked_for() -> u64 {
    let seconds = std::env::var("AMW_RW_FUZZ_SECONDS").ok();
    seconds.map_or(0, |seconds| seconds.parse().expect("a number of seconds"))
}
