//! The scenarios from which a sandbox can start, as a table and as a document.

use serde_json::{Value, json};

use crate::error::{ExitCode, Failure};
use crate::sandbox::SCENARIOS;
use crate::workflow::printer::Printer;

/// Prints the scenarios.
pub(crate) fn show(printer: &impl Printer) -> Result<ExitCode, Failure> {
    match printer.wants_document() {
        true => printer.print_document(&document())?,
        false => printer.print(&text())?,
    }
    Ok(ExitCode::Done)
}

/// `amw-rw/scenarios/v1`.
fn document() -> Value {
    let scenarios: Vec<_> = SCENARIOS
        .iter()
        .map(|scenario| json!({"name": scenario.name, "about": scenario.about}))
        .collect();
    json!({"schema": "amw-rw/scenarios/v1", "scenarios": scenarios})
}

/// A line for each scenario.
fn text() -> String {
    let names = SCENARIOS.iter().map(|scenario| scenario.name.len());
    let longest = names.max().unwrap_or_default();
    SCENARIOS
        .iter()
        .map(|scenario| format!("{:longest$}  {}\n", scenario.name, scenario.about))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_document_have_each_scenario_once() {
        let (text, document) = (text(), document());

        assert_eq!(text.lines().count(), SCENARIOS.len());
        for (line, scenario) in text.lines().zip(SCENARIOS) {
            assert!(line.starts_with(scenario.name), "{line}");
        }
        assert_eq!(document["scenarios"][0]["name"], SCENARIOS[0].name);
    }
}
