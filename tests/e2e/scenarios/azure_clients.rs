//! Microsoft's own clients against the sandbox under Azure's names: az follows the documented how-to, and the SDKs use their
//! default api-versions.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::EndToEndScenario;
use crate::files;
use crate::programs::Program;
use crate::run::run;
use crate::world::EndToEndWorld;

/// Operations end at their first poll: where Azure sends no `Retry-After`, az asks again after 30 seconds only.
const FAST: &[&str] = &["--slow-operations", "0"];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let az = [Program::Ip, Program::AzureCli];
    let az_and_kubectl = [Program::Ip, Program::AzureCli, Program::Kubectl];
    vec![
        EndToEndScenario::new("az_follows_the_documented_how_to", &az, how_to),
        EndToEndScenario::new("az_manages_applications", &az, applications),
        EndToEndScenario::new(
            "az_signs_in_with_a_federated_token_and_with_an_identity",
            &az_and_kubectl,
            sign_in,
        ),
        EndToEndScenario::new(
            "the_sdks_of_azure_and_graph_speak_their_default_versions",
            &[Program::Ip, Program::AzureSdks],
            sdks,
        ),
    ]
}

/// Variables and functions that the lines of a scenario use.
const PRELUDE: &str = r#"
az() { "$AZ_PYTHON" -m azure.cli "$@"; }
rule=/subscriptions/$AMW_RW_SUBSCRIPTION/resourceGroups/MA_amw-new_westeurope_managed/providers/Microsoft.Insights/dataCollectionRules/amw-new
nodes=MC_rg-prod_aks-prod_westeurope
"#;

/// A shell line with the real az, which trusts the sandbox's certificate authority and keeps its files in the scenario's folder.
fn shell(world: &EndToEndWorld, line: &str) -> Result<Command> {
    let mut command = world.signed_in("sh");
    command
        .args(["-euc", &format!("{PRELUDE}{line}")])
        .env("AZ_PYTHON", Program::AzureCli.path()?)
        .env("AZURE_CONFIG_DIR", world.folder().join("azure"))
        .env("AZURE_CORE_COLLECT_TELEMETRY", "false")
        .env("AZURE_CORE_NO_COLOR", "true")
        .env("REQUESTS_CA_BUNDLE", world.sandbox.authority_file());
    Ok(command)
}

/// Runs each line and looks for the text that must be in its output.
fn prints(world: &EndToEndWorld, lines: &[(&str, &str)]) -> Result<()> {
    for (line, expected) in lines {
        let printed = run(&mut shell(world, line)?)?.succeeds()?;
        ensure!(
            printed.contains(expected),
            "`{line}` printed no `{expected}`:\n{printed}"
        );
    }
    Ok(())
}

const LOGIN: (&str, &str) = (
    r#"az login --service-principal -u "$AZURE_CLIENT_ID" -p "$AZURE_CLIENT_SECRET" --tenant sandbox.onmicrosoft.com"#,
    "Example",
);

fn how_to() -> Result<()> {
    let world = EndToEndWorld::as_azure_with("no-oidc-issuer", FAST)?;
    prints(&world, &[LOGIN])?;
    prints(&world, WORKSPACE)?;
    prints(&world, CLUSTER)?;
    prints(&world, NODES)?;
    prints(&world, CLEAN_UP)
}

const WORKSPACE: &[(&str, &str)] = &[
    (
        "az account show --query user.type -o tsv",
        "servicePrincipal",
    ),
    (
        "az provider register --namespace Microsoft.Monitor --wait",
        "",
    ),
    (
        "az provider show --namespace Microsoft.Monitor --query registrationState -o tsv",
        "Registered",
    ),
    ("az group create -n rg-new -l westeurope", "rg-new"),
    ("az group exists -n rg-new", "true"),
    (
        "az monitor account create -n amw-new -g rg-new -l westeurope",
        "dataCollectionRuleResourceId",
    ),
    (
        "az monitor account show -n amw-new -g rg-new --query metrics.prometheusQueryEndpoint -o tsv",
        ".westeurope.prometheus.monitor.azure.com",
    ),
    (
        "az monitor account update -n amw-new -g rg-new --tags team=a --query tags.team -o tsv",
        "a",
    ),
    (
        "az monitor account list --query '[].name' -o tsv",
        "amw-new",
    ),
    (
        "az resource show --ids \"$rule\" --query properties.immutableId -o tsv",
        "dcr-",
    ),
    (
        "az resource list -g rg-new --query '[].name' -o tsv",
        "amw-new",
    ),
    (
        "az lock create -n keep -g rg-new --lock-type CanNotDelete --query level -o tsv",
        "CanNotDelete",
    ),
    ("az lock delete -n keep -g rg-new", ""),
];

