//! All proxies and all remote writes of the files, and which of them belong together.

use serde_yaml::Value;

use super::detected_setup::{DetectedSetup, SourceText};
use super::documents::{documents, resources_in};
use super::pod::{self, PodIdentity};
use super::refusal::{AmbiguousProxy, MigrationRefusal};
use super::service::{NamedService, ServiceSelection, services_named};
use crate::next_step::NextStep;
use crate::patch::{self, PatchRefusal};
use crate::remote_write::{
    self, ContainerPosition, Sidecar, WrittenEntry, WrittenForm, leads_to, proxies_in,
};
use crate::spec::command_line::own;
use crate::spec::loopback::is_loopback;
use crate::target::Target;
use url::Url;

/// All proxies and all remote writes, before it is known which belong together.
pub(super) struct Candidates {
    target: Target,
    data: Value,
    documents: Vec<Value>,
    pub(super) proxies: Vec<PlacedProxy>,
    entries: Vec<WrittenEntry>,
}

/// A proxy, and the pod that it runs in.
#[derive(Debug, Clone)]
pub(super) struct PlacedProxy {
    pub(super) sidecar: Sidecar,
    place: ProxyPlace,
    /// Its pods are certainly not those of Prometheus, so that `localhost` never leads to it.
    pub(super) is_elsewhere: bool,
}

#[derive(Debug, Clone)]
enum ProxyPlace {
    /// In the pod of Prometheus that the file describes.
    OwnPod(ContainerPosition),
    /// In the pods of the document with this index.
    Workload(usize),
}

impl Candidates {
    /// Refuses files with a proxy that cannot be read.
    pub(super) fn read(source: &SourceText) -> Result<Self, MigrationRefusal> {
        let candidates = Self::of(source)?;
        if candidates.proxies.iter().all(|proxy| proxy.is_elsewhere) {
            no_unread_proxy(source, &candidates.data)?;
        }
        Ok(candidates)
    }

    fn of(source: &SourceText) -> Result<Self, PatchRefusal> {
        let data = patch::data(source.text, source.target)?;
        let has_pod = source.target.pod().is_some();
        let mut all = documents(source.text)?;
        if has_pod {
            let held: Vec<Value> = all.iter().flat_map(resources_in).collect();
            // The values of a release can be a text within its resource.
            let held = match held.is_empty() {
                true => resources_in(&data),
                false => held,
            };
            all.extend(held);
        }
        let from_file = all.len();
        if let Some(manifest) = source.manifest {
            all.extend(documents(manifest)?);
        }
        let from_files = all.len();
        if let Some(services) = source.services {
            all.extend(documents(services)?);
        }
        let mut proxies = proxies_of_own_pod(source.target, &data);
        proxies.extend(proxies_of_workloads(&all, from_file..from_files, false));
        // A file without a place for the pod may hold both the pod and the configuration.
        proxies.extend(proxies_of_workloads(&all, 0..from_file, has_pod));
        proxies.extend(proxies_of_workloads(&all, from_files..all.len(), true));
        let entries = remote_write::entries(&data, source.target);
        Ok(Self {
            target: source.target,
            data,
            documents: all,
            proxies,
            entries,
        })
    }

    /// The remote writes that lead to this proxy; without one, those that look as if they led to any.
    pub(super) fn leading(&self, proxy: Option<usize>) -> Vec<WrittenEntry> {
        let leads = |entry: &WrittenEntry| match proxy {
            Some(index) => self.proxies_of(entry).contains(&index),
            // With a sign-in of its own it needs no proxy, as one that was made in a sandbox.
            None => !entry.signs_in_to_azure() && leads_to(&entry.url, None),
        };
        let entries = self.entries.iter();
        entries.filter(|entry| leads(entry)).cloned().collect()
    }

