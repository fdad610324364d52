//! Azure's regions, and which of them offer Azure Monitor workspaces.

/// A region under both of its names.
#[derive(Debug)]
pub(crate) struct RegionRow {
    pub(crate) name: &'static str,
    pub(crate) display_name: &'static str,
    /// Whether workspaces can be created there.
    pub(crate) has_workspaces: bool,
}

const fn with_workspaces(name: &'static str, display_name: &'static str) -> RegionRow {
    RegionRow {
        name,
        display_name,
        has_workspaces: true,
    }
}

const fn without_workspaces(name: &'static str, display_name: &'static str) -> RegionRow {
    RegionRow {
        name,
        display_name,
        has_workspaces: false,
    }
}

/// Regions of the public cloud.
pub(crate) static REGIONS: &[RegionRow] = &[
    with_workspaces("southafricanorth", "South Africa North"),
    with_workspaces("eastasia", "East Asia"),
    with_workspaces("southeastasia", "Southeast Asia"),
    with_workspaces("australiacentral", "Australia Central"),
    with_workspaces("australiacentral2", "Australia Central 2"),
    with_workspaces("australiaeast", "Australia East"),
    with_workspaces("australiasoutheast", "Australia Southeast"),
    with_workspaces("brazilsouth", "Brazil South"),
    with_workspaces("brazilsoutheast", "Brazil Southeast"),
    with_workspaces("canadacentral", "Canada Central"),
    with_workspaces("canadaeast", "Canada East"),
    with_workspaces("northeurope", "North Europe"),
    with_workspaces("westeurope", "West Europe"),
    with_workspaces("francecentral", "France Central"),
    with_workspaces("francesouth", "France South"),
    with_workspaces("germanywestcentral", "Germany West Central"),
    with_workspaces("centralindia", "Central India"),
    with_workspaces("southindia", "South India"),
    with_workspaces("israelcentral", "Israel Central"),
    with_workspaces("italynorth", "Italy North"),
    with_workspaces("japaneast", "Japan East"),
    with_workspaces("japanwest", "Japan West"),
    with_workspaces("koreacentral", "Korea Central"),
    with_workspaces("koreasouth", "Korea South"),
    with_workspaces("norwayeast", "Norway East"),
    with_workspaces("norwaywest", "Norway West"),
    with_workspaces("spaincentral", "Spain Central"),
    with_workspaces("swedencentral", "Sweden Central"),
    with_workspaces("swedensouth", "Sweden South"),
    with_workspaces("switzerlandnorth", "Switzerland North"),
    with_workspaces("switzerlandwest", "Switzerland West"),
    with_workspaces("uaenorth", "UAE North"),
    with_workspaces("uaecentral", "UAE Central"),
    with_workspaces("uksouth", "UK South"),
    with_workspaces("ukwest", "UK West"),
    with_workspaces("centralus", "Central US"),
    with_workspaces("eastus", "East US"),
    with_workspaces("eastus2", "East US 2"),
    with_workspaces("southcentralus", "South Central US"),
    with_workspaces("westcentralus", "West Central US"),
    with_workspaces("westus", "West US"),
    with_workspaces("westus2", "West US 2"),
    with_workspaces("westus3", "West US 3"),
    without_workspaces("polandcentral", "Poland Central"),
    without_workspaces("mexicocentral", "Mexico Central"),
    without_workspaces("newzealandnorth", "New Zealand North"),
];

/// The region of that short or display name, such as `westeurope` or `West Europe`.
pub(crate) fn region(name: &str) -> Option<&'static RegionRow> {
    // Azure writes a region in either form, and accepts both.
    let name = name.replace(' ', "").to_ascii_lowercase();
    REGIONS.iter().find(|region| region.name == name)
}
