//! `migrate`: turns a configuration with the Azure Monitor sidecar into one in which Prometheus signs in by itself.

mod document;
mod live;
mod material;

use crate::workflow::installation;
use std::path::PathBuf;

use clap::Args;

use self::document::MigrateDocument;
use self::material::Material;
use crate::cli::{Context, deliver};
use crate::compat::SIDECAR_END_OF_SUPPORT;
use crate::error::{ExitCode, Failure};
use crate::migrate::{self, Deed, Found, Given, Native, Unmovable};
use crate::patch::Notice;
use crate::render;
use crate::spec::choices::{CertificateChoice, ClusterChoice, PrometheusChoice, SignIn};
use crate::spec::command_line::path_word;
use crate::target::Target;
use crate::ui;
use crate::workflow::proposal::Proposal;

/// Migrate off the Azure Monitor sidecar: Prometheus signs in by itself
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw migrate --input values.yaml --diff\n  amw-rw migrate --input values.yaml --write\n  amw-rw migrate --input prometheus.yml --sidecar deployment.yaml --write\n  amw-rw migrate --prometheus release:kube-prometheus-stack --out native.yaml"
)]
pub(crate) struct Arguments {
    /// Your file with the remote write; without it, the running Prometheus is read
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// File that describes the pod with the sidecar, where that is another one
    #[arg(long, value_name = "FILE", requires = "input")]
    sidecar: Option<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Patch the input in place, with a backup
    #[arg(long, conflicts_with_all = ["diff", "check", "out"], requires = "input")]
    write: bool,
    /// Print a unified diff instead of the file
    #[arg(long)]
    diff: bool,
    /// Exit with 3 when there is something to migrate
    #[arg(long)]
    check: bool,
    /// Go on with a version of Prometheus that has a known flaw
    #[arg(long)]
    force: bool,
    #[command(flatten, next_help_heading = "What is migrated")]
    subject: Subject,
    #[command(flatten, next_help_heading = "What the sidecar does not tell")]
    facts: Facts,
}

/// Which Prometheus, where no file says it.
#[derive(Debug, Args)]
struct Subject {
    /// AKS cluster: name, id, or `context:NAME` of a kubeconfig
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<ClusterChoice>,
    /// Prometheus: `namespace/name` of the custom resource, or `release:NAME`
    #[arg(long, value_name = "PROMETHEUS", value_parser = PrometheusChoice::flag_parser(), conflicts_with = "input")]
    prometheus: Option<PrometheusChoice>,
    /// Its version, where it cannot be discovered
    #[arg(long, value_name = "VERSION")]
    prometheus_version: Option<String>,
    /// What the file is: prometheus-yml, kube-prometheus-stack, prometheus-chart, custom-resource or configmap
    #[arg(long, value_enum, value_name = "TARGET", hide_possible_values = true)]
    target: Option<Target>,
}

/// Each wins over what the container says.
#[derive(Debug, Args)]
struct Facts {
    /// Remote-write URL that the sidecar writes to
    #[arg(long, value_name = "URL")]
    write_url: Option<String>,
    /// Sign-in: user-identity, system-identity, workload-identity or entra-certificate
    #[arg(long, value_enum, value_name = "SIGN-IN", hide_possible_values = true)]
    auth: Option<SignIn>,
    /// Client id that it signs in as
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Tenant that it signs in to
    #[arg(long, value_name = "ID")]
    tenant_id: Option<String>,
    /// Client certificate as Prometheus sees it: file:PATH
    #[arg(long, value_name = "CERTIFICATE")]
    certificate: Option<CertificateChoice>,
    /// External label `cluster` [default: that of the sidecar, or of the file]
    #[arg(long, value_name = "LABEL")]
    cluster_label: Option<String>,
}

const DOING: &str = "migrate off the sidecar";

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let material = match &arguments.input {
        Some(input) => material::from_file(arguments, input)?,
        None => live::read(arguments, context).await?,
    };
    let Some(found) = migrate::look(&material.source()).map_err(|why| refusal(&material, why))?
    else {
        return nothing(arguments, context, &material);
    };
    let given = given(arguments, &material)?;
    let native = migrate::native(&found, &given).map_err(|why| refusal(&material, why))?;
    let warnings = installation::advice(
        &native.installation,
        native.installation.demand(&native.remote_write),
        arguments.force,
    )
    .map_err(|failure| {
        failure.next(format!(
            "keep the sidecar until then; Microsoft supports it until {SIDECAR_END_OF_SUPPORT}"
        ))
    })?;
    let patched =
        migrate::rewrite(&material.text, &native).map_err(|why| refusal(&material, why.into()))?;
    let mut migration = Migration {
        proposal: material.proposal(arguments, &patched.text)?,
        diff: render::unified_diff(
            &material.name,
            &material.name,
            &material.text,
            &patched.text,
        ),
        notes: material
            .warnings
            .iter()
            .cloned()
            .chain(native.remarks.iter().cloned())
            .chain(warnings)
            .collect(),
        material,
        found,
        native,
    };
    migration
        .notes
        .extend(patched.notices.iter().map(Notice::to_string));
    migration.hand_out(arguments, context)
}

