//! The URL that Prometheus writes to. A value of this type can work; what cannot is refused with what it is instead.

use url::Url;

use super::cloud::CloudName;
use super::loopback::is_loopback;
use crate::problem::Problem;
use crate::spec::command_line::option;
use crate::text::filled_in::is_filled_in;

/// The folder of the rule in the path; Azure compares it without regard to case.
pub(crate) const RULES_FOLDER: &str = "dataCollectionRules";
const STREAM: &str = "Microsoft-PrometheusMetrics";
const VERSION: &str = "2023-04-24";
/// Microsoft's old examples of the sidecar have it. Direct remote write is documented with the newer version only.
const OLD_VERSION: &str = "2021-11-01-preview";

/// Parts of values that only examples have.
const PLACEHOLDERS: [&str; 7] = ["<", ">", "…", "placeholder", "changeme", "your-", "your_"];

/// The remote-write URL of a rule: the stream and the version are those that the portal shows.
pub(crate) fn write_url(endpoint: &str, rule: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    format!("{endpoint}/{RULES_FOLDER}/{rule}/streams/{STREAM}/api/v1/write?api-version={VERSION}")
}

/// An ingestion URL with the data collection rule, the stream and the version in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IngestionUrl {
    text: String,
    cloud: Option<CloudName>,
    is_renewed: bool,
    /// The version, where it is neither the current one nor the old one.
    other_version: Option<String>,
}

impl IngestionUrl {
    /// `suffix` is the domain of metrics hosts in a cloud that the table does not have.
    pub(crate) fn parse(text: &str, suffix: Option<&str>) -> Result<Self, NotIngestion> {
        if is_placeholder(text) {
            return Err(NotIngestion::Placeholder);
        }
        if text.trim() != text {
            return Err(NotIngestion::Space);
        }
        let url = Url::parse(text).map_err(|_| NotIngestion::NotAUrl)?;
        let cloud = check_host(&url, suffix)?;
        check_path(&url)?;
        check_rest(&url)?;
        let is_renewed = check_version(&url)?;
        let text = if is_renewed {
            text.replacen(OLD_VERSION, VERSION, 1)
        } else {
            text.to_owned()
        };
        let version = version(&url).filter(|version| !is_renewed && version != VERSION);
        Ok(Self {
            text,
            cloud,
            is_renewed,
            other_version: version,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Refuses a host of another cloud: its tokens are not valid there.
    pub(crate) fn check_cloud(&self, named: CloudName) -> Result<(), NotIngestion> {
        match self.cloud {
            Some(own) if own != named => Err(NotIngestion::OtherCloud { own, named }),
            _ => Ok(()),
        }
    }

    /// What was changed in the value that was given.
    pub(crate) fn note(&self) -> Option<String> {
        if self.is_renewed {
            return Some(format!(
                "the URL had api-version={OLD_VERSION}; it is written with {VERSION}"
            ));
        }
        let other = self.other_version.as_ref()?;
        Some(format!(
            "the URL has api-version={other}; the documented one is {VERSION}, and Azure may refuse another"
        ))
    }
}

/// Whether a value is what an example or a template has in the place of a real one.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_lowercase();
    is_filled_in(&lower) || PLACEHOLDERS.iter().any(|part| lower.contains(part))
}

/// What a value is that Prometheus cannot write to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotIngestion {
    #[error("it is a placeholder of an example or a template")]
    Placeholder,
    #[error("it starts or ends with a space")]
    Space,
    #[error("it is not a URL")]
    NotAUrl,
    #[error("it has a user name or a password")]
    Credentials,
    #[error("it is not https, and Prometheus would send its token unencrypted to `{0}`")]
    NotEncrypted(String),
    #[error("it names port {0}, and the endpoint is served by https without a port")]
    Port(u16),
    #[error("`{0}` is the query endpoint of a workspace, which only answers queries")]
    QueryHost(String),
    #[error("`{0}` is the logs ingestion endpoint, which does not accept metrics")]
    LogsHost(String),
    #[error("`{0}` is not the host of a metrics ingestion endpoint")]
    OtherHost(String),
    #[error("`{0}` is only the host of the ingestion endpoint, without the data collection rule")]
    BareHost(String),
    #[error("its path is not that of a data collection rule: `{0}`")]
    OtherPath(String),
    #[error("`{rule}` is not the immutable id of a data collection rule: {why}")]
    OtherRule { rule: String, why: String },
    #[error("it writes to stream `{0}`, and Prometheus metrics go to `{stream}`", stream = STREAM)]
    OtherStream(String),
    #[error("it has `{0}`, and only `api-version` belongs after the path")]
    OtherParameter(String),
    #[error("it has no `api-version`")]
    NoVersion,
    #[error("it has `api-version` more than once")]
    SeveralVersions,
    #[error("`{0}` is not an api-version")]
    OtherVersion(String),
    #[error("its host is in the cloud {}, and the cloud is {}", own.as_str(), named.as_str())]
    OtherCloud { own: CloudName, named: CloudName },
}

impl NotIngestion {
    fn advice(&self) -> String {
        match self {
            Self::OtherCloud { own, .. } => {
                format!(
                    "add {}, or use the URL of a workspace of that cloud",
                    option("--cloud", own.as_str())
                )
            }
            Self::Space => "remove the space".to_owned(),
            _ => format!(
                "use the `Metrics ingestion endpoint` that the Overview of the workspace in the Azure portal shows: \
                 {}",
                write_url(
                    "https://NAME.REGION-1.metrics.ingest.monitor.azure.com",
                    "dcr-ID"
                )
            ),
        }
    }