    /// Refuses a remote write of which the files do not say to which of several proxies it leads.
    pub(super) fn leads_to_one(&self, entry: &WrittenEntry) -> Result<(), MigrationRefusal> {
        let all = self.proxies_of(entry);
        let are_same = all
            .windows(2)
            .all(|pair| self.sign_in_of(pair[0]) == self.sign_in_of(pair[1]));
        if are_same {
            return Ok(());
        }
        Err(MigrationRefusal::Ambiguous(Box::new(AmbiguousProxy {
            entry: entry.clone(),
            places: all.iter().map(|index| self.described(*index)).collect(),
        })))
    }

    /// The proxies that a remote write can lead to.
    fn proxies_of(&self, entry: &WrittenEntry) -> Vec<usize> {
        let services = services_named(&entry.url, &self.documents);
        let (own, other): (Vec<usize>, Vec<usize>) = (0..self.proxies.len())
            .filter(|index| self.reaches(&self.proxies[*index], entry, &services))
            .partition(|index| matches!(self.proxies[*index].place, ProxyPlace::OwnPod(_)));
        // `localhost` is the pod of Prometheus, so a proxy of another pod on the same port is not meant.
        if own.is_empty() { other } else { own }
    }

    fn reaches(
        &self,
        proxy: &PlacedProxy,
        entry: &WrittenEntry,
        services: &[NamedService],
    ) -> bool {
        let is_to_own_pod = || Url::parse(&entry.url).is_ok_and(|url| is_loopback(&url));
        if proxy.is_elsewhere && is_to_own_pod() {
            return false;
        }
        if services.is_empty() {
            // Any program of the cluster can be at the same port, such as Mimir.
            return leads_to(&entry.url, Some(&proxy.sidecar))
                && (!proxy.is_elsewhere
                    || self.has_name_of_host(proxy, &entry.url)
                    || leads_to(&entry.url, None));
        }
        // Neither proxy of Microsoft can serve TLS, so a Service that is reached by https leads to another program.
        Url::parse(&entry.url).is_ok_and(|url| url.scheme() == "http")
            && services
                .iter()
                .any(|service| self.is_behind(proxy, service))
    }

    /// Whether a URL names the workload of the proxy, as its Service is usually named.
    fn has_name_of_host(&self, proxy: &PlacedProxy, url: &str) -> bool {
        let ProxyPlace::Workload(index) = proxy.place else {
            return false;
        };
        let url = Url::parse(url).ok();
        let host = url.as_ref().and_then(Url::host_str);
        let first = host.and_then(|host| host.split('.').next());
        first.is_some() && first == self.documents[index]["metadata"]["name"].as_str()
    }

    fn is_behind(&self, proxy: &PlacedProxy, service: &NamedService) -> bool {
        let workload = match proxy.place {
            ProxyPlace::OwnPod(_) => None,
            ProxyPlace::Workload(index) => Some(&self.documents[index]),
        };
        let is_selected = match workload.map(|workload| service.selects(workload)) {
            Some(ServiceSelection::Selected) => true,
            Some(ServiceSelection::Other) => false,
            // The Operator and the charts label the pods, so only a Service that selects nothing else can mean them.
            Some(ServiceSelection::UnknownLabels) | None => !self
                .documents
                .iter()
                .any(|other| service.selects(other) == ServiceSelection::Selected),
        };
        let own = proxy.sidecar.port;
        is_selected
            && service
                .pod_port(workload.unwrap_or(&self.data))
                .is_some_and(|port| own.is_none_or(|own| own == port))
    }

    /// All remote writes, each once for every proxy that it can lead to.
    fn written(&self) -> Vec<WrittenEntry> {
        let entries = self.entries.iter();
        entries.flat_map(|entry| self.written_as(entry)).collect()
    }

