//! What does Prometheus have to be told so that it writes what the proxy wrote, by itself and as the same identity?

use super::look::Found;
use super::sidecar::{Destination, OtherCloud, Sidecar};
use super::{Unmovable, changes};
use crate::compat::{self, Feature, Installation, Version};
use crate::patch::Instead;
use crate::remote_write::{Authentication, Certificate, ClusterLabel, RemoteWrite, Route};
use crate::sign_in::{CredentialKind, SignIn};
use crate::spec::cloud::CloudName;
use crate::spec::ids::{ClientId, TenantId};
use crate::spec::names;
use crate::spec::sending::Sending;
use crate::target::at_path;

/// What was answered by flags, and what is known of the cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub(crate) write_url: Option<String>,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) client_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
    /// The certificate's file, as Prometheus sees it.
    pub(crate) certificate: Option<String>,
    pub(crate) cluster_label: Option<String>,
    pub(crate) cluster_name: Option<String>,
    pub(crate) prometheus: Option<Version>,
    pub(crate) operator: Option<Version>,
}

/// The native form, ready to be written.
pub(crate) struct Native {
    pub(crate) installation: Installation,
    pub(crate) remote_write: RemoteWrite,
    pub(crate) instead: Instead,
    /// What is no longer in the file, such as `container prom-remotewrite`.
    pub(crate) removed: Vec<String>,
    /// What the user should know of this way.
    pub(crate) remarks: Vec<String>,
}

/// An answer that is missing: its flag, and what it is about.
pub(crate) type Missing = (&'static str, String);

/// Works out the native form, or lists every answer that is still missing.
pub(crate) fn native(found: &Found, given: &Given) -> Result<Native, Unmovable> {
    let facts = Facts::gather(found, given)?;
    let installation = Installation {
        target: found.target,
        prometheus: given.prometheus.clone().or_else(|| found.version()),
        operator: given.operator.clone(),
    };
    let cloud = match &found.sidecar {
        Some(sidecar) => sidecar.cloud(&facts.write_url).map_err(no_such_cloud)?,
        None => CloudName::of_ingestion(&facts.write_url),
    };
    let own_name = found.entry.as_ref().and_then(|entry| entry.name.clone());
    let native_name = found
        .native(&facts.write_url)
        .and_then(|entry| entry.name.clone());
    let remote_write = RemoteWrite {
        name: native_name
            .or(own_name)
            .unwrap_or_else(|| names::remote_write(workspace_of(&facts.write_url))),
        url: facts.write_url,
        cloud,
        route: route(&facts.authentication, &installation),
        authentication: facts.authentication,
        sending: Sending::default(),
        cluster_label: facts.cluster_label,
    };
    let scope = found
        .sidecar
        .as_ref()
        .and_then(|sidecar| sidecar.unusual_scope(cloud));
    if let Some(scope) = &scope {
        check_scope(scope, &installation)?;
    }
    let changes = changes::changes(found, &remote_write, scope.as_deref());
    let mut remarks = remarks(found, &remote_write, &installation);
    remarks.extend(changes.remarks);
    Ok(Native {
        installation,
        remote_write,
        instead: changes.instead,
        removed: changes.removed,
        remarks,
    })
}

/// What is known for sure.
struct Facts {
    write_url: String,
    authentication: Authentication,
    cluster_label: ClusterLabel,
}

impl Facts {
    fn gather(found: &Found, given: &Given) -> Result<Self, Unmovable> {
        let mut open = Open {
            sidecar: found.sidecar.as_ref(),
            missing: Vec::new(),
        };
        let write_url = given.write_url.clone().or_else(|| proxied_url(found));
        let write_url = open.text(
            write_url,
            "--write-url",
            "where samples are written to",
            "INGESTION_URL",
        );
        let authentication = authentication(found, given, &mut open)?;
        let cluster_label = cluster_label(found, given);
        if cluster_label.is_none() {
            open.missing.push((
                "--cluster-label",
                "what tells this cluster from others".to_owned(),
            ));
        }
        match (cluster_label, authentication) {
            (Some(cluster_label), Some(authentication)) if open.missing.is_empty() => Ok(Self {
                write_url,
                authentication,
                cluster_label,
            }),
            _ if found.sidecar.is_none() && given.write_url.is_none() => {
                let whither = found.entry.as_ref().map_or("", |entry| &entry.url);
                let manifest = format!(
                    "the manifest of the pod that listens at {whither}; or in place of it:"
                );
                open.missing.insert(0, ("--sidecar", manifest));
                Err(Unmovable::Missing(open.missing))
            }
            _ => Err(Unmovable::Missing(open.missing)),
        }
    }
}

/// Notes what is still open.
struct Open<'a> {
    sidecar: Option<&'a Sidecar>,
    missing: Vec<Missing>,
}