const CLUSTER: &[(&str, &str)] = &[
    (
        "az aks update -n aks-prod -g rg-prod --enable-oidc-issuer --enable-workload-identity \
         --query oidcIssuerProfile.issuerUrl -o tsv",
        "https://westeurope.oic.prod-aks.azure.com/",
    ),
    (
        "az aks show -n aks-prod -g rg-prod --query securityProfile.workloadIdentity.enabled -o tsv",
        "true",
    ),
    (
        "az aks nodepool list --cluster-name aks-prod -g rg-prod --query '[].name' -o tsv",
        "system",
    ),
    (
        "az aks get-credentials -n aks-prod -g rg-prod -f - --query name",
        "aks-prod",
    ),
    (
        "az identity create -n id-new -g rg-new -l westeurope --query name -o tsv",
        "id-new",
    ),
    (
        "az identity federated-credential create -n prometheus --identity-name id-new -g rg-new \
         --issuer \"$(az aks show -n aks-prod -g rg-prod --query oidcIssuerProfile.issuerUrl -o tsv)\" \
         --subject system:serviceaccount:monitoring:prometheus --audiences api://AzureADTokenExchange --query name -o tsv",
        "prometheus",
    ),
    (
        "az role assignment create --role 'Monitoring Metrics Publisher' --scope \"$rule\" \
         --assignee \"$(az identity show -n id-new -g rg-new --query principalId -o tsv)\" --query principalType -o tsv",
        "ServicePrincipal",
    ),
    (
        "az role assignment list --scope \"$rule\" --query '[].roleDefinitionName' -o tsv",
        "Monitoring Metrics Publisher",
    ),
    (
        "az rest --method post --url 'https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01' \
         --body '{\"query\":\"resources | where type =~ \\u0027microsoft.containerservice/managedclusters\\u0027 | project name\"}'",
        "aks-prod",
    ),
];

const NODES: &[(&str, &str)] = &[
    (
        "az vmss list -g \"$nodes\" --query '[].tags.\"aks-managed-poolName\"' -o tsv",
        "user",
    ),
    (
        "az vmss identity assign -n aks-user-10000002-vmss -g \"$nodes\" \
         --identities \"$(az identity show -n id-new -g rg-new --query id -o tsv)\"",
        "id-new",
    ),
    (
        "az vmss identity show -n aks-user-10000002-vmss -g \"$nodes\"",
        "id-new",
    ),
    (
        "az vmss identity remove -n aks-user-10000002-vmss -g \"$nodes\" \
         --identities \"$(az identity show -n id-new -g rg-new --query id -o tsv)\"",
        "azurekeyvaultsecretsprovider",
    ),
];

const CLEAN_UP: &[(&str, &str)] = &[
    ("az identity delete -n id-new -g rg-new", ""),
    ("az monitor account delete -n amw-new -g rg-new --yes", ""),
    ("az group delete -n rg-new --yes", ""),
    ("az group exists -n rg-new", "false"),
];

fn applications() -> Result<()> {
    let world = EndToEndWorld::as_azure_with("example", FAST)?;
    prints(&world, &[LOGIN])?;
    prints(&world, APPLICATIONS)
}

/// The client id of the application that the lines make.
macro_rules! app_id {
    () => {
        "$(az ad app list --display-name app-new --query '[].appId' -o tsv)"
    };
}

