//! How are next steps printed? A command is alone on its line, so that it can be pasted; what it is for is above it.

use super::palette::Palette;
use crate::spec::command_line::is_command;
use crate::spec::visible::one_line;

/// Words of a step whose command is not for everyone.
const CONDITION: &str = "only if ";

/// The lines of one step: a command, a sentence, or a sentence that ends in a command.
pub(super) fn lines(step: &str) -> Vec<String> {
    let split = step
        .match_indices(": ")
        .map(|(place, _)| (&step[..place], &step[place + 2..]))
        .find(|(_, rest)| is_command(rest));
    match split {
        Some((sentence, command)) if !is_command(step) => {
            vec![format!("{sentence}:"), format!("  {command}")]
        }
        _ => vec![step.to_owned()],
    }
}

/// A block that can be pasted as a whole: sentences are comments of the shell, and so is a command that the user must
/// decide on first, because it can take away what they have.
pub(crate) fn block(steps: &[String], palette: Palette) -> String {
    let lines: Vec<String> = steps.iter().flat_map(|step| in_block(step)).collect();
    format!("{}\n{}", palette.strong("Next:"), lines.join("\n"))
}

fn in_block(step: &str) -> Vec<String> {
    let lines = lines(step);
    if lines[0].contains(CONDITION) {
        return lines.iter().map(|line| comment(line)).collect();
    }
    let shown = |line: &String| match line.trim_start() {
        command if is_command(command) => format!("  {command}"),
        sentence => comment(sentence),
    };
    lines.iter().map(shown).collect()
}

/// A line feed in a file's name would end the comment, and the rest would be a command.
fn comment(line: &str) -> String {
    let indent = &line[..line.len() - line.trim_start().len()];
    format!("  # {indent}{}", one_line(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_alone_on_its_line() {
        assert_eq!(lines("kubectl get pods"), ["kubectl get pods"]);
        assert_eq!(lines("add --out FILE"), ["add --out FILE"]);
        assert_eq!(
            lines("write the file with: amw-rw init --save"),
            ["write the file with:", "  amw-rw init --save"]
        );
        assert_eq!(
            lines("kubectl patch a -p 'b: helm c'"),
            ["kubectl patch a -p 'b: helm c'"]
        );
    }

    #[test]
    fn a_block_of_next_steps_is_a_script() {
        let steps = [
            "look at it first: kubectl diff -f a",
            "restart Prometheus",
            "helm list",
        ]
        .map(str::to_owned);

        let block = block(&steps, Palette::plain());

        assert_eq!(
            block,
            "Next:\n  # look at it first:\n  kubectl diff -f a\n  # restart Prometheus\n  helm list"
        );
    }

    #[test]
    fn a_command_that_must_be_decided_on_is_not_run_by_pasting_the_block() {
        let step = "only if the values above are to change: helm upgrade a".to_owned();

        let block = block(&[step], Palette::plain());

        assert_eq!(
            block,
            "Next:\n  # only if the values above are to change:\n  #   helm upgrade a"
        );
    }

    #[test]
    fn a_line_feed_in_a_name_does_not_end_the_comment() {
        let block = block(
            &["a\nhelm b.yaml lacks values".to_owned()],
            Palette::plain(),
        );

        assert_eq!(block, "Next:\n  # a helm b.yaml lacks values");
    }
}