impl Open<'_> {
    /// The text, or an empty one that nobody will see.
    fn text(
        &mut self,
        known: Option<String>,
        flag: &'static str,
        what: &str,
        variable: &str,
    ) -> String {
        known.unwrap_or_else(|| {
            let untold = self
                .sidecar
                .is_some_and(|sidecar| sidecar.untold.contains(&variable));
            let why = match untold {
                true => format!("{what}; the container takes {variable} from elsewhere"),
                false => what.to_owned(),
            };
            self.missing.push((flag, why));
            String::new()
        })
    }
}

fn proxied_url(found: &Found) -> Option<String> {
    let sidecar = found.sidecar.as_ref()?;
    match &found.entry {
        Some(entry) => sidecar.write_url(&entry.url),
        None => match &sidecar.destination {
            Destination::Url(url) => Some(url.clone()),
            _ => None,
        },
    }
}

fn authentication(
    found: &Found,
    given: &Given,
    open: &mut Open,
) -> Result<Option<Authentication>, Unmovable> {
    let sidecar = found.sidecar.as_ref();
    let told = given.sign_in.or_else(|| sidecar?.sign_in);
    let Some(sign_in) = told.or_else(|| found.wants_token().then_some(SignIn::USUAL)) else {
        open.text(None, "--auth", "how Prometheus signs in", "IDENTITY_TYPE");
        client_id(
            found,
            given,
            open,
            "the client id, unless it is system-identity",
        )?;
        tenant_id(
            found,
            given,
            open,
            "the tenant, if it is workload-identity or entra-certificate",
        );
        return Ok(None);
    };
    let needs = sign_in.needs();
    Ok(Some(match needs.credential {
        CredentialKind::Machine => Authentication::ManagedIdentity {
            client_id: match needs.client_id {
                true => Some(client_id(found, given, open, CLIENT_ID)?),
                false => None,
            },
        },
        CredentialKind::PodToken => Authentication::WorkloadIdentity {
            client_id: client_id(found, given, open, CLIENT_ID)?,
            tenant_id: tenant_id(found, given, open, TENANT_ID),
            token_file: None,
        },
        CredentialKind::Certificate => Authentication::Certificate {
            client_id: client_id(found, given, open, CLIENT_ID)?,
            tenant_id: tenant_id(found, given, open, TENANT_ID),
            certificate: Certificate::File(
                open.text(
                    given
                        .certificate
                        .clone()
                        .or_else(|| sidecar?.certificate.clone()),
                    "--certificate",
                    "the file of the client certificate, as Prometheus sees it: file:PATH",
                    "AZURE_CLIENT_CERTIFICATE_PATH",
                ),
            ),
        },
        CredentialKind::ClientSecret => {
            return Err(Unmovable::refused(
                "no proxy of Azure's signs in by a client secret, so there is none to take over",
                "to sign in by another identity: amw-rw init",
            ));
        }
    }))
}

const CLIENT_ID: &str = "the client id that it signs in as";
const TENANT_ID: &str = "the tenant that it signs in to";

fn client_id(
    found: &Found,
    given: &Given,
    open: &mut Open,
    what: &str,
) -> Result<String, Unmovable> {
    let told = given
        .client_id
        .clone()
        .or_else(|| found.sidecar.as_ref()?.client_id.clone());
    // The webhook sets the variable from there.
    let annotation = found.annotation("azure.workload.identity/client-id");
    let known = told.or_else(|| {
        annotation
            .filter(|_| found.wants_token())
            .map(str::to_owned)
    });
    canonical(open.text(known, "--client-id", what, "AZURE_CLIENT_ID"))
}

fn tenant_id(found: &Found, given: &Given, open: &mut Open, what: &str) -> String {
    let told = given
        .tenant_id
        .clone()
        .or_else(|| found.sidecar.as_ref()?.tenant_id.clone());
    let annotation = found.annotation("azure.workload.identity/tenant-id");
    let known = told.or_else(|| annotation.map(str::to_owned));
    let text = open.text(known, "--tenant-id", what, "AZURE_TENANT_ID");
    TenantId::parse(&text).map_or(text, |id| id.to_string())
}

