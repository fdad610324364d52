"""What a team does to connect a Prometheus, with Microsoft's own SDKs and their default api-versions.

Each step compares what the SDK understood of the answer with what was asked for; the first difference ends the program.
"""

import asyncio
import os
import uuid

from azure.core.exceptions import ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.hybridkubernetes import ConnectedKubernetesClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.applications.item.add_password.add_password_post_request_body import AddPasswordPostRequestBody
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal

SUBSCRIPTION = os.environ["AMW_RW_SUBSCRIPTION"]
CREDENTIAL = ClientSecretCredential(
    os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]
)
PUBLISHER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/3913510d-42f4-4e42-8a64-420c390055eb"
AUDIENCE = "api://AzureADTokenExchange"
STREAM = "Microsoft-PrometheusMetrics"

passed = 0


def step(name, found, expected):
    global passed
    if found != expected:
        raise SystemExit(f"{name}: expected {expected!r}, found {found!r}")
    print(f"{name}: {found}")
    passed += 1


def names(resources):
    return sorted(resource.name for resource in resources)


def resource_groups_and_providers():
    subscriptions = SubscriptionClient(CREDENTIAL).subscriptions
    step("subscriptions", [it.subscription_id for it in subscriptions.list()], [SUBSCRIPTION])
    step("subscription", subscriptions.get(SUBSCRIPTION).state, "Enabled")
    step("locations", "westeurope" in names(subscriptions.list_locations(SUBSCRIPTION)), True)
    resources = ResourceManagementClient(CREDENTIAL, SUBSCRIPTION)
    for namespace in ["Microsoft.Monitor", "Microsoft.Insights"]:
        resources.providers.register(namespace)
        # A few reads see the provider still registering.
        states = [resources.providers.get(namespace).registration_state for _ in range(5)]
        step(f"provider {namespace}", states[-1], "Registered")
    step("group", resources.resource_groups.create_or_update("rg-sdk", {"location": "westeurope"}).name, "rg-sdk")
    step("group exists", resources.resource_groups.check_existence("rg-sdk"), True)
    return resources


def workspace(monitor):
    workspaces = monitor.azure_monitor_workspaces
    workspaces.create("rg-sdk", "amw-sdk", {"location": "westeurope"})
    step("workspaces", names(workspaces.list_by_subscription()), ["amw-sdk"])
    step("workspaces of the group", names(workspaces.list_by_resource_group("rg-sdk")), ["amw-sdk"])
    step("tags", workspaces.update("rg-sdk", "amw-sdk", {"tags": {"team": "a"}}).tags, {"team": "a"})
    return workspaces.get("rg-sdk", "amw-sdk")


def rule_of_its_own(monitor, made):
    endpoint = monitor.data_collection_endpoints.create(
        "rg-sdk", "dce-sdk", {"location": "westeurope", "properties": {"networkAcls": {"publicNetworkAccess": "Enabled"}}}
    )
    step("endpoints", "dce-sdk" in names(monitor.data_collection_endpoints.list_by_subscription()), True)
    rule = {
        "dataCollectionEndpointId": endpoint.id,
        "dataSources": {
            "prometheusForwarder": [{"name": "prometheus", "streams": [STREAM], "labelIncludeFilter": {}}]
        },
        "destinations": {"monitoringAccounts": [{"name": "workspace", "accountResourceId": made.id}]},
        "dataFlows": [{"streams": [STREAM], "destinations": ["workspace"]}],
    }
    monitor.data_collection_rules.create("rg-sdk", "dcr-sdk", {"location": "westeurope", "properties": rule})
    step("rule", monitor.data_collection_rules.get("rg-sdk", "dcr-sdk").immutable_id[:4], "dcr-")


def cluster():
    client = ContainerServiceClient(CREDENTIAL, SUBSCRIPTION)
    clusters = client.managed_clusters
    step("clusters", names(clusters.list()), ["aks-prod"])
    step("node pools", names(client.agent_pools.list("rg-prod", "aks-prod")), ["system", "user"])
    found = clusters.get("rg-prod", "aks-prod")
    found.oidc_issuer_profile.enabled = True
    written = clusters.begin_create_or_update("rg-prod", "aks-prod", found).result()
    step("cluster", written.provisioning_state, "Succeeded")
    tagged = clusters.begin_update_tags("rg-prod", "aks-prod", {"tags": {"team": "a"}}).result()
    step("tags of the cluster", tagged.tags, {"team": "a"})
    step("kubeconfigs", len(clusters.list_cluster_user_credentials("rg-prod", "aks-prod").kubeconfigs), 1)
    step("Arc clusters", list(ConnectedKubernetesClient(CREDENTIAL, SUBSCRIPTION).connected_cluster.list_by_subscription()), [])
    return written.oidc_issuer_profile.issuer_url


def identity(issuer):
    client = ManagedServiceIdentityClient(CREDENTIAL, SUBSCRIPTION)
    made = client.user_assigned_identities.create_or_update("rg-sdk", "id-sdk", {"location": "westeurope"})
    trust = {"issuer": issuer, "subject": "system:serviceaccount:a:b", "audiences": [AUDIENCE]}
    client.federated_identity_credentials.create_or_update("rg-sdk", "id-sdk", "fic-sdk", {"properties": trust})
    step("credentials", names(client.federated_identity_credentials.list("rg-sdk", "id-sdk")), ["fic-sdk"])
    return made


