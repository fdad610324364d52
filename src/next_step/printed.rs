//! Next steps as they are printed in one run.

use serde::Serialize;

use super::{ChangeScope, Flag, NextStep};

/// In place of the commands that a trial in a sandbox leaves out.
const LEFT_OUT: &str =
    "with the real Azure, the commands for Azure and the cluster are printed here";

/// In place of the commands of ours that need what this run made.
const ENDED: &str = "the sandbox ends with this command and loses its resources; `amw-rw sandbox` starts one that \
    keeps running";

/// The flags of this run, which printed commands of ours repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentRun {
    /// The Azure of this run is a sandbox that ends with it, so a command for a cluster would change a real one.
    pub(crate) in_sandbox: bool,
    /// The words of the current command, without the program.
    pub(crate) words: Vec<String>,
    pub(crate) azure: Vec<Flag>,
    pub(crate) connection: Vec<Flag>,
}

/// A step with everything that the user needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PrintedStep {
    /// The whole step on one line.
    pub(crate) text: String,
    /// The command as words, for scripts.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    /// Who does it, where that is not the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    /// The condition under which the command may be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_if: Option<String>,
    #[serde(skip)]
    lead: String,
    #[serde(skip)]
    shell: Option<String>,
}

impl CurrentRun {
    /// The steps as they are printed in this run.
    pub(crate) fn print(&self, steps: &[NextStep]) -> Vec<PrintedStep> {
        // A sandbox has no cluster of the user, so the command would change a real one.
        let is_left_out = |step: &&NextStep| self.in_sandbox && step.scope > ChangeScope::Files;
        let is_too_late = |step: &&NextStep| self.in_sandbox && self.needs_earlier_run(step);
        let kept = steps
            .iter()
            .filter(|step| !is_left_out(step) && !is_too_late(step));
        let mut printed: Vec<PrintedStep> = kept.map(|step| self.printed(step)).collect();
        if steps.iter().any(|step| is_too_late(&step)) {
            printed.push(self.printed(&ENDED.into()));
        }
        if steps.iter().any(|step| is_left_out(&step)) {
            printed.push(self.printed(&LEFT_OUT.into()));
        }
        printed
    }

    fn needs_earlier_run(&self, step: &NextStep) -> bool {
        step.command.as_ref().is_some_and(|command| {
            let line = command
                .line
                .completed(&self.words, &self.azure, &self.connection);
            // The current command started without an earlier run.
            !command.line.is_current_command() && line.needs_earlier_run()
        })
    }

    fn printed(&self, step: &NextStep) -> PrintedStep {
        let command = step.command.as_ref();
        let line = command.map(|one| {
            one.line
                .completed(&self.words, &self.azure, &self.connection)
        });
        let shell = line.as_ref().map(ToString::to_string);
        let lead = step.lead();
        PrintedStep {
            text: match (&lead[..], &shell) {
                ("", Some(shell)) => shell.clone(),
                (_, Some(shell)) => format!("{lead}: {shell}"),
                (_, None) => lead.clone(),
            },
            command: line.map(|line| line.for_scripts()),
            who: command.and_then(|one| one.who.clone()),
            only_if: command.and_then(|one| one.only_if.clone()),
            lead,
            shell,
        }
    }
}

impl PrintedStep {
    /// What the command is for, or the sentence; empty where the command is alone.
    pub(crate) fn lead(&self) -> &str {
        &self.lead
    }

    /// The command as a line for a shell.
    pub(crate) fn shell(&self) -> Option<&str> {
        self.shell.as_deref()
    }

    /// Whether the user may run the command without a decision.
    pub(crate) fn is_to_run(&self) -> bool {
        self.shell.is_some() && self.who.is_none() && self.only_if.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CommandLine, RepeatedFlags};
    use super::*;

    fn flag(name: &str, value: Option<&str>) -> Flag {
        Flag {
            name: name.into(),
            value: value.map(str::to_owned),
        }
    }