    /// With the name of the flag or setting that has the value.
    pub(crate) fn problem(&self, of: &str) -> Problem {
        Problem::new(format!("the value of {of} cannot be written to: {self}")).next(self.advice())
    }
}

/// The cloud of the host, if the table has it.
fn check_host(url: &Url, suffix: Option<&str>) -> Result<Option<CloudName>, NotIngestion> {
    let host = url.host_str().ok_or(NotIngestion::NotAUrl)?.to_lowercase();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotIngestion::Credentials);
    }
    // A sandbox, or a test server on this machine.
    if is_loopback(url) {
        return Ok(None);
    }
    let mut all = CloudName::ALL.into_iter();
    let cloud = all.find(|cloud| is_below(&host, cloud.row().monitor()));
    let domain = cloud.map_or(suffix, |cloud| Some(cloud.row().monitor()));
    let Some(domain) = domain.filter(|domain| is_below(&host, domain)) else {
        return Err(match url.scheme() {
            "https" => NotIngestion::OtherHost(host),
            _ => NotIngestion::NotEncrypted(host),
        });
    };
    // The Overview of a workspace in the portal shows its query endpoint next to the one for ingestion.
    if is_below(&host, &format!("prometheus.{domain}")) {
        return Err(NotIngestion::QueryHost(host));
    }
    // The Overview of an endpoint that a user made shows its host for logs; that for metrics has `.metrics` before
    // `.ingest`.
    let is_ingestion = is_below(&host, &format!("ingest.{domain}"));
    if is_ingestion && !is_below(&host, &format!("metrics.ingest.{domain}")) {
        return Err(NotIngestion::LogsHost(host));
    }
    if cloud.is_some() && !is_ingestion {
        return Err(NotIngestion::OtherHost(host));
    }
    if url.scheme() != "https" {
        return Err(NotIngestion::NotEncrypted(host));
    }
    // Microsoft's page about firewalls names port 443 alone for these hosts; an own suffix may be a private service.
    match url.port() {
        Some(port) if cloud.is_some() => Err(NotIngestion::Port(port)),
        _ => Ok(cloud),
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    let domain = domain.trim_start_matches('.').to_lowercase();
    host.strip_suffix(&domain)
        .is_some_and(|name| name.len() > 1 && name.ends_with('.'))
}

