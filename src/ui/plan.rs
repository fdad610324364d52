//! Formats a plan as a list for people.

use super::palette::Palette;
use super::table;
use crate::plan::change::{Action, Change, Plan, PlannedStep};
use crate::spec::ids::ResourceId;
use crate::text::visible::one_line;

/// The plan as people read it: what is made, changed and kept, and why.
pub(crate) fn text(plan: &Plan, palette: Palette, window: Option<usize>) -> String {
    laid_out(plan, palette, window, PlanDetail::Whole)
}

/// Rows of the window that a question after the plan takes, with the blank lines around the plan.
const QUESTION: usize = 5;

/// The plan above a question: shortened until it and its warnings are on the screen together with the question.
pub(crate) fn above_question(
    plan: &Plan,
    palette: Palette,
    window: Option<usize>,
    height: Option<usize>,
) -> String {
    let fits = |text: &String| {
        height.is_none_or(|height| table::printed_rows(text, window) + QUESTION <= height)
    };
    let mut shorter = [PlanDetail::Whole, PlanDetail::Folded]
        .into_iter()
        .map(|detail| laid_out(plan, palette, window, detail));
    shorter
        .find(fits)
        .unwrap_or_else(|| laid_out(plan, palette, window, PlanDetail::OneRowEach))
}

/// How much is shown of the steps. Warnings are always whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlanDetail {
    Whole,
    /// What is kept is one row.
    Folded,
    /// What is kept is one row, and each reason ends where its row does.
    OneRowEach,
}

fn laid_out(plan: &Plan, palette: Palette, window: Option<usize>, detail: PlanDetail) -> String {
    let mut parts = vec![table::aligned(
        &rows(plan, palette, window, detail),
        2,
        window,
    )];
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

fn rows(
    plan: &Plan,
    palette: Palette,
    window: Option<usize>,
    detail: PlanDetail,
) -> Vec<Vec<String>> {
    if detail == PlanDetail::Whole {
        return plan.steps.iter().map(|step| row(step, palette)).collect();
    }
    let is_kept = |step: &&PlannedStep| step.change.action == Action::None;
    let kept: Vec<&str> = plan
        .steps
        .iter()
        .filter(is_kept)
        .map(|step| step.id)
        .collect();
    let kept = (!kept.is_empty()).then(|| {
        let row = ["·", "in place", &kept.join(", ")];
        row.map(|cell| palette.faint(cell)).to_vec()
    });
    let changed = plan.steps.iter().filter(|step| !is_kept(step));
    let longest = changed.clone().map(|step| step.id.len()).max();
    // The indent, the mark, and the spaces after each column.
    let margin = 2 + 1 + 2 + longest.unwrap_or(0).max("in place".len()) + 2;
    let room = window.map(|window| window.saturating_sub(margin));
    let shown = changed.map(
        |step| match room.filter(|_| detail == PlanDetail::OneRowEach) {
            Some(room) => row(&shortened(step, room), palette),
            None => row(step, palette),
        },
    );
    kept.into_iter().chain(shown).collect()
}

/// The step with as much of its reason as one row has room for.
fn shortened(step: &PlannedStep, room: usize) -> PlannedStep {
    let mut step = step.clone();
    let room = room.saturating_sub(name(&step.change).len() + ": ".len());
    step.change.why = console::truncate_str(&step.change.why, room, "…").into_owned();
    step
}

fn name(change: &Change) -> String {
    let id = ResourceId::parse(&change.resource);
    id.map_or_else(|_| change.resource.clone(), |id| id.name().to_owned())
}

fn row(step: &PlannedStep, palette: Palette) -> Vec<String> {
    let Change { why, action, .. } = &step.change;
    let name = name(&step.change);
    let mark = match action {
        Action::None => {
            let kept = ["·", step.id, &format!("{name}: {why}")];
            return kept.map(|cell| palette.faint(cell)).to_vec();
        }
        // The marks of `terraform plan`, which many know.
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

    use crate::plan::change::GrantedAccess;

    use super::*;
    use crate::workflow::plan_document::PlanDocument;
    use crate::workflow::proposal_document::TargetDocument;

    const GROUP: &str =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod";

    fn example() -> Plan {
        let step = |id, change| PlannedStep {
            id,
            grants: GrantedAccess::None,
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
    fn a_plan_lists_what_is_made_changed_and_kept_and_why() {
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
    fn a_plan_above_a_question_gives_up_reasons_and_no_warning() {
        let shown = |height| above_question(&example(), Palette::plain(), Some(48), Some(height));

        assert_snapshot!(shown(40), @r"
          ·  resource-group  rg-prod: exists in
                             westeurope
          +  workspace       amw-aks-prod: does not
                             exist yet
          ~  token-issuer    aks-prod: workload identity
                             is off

          !  the OIDC issuer of aks-prod cannot be
             turned off again
          !  Prometheus 3.7.1 may deadlock while it
             reshards: 3.7.3 does not

        Plan: 1 to create, 1 to change, 1 in place.
        ");
        assert_snapshot!(shown(17), @r"
          ·  in place      resource-group
          +  workspace     amw-aks-prod: does not exist
                           yet
          ~  token-issuer  aks-prod: workload identity
                           is off

          !  the OIDC issuer of aks-prod cannot be
             turned off again
          !  Prometheus 3.7.1 may deadlock while it
             reshards: 3.7.3 does not

        Plan: 1 to create, 1 to change, 1 in place.
        ");
        assert_snapshot!(shown(15), @r"
          ·  in place      resource-group
          +  workspace     amw-aks-prod: does not exist…
          ~  token-issuer  aks-prod: workload identity …

          !  the OIDC issuer of aks-prod cannot be
             turned off again
          !  Prometheus 3.7.1 may deadlock while it
             reshards: 3.7.3 does not

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
