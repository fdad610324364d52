//! Which shell lines lead every other command in that shell to a sandbox?

use secrecy::ExposeSecret;

use super::announcement::Announcement;
use crate::spec::command_line::single_quoted;

/// The lines, for a file that holds a secret.
pub(super) fn text(announcement: &Announcement) -> String {
    let Announcement {
        urls, signed_in, ..
    } = announcement;
    let mut text = String::new();
    let mut export = |name: &str, value: &str| {
        text.push_str(&format!("export {name}={}\n", single_quoted(value)));
    };
    match &announcement.authority_file {
        // Under Azure's own names, clients need to know only which authority to trust.
        Some(file) => export("SSL_CERT_FILE", &file.to_string_lossy()),
        None => {
            export("AMW_RW_RESOURCE_MANAGER_ENDPOINT", &urls.resource_manager);
            export("AMW_RW_AUTHORITY", &urls.entra);
            export("AMW_RW_GRAPH_ENDPOINT", &urls.graph);
            export("AMW_RW_INSTANCE_METADATA_ENDPOINT", &urls.instance_metadata);
        }
    }
    if let Some(cloud) = signed_in.cloud {
        export("AMW_RW_CLOUD", cloud);
    }
    export(
        "AMW_RW_SUBSCRIPTION",
        &signed_in.subscription_id.to_string(),
    );
    // The variables of Azure's SDKs, which other programs read as well.
    export("AZURE_TENANT_ID", &signed_in.tenant_id.to_string());
    export("AZURE_CLIENT_ID", &signed_in.client_id.to_string());
    export(
        "AZURE_CLIENT_SECRET",
        signed_in.client_secret.expose_secret(),
    );
    export("KUBECONFIG", &announcement.kubeconfig.to_string_lossy());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::sandbox_server::announcement::example;

    #[test]
    fn a_shell_that_reads_the_file_talks_to_the_sandbox() {
        insta::assert_snapshot!(text(&example()), @r"
        export AMW_RW_RESOURCE_MANAGER_ENDPOINT='http://127.0.0.1:4041/resource-manager'
        export AMW_RW_AUTHORITY='http://127.0.0.1:4041/entra'
        export AMW_RW_GRAPH_ENDPOINT='http://127.0.0.1:4041/graph'
        export AMW_RW_INSTANCE_METADATA_ENDPOINT='http://127.0.0.1:4041/imds'
        export AMW_RW_SUBSCRIPTION='00000000-0000-0000-0000-000000000002'
        export AZURE_TENANT_ID='00000000-0000-0000-0000-000000000001'
        export AZURE_CLIENT_ID='00000000-0000-0000-0000-000000000003'
        export AZURE_CLIENT_SECRET='it'\''s a secret'
        export KUBECONFIG='/tmp/amw-rw-sandbox-x/kubeconfig'
        ");
    }

    #[test]
    fn a_shell_is_given_another_cloud_than_the_public_one() {
        let mut announcement = example();
        announcement.signed_in.cloud = Some("us-government");

        assert!(text(&announcement).contains("export AMW_RW_CLOUD='us-government'\n"));
    }

    #[test]
    fn under_azures_names_only_the_authority_is_special() {
        let mut announcement = example();
        announcement.authority_file = Some("/tmp/ca.pem".into());

        let text = text(&announcement);

        assert!(text.contains("export SSL_CERT_FILE='/tmp/ca.pem'\n"));
        assert!(!text.contains("ENDPOINT"));
    }
}
