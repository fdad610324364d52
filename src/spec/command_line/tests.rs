//! Every printed command × names that others choose: a shell reads exactly the intended words.

use super::*;
use crate::next_step::NextStep;

/// The programs that printed commands start with.
const PROGRAMS: [&str; 9] = [
    "amw-rw",
    "az",
    "chgrp",
    "chmod",
    "helm",
    "kubectl",
    "kubelogin",
    "promtool",
    "rm",
];

/// Names that people, machines and attackers give.
const HOSTILE: &[&str] = &[
    "aks-prod",
    "a b",
    "1; touch x #",
    "$(touch x)",
    "`touch x`",
    "a'b",
    "a\"b",
    "a\\b",
    "",
    "~root",
    "=ls",
    "*",
    "{a,b}",
    "!!",
    "a|b&c>d<e",
    "#x",
    "-x",
    "--dry-run=none",
    "a\nnext: rm -rf b",
    "a\u{202e}b",
    "a\u{1b}[2Jb",
    "ü → 監視",
];

fn commands(value: &str) -> Vec<CommandLine> {
    let existing = KubeContext::existing(value);
    let mut all = Vec::new();
    for context in [None, Some(&existing), Some(&aks())] {
        all.extend(kubectl::examples(value, context));
        all.extend(helm::examples(value, context));
    }
    all.extend(az::examples(value));
    all.extend(own::examples(value));
    all.extend(system::examples(value));
    all
}

fn aks() -> KubeContext {
    let id = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod/providers/\
              Microsoft.ContainerService/managedClusters/aks-prod";
    KubeContext::of_aks(&crate::spec::ids::ResourceId::parse(id).unwrap())
}

/// The words that bash hands over for each line, one list for each. `shell_words` runs no `$(printf …)`.
fn read_by_bash(lines: &[String], folder: &std::path::Path) -> Vec<Vec<String>> {
    // Functions take the place of the programs, so that nothing is run.
    let fakes = PROGRAMS.map(|name| format!("{name}() {{ printf '%s\\0' {name} \"$@\"; }}\n"));
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{line}\nprintf '\\1'\n"))
        .collect();
    let script = format!("PATH=/nonexistent\n{}{}", fakes.concat(), lines.concat());

    let output = std::process::Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &script])
        .current_dir(folder)
        .output()
        .unwrap();

    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let words = |list: &str| list.split_terminator('\0').map(str::to_owned).collect();
    text.split_terminator('\u{1}').map(words).collect()
}

/// Every word that a shell hands over, the commands that run first included.
fn intended(line: &CommandLine) -> Vec<String> {
    let first = line.first().map(intended).unwrap_or_default();
    first.into_iter().chain(line.argv()).collect()
}

#[test]
fn a_shell_reads_exactly_the_intended_words_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    // What an unquoted `*` would become.
    std::fs::write(folder.path().join("a-file"), "").unwrap();
    for value in HOSTILE {
        let all = commands(value);
        let without_output = all.iter().map(CommandLine::without_output);
        let lines: Vec<String> = without_output.map(|line| line.to_string()).collect();

        let read = read_by_bash(&lines, folder.path());

        assert_eq!(read.len(), all.len());
        for (words, command) in read.iter().zip(&all) {
            assert_eq!(*words, intended(command), "{command}");
        }
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "{value}"
        );
    }
}

#[test]
fn output_goes_to_a_file_of_exactly_the_given_name() {
    let folder = tempfile::tempdir().unwrap();
    for value in HOSTILE.iter().filter(|value| !value.is_empty()) {
        let line = kubectl::save_signing_keys(std::path::Path::new(value)).to_string();

        let script =
            |answer: &str| format!("PATH=/nonexistent\nkubectl() {{ {answer}; }}\n{line}\n");
        let run = |answer: &str| {
            let mut bash = std::process::Command::new("bash");
            let bash = bash.args(["--noprofile", "--norc", "-c", &script(answer)]);
            bash.current_dir(folder.path()).output().unwrap()
        };
        let file = folder.path().join(value);

        // A program that fails leaves no file, which could be taken for its answer.
        assert!(!run("printf part; return 1").status.success());
        assert!(!file.exists(), "{value}");

        assert!(run("printf 'a: %%s\\n\\n  b\\n'").status.success());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a: %s\n\n  b\n");
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn no_printed_line_replaces_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands("keys.json").into_iter();
    let lines: Vec<CommandLine> = commands.filter(CommandLine::has_output).collect();
    for name in ["keys.json", "live.yaml", "release-values.yaml"] {
        std::fs::write(folder.path().join(name), "of the user").unwrap();
    }

    for line in &lines {
        for shell in ["bash", "sh"] {
            let script = format!("PATH=/nonexistent\n{line}\n");
            let mut command = std::process::Command::new(shell);
            let command = command.args(["-c", &script]).current_dir(folder.path());

            assert!(!command.output().unwrap().status.success(), "{line}");
        }
    }

    assert!(lines.len() >= 3, "{lines:?}");
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "of the user");
    }
}

