//! The source of every answer of a complete spec: given by the user, discovered, or the default.

use super::answers::{Answers, ConnectionAnswers, Source};
use super::choices::{IdentityChoice, IngestionPath, PrometheusChoice, WorkspaceChoice, WritePath};
use super::complete::Spec;
use super::credential::ApplicationChoice;

/// The answers with the rest of the spec filled in, each part from where it came. `prometheus` is the server that was found.
pub(crate) fn explained(
    answers: &Answers,
    spec: &Spec,
    prometheus: Option<PrometheusChoice>,
) -> Answers {
    let mut all = answers.clone();
    all.add(&found(spec, prometheus), Source::Discovered);
    all.add(&defaults(answers, spec), Source::Default);
    all
}

fn found(spec: &Spec, prometheus: Option<PrometheusChoice>) -> ConnectionAnswers {
    let federation = spec.credential.federation();
    let service_account = federation.map(|(_, account)| account.to_string());
    ConnectionAnswers {
        cluster: Some(spec.platform.choice()),
        prometheus,
        prometheus_version: spec.prometheus_version.clone(),
        service_account,
        ..ConnectionAnswers::default()
    }
}

fn defaults(answers: &Answers, spec: &Spec) -> ConnectionAnswers {
    let identity = spec.credential.identity();
    let identity = identity.map(|identity| IdentityChoice::Name(identity.name().to_owned()));
    let application = spec.credential.application();
    let application = application.map(|application| match application {
        ApplicationChoice::Name(name) => IdentityChoice::Name(name.clone()),
        ApplicationChoice::ClientId(id) => IdentityChoice::ClientId(id.clone()),
    });
    // A workspace that was named by its id is where it is.
    let is_placed = matches!(answers.given().workspace, Some(WorkspaceChoice::Id(_)));
    ConnectionAnswers {
        platform: Some(spec.platform.kind()),
        workspace: Some(WorkspaceChoice::Name(spec.workspace.name().to_owned())),
        resource_group: spec
            .workspace
            .resource_group_name()
            .filter(|_| !is_placed)
            .map(str::to_owned),
        location: Some(spec.location.clone()),
        ingestion: Some(IngestionPath::Default),
        auth: Some(spec.credential.sign_in),
        identity: identity.or(application),
        // Only where no layer before has it: `add` keeps what is answered.
        path: Some(WritePath::Native),
        target: Some(spec.target),
        cluster_label: Some(spec.cluster_label.clone()),
        ..ConnectionAnswers::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::SignIn;
    use crate::spec::cloud::CloudName;
    use crate::spec::ids::{Region, ResourceId, TenantId};
    use crate::spec::platform::Platform;
    use crate::spec::{DiscoveredInputs, Purpose};

    const CLUSTER: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/prod";

    #[test]
    fn given_found_and_default_answers_are_distinguished() {
        let mut answers = Answers::from_flags(&ConnectionAnswers {
            auth: Some(SignIn::EntraSecret),
            ..ConnectionAnswers::default()
        });
        answers.add(
            &ConnectionAnswers {
                resource_group: Some("rg-metrics".into()),
                ..ConnectionAnswers::default()
            },
            Source::SpecFile,
        );
        let found = DiscoveredInputs {
            target: None,
            tenant: TenantId::parse("22222222-2222-2222-2222-222222222222").unwrap(),
            cloud: CloudName::Public,
            subscription: None,
            platform: Platform::Aks {
                cluster: ResourceId::parse(CLUSTER).unwrap(),
                region: Region::parse("westeurope").unwrap(),
            },
            service_account: Err("not looked for".into()),
            prometheus_version: Some("3.14.0".into()),
        };
        let spec = Spec::complete(&answers.given(), &found, Purpose::Connection).unwrap();

        let all = explained(&answers, &spec, Some("monitoring/main".parse().unwrap()));

        let of = |wanted: &str| {
            let (_, value, source) = all.explained().find(|(field, _, _)| *field == wanted)?;
            Some((value.to_owned(), source))
        };
        let is = |value: &str, source| Some((value.to_owned(), source));
        assert_eq!(of("auth"), is("entra-secret", Source::Flag));
        assert_eq!(of("resource-group"), is("rg-metrics", Source::SpecFile));
        assert_eq!(of("cluster"), is("prod", Source::Discovered));
        assert_eq!(of("prometheus"), is("monitoring/main", Source::Discovered));
        assert_eq!(of("workspace"), is("amw-prod", Source::Default));
        assert_eq!(of("location"), is("westeurope", Source::Default));
        assert_eq!(of("service-account"), None);
    }
}
