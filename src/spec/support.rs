//! Which combinations of platform, sign-in method and path work? The one table, with a reason and an alternative for the rest.

use std::fmt::Display;

use clap::ValueEnum;

use super::choices::{IngestionPath, PlatformKind, WritePath};
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::sign_in::{CredentialKind, SignIn};
use crate::text::word_list::joined;

/// One way to connect a Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Combination {
    pub(crate) platform: PlatformKind,
    pub(crate) sign_in: SignIn,
    pub(crate) path: WritePath,
}

/// What this version does with a combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Support {
    /// It is provisioned and written, and a test sample is sent where we can get a token.
    Works,
    /// `render` writes it from values on the command line; nothing is provisioned.
    RenderOnly(Problem),
    /// No command supports it.
    Refused(Problem),
}

/// The methods for which everything that they need in Azure is created, the recommended one first. Platforms and methods without a
/// row are refused, except that `render` writes files for them.
fn provisioned(platform: PlatformKind) -> &'static [SignIn] {
    match platform {
        PlatformKind::Aks => &[
            SignIn::WorkloadIdentity,
            SignIn::UserIdentity,
            SignIn::EntraSecret,
        ],
        PlatformKind::Arc
        | PlatformKind::Kubernetes
        | PlatformKind::AzureVm
        | PlatformKind::AzureVmss
        | PlatformKind::Host => &[],
    }
}

const NOT_YET: &str = "not supported yet";

impl Combination {
    pub(crate) fn support(self) -> Support {
        match (self.path, self.platform, self.sign_in) {
            (WritePath::Proxy, _, _) => Support::Refused(refusal(
                "--path proxy",
                NOT_YET,
                "use --path native or --path sidecar",
            )),
            (WritePath::Sidecar, _, sign_in) if !sign_in.method().by_sidecar => {
                Support::Refused(not_by_sidecar(sign_in))
            }
            (_, platform, sign_in) if provisioned(platform).contains(&sign_in) => Support::Works,
            // The file depends on the method and not on where Prometheus runs, so `render` can
            // write it.
            (_, platform, _) if provisioned(platform).is_empty() => {
                Support::RenderOnly(no_platform(platform))
            }
            _ => Support::RenderOnly(self.no_method()),
        }
    }

    /// Why nothing is provisioned for the method, although it is for others of the platform.
    pub(super) fn no_method(self) -> Problem {
        refusal(
            &format!("--auth {}", self.sign_in),
            NOT_YET,
            format!("use {}", alternative(provisioned(self.platform), self.path)),
        )
    }
}

/// Why nothing is written to this kind of ingestion endpoint; `None` where it works.
pub(super) fn no_ingestion(ingestion: IngestionPath) -> Option<Problem> {
    let answer = format!("--ingestion {ingestion}");
    let next = format!("use --ingestion {}", IngestionPath::Default);
    (ingestion != IngestionPath::Default).then(|| refusal(&answer, NOT_YET, next))
}

/// Why the sidecar cannot sign in with a method that is not one of its own.
pub(crate) fn not_by_sidecar(sign_in: SignIn) -> Problem {
    refusal(
        &format!("--auth {sign_in} with --path sidecar"),
        "the sidecar does not support this sign-in method",
        format!("use {}, or --path native", flags(by_sidecar())),
    )
}

/// The methods that work there, the recommended one first.
pub(crate) fn sign_ins(platform: PlatformKind, path: WritePath) -> impl Iterator<Item = SignIn> {
    on_path(provisioned(platform), path)
}

/// The methods that work on some platform, the recommended one first.
pub(crate) fn everywhere() -> impl Iterator<Item = SignIn> {
    let all = SignIn::ALL.iter().copied();
    all.filter(|sign_in| is_provisioned(*sign_in))
}

/// `--auth one or two`: those of the methods that need no identity on the machines.
pub(crate) fn without_machines(methods: impl Iterator<Item = SignIn>) -> String {
    without(CredentialKind::Machine, methods)
}

/// `--auth one or two`: those of the methods that need no client secret.
pub(crate) fn without_secret(methods: impl Iterator<Item = SignIn>) -> String {
    without(CredentialKind::ClientSecret, methods)
}

/// `--auth one or two`: the methods that show this credential on the path, for `render` too.
pub(super) fn that_use(credential: CredentialKind, path: WritePath) -> String {
    flags(on_path(SignIn::ALL, path).filter(|sign_in| sign_in.uses(credential)))
}

fn without(credential: CredentialKind, methods: impl Iterator<Item = SignIn>) -> String {
    flags(methods.filter(|sign_in| !sign_in.uses(credential)))
}

/// Whether a method works on a platform, so that all commands know it.
pub(super) fn is_provisioned(sign_in: SignIn) -> bool {
    let mut platforms = PlatformKind::value_variants().iter();
    platforms.any(|platform| provisioned(*platform).contains(&sign_in))
}

fn on_path(provisioned: &[SignIn], path: WritePath) -> impl Iterator<Item = SignIn> {
    let works = move |sign_in: &SignIn| path != WritePath::Sidecar || sign_in.method().by_sidecar;
    provisioned.iter().copied().filter(works)
}

/// What to use of the methods of a platform: those that work on this path, else those of the native one.
fn alternative(provisioned: &[SignIn], path: WritePath) -> String {
    match on_path(provisioned, path).next() {
        Some(_) => flags(on_path(provisioned, path)),
        None => format!("--path native with {}", flags(provisioned.iter().copied())),
    }
}

/// Why nothing is provisioned for a platform that is not listed.
pub(crate) fn no_platform(platform: PlatformKind) -> Problem {
    refusal(
        &format!("--platform {platform}"),
        NOT_YET,
        format!("use {}", platforms()),
    )
}