#[test]
fn a_command_stays_on_its_line_and_hides_nothing() {
    for value in HOSTILE {
        for command in commands(value) {
            let line = command.to_string();

            assert!(
                !line.chars().any(crate::text::visible::is_hidden),
                "{line:?}"
            );
            assert!(!line.contains('\n'), "{line:?}");
        }
    }
}

#[test]
fn shell_words_agrees_where_no_character_is_escaped() {
    for value in HOSTILE {
        for command in commands(value).iter().filter(|one| !one.has_output()) {
            let line = command.to_string();
            if line.contains("$(printf") || command.first().is_some() {
                continue;
            }

            assert_eq!(shell_words::split(&line).unwrap(), command.argv(), "{line}");
        }
    }
}

#[test]
fn a_value_is_never_read_as_an_option() {
    for command in commands("--dry-run=none") {
        let argv = command.argv();
        let end = argv
            .iter()
            .position(|word| word == "--")
            .unwrap_or(argv.len());

        for (index, word) in argv[..end].iter().enumerate() {
            let follows_short = index > 0 && ["-n", "-f"].contains(&&*argv[index - 1]);
            assert!(word != "--dry-run=none" || follows_short, "{command}");
        }
    }
}

/// A command whose function is not in the examples would not be tested.
#[test]
fn every_printed_command_is_in_the_examples() {
    for (name, text) in [
        ("kubectl", include_str!("kubectl.rs")),
        ("helm", include_str!("helm.rs")),
        ("az", include_str!("az.rs")),
        ("own", include_str!("own.rs")),
        ("system", include_str!("system.rs")),
    ] {
        let (code, examples) = text.split_once("#[cfg(test)]").unwrap();
        let functions: Vec<&str> = code
            .split("pub(crate) fn ")
            .skip(1)
            .map(|rest| rest.split('(').next().unwrap())
            .collect();

        assert!(functions.len() > 1, "{name}");
        for function in functions {
            assert!(
                examples.contains(&format!("{function}(")),
                "{name}::{function}"
            );
        }
    }
}

#[test]
fn every_kubectl_and_helm_command_names_the_context_once() {
    let context = KubeContext::existing("aks prod");
    let kubectl = kubectl::examples("x", Some(&context));
    let helm = helm::examples("x", Some(&context));

    // The keys of whatever cluster is current, and commands about the kubeconfig itself.
    let names_none = ["--raw", "config get-contexts"];
    let names_one = |one: &&CommandLine| {
        let line = one.to_string();
        names_none.iter().all(|words| !line.contains(words))
    };
    for command in kubectl.iter().filter(names_one) {
        assert_eq!(
            command.to_string().matches("--context 'aks prod'").count(),
            1,
            "{command}"
        );
    }
    for command in helm {
        assert_eq!(
            command
                .to_string()
                .matches("--kube-context 'aks prod'")
                .count(),
            1
        );
    }
}

#[test]
fn a_cluster_without_a_context_is_fetched_under_a_name_that_no_other_cluster_has() {
    assert_eq!(
        kubectl::apply("a.yaml", None, Some(&aks())).to_string(),
        "az aks get-credentials --subscription 11111111-1111-1111-1111-111111111111 --resource-group rg-prod \
         --name aks-prod --context aks-prod.rg-prod.11111111 && kubectl apply -f a.yaml --context aks-prod.rg-prod.11111111"
    );
}

#[test]
fn several_commands_fetch_the_credentials_once() {
    let context = aks();
    let step = |file: &str| NextStep::from(kubectl::apply(file, None, Some(&context)));
    let once = |steps| NextStep::with_preparation_once(steps, context.preparation().as_ref());

    let one = once(vec![step("a")]);
    let two = once(vec![step("a"), "text".into(), step("b")]);

    assert_eq!(one, [step("a")]);
    assert!(two[0].line().starts_with("az aks get-credentials "));
    assert_eq!(
        two[1..],
        [
            "kubectl apply -f a --context aks-prod.rg-prod.11111111",
            "text",
            "kubectl apply -f b --context aks-prod.rg-prod.11111111"
        ]
    );
}

#[test]
fn a_kubeconfig_that_a_flag_names_is_in_every_line_for_the_cluster() {
    let file = Some(std::path::Path::new("kube configs/edge"));
    let existing = KubeContext::existing("edge").in_file(file);
    let line = kubectl::list_prometheus(Some(&existing)).to_string();
    assert_eq!(
        line,
        "kubectl get prometheuses,prometheusagents -A --context edge --kubeconfig 'kube configs/edge'"
    );
    let line = helm::list(Some(&existing)).to_string();
    assert_eq!(
        line,
        "helm list -A --kube-context edge --kubeconfig 'kube configs/edge'"
    );

    let cluster = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks";
    let fetched = KubeContext::of_aks(&cluster.parse().unwrap()).in_file(file);
    let line = kubectl::list_prometheus(Some(&fetched)).to_string();
    assert!(
        line.contains(" --file 'kube configs/edge' && kubectl "),
        "{line}"
    );
}
