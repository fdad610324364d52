//! Do the version rules predict what each real server reports when it is started?

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_yaml::Value;

use super::EndToEndScenario;
use crate::files;
use crate::offline::{CLIENT_ID, RenderInput, TENANT_ID};
use crate::programs::{self, Program, Release};
use crate::server::{Server, ServerVerdict};
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;

/// One way to sign in, as Prometheus spells it.
struct AzureadText {
    name: &'static str,
    /// Below `azuread`; `CLIENT`, `TENANT` and `FOLDER` are holes.
    text: &'static str,
    /// The `--target` and `--auth` for which `amw-rw` writes it, if it does.
    written_for: Option<(TargetFlag, AuthFlag)>,
}

static METHODS: [AzureadText; 8] = [
    AzureadText {
        name: "`managed_identity` with a client id",
        text: "managed_identity: {client_id: CLIENT}",
        written_for: Some((TargetFlag::PrometheusYml, AuthFlag::UserIdentity)),
    },
    AzureadText {
        name: "`managed_identity` without one",
        text: "managed_identity: {client_id: ''}",
        written_for: Some((TargetFlag::PrometheusYml, AuthFlag::SystemIdentity)),
    },
    AzureadText {
        name: "`oauth`",
        text: "oauth: {client_id: CLIENT, client_secret: a client secret, tenant_id: TENANT}",
        written_for: Some((TargetFlag::PrometheusYml, AuthFlag::EntraSecret)),
    },
    AzureadText {
        name: "`sdk`",
        text: "sdk: {}",
        written_for: Some((TargetFlag::ConfigMap, AuthFlag::EntraSecret)),
    },
    AzureadText {
        name: "`workload_identity`",
        text: "workload_identity: {client_id: CLIENT, tenant_id: TENANT}",
        written_for: Some((TargetFlag::PrometheusYml, AuthFlag::WorkloadIdentity)),
    },
    AzureadText {
        name: "`workload_identity` with `token_file_path`",
        text: "workload_identity: {client_id: CLIENT, tenant_id: TENANT, token_file_path: /var/run/token}",
        written_for: None,
    },
    AzureadText {
        name: "`scope`",
        text: "{managed_identity: {client_id: CLIENT}, scope: 'https://monitor.azure.com//.default'}",
        written_for: None,
    },
    AzureadText {
        name: "`certificate`",
        text: "certificate: {client_id: CLIENT, tenant_id: TENANT, certificate_path: FOLDER/certificate.pem}",
        written_for: Some((TargetFlag::PrometheusYml, AuthFlag::EntraCertificate)),
    },
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let needs = |release| {
        [
            Program::Ip,
            Program::Prometheus(release),
            Program::Promtool(release),
        ]
    };
    let rules = Release::ALL.map(|release| {
        let title = format!("the_rules_say_what_prometheus_{}_says", release.number());
        let run = move || the_rules_agree_with_the_server(release);
        EndToEndScenario::new(title, &needs(release), run).manual()
    });
    let all: Vec<Program> = Release::ALL.into_iter().flat_map(needs).collect();
    let page = EndToEndScenario::new(
        "the_page_of_versions_says_what_each_prometheus_said",
        &all,
        the_page_has_the_result_of_each_server,
    );
    rules.into_iter().chain([page.manual()]).collect()
}

impl AzureadText {
    /// A whole configuration with nothing in it but this.
    fn config(&self, folder: &Path) -> String {
        let text = self
            .text
            .replace("CLIENT", CLIENT_ID)
            .replace("TENANT", TENANT_ID)
            .replace("FOLDER", &folder.display().to_string());
        let entry = match text.starts_with('{') {
            true => text,
            false => format!("{{{text}}}"),
        };
        format!(
            "remote_write:\n  - url: https://receiver.example/api/v1/write\n    azuread: {entry}\n"
        )
    }
}

/// Asked once, however many scenarios want to know.
fn verdicts(release: Release) -> Result<&'static [ServerVerdict]> {
    static VERDICTS: [OnceLock<Result<Vec<ServerVerdict>, String>>; Release::ALL.len()] =
        [const { OnceLock::new() }; Release::ALL.len()];
    let index = Release::ALL.iter().position(|other| *other == release);
    let known = VERDICTS[index.context("not among all releases")?]
        .get_or_init(|| ask(release).map_err(|error| format!("{error:#}")));
    known.as_deref().map_err(|error| anyhow!("{error}"))
}

