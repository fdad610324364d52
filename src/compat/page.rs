//! docs/compatibility.md is made from the tables. `AMW_RW_BLESS=1 cargo test compatibility_page` writes it.

use std::fmt::Write as _;

use super::Severity;
use super::features::{FEATURES, SEEN};
use super::issues::{AppliesTo, ISSUES, SIDECAR_END_OF_SUPPORT};
use super::version::number_text;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that writes its page on request"
)]
fn the_compatibility_page_shows_the_tables() {
    let page = page();

    if std::env::var_os("AMW_RW_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }

    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert_eq!(
        written, page,
        "AMW_RW_BLESS=1 cargo test compatibility_page"
    );
}

fn page() -> String {
    let mut page = format!(
        "# Versions and known issues\n\nMade from `src/compat/`, which `plan`, `apply`, `init`, `render` and `migrate` judge by. \
         Compared with the sources on {SEEN}.\nWhat real servers answered is in [versions.md](versions.md). \
         Microsoft supports the sidecar until {SIDECAR_END_OF_SUPPORT}.\n\n\
         ## Since which version\n\n| what | field | Prometheus | Operator | source |\n|---|---|---|---|---|\n"
    );
    for row in FEATURES {
        let operator = row
            .operator
            .map_or_else(|| "no field".to_owned(), number_text);
        writeln!(
            page,
            "| {} | `{}` | {} | {operator} | {} |",
            row.name,
            row.field,
            number_text(row.prometheus),
            row.source
        )
        .unwrap();
    }
    page.push_str(
        "\n## Known issues of Prometheus\n\n| issue | versions | connections | what happens | what `amw-rw` does | source |\n|---|---|---|---|---|---|\n",
    );
    for issue in ISSUES {
        let ranges = issue.affected.iter();
        let ranges = ranges
            .map(|(first, end)| format!("{} to before {}", number_text(*first), number_text(*end)));
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            issue.id,
            ranges.collect::<Vec<_>>().join(", "),
            applies_to(issue.applies_to),
            issue.effect,
            level(issue.level),
            issue.source
        )
        .unwrap();
    }
    page
}

fn applies_to(applies_to: AppliesTo) -> &'static str {
    match applies_to {
        AppliesTo::All => "all",
        AppliesTo::ClientSecret => "with a client secret in the configuration",
        AppliesTo::SampleAgeLimit => "with `sample_age_limit`",
        AppliesTo::TokenFile => "with workload identity, where the pod is not described",
    }
}

fn level(level: Severity) -> &'static str {
    match level {
        Severity::Warn => "warns",
        Severity::RefuseUnlessForced => "refuses without `--force`",
        Severity::Refuse => "refuses",
    }
}
