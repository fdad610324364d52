//! Our item of a list of remote writes: what it must contain, in the spelling of Prometheus or of the Operator.

use secrecy::ExposeSecret;
use serde_yaml::Value;

use super::{Desired, refusal};
use crate::compat::Installation;
use crate::problem::Problem;
use crate::remote_write::{
    Authentication, ClientSecret, Pending, RemoteWrite, Route, is_second_version,
};
use crate::sign_in::{AZUREAD, BlockField, ENTRY_SIGN_INS, azuread_blocks};
use crate::spec::sending::{QueueValue, RelabelRule};
use crate::spec::token_scope::scope_fault;
use crate::target::{Position, Spelling};

/// A map in which of `rivals` there is only `chosen`, or none.
fn only(
    spelling: Spelling,
    chosen: Option<(&str, Desired)>,
    rivals: &[&str],
) -> impl Iterator<Item = (String, Desired)> {
    let is_chosen = chosen.as_ref().map(|(key, _)| *key);
    let others = rivals
        .iter()
        .filter(move |rival| Some(**rival) != is_chosen);
    let absent: Vec<_> = others
        .map(|rival| (spelling.key(rival), Desired::Absent))
        .collect();
    let chosen = chosen.map(|(key, desired)| (spelling.key(key), desired));
    chosen.into_iter().chain(absent)
}

/// What our entry must contain; `found` is the present entry, or `Null`. `replica_labels` distinguish the replicas
/// of this Prometheus.
pub(super) fn entry(
    remote_write: &RemoteWrite,
    installation: &Installation,
    found: &Value,
    replica_labels: &[&str],
) -> Result<Desired, Problem> {
    let spelling = installation.target.spelling();
    let sign_in = match installation.route(remote_write)? {
        Route::Sidecar { .. } => None,
        route => {
            let (method, identity) = method(remote_write, installation, route)?;
            let cloud = (
                "cloud".to_owned(),
                Desired::is(remote_write.cloud.row().prometheus),
            );
            let mut blocks = azuread_blocks();
            blocks.push("sdk");
            let methods = only(spelling, Some((method, identity)), &blocks);
            let azuread = std::iter::once(cloud).chain(methods);
            let azuread = azuread.chain(scope(remote_write, &found[spelling.key(AZUREAD)]));
            Some((AZUREAD, Desired::keys(azuread)))
        }
    };
    let address = remote_write.address();
    let keys = [
        ("name".to_owned(), Desired::is(remote_write.name.as_str())),
        ("url".to_owned(), Desired::shown(&address)),
        (
            spelling.key("queue_config"),
            queue(remote_write, installation, found.is_null()),
        ),
    ];
    let rules = remote_write.sending.relabel_rules(replica_labels);
    let sending = sending(remote_write, spelling, found, &rules);
    Ok(Desired::keys(keys.into_iter().chain(sending).chain(only(
        spelling,
        sign_in,
        &ENTRY_SIGN_INS,
    ))))
}

/// A scope whose tokens the ingestion refuses goes: Prometheus then requests that of the cloud.
fn scope(remote_write: &RemoteWrite, azuread: &Value) -> Option<(String, Desired)> {
    let scope = azuread.get("scope")?.as_str()?;
    scope_fault(scope, remote_write.cloud)?;
    Some(("scope".to_owned(), Desired::Absent))
}

/// The method of `azuread`, and its settings.
fn method(
    remote_write: &RemoteWrite,
    installation: &Installation,
    route: Route,
) -> Result<(&'static str, Desired), Problem> {
    let spelling = installation.target.spelling();
    if route == Route::Sdk {
        return Ok(("sdk", Desired::Keys(Vec::new())));
    }
    let block = &remote_write.authentication.sign_in().method().azuread;
    let mut keys = Vec::new();
    for field in block.fields {
        if let Some(value) = value(*field, remote_write, installation)? {
            keys.push((spelling.key(field.key()), value));
        }
    }
    Ok((block.key, Desired::keys(keys)))
}

