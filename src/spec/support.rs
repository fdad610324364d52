//! What goes with what? The one table of platforms, sign-in methods and paths, with the reason for each that does not work.

use super::choices::{PlatformKind, WritePath};
use crate::sign_in::SignIn;

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
    /// It is provisioned, written, and tested with a sample.
    Works,
    /// `render` writes it from facts that are given, but nothing is provisioned.
    RenderOnly(Refusal),
    /// No command does it.
    Refused(Refusal),
}

/// Which answer cannot be, why not, and what to say instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) answer: String,
    pub(crate) why: &'static str,
    pub(crate) next: String,
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
                Support::Refused(refusal(
                    &format!("--auth {sign_in} with --path sidecar"),
                    "the sidecar does not have this sign-in method",
                    format!("use {}, or --path native", flags(by_sidecar())),
                ))
            }
            (_, PlatformKind::Aks, sign_in) if is_provisioned(sign_in) => Support::Works,
            (_, PlatformKind::Aks, sign_in) => Support::RenderOnly(refusal(
                &format!("--auth {sign_in}"),
                NOT_YET,
                format!("use {}", flags(sign_ins(self.platform, self.path))),
            )),
            (_, platform, _) => Support::RenderOnly(refusal(
                &format!("--platform {platform}"),
                NOT_YET,
                "use --platform aks",
            )),
        }
    }
}

/// Whether what this method needs in Azure can be made.
fn is_provisioned(sign_in: SignIn) -> bool {
    match sign_in {
        SignIn::UserIdentity | SignIn::EntraSecret | SignIn::WorkloadIdentity => true,
        SignIn::SystemIdentity | SignIn::KubeletIdentity | SignIn::EntraCertificate => false,
    }
}

/// The methods that work there, the recommended one first.
pub(crate) fn sign_ins(platform: PlatformKind, path: WritePath) -> impl Iterator<Item = SignIn> {
    SignIn::ALL.into_iter().filter(move |sign_in| {
        let is_by_path = path != WritePath::Sidecar || sign_in.method().by_sidecar;
        platform == PlatformKind::Aks && is_provisioned(*sign_in) && is_by_path
    })
}

fn by_sidecar() -> impl Iterator<Item = SignIn> {
    let all = SignIn::ALL.into_iter();
    all.filter(|sign_in| sign_in.method().by_sidecar)
}

/// `--auth one, two or three`.
fn flags(sign_ins: impl Iterator<Item = SignIn>) -> String {
    let words: Vec<&str> = sign_ins.map(SignIn::as_str).collect();
    match words.split_last() {
        Some((last, [])) => format!("--auth {last}"),
        Some((last, others)) => format!("--auth {} or {last}", others.join(", ")),
        None => "another --auth".to_owned(),
    }
}

fn refusal(answer: &str, why: &'static str, next: impl Into<String>) -> Refusal {
    Refusal {
        answer: answer.to_owned(),
        why,
        next: next.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::Feature;

    const PLATFORMS: [PlatformKind; 6] = [
        PlatformKind::Aks,
        PlatformKind::Arc,
        PlatformKind::Kubernetes,
        PlatformKind::AzureVm,
        PlatformKind::AzureVmss,
        PlatformKind::Host,
    ];
    const PATHS: [WritePath; 3] = [WritePath::Native, WritePath::Sidecar, WritePath::Proxy];

    fn all() -> impl Iterator<Item = Combination> {
        PLATFORMS.into_iter().flat_map(|platform| {
            SignIn::ALL.into_iter().flat_map(move |sign_in| {
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

            assert!(refusal.answer.starts_with("--"), "{refusal:?}");
            assert!(refusal.next.starts_with("use --"), "{refusal:?}");
            assert!(!refusal.why.is_empty());
        }
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
            refusal.next,
            "use --auth workload-identity, user-identity, entra-certificate or kubelet-identity, or --path native"
        );
    }

    /// `AMW_RW_BLESS=1 cargo test --lib support` writes the tables of the documents again.
    #[test]
    fn the_documents_have_the_table_of_what_works() {
        has_table("README.md", "support", &platforms_table());
        has_table("docs/choices.md", "sign-in methods", &methods_table());
    }

    fn platforms_table() -> String {
        let head: Vec<&str> = SignIn::ALL.map(SignIn::as_str).into();
        let mut table = format!(
            "| Prometheus runs on | {} |\n|---|{}\n",
            head.join(" | "),
            "---|".repeat(head.len())
        );
        for platform in PLATFORMS {
            let cells = SignIn::ALL.map(|sign_in| {
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
            table += &format!("| `{platform}` | {} |\n", cells.join(" | "));
        }
        table
    }

    fn methods_table() -> String {
        let mut table =
            "| sign-in method | | Prometheus | with `--azuread sdk` | by the sidecar |\n\
             |---|---|---|---|---|\n"
                .to_owned();
        for sign_in in SignIn::ALL {
            let method = sign_in.method();
            table += &format!(
                "| `{sign_in}` | {} | {} | {} | {} |\n",
                method.summary,
                Feature::of(sign_in).first_prometheus(),
                Feature::of_sdk(sign_in).first_prometheus(),
                if method.by_sidecar { "yes" } else { "no" },
            );
        }
        table
    }

    /// The text between the two marks of a document.
    fn has_table(document: &str, name: &str, table: &str) {
        let path = format!("{}/{document}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (start, end) = (
            format!("<!-- {name} -->\n"),
            format!("<!-- end of {name} -->"),
        );
        let (before, rest) = text.split_once(&start).expect("the document has the mark");
        let (_, after) = rest.split_once(&end).expect("the document has both marks");
        let expected = format!("{before}{start}{table}{end}{after}");
        if is_blessed() {
            std::fs::write(&path, &expected).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, expected, "AMW_RW_BLESS=1 cargo test --lib support");
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is for whoever runs the tests, not for the program"
    )]
    fn is_blessed() -> bool {
        std::env::var_os("AMW_RW_BLESS").is_some()
    }
}