/// As Prometheus wants it. Nothing stays nothing: it is missing already.
fn canonical(client_id: String) -> Result<String, Unmovable> {
    if client_id.is_empty() {
        return Ok(client_id);
    }
    ClientId::parse(&client_id)
        .map(|id| id.to_string())
        .map_err(|error| {
            Unmovable::refused(
                format!("{error}, and Prometheus takes no other client ids"),
                "give it with --client-id",
            )
        })
}

/// The user's wish, else what the proxy sets, else what the file has already.
fn cluster_label(found: &Found, given: &Given) -> Option<ClusterLabel> {
    if let Some(label) = &given.cluster_label {
        return Some(ClusterLabel::Explicit(label.clone()));
    }
    let own = at_path(&found.data, found.target.cluster_label());
    let own = own
        .filter(|label| !label.is_null())
        .map(|label| match label.as_str() {
            Some(text) => text.to_owned(),
            None => serde_yaml::to_string(label)
                .unwrap_or_default()
                .trim()
                .to_owned(),
        });
    let set = found
        .sidecar
        .as_ref()
        .and_then(|sidecar| sidecar.cluster.clone());
    set.or(own)
        .or_else(|| given.cluster_name.clone())
        .map(ClusterLabel::Default)
}

/// Azure's SDK within Prometheus can do what its configuration has no field for yet.
fn route(authentication: &Authentication, installation: &Installation) -> Route {
    let sign_in = authentication.sign_in();
    if installation.needs_environment(sign_in) {
        return Route::Sdk;
    }
    let feature = Feature::of(sign_in);
    let is_new = matches!(
        sign_in.needs().credential,
        CredentialKind::PodToken | CredentialKind::Certificate
    );
    let has_sdk = installation.prometheus.is_some() && !installation.lacks(Feature::Sdk);
    if is_new && has_sdk && installation.lacks(feature) {
        Route::Sdk
    } else {
        Route::Direct
    }
}

fn check_scope(scope: &str, installation: &Installation) -> Result<(), Unmovable> {
    let Some(missing) = installation.missing(Feature::Scope) else {
        return Ok(());
    };
    let compat::Missing {
        program,
        version,
        since,
    } = missing;
    Err(Unmovable::refused(
        format!(
            "the proxy asks for tokens for {scope}, and {program} {version} does not support `scope` (added in {since})"
        ),
        format!("upgrade {program}, and keep the proxy until then"),
    ))
}

fn remarks(found: &Found, remote_write: &RemoteWrite, installation: &Installation) -> Vec<String> {
    let mut remarks = Vec::new();
    if remote_write.route == Route::Sdk {
        let what = match remote_write.authentication {
            Authentication::Certificate { .. } => "a client certificate",
            _ => "workload identity",
        };
        let who = match (&installation.prometheus, installation.target.is_operated()) {
            (_, true) => "the Operator, or this Prometheus,".to_owned(),
            (Some(version), false) => format!("Prometheus {version}"),
            (None, false) => "Prometheus".to_owned(),
        };
        remarks.push(format!(
            "{who} does not support {what} in its configuration, so Azure's SDK in Prometheus authenticates (`sdk`)"
        ));
    }
    let is_plain = found.target.is_configuration();
    match &remote_write.authentication {
        Authentication::Certificate { certificate, .. }
            if is_plain && remote_write.route == Route::Sdk =>
        {
            remarks.push(format!(
                "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_CERTIFICATE_PATH={} in the environment of Prometheus",
                certificate.path()
            ));
        }
        Authentication::Certificate { certificate, .. } if is_plain => {
            remarks.push(format!(
                "Prometheus itself must see the file {}",
                certificate.path()
            ));
        }
        Authentication::WorkloadIdentity { .. } if is_plain => {
            remarks.push("the pod of Prometheus itself needs the label azure.workload.identity/use and the service account".to_owned());
        }
        _ => {}
    }
    remarks
}

fn no_such_cloud(OtherCloud(cloud): OtherCloud) -> Unmovable {
    Unmovable::refused(
        format!(
            "the proxy is in the cloud {cloud}, and Prometheus knows AzurePublic, AzureGovernment and AzureChina only"
        ),
        "keep the proxy for this cloud: nothing native takes its place",
    )
}

/// The ingestion host starts with the workspace's name and a random suffix.
fn workspace_of(write_url: &str) -> &str {
    let authority = write_url
        .split_once("://")
        .map_or(write_url, |(_, rest)| rest);
    let label = authority.split(['.', '/', ':']).next().unwrap_or_default();
    label.rsplit_once('-').map_or(label, |(name, _)| name)
}