/// `None` where a field is left to what the entry has already.
fn value(
    field: BlockField,
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<Option<Desired>, Problem> {
    let spelling = installation.target.spelling();
    let authentication = &remote_write.authentication;
    Ok(match (field, authentication) {
        (BlockField::ClientId, _) => Some(match authentication.client_id() {
            Some(client_id) => Desired::shown(client_id),
            // An empty client id is how Prometheus spells the machine's own identity.
            None if installation.needs_empty_client_id() => Desired::is(""),
            None => Desired::Absent,
        }),
        (BlockField::TenantId, _) => authentication.tenant_id().map(Desired::shown),
        (BlockField::ClientSecret, Authentication::ClientSecret { secret, .. }) => {
            Some(client_secret(spelling, secret)?)
        }
        (BlockField::CertificatePath, Authentication::Certificate { certificate, .. }) => {
            Some(Desired::shown(&certificate.path()))
        }
        // The Operator's resources have no field for it.
        (BlockField::TokenFile, _) if spelling == Spelling::Prometheus => {
            installation.token_file(authentication).map(Desired::is)
        }
        _ => None,
    })
}

fn client_secret(spelling: Spelling, secret: &ClientSecret) -> Result<Desired, Problem> {
    match (spelling, secret) {
        (Spelling::Prometheus, ClientSecret::Inline(secret)) => Ok(match secret {
            Pending::Known(secret) => Desired::is(secret.expose_secret()),
            Pending::AfterApply => Desired::shown(&Pending::AfterApply),
            Pending::ByUser(word) => Desired::shown(&Pending::ByUser(word)),
        }),
        (Spelling::Prometheus, _) => Err(refusal::reference_in_plain_file()),
        (Spelling::Operator, ClientSecret::KubernetesSecret { name, key }) => Ok(Desired::keys([
            ("name", Desired::is(name.as_str())),
            ("key", Desired::is(key.as_str())),
        ])),
        (Spelling::Operator, _) => Err(refusal::secret_in_plain_view()),
    }
}

/// Over its limits the workspace answers 429, and Prometheus would drop the samples by default. What is older than
/// 20 minutes the workspace drops without an error, so a new entry does not send it: after an outage that would only
/// delay what is still taken.
fn queue(remote_write: &RemoteWrite, installation: &Installation, is_new: bool) -> Desired {
    let spelling = installation.target.spelling();
    let chosen = remote_write.sending.queue.as_ref();
    let is_open = |key: &str| !chosen.is_some_and(|queue| queue.sets(key));
    let mut keys = Vec::new();
    if is_open("retry_on_http_429") {
        keys.push((spelling.key("retry_on_http_429"), Desired::default(true)));
    }
    if is_new && is_open("sample_age_limit") && installation.limits_age_safely() {
        keys.push((spelling.key("sample_age_limit"), Desired::default("20m")));
    }
    let settings = chosen.into_iter().flat_map(|queue| queue.each());
    keys.extend(settings.map(|(key, value)| {
        let value = match value {
            QueueValue::Count(count) => Desired::is(*count),
            QueueValue::Duration(text) => Desired::is(text.as_str()),
            QueueValue::Truth(truth) => Desired::is(*truth),
        };
        (spelling.key(key), value)
    }));
    Desired::Keys(keys)
}

/// What is sent in addition to samples, and what is relabeled or dropped.
fn sending(
    remote_write: &RemoteWrite,
    spelling: Spelling,
    found: &Value,
    rules: &[RelabelRule],
) -> Vec<(String, Desired)> {
    let sending = &remote_write.sending;
    let switch = |key, on: Option<_>| {
        on.map(|on| {
            (
                spelling.key(key),
                Desired::is(on == crate::spec::choices::Switch::On),
            )
        })
    };
    let metadata = switch("send", sending.metadata)
        .map(|send| (spelling.key("metadata_config"), Desired::keys([send])));
    let switches = [
        metadata,
        switch("send_exemplars", sending.exemplars),
        switch("send_native_histograms", sending.native_histograms),
    ];
    let mut keys: Vec<(String, Desired)> = switches.into_iter().flatten().collect();
    if !rules.is_empty() {
        let list = spelling.key("write_relabel_configs");
        let present = found.get(list.as_str()).and_then(Value::as_sequence);
        let rules = rules.iter().map(|rule| {
            let desired = relabel_rule(rule, spelling);
            // A rule of ours that is there already is not added again. Rules run in order, and each sees the labels of
            // the one before.
            let index = present
                .and_then(|present| present.iter().position(|item| desired.holds(Some(item))));
            (index.map_or(Position::End, Position::At), desired)
        });
        keys.push((list, Desired::Items(rules.collect())));
    }
    let version = spelling.key("protobuf_message");
    // Any other value is left: the default, written out, is no conflict.
    if found.get(version.as_str()).is_some_and(is_second_version) {
        keys.push((version, Desired::Absent));
    }
    keys
}

fn relabel_rule(rule: &RelabelRule, spelling: Spelling) -> Desired {
    let (target, replacement) = rule.sets.unzip();
    let source = rule
        .source_label
        .map(|label| Desired::Is(Value::Sequence(vec![Value::from(label)])));
    let keys = [
        ("source_labels", source),
        ("regex", Some(Desired::is(rule.regex.as_str()))),
        ("target_label", target.map(Desired::is)),
        ("replacement", replacement.map(Desired::is)),
        ("action", Some(Desired::is(rule.action))),
    ];
    let keys = keys
        .into_iter()
        .filter_map(|(key, desired)| Some((spelling.key(key), desired?)));
    Desired::keys(keys)
}