fn ask(release: Release) -> Result<Vec<ServerVerdict>> {
    let server = Server::new(release)?;
    write_certificate(server.folder())?;
    METHODS
        .iter()
        .map(|method| server.judge(&method.config(server.folder())))
        .collect()
}

/// A certificate with its key, which the server reads when it starts. It takes RSA keys only.
fn write_certificate(folder: &Path) -> Result<()> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
    let certificate = rcgen::CertificateParams::default().self_signed(&key)?;
    let text = certificate.pem() + &key.serialize_pem();
    Ok(std::fs::write(folder.join("certificate.pem"), text)?)
}

fn the_rules_agree_with_the_server(release: Release) -> Result<()> {
    let known = verdicts(release)?;
    let server = Server::new(release)?;
    write_certificate(server.folder())?;
    let input = files::copy("configmap.yaml", server.folder())?;
    for (method, verdict) in METHODS.iter().zip(known) {
        let Some((target, sign_in)) = method.written_for else {
            continue;
        };
        let input = (target == TargetFlag::ConfigMap).then_some(input.as_path());
        let render_input = RenderInput {
            target,
            way: PathAndSignIn::native(sign_in),
            release,
            choices: &[],
        };

        let (tried, file) = render_input.attempt(input, server.folder())?;

        if *verdict == ServerVerdict::Takes {
            tried.succeeds()?;
            let written = server.judge(&configuration(&file)?)?;
            ensure!(
                written == ServerVerdict::Takes,
                "{}: {written:?}",
                method.name
            );
        } else {
            let too_new = tried.mentions("added in");
            ensure!(too_new, "{} is not mentioned: {verdict:?}", method.name);
            tried.fails_with(1)?;
        }
    }
    Ok(())
}

/// What the server reads: the file, or what the ConfigMap in it holds.
fn configuration(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file)?;
    let parsed: Value = serde_yaml::from_str(&text)?;
    let held = parsed["data"]["prometheus.yml"].as_str();
    Ok(held.map_or(text.clone(), str::to_owned))
}

fn the_page_has_the_result_of_each_server() -> Result<()> {
    let page = files::project().join("docs/versions.md");
    let written = std::fs::read_to_string(&page).unwrap_or_default();

    let today = programs::day_of_blessing();
    let day = today.as_deref().or_else(|| day_of(&written));
    let text = page_of(day.context("the page has no day: .ci/edges --write")?)?;

    if today.is_some() {
        std::fs::write(&page, text)?;
        return Ok(());
    }
    ensure!(
        written == text,
        "docs/versions.md is not what the servers say: .ci/edges --write"
    );
    Ok(())
}

const DAY: &str = "The servers were asked on ";

fn day_of(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(DAY)?;
    rest.split_once('.').map(|(day, _)| day)
}

/// The page, as `docs/versions.md` has it.
fn page_of(day: &str) -> Result<String> {
    let mut page = format!(
        "# Which Prometheus takes which way to sign in\n\n\
         `.ci/edges --write` writes this page. {DAY}{day}.\n\n\
         Each server was built from its release, unmodified, started with an `azuread` block of each kind, and either became\n\
         ready (yes) or ended with an error (no). Its promtool gave the same result. Where `amw-rw` writes such a block, it wrote one for\n\
         every server that says yes, which that server took, and refused, before the fact, for every server that says no; an empty\n\
         cell is a block that was not tested.\n\n\
         | Prometheus |"
    );
    for method in &METHODS {
        write!(page, " {} |", method.name)?;
    }
    write!(
        page,
        "\n|---|{}\n| `amw-rw --auth` |",
        "---|".repeat(METHODS.len())
    )?;
    for method in &METHODS {
        match method.written_for {
            Some((_, sign_in)) => write!(page, " `{}` |", sign_in.name())?,
            None => write!(page, " |")?,
        }
    }
    for release in Release::ALL {
        write!(page, "\n| {} |", release.number())?;
        for verdict in verdicts(release)? {
            let cell = if *verdict == ServerVerdict::Takes {
                "yes"
            } else {
                "no"
            };
            write!(page, " {cell} |")?;
        }
    }
    page += "\n\n## In the servers' own words\n\n";
    for release in Release::ALL {
        for (method, verdict) in METHODS.iter().zip(verdicts(release)?) {
            if let ServerVerdict::Refuses(reason) = verdict {
                writeln!(page, "- {}, {}: {reason}", release.number(), method.name)?;
            }
        }
    }
    Ok(page)
}