fn check_path(url: &Url) -> Result<(), NotIngestion> {
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let mut parts = segments.iter().copied();
    // A sandbox has a folder of its own before the rule.
    let Some(rule) = parts
        .find(|part| part.eq_ignore_ascii_case(RULES_FOLDER))
        .and_then(|_| parts.next())
    else {
        return Err(match url.path() {
            "" | "/" => NotIngestion::BareHost(url.host_str().unwrap_or_default().to_owned()),
            path => NotIngestion::OtherPath(path.to_owned()),
        });
    };
    check_rule(rule)?;
    let rest: Vec<&str> = parts.collect();
    match rest.as_slice() {
        [streams, stream, "api", "v1", "write"] if streams.eq_ignore_ascii_case("streams") => {
            match stream.eq_ignore_ascii_case(STREAM) {
                true => Ok(()),
                false => Err(NotIngestion::OtherStream((*stream).to_owned())),
            }
        }
        _ => Err(NotIngestion::OtherPath(url.path().to_owned())),
    }
}

/// `dcr-` and 32 hexadecimal digits.
fn check_rule(rule: &str) -> Result<(), NotIngestion> {
    let start = rule.get(..4).unwrap_or_default();
    let digits = rule.get(4..).unwrap_or_default();
    let why = if !start.eq_ignore_ascii_case("dcr-") {
        "the id starts with `dcr-`; the name or resource id of the rule does not work here"
            .to_owned()
    } else if digits.len() != 32 {
        format!(
            "32 hexadecimal digits must follow `dcr-`, and it has {} characters there",
            digits.len()
        )
    } else if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        "only hexadecimal digits may follow `dcr-`".to_owned()
    } else {
        return Ok(());
    };
    let rule = rule.to_owned();
    Err(NotIngestion::OtherRule { rule, why })
}

/// Only the version is after the path.
fn check_rest(url: &Url) -> Result<(), NotIngestion> {
    if let Some(fragment) = url.fragment() {
        return Err(NotIngestion::OtherParameter(format!("#{fragment}")));
    }
    let mut others = url.query_pairs().filter(|(key, _)| !is_version(key));
    match others.next() {
        // The value may be a secret.
        Some((name, _)) => Err(NotIngestion::OtherParameter(name.into_owned())),
        None => Ok(()),
    }
}

fn is_version(name: &str) -> bool {
    name.eq_ignore_ascii_case("api-version")
}

fn version(url: &Url) -> Option<String> {
    let mut pairs = url.query_pairs();
    let (_, version) = pairs.find(|(name, _)| is_version(name))?;
    Some(version.into_owned())
}

