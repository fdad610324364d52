//! What a migration knows for the builder of the remote write: flags first, then the proxy's container, then the files.

use super::detected_setup::DetectedSetup;
use super::refusal::{MigrationRefusal, MissingAnswer};
use crate::compat::{Installation, Version};
use crate::next_step::NextStep;
use crate::remote_write::{
    ClusterLabel, Destination, InputField, OtherCloud, Pending, ProxyKind, RemoteWrite,
    RemoteWriteInput, RouteChoice, build,
};
use crate::sign_in::{CredentialKind, MethodNeeds, SignIn, proxy_methods};
use crate::spec::choices::CertificateChoice;
use crate::spec::cloud::CloudName;
use crate::spec::command_line::own;
use crate::spec::ids::{ClientId, TenantId};
use crate::spec::ingestion_url::{IngestionUrl, NotIngestion};
use crate::spec::sending::SendSettings;
use crate::spec::webhook_keys;
use crate::target::at_path;
use crate::text::word_list::joined;

/// What was answered by flags, and what is known of the cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct MigrationAnswers {
    pub(crate) write_url: Option<IngestionUrl>,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) tenant_id: Option<TenantId>,
    /// The certificate's file, as Prometheus sees it.
    pub(crate) certificate: Option<String>,
    pub(crate) cluster_label: Option<String>,
    pub(crate) cluster_name: Option<String>,
    pub(crate) prometheus: Option<Version>,
    pub(crate) operator: Option<Version>,
}

/// The remote write that does without the proxy, or every missing answer.
pub(super) fn remote_write(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    installation: &Installation,
    url: Option<&IngestionUrl>,
) -> Result<RemoteWrite, MigrationRefusal> {
    build(input(found, given, installation, url)?)
        .map_err(|fields| MigrationRefusal::Missing(missing(found, given, &fields)))
}

fn input(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    installation: &Installation,
    url: Option<&IngestionUrl>,
) -> Result<RemoteWriteInput, MigrationRefusal> {
    let written = as_written(found, given, installation)?;
    let url = url.map(|url| url.as_str().to_owned());
    let native = url.as_deref().and_then(|url| found.native(url));
    let native_name = native.and_then(|entry| entry.name.clone());
    Ok(RemoteWriteInput {
        client_id: client_id(found, given, written.sign_in)?.map(Pending::Known),
        url: url.map(Pending::Known),
        entry_name: native_name.or(written.entry_name.clone()),
        ..written
    })
}

/// What flags and files contain, unchanged. The URL and the client id are left out: a file to write needs valid ones.
pub(super) fn as_written(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    installation: &Installation,
) -> Result<RemoteWriteInput, MigrationRefusal> {
    let certificate = given
        .certificate
        .clone()
        .or_else(|| found.sidecar.as_ref()?.certificate.clone());
    Ok(RemoteWriteInput {
        target: found.target,
        url: None,
        cloud: cloud(found)?,
        // The name becomes the label `remote_name` of Prometheus' own metrics, by which alerts select, so it is kept.
        entry_name: found.entry.as_ref().and_then(|entry| entry.name.clone()),
        workspace: None,
        sign_in: sign_in(found, given)?,
        client_id: None,
        tenant_id: tenant_id(found, given).map(Pending::Known),
        client_secret: None,
        certificate: certificate.map(|path| Pending::Known(CertificateChoice::File(path))),
        may_name_new_secret: false,
        token_file: None,
        route: RouteChoice::Supported(installation.clone()),
        sending: SendSettings::default(),
        cluster_label: cluster_label(found, given),
    })
}

