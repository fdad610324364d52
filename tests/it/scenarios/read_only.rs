//! Which account, which subscriptions, and which cluster? Each failure names the next command.

use crate::support::World;

#[test]
fn without_a_sign_in_the_answer_of_each_way_is_printed() {
    let world = World::new();

    world
        .run_alone("plan --cluster aks-prod")
        .ends_with(5)
        .mentions(&["cannot sign in to Azure", "Azure CLI", "az login"]);
}

#[test]
fn a_tenant_that_does_not_exist_is_named() {
    let mut world = World::new();

    world
        .run("plan --tenant 99999999-9999-9999-9999-999999999999")
        .ends_with(5)
        .mentions(&["99999999-9999-9999-9999-999999999999"]);
}

#[test]
fn the_tenant_of_a_subscription_of_another_tenant_is_named() {
    let mut world = World::new().scenario("other-tenant");

    world
        .run("plan")
        .ends_with(5)
        .mentions(&["tenant", "az login --tenant"]);
}

#[test]
fn a_subscription_that_cannot_be_seen_is_no_riddle() {
    let mut world = World::new();

    world
        .run("plan -s 99999999-9999-9999-9999-999999999999")
        .ends_with(5)
        .mentions(&["cannot use subscription", "az account list"]);
}

#[test]
fn for_a_cluster_that_does_not_exist_the_searched_places_are_named() {
    let mut world = World::new();

    world
        .run("plan --cluster aks-dev")
        .ends_with(1)
        .mentions(&["find cluster `aks-dev`", "az aks list"]);
}

#[test]
fn two_clusters_of_that_name_are_listed_to_choose_from() {
    let mut world = World::new().scenario("two-clusters");

    let run = world
        .run("plan --cluster aks-prod")
        .ends_with(2)
        .mentions(&["2 clusters have that name"]);

    let stderr = run.stderr().to_lowercase();
    assert!(
        stderr.contains("/resourcegroups/rg-prod/") && stderr.contains("/resourcegroups/rg-other/"),
        "{stderr}"
    );
    world
        .run_with(
            "plan",
            &["--cluster".as_ref(), "aks-prod (rg-other)".as_ref()],
        )
        .succeeds();
}

#[test]
fn among_thousands_of_clusters_the_one_that_is_named_is_found() {
    let mut world = World::new().scenario("many-clusters");

    world.run("plan --cluster aks-prod").succeeds();
}

#[test]
fn a_cluster_that_cannot_be_reached_is_a_failure_that_names_the_flag_to_go_on_without_it() {
    let mut world = World::new().scenario("cluster-unreachable");

    world.run("plan").ends_with(1).mentions(&[
        "cannot read from the cluster which service account Prometheus runs as",
        "cannot be reached",
        "or name it: --service-account NAMESPACE/NAME",
    ]);
    world
        .run("plan --service-account monitoring/prometheus")
        .succeeds();
}

#[test]
fn a_cluster_that_cannot_be_reached_is_no_failure_where_nothing_is_asked_of_it() {
    let mut world = World::new().scenario("cluster-unreachable");

    world.run("plan --auth user-identity").succeeds();
}

#[test]
fn a_cluster_that_already_sends_metrics_is_warned_about() {
    let mut world = World::new().scenario("managed-prometheus");

    let plan = world.run("plan -o json").succeeds().json();

    assert!(
        plan["warnings"][0]
            .as_str()
            .unwrap()
            .contains("managed Prometheus"),
        "{plan}"
    );
}

#[test]
fn an_agent_is_found_with_its_service_account_and_its_release() {
    let mut world = World::new().scenario("agent");

    let run = world
        .run("plan -v")
        .succeeds()
        .mentions(&["monitoring/kube-prometheus-stack-prometheus"]);

    let plan = run.stdout();
    assert!(
        plan.contains("+  serviceAccount:") && plan.contains("additionalRemoteWrite"),
        "{plan}"
    );
}

#[test]
fn verbose_output_lists_every_answer_with_its_source() {
    let mut world = World::new().file(
        "amw-rw.yaml",
        "tenant: 859bf9f3-eef2-51b4-a464-39865c24031e\nconnections:\n- resource-group: rg-prod\n  auth: workload-identity\n",
    );

    let run = world.run("plan -v --auth entra-secret").succeeds();

    let stderr: Vec<(&str, &str)> = run
        .stderr()
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(' '))
        .map(|(field, rest)| (field, rest.trim()))
        .collect();
    let source = |field: &str| {
        let (_, rest) = stderr.iter().find(|(found, _)| *found == field)?;
        Some(rest.split_once("  ")?.1.trim())
    };
    for (field, from) in [
        ("subscription", "from the environment"),
        ("tenant", "from the spec file"),
        ("auth", "from the command line"),
        ("resource-group", "from the spec file"),
        ("cluster", "discovered"),
        ("prometheus", "discovered"),
        ("workspace", "the default"),
        ("cluster-label", "the default"),
    ] {
        assert_eq!(source(field), Some(from), "{field}: {}", run.stderr());
    }
}

#[test]
fn a_prometheus_that_was_named_and_is_not_seen_is_warned_about() {
    let mut world = World::new();

    let plan = world
        .run("plan --auth user-identity --prometheus monitoring/none -o json")
        .succeeds()
        .json();

    let warning = plan["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("monitoring/none")
            && warning.contains("monitoring/kube-prometheus-stack-prometheus"),
        "{plan}"
    );
}

#[test]
fn a_mistyped_name_is_met_with_the_right_one() {
    let mut world = World::new();
    let mut corrects = |arguments: &str, words: &str| {
        let run = world.run(&format!("plan {arguments}"));
        run.mentions(&[words]);
    };

    corrects("--cluster aks-prd", "; did you mean aks-prod?");
    corrects("-s Exampel", "; did you mean Example?");
    corrects(
        "--location westeurop",
        "westeurop; did you mean westeurope?",
    );
    corrects(
        "--prometheus monitoring/kube-prometheus-stak-prometheus",
        "; did you mean monitoring/kube-prometheus-stack-prometheus?",
    );
    corrects("--cluster other", "visible: aks-prod\n");
}