    fn sandbox() -> CurrentRun {
        CurrentRun {
            in_sandbox: true,
            words: [
                "render",
                "--cluster-label=a",
                "--input",
                "my values.yaml",
                "--target",
                "b",
            ]
            .map(String::from)
            .to_vec(),
            azure: vec![flag("sandbox", None)],
            connection: vec![flag("workspace", Some("my amw")), flag("auth", Some("x"))],
        }
    }

    fn own() -> CommandLine {
        CommandLine::new("amw-rw", &["init"]).repeating(RepeatedFlags::Connection)
    }

    #[test]
    fn a_command_of_ours_has_the_flags_of_the_run_once() {
        let line = own().option("--auth", "y");

        let printed = sandbox().print(&[line.into()]);

        assert_eq!(
            printed[0].text,
            "amw-rw init --auth y --sandbox --workspace 'my amw'"
        );
        assert_eq!(printed[0].command.as_ref().unwrap().len(), 7);
    }

    #[test]
    fn the_current_command_is_printed_whole_with_the_new_value_of_an_option() {
        let line = CommandLine::new("amw-rw", &[])
            .option("--cluster-label", "{{name}}")
            .option("--target", "prometheus-yml")
            .repeating(RepeatedFlags::Command);

        let printed = sandbox().print(&[line.into()]);

        assert_eq!(
            printed[0].text,
            "amw-rw render --input 'my values.yaml' --cluster-label '{{name}}' --target prometheus-yml"
        );
    }

    #[test]
    fn a_command_without_answers_gets_the_flags_about_azure_only() {
        let line = CommandLine::new("amw-rw", &["migrate"]).repeating(RepeatedFlags::Azure);

        assert_eq!(
            sandbox().print(&[line.into()])[0].text,
            "amw-rw migrate --sandbox"
        );
    }

    #[test]
    fn a_sandbox_prints_no_step_that_reaches_further() {
        let steps = [
            NextStep::run("apply it", CommandLine::new("kubectl", &["apply"])),
            own().after(Some(CommandLine::new("az", &["login"]))).into(),
            NextStep::from("reload Prometheus").with_scope(ChangeScope::Cluster),
            CommandLine::new("promtool", &["check"]).into(),
        ];

        let texts = |run: &CurrentRun| -> Vec<String> {
            let printed = run.print(&steps);
            printed.into_iter().map(|step| step.text).collect()
        };

        assert_eq!(texts(&sandbox()), ["promtool check", LEFT_OUT]);
        assert_eq!(texts(&CurrentRun::default()).len(), 4);
    }

    #[test]
    fn a_sandbox_prints_no_command_that_needs_what_is_gone_with_it() {
        let line = |words: &[&'static str]| CommandLine::new("amw-rw", words).into();
        let steps: [NextStep; 6] = [
            line(&["render"]),
            line(&["doctor"]),
            line(&["apply", "--only", "workspace"]),
            line(&["apply"]),
            line(&["render", "--write-url", "u"]),
            line(&["init", "--yes"]),
        ];

        let printed = sandbox().print(&steps);

        let texts: Vec<_> = printed.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(
            texts,
            ["amw-rw render --write-url u", "amw-rw init --yes", ENDED]
        );
        assert_eq!(CurrentRun::default().print(&steps).len(), 6);
    }

    #[test]
    fn a_script_reads_words_and_who_runs_them() {
        let line = CommandLine::new("kubectl", &["get"]).output("a b");
        let steps = [
            NextStep::ask("an owner of that scope", own()),
            NextStep::from(line).only_if("it may go"),
            "restart Prometheus".into(),
        ];

        let json = serde_json::to_value(CurrentRun::default().print(&steps)).unwrap();

        assert_eq!(
            json,
            serde_json::json!([
                {"text": "ask an owner of that scope to run: amw-rw init", "command": ["amw-rw", "init"], "who": "an owner of that scope"},
                {"text": "only if it may go: (set -C; text=$(kubectl get) && printf '%s\\n' \"$text\" > 'a b')", "command": ["sh", "-c", "(set -C; text=$(kubectl get) && printf '%s\\n' \"$text\" > 'a b')"], "only_if": "it may go"},
                {"text": "restart Prometheus"},
            ])
        );
    }
}
