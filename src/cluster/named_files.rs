//! Puts the files that a kubeconfig names into the kubeconfig itself: certificates, a key and a token; and checks what is
//! sent in headers.
//!
//! The client reads such files on its own (kube 5.0), without a limit, and waits for ever where one is a pipe.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use kube::config::{AuthInfo, Cluster, Kubeconfig as Document};
use secrecy::SecretString;

use super::error::ClusterError;
use super::header_values;
use super::kubeconfig::KubeconfigContext;
use super::token_file;
use crate::files;

/// Reads the files of this context only, as kubectl does.
pub(super) fn read_into(
    document: &mut Document,
    context: &KubeconfigContext,
) -> Result<(), ClusterError> {
    let clusters = document.clusters.iter_mut();
    for named in clusters.filter(|named| named.name == context.cluster) {
        if let Some(cluster) = &mut named.cluster {
            read_authority(cluster)?;
        }
    }
    let users = document.auth_infos.iter_mut();
    for named in users.filter(|named| named.name == context.user) {
        if let Some(user) = &mut named.auth_info {
            read_certificate(user)?;
            read_token(user)?;
            header_values::prepare(&named.name, user).map_err(ClusterError::Kubeconfig)?;
        }
    }
    Ok(())
}

fn read_authority(cluster: &mut Cluster) -> Result<(), ClusterError> {
    let data = &mut cluster.certificate_authority_data;
    if data.is_none()
        && let Some(path) = &cluster.certificate_authority
    {
        *data = Some(encoded("certificate-authority", path)?);
    }
    Ok(())
}

fn read_certificate(user: &mut AuthInfo) -> Result<(), ClusterError> {
    if user.client_certificate_data.is_none()
        && let Some(path) = &user.client_certificate
    {
        user.client_certificate_data = Some(encoded("client-certificate", path)?);
    }
    if user.client_key_data.is_none()
        && let Some(path) = &user.client_key
    {
        user.client_key_data = Some(encoded("client-key", path)?.into());
    }
    Ok(())
}

/// A token in a plain file stays there, to be read again when it is replaced. It counts before one in the kubeconfig
/// itself, unless it cannot be read, as for kubectl.
fn read_token(user: &mut AuthInfo) -> Result<(), ClusterError> {
    let Some(path) = user.token_file.clone() else {
        return Ok(());
    };
    let path = Path::new(&path);
    let token = files::read(path).map_err(|error| error.to_string());
    match token.and_then(|token| token_file::bearer(path, &token).map(|_| token)) {
        // A pipe gives its text once.
        Ok(token) if files::is_stream(path) => {
            user.token = Some(SecretString::from(token.trim()));
            user.token_file = None;
        }
        Ok(_) => {}
        Err(_) if user.token.is_some() => user.token_file = None,
        Err(why) => {
            return Err(ClusterError::Kubeconfig(format!("its `tokenFile`: {why}")));
        }
    }
    Ok(())
}

fn encoded(field: &str, path: &str) -> Result<String, ClusterError> {
    let bytes = files::read_bytes(Path::new(path)).map_err(|error| refused(field, &error))?;
    Ok(STANDARD.encode(bytes))
}

fn refused(field: &str, error: &files::FileError) -> ClusterError {
    ClusterError::Kubeconfig(format!("its `{field}`: {error}"))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::cluster::kubeconfig::Kubeconfig;

    fn with_files(cluster: &str, user: &str) -> Result<Document, ClusterError> {
        let text = format!(
            "clusters:\n- {{name: c, cluster: {{server: 'https://x.example', {cluster}}}}}\n\
             - {{name: other, cluster: {{server: 'https://y.example', certificate-authority: /missing}}}}\n\
             users:\n- {{name: u, user: {{{user}}}}}\n\
             contexts:\n- {{name: here, context: {{cluster: c, user: u}}}}\n"
        );
        let mut kubeconfig = Kubeconfig::from_text(&text).unwrap();
        let context = kubeconfig.context("here").unwrap();
        read_into(&mut kubeconfig.document, &context)?;
        Ok(kubeconfig.document)
    }

    #[test]
    fn files_of_the_context_become_data_and_those_of_others_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pem");
        std::fs::write(&path, "PEM").unwrap();
        let path = path.display();

        let document = with_files(
            &format!("certificate-authority: {path}"),
            &format!("client-certificate: {path}, client-key: {path}, tokenFile: {path}"),
        )
        .unwrap();

        let cluster = document.clusters[0].cluster.as_ref().unwrap();
        let user = document.auth_infos[0].auth_info.as_ref().unwrap();
        let data = Some("UEVN".to_owned());
        assert_eq!(cluster.certificate_authority_data, data);
        assert_eq!(user.client_certificate_data, data);
        assert!(user.client_key_data.is_some());
        assert!(user.token.is_none(), "the client reads a plain file again");
    }

    #[test]
    fn a_device_without_end_is_refused_with_the_name_of_its_field() {
        for (field, cluster, user) in [
            (
                "certificate-authority",
                "certificate-authority: /dev/zero",
                "",
            ),
            ("client-certificate", "", "client-certificate: /dev/zero"),
            ("client-key", "", "client-key: /dev/zero"),
            ("tokenFile", "", "tokenFile: /dev/zero"),
        ] {
            let error = with_files(cluster, user).unwrap_err().to_string();

            assert!(
                error.contains(&format!("its `{field}`: /dev/zero is larger")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_token_file_counts_before_a_token_unless_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let user = format!("token: t, tokenFile: {}", path.display());
        for (content, is_used) in [(None, false), (Some(""), false), (Some("x\n"), true)] {
            content.inspect(|text| std::fs::write(&path, text).unwrap());

            let document = with_files("", &user).unwrap();

            let user = document.auth_infos[0].auth_info.as_ref().unwrap();
            assert_eq!(user.token_file.is_some(), is_used, "{content:?}");
        }
    }

    #[test]
    fn a_token_file_with_two_lines_is_refused_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "s3cr\n3t").unwrap();

        let refusal = with_files("", &format!("tokenFile: {}", path.display())).unwrap_err();

        let refusal = refusal.to_string();
        assert!(refusal.contains("has a control character"), "{refusal}");
        assert!(!refusal.contains("s3cr"), "{refusal}");
    }
}