    fn written_as(&self, entry: &WrittenEntry) -> Vec<WrittenEntry> {
        if entry.signs_in_to_azure() {
            return vec![entry.clone()];
        }
        let mut sidecars: Vec<&Sidecar> = Vec::new();
        for index in self.proxies_of(entry) {
            let sidecar = &self.proxies[index].sidecar;
            // Two replicas of one proxy are one writer.
            if !sidecars.contains(&sidecar) {
                sidecars.push(sidecar);
            }
        }
        let with = |form| WrittenEntry {
            form,
            ..entry.clone()
        };
        if sidecars.is_empty() {
            return vec![with(match leads_to(&entry.url, None) {
                true => WrittenForm::Proxy(None),
                false => WrittenForm::None,
            })];
        }
        let sidecars = sidecars.into_iter().cloned();
        sidecars
            .map(|sidecar| with(WrittenForm::Proxy(Some(Box::new(sidecar)))))
            .collect()
    }

    /// Refuses a Service in the files that selects none of the pods with a proxy.
    pub(super) fn service_of_other_pods(&self) -> Option<MigrationRefusal> {
        let named = self.entries.iter().find_map(|entry| {
            let services = services_named(&entry.url, &self.documents);
            Some((entry.title(), services.first()?.described()))
        });
        let (title, service) = named?;
        Some(MigrationRefusal::refused(
            format!(
                "the remote write {title} sends to {service}, and no pod with a proxy in these files has these labels and listens on its port"
            ),
            // Kustomize and Helm add labels that the sources lack.
            "pass the manifest of the pods that the Service selects as --sidecar, as it is applied (`kubectl kustomize` or `helm template` print it)",
        ))
    }

    /// What decides where a proxy writes, and its identity.
    fn sign_in_of(&self, proxy: usize) -> (Sidecar, Option<PodIdentity<'_>>) {
        let PlacedProxy { sidecar, place, .. } = &self.proxies[proxy];
        let identity = match place {
            ProxyPlace::OwnPod(_) => None,
            ProxyPlace::Workload(index) => Some(PodIdentity::of(&self.documents[*index])),
        };
        (sidecar.clone(), identity)
    }

    fn described(&self, proxy: usize) -> String {
        let PlacedProxy { sidecar, place, .. } = &self.proxies[proxy];
        match place {
            ProxyPlace::OwnPod(_) => format!("container `{}` of Prometheus", sidecar.name),
            ProxyPlace::Workload(index) => pod::described(&sidecar.name, &self.documents[*index]),
        }
    }

    /// Whether a remote write goes by itself through the rule that this proxy writes through.
    pub(super) fn writes_natively_like(&self, sidecar: &Sidecar) -> bool {
        self.entries.iter().any(|entry| {
            let url = sidecar.write_url(&entry.url);
            entry.url.starts_with("https://") && url.is_some_and(|url| entry.names_rule(&url))
        })
    }

    pub(super) fn found(&self, proxy: Option<usize>, entry: Option<WrittenEntry>) -> DetectedSetup {
        let others = self
            .entries
            .iter()
            .filter(|each| entry.as_ref() != Some(each));
        let placed = proxy.map(|index| self.proxies[index].clone());
        let (position, workload) = match placed.as_ref().map(|proxy| &proxy.place) {
            Some(ProxyPlace::OwnPod(position)) => (Some(position.clone()), None),
            Some(ProxyPlace::Workload(index)) => (None, Some(*index)),
            None => (None, None),
        };
        let mut more = self
            .proxies
            .iter()
            .enumerate()
            .filter(|(index, _)| proxy.is_some_and(|own| own != *index));
        DetectedSetup {
            target: self.target,
            data: self.data.clone(),
            documents: self.documents.clone(),
            workload,
            elsewhere: proxy
                .filter(|index| self.proxies[*index].is_elsewhere)
                .map(|index| self.described(index)),
            sidecar: placed.map(|proxy| proxy.sidecar),
            position,
            others: others.cloned().collect(),
            more: more.next().map(|(_, proxy)| proxy.sidecar.name.clone()),
            entry,
        }
    }
}

