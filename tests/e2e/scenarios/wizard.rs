//! Can a person answer the wizard with arrow keys, go wrong, go back, and leave at any moment without harm?

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::EndToEndScenario;
use crate::files;
use crate::terminal::{DOWN, ENTER, ESCAPE, PseudoTerminal, UP};
use crate::world::EndToEndWorld;

const SIGN_IN: &str = "How should it sign in?";
const NAMES: &str = "Use these names?";
const FILE: &str = "Into which file?";
const OTHER_FILE: &str = "Which file?";
const LABEL: &str = "Which `cluster` label?";
const CONSENT: &str = "Make these";
const SAVE: &str = "Save the answers";
/// The id of the subscription `Second`, which is the same in every run.
const SECOND: &str = "7b0674f4-9b8f-58ae-8b23-e2f74bb35f55";

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    vec![
        EndToEndScenario::new(
            "arrow_keys_a_wrong_answer_and_a_step_back_lead_to_a_connection",
            &[],
            a_typed_connection,
        ),
        EndToEndScenario::new(
            "the_file_that_the_wizard_offers_is_written_and_the_answer_is_kept",
            &[],
            the_offered_file,
        ),
        EndToEndScenario::new(
            "nothing_moves_under_a_question_and_the_risky_default_is_no",
            &[],
            a_still_question,
        ),
        EndToEndScenario::new(
            "what_was_typed_before_a_question_does_not_answer_it_and_enter_changes_nothing",
            &[],
            keys_typed_ahead,
        ),
        EndToEndScenario::new(
            "a_command_with_a_saved_spec_asks_nothing_at_a_terminal",
            &[],
            no_questions,
        ),
        EndToEndScenario::new(
            "the_wizard_names_a_wrong_tenant_a_disabled_subscription_and_a_silent_cluster",
            &[],
            named_failures,
        ),
        EndToEndScenario::new(
            "names_group_and_region_of_what_is_created_can_be_typed",
            &[],
            own_names,
        ),
        EndToEndScenario::new(
            "a_long_list_says_its_length_and_is_filtered_and_namesakes_differ",
            &[],
            long_lists,
        ),
        EndToEndScenario::new(
            "the_subscription_of_az_and_the_cluster_of_the_current_context_are_recommended",
            &[],
            recommendations,
        ),
        EndToEndScenario::new(
            "ctrl_c_at_any_question_changes_nothing",
            &[],
            ctrl_c_at_any_question,
        ),
        EndToEndScenario::new(
            "ctrl_c_while_it_works_leaves_nothing_half_made",
            &[],
            ctrl_c_while_it_works,
        ),
    ]
}

fn a_typed_connection() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let values = world.copy("values.yaml")?;
    let mut terminal =
        PseudoTerminal::open(world.signed_in(crate::AMW_RW).args(["init", "--write"]))?;

    terminal.sees(SIGN_IN)?;
    terminal.types(&[DOWN, ENTER].concat())?;
    terminal.sees(NAMES)?;
    terminal.types(ESCAPE)?;
    terminal.sees(SIGN_IN)?;
    terminal.types(&[DOWN, UP, ENTER].concat())?;
    terminal.sees(NAMES)?;
    terminal.types(ENTER)?;
    terminal.sees(FILE)?;
    terminal.types(&[DOWN, DOWN, ENTER].concat())?;
    terminal.sees(OTHER_FILE)?;
    terminal.types(&["valeus.yaml", ENTER].concat())?;
    terminal.sees("there is no file `valeus.yaml`")?;
    terminal.types(&["values.yaml", ENTER].concat())?;
    terminal.sees(LABEL)?;
    terminal.types(ENTER)?;
    terminal.sees(CONSENT)?;
    terminal.types(&["y", ENTER].concat())?;
    terminal.sees(SAVE)?;
    terminal.types(&["n", ENTER].concat())?;

    let end = terminal.after_the_end()?;
    ensure!(
        end.exit_code == 0 && end.restored,
        "exit code {}:\n{}",
        end.exit_code,
        end.seen
    );
    let written = std::fs::read_to_string(values)?;
    ensure!(
        written.contains("workloadIdentity:"),
        "the second answer counts:\n{written}"
    );
    ensure!(
        written.contains("cluster: 'aks-prod'"),
        "the default of the label counts:\n{written}"
    );
    Ok(())
}