/// Whether the version is the old one.
fn check_version(url: &Url) -> Result<bool, NotIngestion> {
    let version = version(url).ok_or(NotIngestion::NoVersion)?;
    let versions = url.query_pairs().filter(|(name, _)| is_version(name));
    if versions.count() > 1 {
        return Err(NotIngestion::SeveralVersions);
    }
    let date = version.strip_suffix("-preview").unwrap_or(&version);
    // Only the form is checked: the portal and Resource Manager return the version, and Azure decides which are valid.
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_date {
        return Err(NotIngestion::OtherVersion(version));
    }
    Ok(version == OLD_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "https://shop-ab12.westeurope-1.metrics.ingest.monitor.azure.com";
    const RULE: &str = "/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef";
    const WRITE: &str = "/streams/Microsoft-PrometheusMetrics/api/v1/write";

    fn refused(text: &str) -> NotIngestion {
        IngestionUrl::parse(text, None).expect_err(text)
    }

    #[test]
    fn the_url_of_the_portal_is_taken_as_it_is() {
        let text = format!("{HOST}{RULE}{WRITE}?api-version=2023-04-24");

        let url = IngestionUrl::parse(&text, None).unwrap();

        assert_eq!(url.as_str(), text);
        assert_eq!(url.note(), None);
        assert_eq!(url.check_cloud(CloudName::Public), Ok(()));
    }

    #[test]
    fn an_old_version_is_renewed_with_a_note() {
        let url = format!("{HOST}{RULE}{WRITE}?api-version=2021-11-01-preview");

        let url = IngestionUrl::parse(&url, None).unwrap();

        assert!(url.as_str().ends_with("?api-version=2023-04-24"));
        assert!(url.note().unwrap().contains("2021-11-01-preview"));
    }

    #[test]
    fn another_version_is_taken_with_a_note() {
        let url = format!("{HOST}{RULE}{WRITE}?api-version=2099-01-01");

        let url = IngestionUrl::parse(&url, None).unwrap();

        assert!(url.as_str().ends_with("=2099-01-01"));
        assert!(url.note().unwrap().contains("documented one is 2023-04-24"));
    }

    #[test]
    fn nothing_but_the_version_is_taken_after_the_path() {
        for (rest, name) in [
            ("?api-version=2023-04-24&foo=bar", "foo"),
            ("?api-version=2023-04-24#x", "#x"),
        ] {
            let refused = refused(&format!("{HOST}{RULE}{WRITE}{rest}"));

            assert_eq!(refused, NotIngestion::OtherParameter(name.to_owned()));
        }
    }

    fn check(cases: &[(&str, &str, &str, &str)]) {
        for (host, path, query, expected) in cases {
            let found = refused(&format!("{host}{path}{query}")).to_string();
            assert!(found.contains(expected), "{found} / {expected}");
        }
    }

    #[test]
    fn a_path_that_cannot_work_is_refused_with_what_it_is() {
        let (whole, version) = (format!("{RULE}{WRITE}"), "?api-version=2023-04-24");
        let otel = whole.replace("PrometheusMetrics", "OtelMetrics");
        let short = whole.replace("cdef/streams", "cde/streams");
        let name = format!("/dataCollectionRules/shop{WRITE}");

        check(&[
            (HOST, "", "", "only the host"),
            (HOST, "/", "", "only the host"),
            (HOST, RULE, version, "its path is not"),
            (HOST, &whole, "", "no `api-version`"),
            (HOST, &whole, "?api-version=latest", "`latest`"),
            (
                HOST,
                &whole,
                "?api-version=2023-04-24&api-version=2021-11-01-preview",
                "more than once",
            ),
            (HOST, &whole, "?api-version=2023-04-24 ", "space"),
            (HOST, &otel, version, "stream `Microsoft-OtelMetrics`"),
            (HOST, &short, version, "it has 31 characters there"),
            (HOST, &name, version, "starts with `dcr-`"),
        ]);
    }

    #[test]
    fn a_host_that_cannot_work_is_refused_with_what_it_is() {
        let (whole, version) = (format!("{RULE}{WRITE}"), "?api-version=2023-04-24");
        let query = "https://shop-ab12.westeurope.prometheus.monitor.azure.com/api/v1/write";
        let logs = "https://shop-ab12.westeurope-1.ingest.monitor.azure.com";
        let plain = HOST.replace("https", "http");

        check(&[
            (query, "", "", "query endpoint"),
            (logs, &whole, version, "logs ingestion"),
            ("http://10.0.0.8:9090", &whole, version, "not https"),
            ("https://shop.example", &whole, version, "not the host of"),
            (&plain, &whole, version, "not https"),
            ("<metrics ingestion endpoint>", "", "", "placeholder"),
            ("PLACEHOLDER_INGESTION_URL", "", "", "placeholder"),
            ("{{ .Values.url }}", "", "", "placeholder"),
            ("shop-ab12.westeurope-1", "", "", "not a URL"),
        ]);
    }

    #[test]
    fn a_host_of_another_cloud_needs_that_cloud() {
        let text =
            format!("{HOST}{RULE}{WRITE}?api-version=2023-04-24").replace("azure.com", "azure.us");
        let url = IngestionUrl::parse(&text, None).unwrap();

        let refusal = url.check_cloud(CloudName::Public).unwrap_err();

        assert!(refusal.advice().starts_with("add --cloud us-government"));
        assert_eq!(url.check_cloud(CloudName::UsGovernment), Ok(()));
    }

    #[test]
    fn a_sandbox_and_another_cloud_have_hosts_of_their_own() {
        let query = "?api-version=2023-04-24";
        let sandbox = format!("http://127.0.0.1:8080/ingestion{RULE}{WRITE}{query}");
        let other = format!("https://w.metrics.ingest.monitor.azure.example{RULE}{WRITE}{query}");

        assert!(IngestionUrl::parse(&sandbox, None).is_ok());
        assert!(IngestionUrl::parse(&other, Some(".monitor.azure.example")).is_ok());
        assert!(IngestionUrl::parse(&other, None).is_err());
    }
}