fn proxies_of_own_pod(target: Target, data: &Value) -> Vec<PlacedProxy> {
    let all = target.pod().map_or_else(Vec::new, |pod| pod.proxies(data));
    all.into_iter()
        .map(|(position, sidecar)| PlacedProxy {
            sidecar,
            place: ProxyPlace::OwnPod(position),
            is_elsewhere: false,
        })
        .collect()
}

fn proxies_of_workloads(
    documents: &[Value],
    those: std::ops::Range<usize>,
    is_elsewhere: bool,
) -> Vec<PlacedProxy> {
    those
        // The resource or the values of Prometheus describe its own pod.
        .filter(|index| !is_elsewhere || pod::is_workload(&documents[*index]))
        .flat_map(|index| {
            let proxies = proxies_in(std::slice::from_ref(&documents[index]));
            proxies.into_iter().map(move |sidecar| PlacedProxy {
                sidecar,
                place: ProxyPlace::Workload(index),
                is_elsewhere,
            })
        })
        .collect()
}

/// All remote writes of the files, each once for every proxy that it can lead to.
pub(crate) fn written_entries(source: &SourceText) -> Result<Vec<WrittenEntry>, PatchRefusal> {
    Candidates::of(source).map(|candidates| candidates.written())
}

/// Refuses a file whose proxy only Helm can read, or which nothing reads.
fn no_unread_proxy(source: &SourceText, data: &Value) -> Result<(), MigrationRefusal> {
    let pod = source.target.pod();
    if pod.is_some_and(|pod| pod.has_templated_proxy(data)) {
        return Err(MigrationRefusal::refused(
            "the container of the proxy is a Helm expression, whose result only Helm knows",
            "write the container as a map and run the command again",
        ));
    }
    if let [misplaced, ..] = &patch::misplaced_proxies(source.text, source.target)?[..] {
        return Err(MigrationRefusal::refused(
            misplaced.to_string(),
            NextStep::run(
                "move the container there, or connect Prometheus itself",
                own::init_again(),
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::detect::detect;
    use super::*;

    /// A Deployment with a sidecar, and a Service in front of it that selects `selected`.
    fn stage(namespace: &str, name: &str, selected: &str) -> String {
        format!(
            "kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      serviceAccountName: {name}
      containers:
        - name: prom-remotewrite
          image: x/prom-remotewrite:1
          ports: [{{name: auth, containerPort: 8081}}]
          env:
            - {{name: INGESTION_URL, value: 'https://{namespace}-{name}/dataCollectionRules/x'}}
            - {{name: LISTENING_PORT, value: '8081'}}
---
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{ports: [{{port: 80, targetPort: auth}}], selector: {{app: {selected}}}}}
---
"
        )
    }

    /// The INGESTION_URL that the remote write to `url` ends at, or why there is none.
    fn destination(url: &str, manifest: &[String]) -> String {
        let source = SourceText {
            text: &format!("remote_write:\n  - {{name: own, url: '{url}'}}\n"),
            target: Target::PrometheusYml,
            manifest: Some(&manifest.concat()),
            services: None,
        };
        match detect(&source) {
            Ok(found) => {
                let found = found.unwrap();
                let (sidecar, entry) = found.sidecar.zip(found.entry).unwrap();
                sidecar.write_url(&entry.url).unwrap()
            }
            Err(MigrationRefusal::Ambiguous(several)) => several.problem().to_string(),
            Err(MigrationRefusal::Refused(problem)) => problem.to_string(),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn of_two_proxies_the_one_that_the_service_selects_is_found() {
        let manifest = [stage("obs", "prod", "prod"), stage("obs", "dev", "dev")];

        let prod = destination("http://prod.obs.svc/api/v1/write", &manifest);
        let dev = destination("http://dev.obs.svc/api/v1/write", &manifest);

        assert_eq!(prod, "https://obs-prod/dataCollectionRules/x");
        assert_eq!(dev, "https://obs-dev/dataCollectionRules/x");
    }

    #[test]
    fn of_namesakes_in_two_namespaces_the_one_in_that_of_the_url_is_found() {
        let manifest = [stage("obs1", "rw", "rw"), stage("obs2", "rw", "rw")];

        let second = destination("http://rw.obs2/api/v1/write", &manifest);
        let either = destination("http://rw/api/v1/write", &manifest);

        assert_eq!(second, "https://obs2-rw/dataCollectionRules/x");
        assert_eq!(
            either,
            "the files do not say to which of 2 proxies the remote write own sends: \
             container `prom-remotewrite` of Deployment obs1/rw or container `prom-remotewrite` of Deployment obs2/rw"
        );
    }

    #[test]
    fn a_service_that_selects_other_pods_leads_to_no_proxy() {
        let manifest = [stage("obs", "rw", "something-else")];

        let refused = destination("http://rw.obs.svc/api/v1/write", &manifest);

        assert!(
            refused
                .contains("sends to Service obs/rw, which selects app=something-else, and no pod"),
            "{refused}"
        );
    }

    #[test]
    fn two_pods_with_a_proxy_on_localhost_are_two_candidates_unless_they_are_the_same() {
        let url = "http://localhost:8081/api/v1/write";
        let stages = [stage("obs", "prod", "prod"), stage("obs", "dev", "dev")];
        let twice = [stage("obs", "prod", "prod"), stage("obs", "prod", "prod")];

        assert!(destination(url, &stages).contains("to which of 2 proxies"));
        assert_eq!(
            destination(url, &twice),
            "https://obs-prod/dataCollectionRules/x"
        );
    }

    /// Where the only remote write of a resource ends that sends to `url`, with these documents in the same file.
    fn of_resource(url: &str, others: &[String]) -> Vec<Option<String>> {
        let resource = format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {{name: k8s, namespace: obs}}\nspec: {{remoteWrite: [{{url: '{url}'}}]}}\n---\n"
        );
        let source = SourceText {
            text: &[resource, others.concat()].concat(),
            target: Target::CustomResource,
            manifest: None,
            services: None,
        };
        let written = written_entries(&source).unwrap();
        let through = written.iter().filter(|entry| entry.is_through_proxy());
        through.map(WrittenEntry::destination).collect()
    }

    #[test]
    fn a_resource_writes_through_the_proxy_of_another_document_of_its_file() {
        let both = [stage("obs", "prod", "prod"), stage("obs", "dev", "dev")];
        let prod = Some("https://obs-prod/dataCollectionRules/x".to_owned());

        let behind_service = of_resource("http://prod.obs.svc/api/v1/write", &both);
        let by_name = of_resource("http://prod/api/v1/write", &both);
        let of_other_pods = [stage("obs", "prod", "something-else")];

        assert_eq!([behind_service, by_name], [vec![prod.clone()], vec![prod]]);
        assert_eq!(of_resource("http://prod/api/v1/write", &of_other_pods), []);
    }

    #[test]
    fn localhost_is_the_pod_of_the_resource_and_no_other_one() {
        let found = of_resource(
            "http://localhost:8081/api/v1/write",
            &[stage("obs", "a", "a")],
        );

        assert_eq!(found, [None]);
    }

    #[test]
    fn a_port_that_is_not_known_can_be_that_of_any_program() {
        let unknown = stage("obs", "proxy", "proxy").replace("value: '8081'", "valueFrom: {}");
        let deployment = unknown.split("---").next().unwrap().to_owned();

        let other = of_resource(
            "http://mimir.obs.svc/api/v1/push",
            std::slice::from_ref(&deployment),
        );
        let named = of_resource("http://azure-monitor-proxy/api/v1/write", &[deployment]);

        assert_eq!(other, []);
        assert_eq!(
            named,
            [Some("https://obs-proxy/dataCollectionRules/x".to_owned())]
        );
    }
}