/// No option names where to write: the answer does, in this run, in the spec file and in the command that repeats it.
fn the_offered_file() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let values = world.copy("values.yaml")?;
    let before = std::fs::read_to_string(&values)?;
    let copy = values.with_file_name("values.orig.yaml");
    std::fs::copy(&values, &copy)?;
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).arg("init"))?;

    terminal.sees(SIGN_IN)?;
    terminal.types(ENTER)?;
    terminal.sees(NAMES)?;
    terminal.types(ENTER)?;
    terminal.sees(FILE)?;
    terminal.types(ENTER)?;
    terminal.sees(LABEL)?;
    terminal.types(ENTER)?;
    terminal.sees("+++ values.yaml")?;
    terminal.sees("and write values.yaml?")?;
    terminal.types(&["y", ENTER].concat())?;
    terminal.sees(SAVE)?;
    terminal.types(&["y", ENTER].concat())?;
    let end = terminal.after_the_end()?;

    ensure!(end.exit_code == 0, "{}:\n{}", end.exit_code, end.seen);
    ensure!(
        end.seen.contains("--input values.yaml --write"),
        "the command that repeats writes too:\n{}",
        end.seen
    );
    let spec = std::fs::read_to_string(values.with_file_name("amw-rw.yaml"))?;
    ensure!(
        spec.contains("  input: values.yaml\n  out: values.yaml\n"),
        "the spec file writes too:\n{spec}"
    );
    let backup = std::fs::read_to_string(values.with_file_name("values.yaml.bak"))?;
    ensure!(backup == before && std::fs::read_to_string(copy)? == before);
    let written = std::fs::read_to_string(&values)?;
    ensure!(written.contains("workloadIdentity:"), "{written}");
    let again = world.amw_rw(&["init", "--yes"])?;
    again.succeeds()?;
    ensure!(std::fs::read_to_string(&values)? == written);
    Ok(())
}

fn own_names() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    world.copy("values.yaml")?;
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).arg("init"))?;

    terminal.sees(SIGN_IN)?;
    terminal.types(ENTER)?;
    terminal.sees(NAMES)?;
    terminal.types(&[DOWN, ENTER].concat())?;
    for (question, answer) in [
        ("What is the new workspace called?", "team-metrics"),
        ("Which resource group?", "rg-metrics"),
        ("Which region?", "northeurope"),
        ("Which identity?", "prometheus-writer"),
    ] {
        terminal.sees(question)?;
        terminal.types(&[answer, ENTER].concat())?;
    }
    terminal.sees(FILE)?;
    terminal.types(ENTER)?;
    terminal.sees(LABEL)?;
    terminal.types(ENTER)?;
    // The plan comes after the difference, so that it is on the screen with the question.
    terminal.sees("+++ values.yaml")?;
    terminal.sees("prometheus-writer: ")?;
    terminal.sees("Plan: ")?;
    terminal.sees(CONSENT)?;
    terminal.types(&["y", ENTER].concat())?;
    terminal.sees(SAVE)?;
    terminal.types(&["n", ENTER].concat())?;
    let end = terminal.after_the_end()?;

    ensure!(end.exit_code == 0, "{}:\n{}", end.exit_code, end.seen);
    let repeat = end.seen.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(
        repeat.contains(
            "--workspace team-metrics --resource-group rg-metrics --location northeurope"
        ) && repeat.contains("--identity prometheus-writer"),
        "{}",
        end.seen
    );
    Ok(())
}

fn long_lists() -> Result<()> {
    let world = EndToEndWorld::on_loopback_in("many-clusters")?;
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).arg("init"))?;
    terminal.sees("2300 choices, type to filter")?;
    terminal.types(&["aks-prod", ENTER].concat())?;
    terminal.sees(SIGN_IN)?;
    terminal.interrupts()?;
    terminal.after_the_end()?;

    let world = EndToEndWorld::on_loopback_in("two-clusters")?;
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).arg("init"))?;
    terminal.sees("aks-prod (rg-other)")?;
    terminal.sees("aks-prod (rg-prod)")?;
    terminal.interrupts()?;
    terminal.after_the_end()?;
    Ok(())
}