def role(principal, rule):
    client = AuthorizationManagementClient(CREDENTIAL, SUBSCRIPTION)
    name = "roleName eq 'Monitoring Metrics Publisher'"
    found = client.role_definitions.list(f"/subscriptions/{SUBSCRIPTION}", filter=name)
    step("role definitions", [it.role_name for it in found], ["Monitoring Metrics Publisher"])
    assignment = {"role_definition_id": PUBLISHER, "principal_id": principal, "principal_type": "ServicePrincipal"}
    made = client.role_assignments.create(rule, str(uuid.uuid4()), assignment)
    of_principal = client.role_assignments.list_for_scope(rule, filter=f"principalId eq '{principal}'")
    step("role assignments", [it.name for it in of_principal], [made.name])
    held = [it.actions for it in client.permissions.list_for_resource_group("rg-sdk")]
    step("permissions", ["*"] in held, True)
    denied = client.deny_assignments.list_for_scope(rule)
    step("deny assignments", "System deny assignment" in next(iter(denied)).deny_assignment_name, True)
    return client, made


def nodes(identity_id):
    scale_sets = ComputeManagementClient(CREDENTIAL, SUBSCRIPTION).virtual_machine_scale_sets
    found = next(it for it in scale_sets.list_all() if it.tags["aks-managed-poolName"] == "user")
    group = found.id.split("/")[4]
    change = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {identity_id: {}}}}
    changed = scale_sets.begin_update(group, found.name, change).result()
    held = [it.lower() for it in changed.identity.user_assigned_identities]
    step("identity of the nodes", identity_id.lower() in held, True)


def lists_of_everything(resources):
    query = "resources | where type =~ 'microsoft.containerservice/managedclusters' | project name"
    rows = ResourceGraphClient(CREDENTIAL).resources({"query": query, "subscriptions": [SUBSCRIPTION]})
    step("Resource Graph", rows.data, [{"name": "aks-prod"}])
    locks = ManagementLockClient(CREDENTIAL, SUBSCRIPTION).management_locks
    locks.create_or_update_at_resource_group_level("rg-sdk", "keep", {"level": "CanNotDelete"})
    step("locks", names(locks.list_at_subscription_level()), ["keep"])
    locks.delete_at_resource_group_level("rg-sdk", "keep")
    found = names(resources.resources.list_by_resource_group("rg-sdk"))
    step("resources", found, ["amw-sdk", "dce-sdk", "dcr-sdk", "id-sdk"])


def clean_up(resources, monitor, authorization, assignment):
    authorization.role_assignments.delete_by_id(assignment.id)
    monitor.azure_monitor_workspaces.begin_delete("rg-sdk", "amw-sdk").result()
    try:
        monitor.azure_monitor_workspaces.get("rg-sdk", "amw-sdk")
        step("deleted workspace", "found", "not found")
    except ResourceNotFoundError:
        step("deleted workspace", "not found", "not found")
    resources.resource_groups.begin_delete("rg-sdk").result()
    step("deleted group", resources.resource_groups.check_existence("rg-sdk"), False)


async def conflict(request):
    try:
        await request
        return "accepted"
    except ODataError as error:
        return error.response_status_code


async def graph():
    client = GraphServiceClient(CREDENTIAL, ["https://graph.microsoft.com/.default"])
    application = await client.applications.post(
        Application(display_name="app-sdk", sign_in_audience="AzureADMyOrg", tags=["amw-rw"])
    )
    step("application", application.display_name, "app-sdk")
    one = client.applications.by_application_id(application.id)
    parameters = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters
    for condition in ["startswith(displayName,'app')", "tags/any(t:t eq 'amw-rw')"]:
        query = RequestConfiguration(query_parameters=parameters(filter=condition, select=["id", "appId"], top=5))
        found = await client.applications.get(request_configuration=query)
        step(condition, [it.app_id for it in found.value], [application.app_id])
    if_missing = RequestConfiguration()
    if_missing.headers.add("Prefer", "create-if-missing")
    upserted = await client.applications_with_unique_name("unique-1").patch(
        Application(display_name="app-unique"), request_configuration=if_missing
    )
    step("upsert", upserted.display_name, "app-unique")

    principal = await client.service_principals.post(ServicePrincipal(app_id=application.app_id))
    step("service principal", principal.app_id, application.app_id)
    step("a second one", await conflict(client.service_principals.post(ServicePrincipal(app_id=application.app_id))), 409)
    found = await client.service_principals_with_app_id(application.app_id).get()
    step("by client id", found.id, principal.id)

    secret = AddPasswordPostRequestBody(password_credential=PasswordCredential(display_name="prometheus"))
    step("secret", (await one.add_password.post(secret)).display_name, "prometheus")
    trust = FederatedIdentityCredential(
        name="fic-sdk", issuer="https://issuer.example/", subject="system:serviceaccount:a:b", audiences=[AUDIENCE]
    )
    await one.federated_identity_credentials.post(trust)
    step("the same credential", await conflict(one.federated_identity_credentials.post(trust)), 409)
    await one.patch(Application(notes="written by the SDK"))
    step("notes", (await one.get()).notes, "written by the SDK")
    step("owners", len((await one.owners.get()).value), 1)

    await client.service_principals.by_service_principal_id(principal.id).delete()
    await one.delete()
    deleted = client.directory.deleted_items.by_directory_object_id(application.id)
    step("deleted application", (await deleted.get()).id, application.id)
    await deleted.delete()
    step("purged application", await conflict(deleted.get()), 404)


def main():
    resources = resource_groups_and_providers()
    monitor = MonitorManagementClient(CREDENTIAL, SUBSCRIPTION)
    made = workspace(monitor)
    rule_of_its_own(monitor, made)
    issuer = cluster()
    principal = identity(issuer)
    rule = made.default_ingestion_settings.data_collection_rule_resource_id
    authorization, assignment = role(principal.principal_id, rule)
    nodes(principal.id)
    lists_of_everything(resources)
    clean_up(resources, monitor, authorization, assignment)
    asyncio.run(graph())
    print(f"{passed} steps passed")


main()
