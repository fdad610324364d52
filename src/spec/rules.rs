//! Which answers contradict each other, and which does this version not support? Checked before anything is looked up.

use super::answers::ConnectionAnswers;
use super::choices::{Ingestion, WritePath};
use super::incomplete::{Incomplete, refused};
use super::support::{Combination, Support};
use crate::sign_in::CredentialKind;

/// Refuses what this version cannot provision.
pub(crate) fn supported(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    if answers.ingestion == Some(Ingestion::Dedicated) {
        return Err(refused(
            "--ingestion",
            "dedicated",
            "not supported yet",
            "use --ingestion default",
        ));
    }
    match combination(answers).support() {
        Support::Works => Ok(()),
        Support::RenderOnly(refusal) | Support::Refused(refusal) => {
            Err(Incomplete::Refused(refusal))
        }
    }
}

/// What the user chose, with the defaults for the rest.
fn combination(answers: &ConnectionAnswers) -> Combination {
    Combination {
        platform: answers.platform_kind(),
        sign_in: answers.sign_in(),
        path: answers.write_path(),
    }
}

/// Refuses contradictory answers, and combinations that no command supports.
pub(crate) fn consistent(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    if let Support::Refused(refusal) = combination(answers).support() {
        return Err(Incomplete::Refused(refusal));
    }
    for rule in [
        port_without_sidecar,
        azuread_with_sidecar,
        token_file_without_token,
        certificate_without_use,
    ] {
        rule(answers)?;
    }
    Ok(())
}

fn port_without_sidecar(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    match answers.sidecar_port {
        Some(port) if answers.write_path() != WritePath::Sidecar => Err(refused(
            "--sidecar-port",
            &port.to_string(),
            "there is no sidecar with --path native",
            "leave it out, or add --path sidecar",
        )),
        _ => Ok(()),
    }
}

fn azuread_with_sidecar(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    match answers.azuread {
        Some(azuread) if answers.write_path() == WritePath::Sidecar => Err(refused(
            "--azuread",
            azuread.as_str(),
            "with --path sidecar the sidecar signs in, not Prometheus",
            "leave out --azuread or --path sidecar",
        )),
        _ => Ok(()),
    }
}

fn token_file_without_token(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    match (&answers.token_file, answers.auth) {
        (Some(file), Some(auth)) if !auth.uses(CredentialKind::PodToken) => Err(refused(
            "--token-file",
            file,
            format!("{auth} does not use a token of the pod"),
            "leave it out, or use --auth workload-identity",
        )),
        _ => Ok(()),
    }
}

fn certificate_without_use(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    match (&answers.certificate, answers.auth) {
        (Some(certificate), Some(auth)) if !auth.uses(CredentialKind::Certificate) => Err(refused(
            "--certificate",
            &certificate.to_string(),
            format!("{auth} does not use a certificate"),
            "leave it out, or use --auth entra-certificate",
        )),
        _ => Ok(()),
    }
}