fn recommendations() -> Result<()> {
    let world = EndToEndWorld::on_loopback_in("two-subscriptions")?;
    let azure = world.folder().join("azure");
    std::fs::create_dir(&azure)?;
    // As az writes it, with a byte order mark.
    let profile =
        format!("\u{feff}{{\"subscriptions\": [{{\"id\": \"{SECOND}\", \"isDefault\": true}}]}}");
    std::fs::write(azure.join("azureProfile.json"), profile)?;
    let line = r#"unset AMW_RW_SUBSCRIPTION; exec "$0" init"#;
    let mut init = world.signed_in("sh");
    init.args(["-c", line, crate::AMW_RW]);
    init.env("AZURE_CONFIG_DIR", azure);
    let mut terminal = PseudoTerminal::open(&init)?;
    terminal.sees(&format!("{SECOND} (recommended)"))?;
    terminal.interrupts()?;
    terminal.after_the_end()?;

    let world = EndToEndWorld::on_loopback_in("two-clusters")?;
    let line = r#"sed 's/"current-context": "[^"]*"/"current-context": "aks-prod-rg-prod"/' "$KUBECONFIG" > mine
        exec "$0" init --kubeconfig mine"#;
    let mut init = world.signed_in("sh");
    init.args(["-c", line, crate::AMW_RW]);
    let mut terminal = PseudoTerminal::open(&init)?;
    terminal.sees("your kubeconfig points at the recommended one")?;
    terminal.sees("aks-prod (rg-other)")?;
    terminal.sees("aks-prod (rg-prod)")?;
    terminal.sees("(recommended)")?;
    terminal.interrupts()?;
    terminal.after_the_end()?;
    Ok(())
}

/// A managed identity cannot be tested from here, and a blind Enter writes nothing.
fn a_still_question() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let values = world.copy("values.yaml")?;
    let init = [
        "init",
        "--auth",
        "user-identity",
        "--input",
        "values.yaml",
        "--write",
        "--cluster-label",
        "prod",
    ];
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).args(init))?;

    terminal.sees(NAMES)?;
    terminal.types(ENTER)?;
    terminal.sees(CONSENT)?;
    terminal.types(&["y", ENTER].concat())?;
    terminal.sees("Write the file now?")?;
    terminal.shows_for(Duration::from_millis(300));
    let moved = terminal.shows_for(Duration::from_millis(500));
    terminal.types(ENTER)?;
    terminal.sees(SAVE)?;
    terminal.types(&["y", ENTER].concat())?;
    let end = terminal.after_the_end()?;

    ensure!(moved.is_empty(), "something moves: {moved:?}");
    ensure!(end.exit_code == 1, "{}:\n{}", end.exit_code, end.seen);
    let remaining = "--input values.yaml --cluster-label prod --write --accept-unproved --yes";
    for part in ["only the file is left", remaining] {
        ensure!(end.seen.contains(part), "{part}:\n{}", end.seen);
    }
    ensure!(world.folder().join("amw-rw.yaml").is_file(), "{}", end.seen);
    let text = std::fs::read_to_string(&values)?;
    ensure!(text == files::original("values.yaml")?, "{text}");
    Ok(())
}

/// Keys while it works: whole lines, and the start of one.
fn keys_typed_ahead() -> Result<()> {
    let world = EndToEndWorld::on_loopback_with(&["--latency", "200ms"])?;
    let values = world.copy("values.yaml")?;
    let init = [
        "init",
        "--auth",
        "workload-identity",
        "--input",
        "values.yaml",
        "--write",
        "--cluster-label",
        "prod",
    ];
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).args(init))?;

    terminal.sees(NAMES)?;
    terminal.types(ENTER)?;
    terminal.sees("names ")?;
    terminal.types(&["y", ENTER, ENTER, "y"].concat())?;
    terminal.sees(CONSENT)?;
    let shown = terminal.shows_for(Duration::from_secs(2));
    let before = world.sandbox.journal.requests()?;
    terminal.types(ENTER)?;
    let end = terminal.after_the_end()?;

    ensure!(
        !shown.contains(SAVE) && before.iter().all(|request| !request.write),
        "the keys of before answered: {shown}"
    );
    ensure!(end.exit_code == 130, "{}:\n{}", end.exit_code, end.seen);
    nothing_was_written(&world, &values)
}