const APPLICATIONS: &[(&str, &str)] = &[
    (
        "az ad app create --display-name app-new --query displayName -o tsv",
        "app-new",
    ),
    (
        concat!(
            "az ad sp create --id ",
            app_id!(),
            " --query displayName -o tsv"
        ),
        "app-new",
    ),
    (
        concat!("az ad sp create --id ", app_id!(), " 2>&1 || true"),
        "already",
    ),
    (
        concat!(
            "az ad app credential reset --id ",
            app_id!(),
            " --years 1 --query password -o tsv"
        ),
        "Sbx8Q~",
    ),
    (
        concat!(
            "az ad app credential list --id ",
            app_id!(),
            " --query '[].hint' -o tsv"
        ),
        "Sbx",
    ),
    (
        concat!(
            "az ad app federated-credential create --id ",
            app_id!(),
            " --parameters '{\"name\":\"prometheus\",\"issuer\":\"https://issuer.example/\",\"subject\":\"system:serviceaccount:a:b\",\
             \"audiences\":[\"api://AzureADTokenExchange\"]}' --query name -o tsv"
        ),
        "prometheus",
    ),
    (
        "az ad app list --filter \"startswith(displayName,'app')\" --query '[].displayName' -o tsv",
        "app-new",
    ),
    (
        concat!(
            "az ad app owner list --id ",
            app_id!(),
            " --query '[].displayName' -o tsv"
        ),
        "amw-rw-sandbox-user",
    ),
    (
        "az ad sp create-for-rbac -n rbac-new --role Reader --scopes /subscriptions/\"$AMW_RW_SUBSCRIPTION\" --query displayName -o tsv",
        "rbac-new",
    ),
    (concat!("az ad app delete --id ", app_id!()), ""),
];

fn sign_in() -> Result<()> {
    let world = EndToEndWorld::as_azure_with("example", FAST)?;
    prints(&world, &[LOGIN])?;
    prints(&world, IDENTITY)?;
    let kubectl = Program::Kubectl.path()?;
    let token = run(world.signed_in(&kubectl).args([
        "create",
        "token",
        "kube-prometheus-stack-prometheus",
        "--namespace=monitoring",
        "--audience=api://AzureADTokenExchange",
    ]))?
    .succeeds()?;
    std::fs::write(world.folder().join("token"), token.trim_end())?;
    prints(&world, OTHER_LOGINS)
}

/// The client id of the identity that the lines make; each sign-in has a profile of its own, and this one is the owner's.
const IDENTITY: &[(&str, &str)] = &[
    (
        "az identity create -n id-new -g rg-prod -l westeurope",
        "id-new",
    ),
    (
        "az identity show -n id-new -g rg-prod --query clientId -o tsv > client-id",
        "",
    ),
    (
        "az identity federated-credential create -n prometheus --identity-name id-new -g rg-prod \
         --issuer \"$(az aks show -n aks-prod -g rg-prod --query oidcIssuerProfile.issuerUrl -o tsv)\" \
         --subject system:serviceaccount:monitoring:kube-prometheus-stack-prometheus --audiences api://AzureADTokenExchange",
        "prometheus",
    ),
    (
        "az role assignment create --role Reader --scope \"/subscriptions/$AMW_RW_SUBSCRIPTION\" \
         --assignee \"$(az identity show -n id-new -g rg-prod --query principalId -o tsv)\" --query principalType -o tsv",
        "ServicePrincipal",
    ),
    (
        "for pool in system-10000001 user-10000002; do az vmss identity assign -n aks-$pool-vmss -g \"$nodes\" \
         --identities \"$(az identity show -n id-new -g rg-prod --query id -o tsv)\"; done",
        "id-new",
    ),
];

const OTHER_LOGINS: &[(&str, &str)] = &[
    (
        "export AZURE_CONFIG_DIR=federated; az login --service-principal -u \"$(cat client-id)\" --tenant \"$AZURE_TENANT_ID\" \
         --federated-token \"$(cat token)\"; az aks list --query '[].name' -o tsv",
        "aks-prod",
    ),
    (
        "export AZURE_CONFIG_DIR=identity; az login --identity --client-id \"$(cat client-id)\"; az aks list --query '[].name' -o tsv",
        "aks-prod",
    ),
];

/// The calls that the Python file makes; it ends with the number of its steps.
fn sdks() -> Result<()> {
    let world = EndToEndWorld::as_azure_with("example", FAST)?;
    let calls = files::suite().join("tools/azure-clients/client_calls.py");
    let printed = run(world
        .signed_in(Program::AzureSdks.path()?)
        .arg(calls)
        .env("REQUESTS_CA_BUNDLE", world.sandbox.authority_file()))?
    .succeeds()?;
    let last = printed
        .lines()
        .last()
        .context("the program printed nothing")?;
    ensure!(
        last.ends_with(" steps passed"),
        "the program did not end:\n{printed}"
    );
    Ok(())
}
