//! Which answers contradict each other, and which does this version not support? Checked before anything is looked up.

use super::answers::ConnectionAnswers;
use super::choices::WritePath;
use super::incomplete::{Incomplete, refused};
use super::support::{Support, no_ingestion, that_use};
use crate::sign_in::CredentialKind;

/// Refuses what this version cannot provision.
pub(crate) fn supported(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    if let Some(refusal) = answers.ingestion.and_then(no_ingestion) {
        return Err(Incomplete::Refused(refusal));
    }
    match answers.combination().support() {
        Support::Works => Ok(()),
        Support::RenderOnly(refusal) | Support::Refused(refusal) => {
            Err(Incomplete::Refused(refusal))
        }
    }
}

/// Refuses contradictory answers, and combinations that no command supports.
pub(crate) fn consistent(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    if let Support::Refused(refusal) = answers.combination().support() {
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
    let answer = ("--token-file", answers.token_file.as_ref());
    used(
        answers,
        answer,
        CredentialKind::PodToken,
        "a token of the pod",
    )
}

fn certificate_without_use(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    let answer = ("--certificate", answers.certificate.as_ref());
    used(
        answers,
        answer,
        CredentialKind::Certificate,
        "a certificate",
    )
}

/// Refuses an answer about a credential that the chosen method does not have.
fn used(
    answers: &ConnectionAnswers,
    (flag, value): (&str, Option<&impl ToString>),
    credential: CredentialKind,
    name: &str,
) -> Result<(), Incomplete> {
    match (value, answers.auth) {
        // Without `--auth` the method is still to be asked or found, so nothing contradicts yet.
        (Some(value), Some(auth)) if !auth.uses(credential) => Err(refused(
            flag,
            &value.to_string(),
            format!("{auth} does not use {name}"),
            format!(
                "leave it out, or use {}",
                that_use(credential, answers.write_path())
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::{IngestionPath, SignIn};

    fn next_of(result: Result<(), Incomplete>) -> String {
        let Err(Incomplete::Refused(refusal)) = result else {
            panic!("{result:?}")
        };
        refusal.next_steps()[0].line()
    }

    #[test]
    fn an_answer_about_a_credential_leads_to_the_methods_that_use_it() {
        let answers = ConnectionAnswers {
            auth: Some(SignIn::UserIdentity),
            token_file: Some("/var/run/token".into()),
            ..ConnectionAnswers::default()
        };

        let next = next_of(consistent(&answers));

        let methods = that_use(CredentialKind::PodToken, WritePath::Native);
        assert_eq!(next, format!("leave it out, or use {methods}"));
        assert!(methods.starts_with("--auth "), "{methods}");
    }

    #[test]
    fn an_ingestion_that_does_not_work_leads_to_the_one_that_does() {
        let answers = ConnectionAnswers {
            ingestion: Some(IngestionPath::Dedicated),
            ..ConnectionAnswers::default()
        };

        assert_eq!(next_of(supported(&answers)), "use --ingestion default");
    }
}