fn no_questions() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    world.copy("values.yaml")?;
    let init = [
        "init",
        "--yes",
        "--save",
        "--input",
        "values.yaml",
        "--write",
    ];
    world.amw_rw(&init)?.succeeds()?;

    for command in ["plan", "apply", "render", "doctor", "doctor -o json"] {
        let words = command.split(' ');
        let terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).args(words))?;
        let end = terminal.after_the_end()?;

        ensure!(
            end.exit_code == 0 && !end.seen.contains("? "),
            "{command}: {}\n{}",
            end.exit_code,
            end.seen
        );
    }
    Ok(())
}

fn named_failures() -> Result<()> {
    for (scenario, expected) in [
        ("other-tenant", "it belongs to tenant"),
        ("subscription-disabled", "it is disabled"),
        ("cluster-unreachable", "cannot be reached"),
    ] {
        let world = EndToEndWorld::on_loopback_in(scenario)?;
        let terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).arg("init"))?;
        let end = terminal.after_the_end()?;

        let text = end.seen.split_whitespace().collect::<Vec<_>>().join(" ");
        ensure!(
            end.exit_code != 0 && text.contains(expected) && !text.contains(SIGN_IN),
            "{scenario}: {}\n{}",
            end.exit_code,
            end.seen
        );
    }
    Ok(())
}

/// Leaves at a list, at a line of text, and at the last question before the first write.
fn ctrl_c_at_any_question() -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let values = world.copy("values.yaml")?;

    for last in [SIGN_IN, LABEL, CONSENT] {
        let mut terminal =
            PseudoTerminal::open(world.signed_in(crate::AMW_RW).args(["init", "--write"]))?;
        for question in [SIGN_IN, NAMES, FILE, LABEL, CONSENT] {
            terminal.sees(question)?;
            if question == last {
                break;
            }
            terminal.types(ENTER)?;
        }
        terminal.interrupts()?;

        let end = terminal.after_the_end()?;
        ensure!(
            end.exit_code == 130,
            "exit code {} after Ctrl-C at `{last}`:\n{}",
            end.exit_code,
            end.seen
        );
        ensure!(
            end.restored,
            "the terminal is not as before after Ctrl-C at `{last}`:\n{:?}",
            end.seen
        );
    }

    nothing_was_written(&world, &values)
}

fn nothing_was_written(world: &EndToEndWorld, values: &Path) -> Result<()> {
    let requests = world.sandbox.journal.requests()?;
    ensure!(!requests.is_empty(), "the wizard looked around");
    let writes: Vec<_> = requests.iter().filter(|request| request.write).collect();
    ensure!(writes.is_empty(), "the wizard wrote to Azure: {writes:#?}");
    ensure!(
        std::fs::read_to_string(values)? == files::original("values.yaml")?,
        "the file was changed"
    );
    Ok(())
}

/// Leaves at the first write that succeeded; the same command then continues from there.
fn ctrl_c_while_it_works() -> Result<()> {
    let world = EndToEndWorld::on_loopback_with(&["--latency", "200ms"])?;
    let values = world.copy("values.yaml")?;
    let init = [
        "init",
        "--write",
        "--input",
        "values.yaml",
        "--yes",
        "-o",
        "json",
    ];
    let mut terminal = PseudoTerminal::open(world.signed_in(crate::AMW_RW).args(init))?;

    world.sandbox.journal.until_a_write()?;
    terminal.interrupts()?;
    let end = terminal.after_the_end()?;

    ensure!(
        end.exit_code == 130 && end.restored,
        "exit code {}:\n{}",
        end.exit_code,
        end.seen
    );
    ensure!(
        std::fs::read_to_string(&values)? == files::original("values.yaml")?,
        "the file was changed"
    );
    world.amw_rw(&init)?.succeeds()?;
    let plan = world.amw_rw(&["plan", "--input", "values.yaml", "--exit-code"])?;
    plan.succeeds().map(drop)
}