/// `--platform one or two`: those for which something is provisioned.
pub(crate) fn platforms() -> String {
    let all = PlatformKind::value_variants().iter();
    let works = all.filter(|kind| !provisioned(**kind).is_empty());
    let words: Vec<&str> = works.map(|kind| kind.as_str()).collect();
    format!("--platform {}", joined(&words, "or"))
}

fn by_sidecar() -> impl Iterator<Item = SignIn> {
    let all = SignIn::ALL.iter().copied();
    all.filter(|sign_in| sign_in.method().by_sidecar)
}

/// `--auth one, two or three`.
fn flags(sign_ins: impl Iterator<Item = SignIn>) -> String {
    let words: Vec<&str> = sign_ins.map(SignIn::as_str).collect();
    match words.is_empty() {
        true => "another --auth".to_owned(),
        false => format!("--auth {}", joined(&words, "or")),
    }
}

/// The answer that is refused, the reason, and an alternative.
pub(super) fn refusal(answer: &str, why: impl Display, next: impl Into<NextStep>) -> Problem {
    Problem::new(format!("{answer}: {why}")).next(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::document_table::has_table;

    const PATHS: [WritePath; 3] = [WritePath::Native, WritePath::Sidecar, WritePath::Proxy];

    fn all() -> impl Iterator<Item = Combination> {
        let platforms = PlatformKind::value_variants().iter().copied();
        platforms.flat_map(|platform| {
            SignIn::ALL.iter().copied().flat_map(move |sign_in| {
                PATHS.into_iter().map(move |path| Combination {
                    platform,
                    sign_in,
                    path,
                })
            })
        })
    }

    #[test]
    fn the_methods_that_are_offered_are_those_that_work() {
        for one in all() {
            let is_offered = sign_ins(one.platform, one.path).any(|each| each == one.sign_in);

            let works = one.support() == Support::Works;
            assert_eq!(is_offered && one.path != WritePath::Proxy, works, "{one:?}");
        }
    }

    #[test]
    fn each_refusal_names_the_answer_and_an_alternative_that_works() {
        for one in all() {
            let (Support::RenderOnly(refusal) | Support::Refused(refusal)) = one.support() else {
                continue;
            };

            assert!(refusal.why().starts_with("--"), "{refusal:?}");
            assert!(!refusal.why().ends_with(": "), "{refusal:?}");
            let [next] = refusal.next_steps() else {
                panic!("{refusal:?}")
            };
            assert!(next.line().starts_with("use --"), "{refusal:?}");
        }
    }

    #[test]
    fn a_platform_without_a_method_for_the_sidecar_leads_to_the_native_path() {
        let both = [SignIn::UserIdentity, SignIn::EntraSecret];

        assert_eq!(
            alternative(&both, WritePath::Sidecar),
            "--auth user-identity"
        );
        assert_eq!(
            alternative(&both[1..], WritePath::Sidecar),
            "--path native with --auth entra-secret"
        );
    }

    #[test]
    fn the_sidecar_has_no_client_secret_and_the_alternatives_are_named() {
        let one = Combination {
            platform: PlatformKind::Aks,
            sign_in: SignIn::EntraSecret,
            path: WritePath::Sidecar,
        };

        let Support::Refused(refusal) = one.support() else {
            panic!("it works")
        };

        assert_eq!(
            refusal.next_steps(),
            [
                "use --auth workload-identity, user-identity, entra-certificate or kubelet-identity, or --path native"
            ]
        );
    }

    /// `AMW_RW_BLESS=1 cargo test --lib support` writes the tables of the documents again.
    #[test]
    fn the_documents_have_the_table_of_what_works() {
        has_table("README.md", "support", &platforms_table());
        has_table("docs/choices.md", "sign-in methods", &methods_table());
    }

    fn platforms_table() -> String {
        let all = || SignIn::ALL.iter().copied();
        let head: Vec<&str> = all().map(SignIn::as_str).collect();
        let mut table = format!(
            "| Prometheus runs on | {} |\n|---|{}\n",
            head.join(" | "),
            "---|".repeat(head.len())
        );
        for platform in PlatformKind::value_variants().iter().copied() {
            let cells = all().map(|sign_in| {
                let path = WritePath::Native;
                let one = Combination {
                    platform,
                    sign_in,
                    path,
                };
                match one.support() {
                    Support::Works => "yes",
                    Support::RenderOnly(_) => "`render` only",
                    Support::Refused(_) => "no",
                }
            });
            let cells: Vec<&str> = cells.collect();
            table += &format!("| `{platform}` | {} |\n", cells.join(" | "));
        }
        let proxy: Vec<&str> = all().map(by_proxy).collect();
        table + &format!("| any, with `--path proxy` | {} |\n", proxy.join(" | "))
    }

    fn by_proxy(sign_in: SignIn) -> &'static str {
        let mut platforms = PlatformKind::value_variants().iter().copied();
        let is_refused = platforms.all(|platform| {
            let one = Combination {
                platform,
                sign_in,
                path: WritePath::Proxy,
            };
            matches!(one.support(), Support::Refused(_))
        });
        match is_refused {
            true => "not yet",
            false => "yes",
        }
    }

    fn methods_table() -> String {
        let mut table =
            "| sign-in method | | Prometheus | with `--azuread sdk` | by the sidecar |\n\
             |---|---|---|---|---|\n"
                .to_owned();
        for sign_in in SignIn::ALL.iter().copied() {
            let method = sign_in.method();
            table += &format!(
                "| `{sign_in}` | {} | {} | {} | {} |\n",
                method.summary,
                sign_in.feature().first_prometheus(),
                sign_in.sdk_feature().first_prometheus(),
                if method.by_sidecar { "yes" } else { "no" },
            );
        }
        table
    }
}
