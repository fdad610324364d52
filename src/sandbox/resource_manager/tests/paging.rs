use super::*;

#[test]
fn a_long_list_comes_in_pages_that_link_to_the_next() {
    let azure = TestAzure::of("many-clusters");
    let mut next = Some(
        "{s}/providers/Microsoft.ContainerService/managedClusters?api-version=2026-06-01"
            .to_owned(),
    );
    let mut names = std::collections::BTreeSet::new();
    let mut pages = 0;

    while let Some(path) = next {
        let page = azure.asks(&format!("GET {path}")).value();
        pages += 1;
        names.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["name"].to_string()),
        );
        next = page["nextLink"].as_str().map(|link| {
            link.strip_prefix("http://127.0.0.1:4041/resource-manager")
                .unwrap()
                .to_owned()
        });
    }

    assert_eq!((names.len(), pages), (2300, 5));
}
