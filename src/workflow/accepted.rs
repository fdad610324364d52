//! What does `--force` accept of a file? A refusal each, which becomes a notice: a user who accepts one of them gets a notice for each.

use crate::error::Failure;
use crate::patch::Notice;

/// A notice for each refusal with `--force`; without it, all of them as one.
pub(super) fn notices(
    force: bool,
    refusals: impl IntoIterator<Item = Option<Failure>>,
) -> Result<Vec<Notice>, Failure> {
    let refusals = refusals.into_iter().flatten();
    if force {
        let notice = |failure: Failure| {
            // Shown in each run: consent to a loss today is none to another one tomorrow.
            let why = failure.causes().join("; ");
            Notice::of_cluster(format!("accepted with --force: {why}"))
        };
        return Ok(refusals.map(notice).collect());
    }
    let all = refusals.reduce(|first, next| first.problem(next.into_problem()));
    all.map_or(Ok(Vec::new()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals() -> [Option<Failure>; 3] {
        let one = |why: &str| Some(Failure::usage("write").reason(why).next("--force"));
        [one("of Istio"), None, one("not read")]
    }

    #[test]
    fn all_refusals_are_named_before_and_after_they_are_accepted() {
        let refused = notices(false, refusals()).unwrap_err();
        let accepted = notices(true, refusals()).unwrap();

        assert_eq!(refused.causes(), ["of Istio", "not read"]);
        let accepted: Vec<String> = accepted.iter().map(ToString::to_string).collect();
        let named = [
            "accepted with --force: of Istio",
            "accepted with --force: not read",
        ];
        assert_eq!(accepted, named);
        assert_eq!(notices(false, [None]).unwrap(), []);
    }
}