/// All that came of it.
struct Migration {
    material: Material,
    found: Found,
    native: Native,
    proposal: Proposal,
    /// From the former text to the native one.
    diff: String,
    notes: Vec<String>,
}

impl Migration {
    fn hand_out(&self, arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
        let is_looked_at = arguments.diff || arguments.check;
        if !arguments.check {
            self.tell(arguments, context);
        }
        let backup = match is_looked_at {
            true => None,
            false => deliver::deliver(context, &self.proposal)?,
        };
        let next = self.next(arguments, backup);
        if context.wants_json() {
            context.print_json(&MigrateDocument::of(self, &next))?;
        } else if arguments.diff {
            context.print_diff(&self.diff)?;
        }
        if is_looked_at {
            let stale = arguments.check && !self.diff.is_empty();
            return Ok(if stale {
                ExitCode::PlanHasChanges
            } else {
                ExitCode::Done
            });
        }
        for (index, step) in next.iter().enumerate() {
            let start = if index == 0 { "Next:" } else { "     " };
            context.say(&format!("{start} {step}"));
        }
        Ok(ExitCode::Done)
    }

    fn tell(&self, arguments: &Arguments, context: &Context) {
        if let Some(sidecar) = &self.found.sidecar {
            let port = sidecar
                .port
                .map_or_else(String::new, |port| format!(" on port {port}"));
            context.say(&format!(
                "Found {} in container `{}`{port}.",
                sidecar.kind.as_str(),
                sidecar.name
            ));
        }
        let sign_in = self.native.remote_write.authentication.sign_in();
        context.say(&format!(
            "Prometheus itself writes to {} by {sign_in}.",
            self.native.remote_write.url
        ));
        if !self.native.removed.is_empty() {
            context.say(&format!("Taken out: {}.", self.native.removed.join(", ")));
        }
        if !arguments.diff {
            context.say(&ui::diff::coloured(&self.diff, context.story_palette()));
        }
        for note in &self.notes {
            context.say(&format!("note: {note}"));
        }
    }

    fn next(&self, arguments: &Arguments, backup: Option<PathBuf>) -> Vec<String> {
        let former = backup.or_else(|| self.material.former(arguments));
        let shown = |path: PathBuf| path_word(&path);
        let deed = Deed {
            apply: self.material.how_to_apply(arguments),
            backup: former.map(shown),
            manifest: arguments.sidecar.clone().map(shown),
        };
        migrate::afterwards(&self.found, &self.native, &deed)
    }
}

fn given(arguments: &Arguments, material: &Material) -> Result<Given, Failure> {
    let facts = &arguments.facts;
    let certificate = match &facts.certificate {
        None => None,
        Some(CertificateChoice::File(path)) => Some(path.clone()),
        Some(_) => {
            return Err(Failure::usage(DOING)
                .reason("the sidecar reads its certificate from a file, and Prometheus takes over the same one")
                .next("say where Prometheus sees it: --certificate file:PATH"));
        }
    };
    let kind = material.kind;
    let version = arguments
        .subject
        .prometheus_version
        .as_deref()
        .or(material.version.as_deref());
    let installation = installation::installation(kind, version, material.operator.as_deref())?;
    Ok(Given {
        write_url: facts.write_url.clone(),
        sign_in: facts.auth,
        client_id: facts.client_id.clone(),
        tenant_id: facts.tenant_id.clone(),
        certificate,
        cluster_label: facts.cluster_label.clone(),
        cluster_name: material.cluster_name.clone(),
        prometheus: installation.prometheus,
        operator: installation.operator,
    })
}

fn nothing(
    arguments: &Arguments,
    context: &Context,
    material: &Material,
) -> Result<ExitCode, Failure> {
    context.say(&format!(
        "There is nothing to migrate: nothing in {} leads to a sidecar.",
        material.name
    ));
    if context.wants_json() {
        context.print_json(&MigrateDocument::nothing(material, arguments))?;
    }
    Ok(ExitCode::Done)
}

fn refusal(material: &Material, why: Unmovable) -> Failure {
    let doing = format!("{DOING} in {}", material.name);
    match why {
        Unmovable::Missing(answers) => Failure::missing(&doing, &answers),
        Unmovable::Refused { reason, next } => Failure::new(doing).reason(reason).next(next),
        Unmovable::Unreadable(refusal) => {
            let failure = Failure::new(doing).reason(refusal.to_string());
            match refusal.paste.is_empty() {
                true => failure.next("mend that, and run this again"),
                false => failure.next(format!(
                    "do it by hand, with this remote write:\n\n{}",
                    refusal.paste
                )),
            }
        }
    }
}
