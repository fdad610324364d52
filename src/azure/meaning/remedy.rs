//! What to do next about an error code: a sentence, a command, or what the answer of Azure names.

use crate::next_step::NextStep;
use crate::spec::command_line::{CommandLine, az, own};
use crate::spec::support;

/// What to do next. All but the first five name what the answer of Azure names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::azure) enum Remedy {
    Fixed(&'static str),
    /// The Azure CLI, with what it is for.
    AzureCli(&'static str, AzureCli),
    /// One step of the plan, with what it is for.
    Apply(&'static str, &'static str),
    /// The role of the directory that allows it.
    DirectoryRole(&'static str),
    /// Other sign-in methods, with the text before and behind them.
    OtherAuth(&'static str, OtherAuth, &'static str),
    OtherTenant,
    Role,
    LinkedRole,
    PolicyExemption,
    Registration,
}

/// A command of the Azure CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::azure) enum AzureCli {
    Login,
    LoginToTenant,
    ListSubscriptions,
    ShowTenant,
}

/// The sign-in methods that do not meet the same refusal; which they are is in the support table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::azure) enum OtherAuth {
    WithoutMachines,
    WithoutSecret,
}

impl Remedy {
    /// Without the names of one answer.
    pub(in crate::azure) fn step(self) -> NextStep {
        match self {
            Self::Fixed(text) => text.into(),
            Self::AzureCli(purpose, command) => NextStep::run(purpose, command.line()),
            Self::Apply(purpose, step) => NextStep::run(purpose, own::apply_only(step)),
            Self::DirectoryRole(role) => format!(
                "ask for the directory role {role}, or let an administrator make the application and give it with `--identity`"
            )
            .into(),
            Self::OtherAuth(before, others, behind) => {
                format!("{before} {}{behind}", others.flags()).into()
            }
            Self::OtherTenant => "sign in to the tenant that the answer names".into(),
            Self::Role => "ask an owner for the least role that allows the action".into(),
            Self::LinkedRole => {
                "ask an owner of the linked resource for the least role that allows the action"
                    .into()
            }
            Self::PolicyExemption => "ask the owner of the policy for an exemption".into(),
            Self::Registration => "register the provider".into(),
        }
    }
}

impl OtherAuth {
    fn flags(self) -> String {
        match self {
            Self::WithoutMachines => support::without_machines(support::everywhere()),
            Self::WithoutSecret => support::without_secret(support::everywhere()),
        }
    }
}

impl AzureCli {
    fn line(self) -> CommandLine {
        match self {
            Self::Login => az::login_again(),
            Self::LoginToTenant => az::login_to_any(),
            Self::ListSubscriptions => az::list_subscriptions(),
            Self::ShowTenant => az::show_tenant(),
        }
    }
}
