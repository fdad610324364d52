//! How are next steps printed? A command is alone on its line, so that it can be pasted; what it is for is above it.

use super::palette::Palette;
use crate::next_step::PrintedStep;
use crate::text::visible::one_line;

/// The lines of one step: a command, a sentence, or a sentence that ends in a command.
pub(super) fn lines(step: &PrintedStep) -> Vec<String> {
    match step.shell() {
        None => vec![step.lead().to_owned()],
        Some(shell) if step.lead().is_empty() => vec![shell.to_owned()],
        Some(shell) => vec![format!("{}:", step.lead()), format!("  {shell}")],
    }
}

/// A block that can be pasted as a whole: sentences are comments of the shell, and so is a command that the user must
/// decide on first, because it can take away what they have, or that another person runs.
pub(crate) fn block(steps: &[PrintedStep], palette: Palette) -> String {
    let lines: Vec<String> = steps.iter().flat_map(in_block).collect();
    format!("{}\n{}", palette.strong("Next:"), lines.join("\n"))
}

fn in_block(step: &PrintedStep) -> Vec<String> {
    let mut lines: Vec<String> = lines(step).iter().map(|line| comment(line)).collect();
    if step.is_to_run()
        && let (Some(shell), Some(last)) = (step.shell(), lines.last_mut())
    {
        *last = format!("  {shell}");
    }
    lines
}

/// A line feed in a file's name would end the comment, and the rest would be a command.
fn comment(line: &str) -> String {
    let indent = &line[..line.len() - line.trim_start().len()];
    format!("  # {indent}{}", one_line(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::next_step::{CurrentRun, NextStep};
    use crate::spec::command_line::{helm, kubectl};

    fn printed(steps: &[NextStep]) -> Vec<PrintedStep> {
        CurrentRun::default().print(steps)
    }

    #[test]
    fn a_command_is_alone_on_its_line() {
        let steps = [
            helm::list(None).into(),
            "add --out FILE".into(),
            NextStep::run("look at it first", kubectl::diff("a", None, None)),
        ];

        let lines: Vec<String> = printed(&steps).iter().flat_map(lines).collect();

        assert_eq!(
            lines,
            [
                "helm list -A",
                "add --out FILE",
                "look at it first:",
                "  kubectl diff -f a"
            ]
        );
    }

    #[test]
    fn a_block_of_next_steps_is_a_script() {
        let steps = [
            NextStep::run("look at it first", kubectl::diff("a", None, None)),
            "restart Prometheus".into(),
            helm::list(None).into(),
        ];

        let block = block(&printed(&steps), Palette::plain());

        assert_eq!(
            block,
            "Next:\n  # look at it first:\n  kubectl diff -f a\n  # restart Prometheus\n  helm list -A"
        );
    }

    #[test]
    fn a_command_that_must_be_decided_on_or_is_for_others_is_not_run_by_pasting_the_block() {
        let steps = [
            NextStep::from(helm::list(None)).only_if("the values above are to change"),
            NextStep::ask("an owner", helm::list(None)),
        ];

        let block = block(&printed(&steps), Palette::plain());

        assert_eq!(
            block,
            "Next:\n  # only if the values above are to change:\n  #   helm list -A\n  # ask an owner to run:\n  #   helm list -A"
        );
    }

    #[test]
    fn a_line_feed_in_a_name_does_not_end_the_comment() {
        let block = block(
            &printed(&["a\nhelm b.yaml lacks values".into()]),
            Palette::plain(),
        );

        assert_eq!(block, "Next:\n  # a helm b.yaml lacks values");
    }
}
