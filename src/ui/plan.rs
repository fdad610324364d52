//! Formats a plan as a list for people.

use super::palette::Palette;
use super::table;
use crate::plan::change::{Action, Change, Plan, PlannedStep};
use crate::spec::ids::ResourceId;
use crate::text::visible::one_line;

/// The plan as people read it: what is made, changed and kept, and why.
pub(crate) fn text(plan: &Plan, palette: Palette, window: Option<usize>) -> String {
    let rows: Vec<Vec<String>> = plan.steps.iter().map(|step| row(step, palette)).collect();
    let mut parts = vec![table::aligned(&rows, 2, window)];
    let consents = plan
        .steps
        .iter()
        .filter_map(|step| step.change.irreversible.as_ref());
    let warnings: Vec<String> = consents
        .chain(&plan.warnings)
        .map(|warning| warned(warning, palette, window))
        .collect();
    if !warnings.is_empty() {
        parts.push(warnings.join("\n"));
    }
    parts.push(palette.strong(&summary(plan)));
    parts.join("\n\n")
}

fn row(step: &PlannedStep, palette: Palette) -> Vec<String> {
    let Change {
        resource,
        why,
        action,
        ..
    } = &step.change;
    let name = ResourceId::parse(resource).map_or(resource.clone(), |id| id.name().to_owned());
    let mark = match action {
        Action::None => {
            let kept = ["·", step.id, &format!("{name}: {why}")];
            return kept.map(|cell| palette.faint(cell)).to_vec();
        }
        Action::Create => palette.good("+"),
        Action::Update => palette.change("~"),
    };
    let about = format!("{name}: {}", palette.faint(why));
    vec![mark, palette.strong(step.id), about]
}

fn warned(warning: &str, palette: Palette, window: Option<usize>) -> String {
    let row = vec![palette.change("!"), one_line(warning)];
    table::aligned(&[row], 2, window)
}

/// One sentence on how much there is to do.
pub(crate) fn summary(plan: &Plan) -> String {
    let count = |action| {
        plan.steps
            .iter()
            .filter(|step| step.change.action == action)
            .count()
    };
    if plan.changes() == 0 {
        let steps = plan.steps.len();
        let plural = if steps == 1 { "" } else { "s" };
        return format!("Everything is in place. {steps} step{plural}, no changes.");
    }
    let parts = [
        (count(Action::Create), "to create"),
        (count(Action::Update), "to change"),
        (count(Action::None), "in place"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    format!("Plan: {}.", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::plan::change::Gives;

    use super::*;
    use crate::workflow::plan_document::PlanDocument;
    use crate::workflow::proposal::TargetDocument;

    const GROUP: &str =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod";

    fn example() -> Plan {
        let step = |id, change| PlannedStep {
            id,
            gives: Gives::Nothing,
            change,
        };
        let workspace = format!("{GROUP}/providers/Microsoft.Monitor/accounts/amw-aks-prod");
        Plan {
            adopted: None,
            trust: None,
            steps: vec![
                step(
                    "resource-group",
                    Change::keep(GROUP, "exists in westeurope"),
                ),
                step("workspace", Change::create(workspace, "does not exist yet")),
                step(
                    "token-issuer",
                    Change::update("aks-prod", "workload identity is off")
                        .irreversible("the OIDC issuer of aks-prod cannot be turned off again"),
                ),
            ],
            warnings: vec![
                "Prometheus 3.7.1 may deadlock while it reshards: 3.7.3 does not".into(),
            ],
        }
    }

    #[test]
    fn a_plan_tells_what_is_made_changed_and_kept_and_why() {
        let text = text(&example(), Palette::plain(), Some(80));

        assert_snapshot!(text, @r"
          ·  resource-group  rg-prod: exists in westeurope
          +  workspace       amw-aks-prod: does not exist yet
          ~  token-issuer    aks-prod: workload identity is off

          !  the OIDC issuer of aks-prod cannot be turned off again
          !  Prometheus 3.7.1 may deadlock while it reshards: 3.7.3 does not

        Plan: 1 to create, 1 to change, 1 in place.
        ");
    }

    #[test]
    fn when_nothing_changes_the_summary_is_reassuring() {
        let mut plan = example();
        plan.steps.truncate(1);

        assert_eq!(
            summary(&plan),
            "Everything is in place. 1 step, no changes."
        );
    }

    #[test]
    fn a_script_reads_the_words_of_the_contract() {
        let target = TargetDocument {
            path: Some("values.yaml".into()),
            diff: String::new(),
        };

        let document = serde_json::to_value(PlanDocument::new(
            &example(),
            &[],
            Some(target),
            &crate::next_step::CurrentRun::default(),
        ))
        .unwrap();

        assert_eq!(document["schema"], "amw-rw/plan/v1");
        assert_eq!(document["changes"], 2);
        assert_eq!(document["steps"][0]["action"], "none");
        assert_eq!(document["steps"][2]["action"], "update");
        assert_eq!(document["target"]["path"], "values.yaml");
        assert!(document["steps"][0].get("outcome").is_none());
    }
}