/// Where the samples end up: by the flag, else by the settings of the proxy.
pub(super) fn url(
    found: &DetectedSetup,
    given: &MigrationAnswers,
) -> Result<Option<IngestionUrl>, MigrationRefusal> {
    let refused = |why: NotIngestion, of: &str| {
        let problem = why.problem(of);
        let by_flag = "or give the right URL with --write-url".to_owned();
        MigrationRefusal::Refused(problem.next(by_flag))
    };
    let (url, of) = match (&given.write_url, proxied_url(found)) {
        (Some(url), _) => (url.clone(), "--write-url".to_owned()),
        (None, None) => return Ok(None),
        (None, Some(text)) => {
            let of = setting(found);
            let url = IngestionUrl::parse(&text, None).map_err(|why| refused(why, &of))?;
            (url, of)
        }
    };
    if let Some(named) = cloud(found)? {
        url.check_cloud(named).map_err(|why| {
            MigrationRefusal::refused(
                format!("{why}: the URL is that of {of}, and the cloud that of CLOUD"),
                "correct CLOUD of the proxy, or give the right URL with --write-url",
            )
        })?;
    }
    Ok(Some(url))
}

/// What the URL of the proxy is made from.
fn setting(found: &DetectedSetup) -> String {
    let Some(sidecar) = &found.sidecar else {
        return "the remote write".to_owned();
    };
    match sidecar.kind {
        ProxyKind::Sidecar => format!("INGESTION_URL of container `{}`", sidecar.name),
        ProxyKind::AuthProxy => format!(
            "TARGET_HOST of container `{}` with the path of the remote write",
            sidecar.name
        ),
    }
}

pub(super) fn proxied_url(found: &DetectedSetup) -> Option<String> {
    let sidecar = found.sidecar.as_ref()?;
    match &found.entry {
        Some(entry) => sidecar.write_url(&entry.url),
        None => match &sidecar.destination {
            Destination::Url(url) => Some(url.clone()),
            _ => None,
        },
    }
}

fn cloud(found: &DetectedSetup) -> Result<Option<CloudName>, MigrationRefusal> {
    let named = found.sidecar.as_ref().map(|sidecar| sidecar.cloud());
    let cloud = named.transpose().map_err(|OtherCloud(cloud)| {
        MigrationRefusal::refused(
            format!(
                "the proxy uses the cloud {cloud}, and Prometheus supports only {}",
                CloudName::ALL
                    .map(|known| known.row().prometheus)
                    .join(", ")
            ),
            "keep the proxy: Prometheus does not support this cloud",
        )
    })?;
    Ok(cloud.flatten())
}

fn sign_in(
    found: &DetectedSetup,
    given: &MigrationAnswers,
) -> Result<Option<SignIn>, MigrationRefusal> {
    let named = given
        .sign_in
        .or_else(|| found.sidecar.as_ref()?.sign_in)
        .or_else(|| found.wants_token().then(SignIn::default));
    if named.is_some_and(|one| one.uses(CredentialKind::ClientSecret)) {
        return Err(MigrationRefusal::refused(
            "the Azure sidecar does not support client secrets, so there is nothing to migrate",
            NextStep::run("to sign in by another identity", own::init_again()),
        ));
    }
    Ok(named)
}

/// As Prometheus wants it: it takes nothing but a GUID.
fn client_id(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    sign_in: Option<SignIn>,
) -> Result<Option<String>, MigrationRefusal> {
    let known = written_client_id(found, given);
    let is_needed = sign_in.is_none_or(|sign_in| sign_in.needs().client_id);
    let Some(id) = known.filter(|_| is_needed) else {
        return Ok(None);
    };
    let id = ClientId::parse(&id).map_err(|error| {
        MigrationRefusal::refused(
            format!("{error}, and Prometheus takes no other client ids"),
            "give it with --client-id",
        )
    })?;
    Ok(Some(id.to_string()))
}

/// By the flag, else by the settings of the proxy, else by the service account.
pub(super) fn written_client_id(found: &DetectedSetup, given: &MigrationAnswers) -> Option<String> {
    let named = given
        .client_id
        .clone()
        .map(String::from)
        .or_else(|| found.sidecar.as_ref()?.client_id.clone());
    // With workload identity, the webhook sets the variable from this annotation.
    let annotation = found
        .annotation(webhook_keys::CLIENT_ID)
        .filter(|_| found.wants_token())
        .map(str::to_owned);
    named.or(annotation)
}

