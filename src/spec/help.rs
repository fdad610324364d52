//! The help of options whose values are the rows of a table.

use clap::ValueEnum;

use super::choices::PlatformKind;
use super::cloud::CloudName;
use super::support::is_provisioned;
use crate::sign_in::{SignIn, proxy_methods};
use crate::target::{Format, Target};
use crate::text::word_list::joined;

pub(crate) fn platform() -> String {
    let words: Vec<&str> = PlatformKind::value_variants()
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    format!("Where Prometheus runs: {}", joined(&words, "or"))
}

pub(crate) fn cloud() -> String {
    let words = CloudName::ALL.map(CloudName::as_str);
    format!("Azure cloud: {}", joined(&words, "or"))
}

pub(crate) fn sign_in() -> String {
    let all = SignIn::ALL.iter().copied();
    let (everywhere, render_only): (Vec<_>, Vec<_>) = all.partition(|one| is_provisioned(*one));
    let words = |methods: Vec<SignIn>| methods.into_iter().map(SignIn::as_str).collect::<Vec<_>>();
    let (everywhere, render_only) = (words(everywhere), words(render_only));
    let of_render = match render_only.is_empty() {
        true => String::new(),
        false => format!("; `render` also knows {}", joined(&render_only, "and")),
    };
    format!("Sign-in: {}{of_render}", joined(&everywhere, "or"))
}

/// Of a sidecar that is replaced.
pub(crate) fn sign_in_of_proxy() -> String {
    let words: Vec<&str> = proxy_methods().map(|method| method.id).collect();
    format!("Sign-in: {}", joined(&words, "or"))
}

/// After words for what the file is for.
pub(crate) fn target(about: &str) -> String {
    let mut all = Target::ALL.to_vec();
    // The list has the charts first, as the wizard does; who reads help has no cluster that was looked at.
    all.sort_by_key(|target| target.format() != Format::Configuration);
    let words: Vec<&str> = all.into_iter().map(Target::as_str).collect();
    format!("{about}: {}", joined(&words, "or"))
}
