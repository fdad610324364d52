//! The scenarios a sandbox can start from: one example that works, and others that are broken or unusual.

mod cluster_seed;
mod helm_release;
mod hostile_names;
mod kube_prometheus_stack;
mod operator;
mod seed;
mod sidecar;
#[cfg(test)]
mod tests;
mod virtual_machine;

use jiff::Timestamp;
use serde_json::json;

pub(crate) use self::seed::SIGNED_IN;
use self::seed::{REGION, Seed};
use super::cloud::SandboxCloud;
use super::kubernetes;
use super::state::{AzureState, LockLevel, guid_for};

/// A prepared state to start from.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// One line on what is special about it.
    pub(crate) about: &'static str,
    prepare: fn(&mut Seed),
}

/// All of them, the default first. Each changes the example.
pub(crate) static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "example",
        about: "an AKS cluster with a Prometheus, an owner signed in, and no workspace yet",
        prepare: |_| {},
    },
    Scenario {
        name: "no-oidc-issuer",
        about: "the cluster has neither an OIDC issuer nor workload identity",
        prepare: |seed| {
            seed.set_on_clusters("oidcIssuerProfile", &json!({"enabled": false}));
            seed.set_on_clusters("securityProfile", &json!({}));
        },
    },
    Scenario {
        name: "contributor-only",
        about: "the signed-in application may make resources but assign no roles",
        prepare: |seed| seed.hold_only(&["Contributor", "Monitoring Data Reader"]),
    },
    Scenario {
        name: "reader-only",
        about: "the signed-in application may only look",
        prepare: |seed| seed.hold_only(&["Reader"]),
    },
    Scenario {
        name: "no-data-reader",
        about: "the signed-in application owns everything but may not query samples",
        prepare: |seed| seed.hold_only(&["Owner"]),
    },
    Scenario {
        name: "policy-denies-workspace",
        about: "the policy `deny-monitor-workspaces` forbids new workspaces",
        prepare: |seed| seed.policy("deny-monitor-workspaces", "microsoft.monitor/accounts"),
    },
    Scenario {
        name: "locked-resource-group",
        about: "the resource group `rg-prod` has a read-only lock",
        prepare: |seed| seed.lock("rg-prod", LockLevel::ReadOnly),
    },
    Scenario {
        name: "delete-locked",
        about: "the resource group `rg-prod` has a lock against deletion",
        prepare: |seed| seed.lock("rg-prod", LockLevel::CanNotDelete),
    },
    Scenario {
        name: "region-unsupported",
        about: "the cluster is in polandcentral, where workspaces are not offered",
        prepare: |seed| {
            seed.remove_clusters();
            seed.cluster("rg-prod", "aks-prod", "polandcentral");
        },
    },
    Scenario {
        name: "workspace-elsewhere",
        about: "a workspace called `amw-aks-prod` is in `rg-prod` already, but in northeurope",
        prepare: |seed| seed.workspace("rg-prod", "amw-aks-prod", "northeurope"),
    },
    Scenario {
        name: "two-clusters",
        about: "two clusters are called `aks-prod`, in `rg-prod` and in `rg-other`",
        prepare: |seed| seed.cluster("rg-other", "aks-prod", REGION),
    },
    Scenario {
        name: "no-clusters",
        about: "there is no cluster",
        prepare: Seed::remove_clusters,
    },
    Scenario {
        name: "many-clusters",
        about: "2,300 clusters, so that every list comes in pages",
        prepare: |seed| {
            for number in 2..=2300 {
                seed.bare_cluster("rg-fleet", &format!("aks-{number:04}"), REGION);
            }
        },
    },
    Scenario {
        name: "two-subscriptions",
        about: "a second subscription, `Second`, with a cluster of its own, `aks-dev`",
        prepare: |seed| {
            seed.subscription("Second");
            seed.hold("Owner");
            seed.cluster("rg-dev", "aks-dev", REGION);
        },
    },
    Scenario {
        name: "subscription-disabled",
        about: "the subscription is disabled: everything can be read and nothing written",
        prepare: |seed| seed.state.subscriptions[0].state = "Disabled",
    },
    Scenario {
        name: "other-tenant",
        about: "the subscription belongs to another tenant than the one signed in to",
        prepare: |seed| seed.state.subscriptions[0].tenant_id = guid_for("another tenant"),
    },
    Scenario {
        name: "node-group-locked-down",
        about: "a deny assignment keeps everyone from changing the cluster's nodes",
        prepare: |seed| {
            seed.set_on_clusters(
                "nodeResourceGroupProfile",
                &json!({"restrictionLevel": "ReadOnly"}),
            );
            seed.deny_changes_of("MC_rg-prod_aks-prod_westeurope");
        },
    },
    Scenario {
        name: "managed-prometheus",
        about: "the cluster's managed Prometheus add-on sends metrics already",
        prepare: |seed| {
            seed.set_on_clusters(
                "azureMonitorProfile",
                &json!({"metrics": {"enabled": true}}),
            );
        },
    },
    Scenario {
        name: "us-government",
        about: "the tenant is one of the US Government cloud: Entra issues tokens for the services of that cloud only",
        prepare: |seed| seed.state.cloud = SandboxCloud::UsGovernment,
    },
    Scenario {
        name: "sidecar",
        about: "the Prometheus writes to `amw-aks-prod` through the Azure Monitor sidecar",
        prepare: Seed::run_prometheus_with_sidecar,
    },
    Scenario {
        name: "proxy-service",
        about: "the Prometheus writes to `amw-aks-prod` through the Azure Monitor sidecar in pods of its own, behind the Service `metrics-out`",
        prepare: Seed::run_prometheus_with_proxy_service,
    },
    Scenario {
        name: "proxy-service-forbidden",
        about: "the same, and the signed-in user may not read the cluster's Services",
        prepare: |seed| {
            seed.run_prometheus_with_proxy_service();
            seed.change_api_servers(|api| api.forbidden = vec!["services"]);
        },
    },
    Scenario {
        name: "agent",
        about: "the Prometheus runs as an agent: its resource is a PrometheusAgent",
        prepare: |seed| {
            for api in seed.state.kubernetes.values_mut() {
                kube_prometheus_stack::run_as_agent(&mut api.objects);
            }
        },
    },
    Scenario {
        name: "plain-resource",
        about: "the Prometheus `monitoring/plain` was made with `kubectl apply` and has a remote write and volumes of its own",
        prepare: |seed| seed.change_api_servers(operator::apply_a_plain_resource),
    },
    Scenario {
        name: "other-remote-write",
        about: "the Prometheus writes to a Mimir too, by the values of its Helm release",
        prepare: |seed| {
            seed.change_objects(|objects| kube_prometheus_stack::write_to_mimir(objects));
        },
    },
    Scenario {
        name: "failed-upgrade",
        about: "the newest revision of the Helm release failed",
        prepare: |seed| {
            seed.change_objects(|objects| kube_prometheus_stack::add_revision(objects, "failed"));
        },
    },
    Scenario {
        name: "pending-upgrade",
        about: "an upgrade of the Helm release was started and has not ended",
        prepare: |seed| {
            seed.change_objects(|objects| {
                kube_prometheus_stack::add_revision(objects, "pending-upgrade");
            });
        },
    },
    Scenario {
        name: "kube-prometheus",
        about: "the Prometheus was installed with kubectl, and no Helm release is there",
        prepare: |seed| seed.change_objects(kube_prometheus_stack::forget_helm),
    },
    Scenario {
        name: "two-prometheus",
        about: "the cluster runs a second Prometheus, the Deployment `own` in the namespace `apps`",
        prepare: |seed| {
            seed.change_objects(|objects| objects.push(kube_prometheus_stack::plain_server()));
        },
    },
    Scenario {
        name: "helm-secrets-forbidden",
        about: "the signed-in user may not read the cluster's Secrets, and so not its Helm releases",
        prepare: |seed| seed.change_api_servers(|api| api.forbidden = vec!["secrets"]),
    },
    Scenario {
        name: "flux",
        about: "Flux installs the release of the Prometheus, from a HelmRelease in a repository",
        prepare: |seed| seed.change_api_servers(operator::install_by_flux),
    },
    Scenario {
        name: "old-definitions",
        about: "the Operator runs with older definitions of its resources, which lack fields of today",
        prepare: |seed| seed.change_api_servers(operator::keep_old_definitions),
    },
    Scenario {
        name: "one-namespace",
        about: "the signed-in user may look into the namespace `monitoring` of the cluster only",
        prepare: |seed| seed.change_api_servers(|api| api.only_namespace = Some("monitoring")),
    },
    Scenario {
        name: "foreign-ingestion",
        about: "the workspace `amw-aks-prod` names `metrics.evil.example` as the host to write to",
        prepare: |seed| {
            seed.workspace("rg-prod", "amw-aks-prod", REGION);
            for endpoint in seed.state.data_collection_endpoints.iter_mut() {
                endpoint.foreign_host = Some("metrics.evil.example");
            }
        },
    },
    Scenario {
        name: "foreign-query",
        about: "the workspace `amw-aks-prod` names `metrics.evil.example` as the host to query",
        prepare: |seed| {
            seed.workspace("rg-prod", "amw-aks-prod", REGION);
            for workspace in seed.state.workspaces.iter_mut() {
                workspace.foreign_host = Some("metrics.evil.example");
            }
        },
    },
    Scenario {
        name: "kubelogin",
        about: "the kubeconfig that Azure returns runs kubelogin to sign in",
        prepare: |seed| seed.change_api_servers(|api| api.sign_in_plugin = Some("kubelogin")),
    },
    Scenario {
        name: "unknown-plugin",
        about: "the kubeconfig that Azure returns runs a program that is not a known sign-in helper",
        prepare: |seed| seed.change_api_servers(|api| api.sign_in_plugin = Some("evil-login")),
    },
    Scenario {
        name: "no-selectors",
        about: "the Prometheus `monitoring/plain` selects nothing, so the Operator leaves its configuration to the user",
        prepare: |seed| {
            for api in seed.state.kubernetes.values_mut() {
                operator::apply_a_plain_resource(api);
                operator::select_nothing(api);
            }
        },
    },
    Scenario {
        name: "paused",
        about: "the Prometheus `monitoring/plain` has `paused: true`, so the Operator leaves it as it is",
        prepare: |seed| {
            for api in seed.state.kubernetes.values_mut() {
                operator::apply_a_plain_resource(api);
                operator::pause(api);
            }
        },
    },
    Scenario {
        name: "operator-elsewhere",
        about: "the Operator watches the namespace `apps` only, and the Prometheus is in `monitoring`",
        prepare: |seed| seed.change_api_servers(operator::watch_apps_only),
    },
    Scenario {
        name: "name-taken",
        about: "the Prometheus `monitoring/plain` has a remote write of another service with the name of ours",
        prepare: |seed| {
            for api in seed.state.kubernetes.values_mut() {
                operator::apply_a_plain_resource(api);
                operator::take_the_name(api);
            }
        },
    },
    Scenario {
        name: "shared-account",
        about: "the service account of `monitoring/plain` is annotated for the identity of another container",
        prepare: |seed| {
            for api in seed.state.kubernetes.values_mut() {
                operator::apply_a_plain_resource(api);
                operator::annotate_for_another(api);
            }
        },
    },
    Scenario {
        name: "shared-release-account",
        about: "the service account of the Helm release is annotated for the identity of another container",
        prepare: |seed| seed.change_api_servers(operator::annotate_for_another),
    },
    Scenario {
        name: "argo-cd",
        about: "Argo CD applies the Prometheus `monitoring/plain` from a repository",
        prepare: |seed| {
            for api in seed.state.kubernetes.values_mut() {
                operator::apply_a_plain_resource(api);
                operator::track_by_argo_cd(api);
            }
        },
    },
    Scenario {
        name: "service-principal-cluster",
        about: "the cluster runs as a service principal and its nodes have no identity",
        prepare: Seed::run_clusters_as_service_principal,
    },
    Scenario {
        name: "cluster-unreachable",
        about: "the cluster's API server closes every connection without an answer",
        prepare: |seed| seed.change_api_servers(|api| api.reachable = false),
    },
    Scenario {
        name: "virtual-machine",
        about: "the resource group `rg-prod` has the virtual machine `vm-prometheus`, too",
        prepare: |seed| seed.virtual_machine("rg-prod", "vm-prometheus", REGION),
    },
    Scenario {
        name: "directory-forbidden",
        about: "the signed-in application may not create applications",
        prepare: |seed| seed.state.directory.application_administrators.clear(),
    },
    Scenario {
        name: "planted-application",
        about: "an application `amw-rw-aks-prod` of another user, Mallory, who holds a secret of it",
        prepare: |seed| seed.add_application("amw-rw-aks-prod", None),
    },
    Scenario {
        name: "hostile-names",
        about: "names and texts of the subscription, the cluster and the Helm release hold control characters and shell commands",
        prepare: hostile_names::name_everything,
    },
    Scenario {
        name: "hostile-refusals",
        about: "a lock, a policy and a foreign application whose names and texts hold control characters and shell commands",
        prepare: hostile_names::forbid_everything,
    },
    Scenario {
        name: "secrets-forbidden",
        about: "a policy of the tenant forbids client secrets",
        prepare: |seed| seed.state.directory.secrets_forbidden = true,
    },
];

pub(crate) fn named(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// Builds this state, created long enough before `now` for everything to have propagated.
    pub(crate) fn build(&self, now: Timestamp) -> AzureState {
        let mut seed = Seed::example(now);
        (self.prepare)(&mut seed);
        for api in seed.state.kubernetes.values_mut() {
            helm_release::complete(&mut api.objects, seed.long_ago);
            kubernetes::complete(api, seed.long_ago);
        }
        seed.state
    }
}
