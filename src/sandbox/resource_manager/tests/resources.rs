use super::*;

/// The names of the resources in a list.
fn names(azure: &TestAzure, path: &str) -> Vec<String> {
    let listed = azure.asks(&format!("GET {path}")).value();
    let items = listed["value"].as_array().unwrap();
    let names = items
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned());
    names.collect()
}

#[test]
fn resources_of_every_type_are_listed_without_their_properties() {
    let azure = with_monitor_registered(&Options::default());
    make_workspace(&azure);

    let listed = azure
        .asks("GET {rg}/resources?api-version=2024-11-01")
        .value();

    assert_eq!(
        names(&azure, "{rg}/resources?api-version=2024-11-01"),
        ["w1", "aks-prod"]
    );
    assert!(listed["value"][0].get("properties").is_none());
    assert_eq!(listed["value"][0]["type"], "Microsoft.Monitor/accounts");
}

#[test]
fn a_filter_restricts_the_list_of_resources() {
    let azure = TestAzure::of("example");
    let filtered = |filter: &str| {
        let path = format!("{{s}}/resources?api-version=2024-11-01&$filter={filter}");
        names(&azure, &path)
    };

    let cluster = filtered("resourceType eq 'microsoft.containerservice/managedclusters'");
    let both = filtered("resourceGroup eq 'RG-PROD' and name eq 'aks-prod'");
    let nothing = filtered("resourceGroup eq 'rg-prod' and location eq 'northeurope'");
    let other = azure.asks("GET {s}/resources?api-version=2024-11-01&$filter=plan/name eq 'x'");

    assert_eq!(cluster, ["aks-prod"]);
    assert_eq!(both, ["aks-prod"]);
    assert!(nothing.is_empty());
    assert_eq!(other.refusal(), "400 InvalidFilterInQueryString");
}

#[test]
fn top_is_the_size_of_a_page_of_resources() {
    let azure = TestAzure::of("example");

    let first = azure
        .asks("GET {s}/resources?api-version=2024-11-01&$top=1")
        .value();
    let none = azure.asks("GET {s}/resources?api-version=2024-11-01&$top=0");

    assert_eq!(first["value"].as_array().unwrap().len(), 1);
    assert!(first["nextLink"].as_str().unwrap().contains("%24top=1"));
    assert_eq!(none.refusal(), "400 InvalidTopInQueryString");
}