fn tenant_id(found: &DetectedSetup, given: &MigrationAnswers) -> Option<String> {
    let named = given
        .tenant_id
        .clone()
        .map(String::from)
        .or_else(|| found.sidecar.as_ref()?.tenant_id.clone());
    let annotation = || found.annotation(webhook_keys::TENANT_ID);
    let text = named.or_else(|| annotation().map(str::to_owned))?;
    // A domain name is a valid tenant to Prometheus too, except with workload identity.
    Some(TenantId::parse(&text).map_or(text, |id| id.to_string()))
}

/// The value of the flag, else the one that the proxy sets, else the one in the file.
fn cluster_label(found: &DetectedSetup, given: &MigrationAnswers) -> Option<ClusterLabel> {
    if let Some(label) = &given.cluster_label {
        return Some(ClusterLabel::Explicit(label.clone()));
    }
    let own = at_path(&found.data, found.target.cluster_label());
    let own = own
        .filter(|label| !label.is_null())
        .map(|label| match label.as_str() {
            Some(text) => text.to_owned(),
            // Prometheus takes a number or a truth as a label too, and makes text of it.
            None => serde_yaml::to_string(label)
                .unwrap_or_default()
                .trim()
                .to_owned(),
        });
    let set = found
        .sidecar
        .as_ref()
        .and_then(|sidecar| sidecar.cluster.clone());
    // The sidecar labels the samples with CLUSTER, so this is the value that the stored series have.
    set.or(own)
        .or_else(|| given.cluster_name.clone())
        .map(ClusterLabel::Default)
}

/// Every missing answer, with the reason where the container has the setting and the file does not show its value.
fn missing(
    found: &DetectedSetup,
    given: &MigrationAnswers,
    fields: &[InputField],
) -> Vec<MissingAnswer> {
    let has_method = !fields.contains(&InputField::SignIn);
    let mut missing: Vec<MissingAnswer> = fields
        .iter()
        .map(|field| {
            let what = meaning(*field, has_method);
            let what = match unread_variable(found, *field) {
                Some(variable) => format!("{what}; the value of {variable} is not in the file"),
                None => what,
            };
            (flag(*field), what)
        })
        .collect();
    if found.sidecar.is_none() && given.write_url.is_none() {
        let url = found.entry.as_ref().map(|entry| entry.url.to_string());
        let url = url.unwrap_or_default();
        let manifest = format!("the manifest of the pod that listens at {url}; or in place of it:");
        missing.insert(0, ("--sidecar", manifest));
    }
    missing
}

/// The variable of the proxy that has this setting, where the file does not show its value.
fn unread_variable(found: &DetectedSetup, field: InputField) -> Option<&'static str> {
    let sidecar = found.sidecar.as_ref()?;
    let variable = sidecar.kind.variables().of(field);
    sidecar.external.contains(&variable).then_some(variable)
}

fn flag(field: InputField) -> &'static str {
    match field {
        InputField::Url => "--write-url",
        InputField::SignIn | InputField::ClientSecret => "--auth",
        InputField::ClientId => "--client-id",
        InputField::TenantId => "--tenant-id",
        InputField::Certificate => "--certificate",
        InputField::ClusterLabel => "--cluster-label",
    }
}

fn meaning(field: InputField, has_method: bool) -> String {
    let text = match field {
        InputField::Url => "where samples are written to",
        InputField::SignIn | InputField::ClientSecret => "how Prometheus signs in",
        InputField::ClientId if !has_method => {
            let without = methods(|needs| !needs.client_id);
            return format!("the client id, unless it is {without}");
        }
        InputField::ClientId => "the client id that it signs in as",
        InputField::TenantId if !has_method => {
            return format!("the tenant, if it is {}", methods(|needs| needs.tenant_id));
        }
        InputField::TenantId => "the tenant that it signs in to",
        InputField::Certificate => {
            "the file of the client certificate, as Prometheus sees it: file:PATH"
        }
        InputField::ClusterLabel => "the label that identifies this cluster",
    };
    text.to_owned()
}

/// `one or two`: the methods of a proxy with such needs.
fn methods(with: fn(MethodNeeds) -> bool) -> String {
    let those = proxy_methods().filter(|method| with(method.needs));
    joined(&those.map(|method| method.id).collect::<Vec<_>>(), "or")
}
