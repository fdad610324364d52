//! Where does the URL of a remote write lead, also where another program fills it in?

use url::Host;

use crate::remote_write::rule_of;
use crate::spec::cloud::{MONITOR_HOST, QUERY_HOST};
use crate::spec::loopback::is_loopback_host;
use crate::text::filled_in::{self, is_filled_in, starts_filled_in};

/// Words in names of variables and remote writes that are about a workspace begin with one of these.
const WORDS: [&str; 4] = ["amw", "azure", "ingest", "dcr"];

/// Host and port, without a user or password before them.
pub(super) fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    // A password can hold an `@` that is not escaped; the last one ends it.
    authority.rsplit('@').next().unwrap_or_default()
}

/// Whether a program that fills in variables decides where it leads, and that may be Azure.
pub(super) fn is_variable(url: &str) -> bool {
    // Prometheus expands variables in external labels only, so one in a URL is for another program.
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest,
        None if is_placeholder(url) => return true,
        None => url,
    };
    let path = authority.find('/').map_or("", |start| &authority[start..]);
    let may_be_azure = path.is_empty() || path.contains("dataCollectionRules") || has_mark(path);
    has_mark_at_start(url) || (has_mark(host_of(url)) && may_be_azure)
}

/// Whether it cannot be read from the URL to which host and rule it leads. Placeholders have more forms than can be listed, so what
/// has to be there is looked for, not what replaces it.
pub(super) fn is_unknown(url: &str) -> bool {
    is_variable(url)
        || !has_host(url)
        || (is_of_azure(url) && !has_rule(url) && !is_query_endpoint(url))
}

/// Whether the URL is one of an ingestion endpoint, as far as it is written out.
pub(super) fn is_of_azure(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    // Hosts of canary regions have one more part, `.metrics.canary.ingest.`, so only the end that all have is compared.
    url.contains("/datacollectionrules") || host_of(&url).contains(MONITOR_HOST)
}

/// Whether the host is the one from which a workspace is read.
pub(crate) fn is_query_endpoint(url: &str) -> bool {
    host_of(url).contains(QUERY_HOST)
}

/// Whether it is one that the ingestion of a sandbox has: nothing listens there once the sandbox has ended.
pub(super) fn is_of_sandbox(url: &str) -> bool {
    let host = host_of(url);
    let path = url.split_once(host).map_or("", |(_, path)| path);
    is_loopback_host(host) && path.starts_with("/ingestion/") && rule_of(url).is_some()
}

/// Whether the host ends in a domain that is written out and not Azure's, as in `${REGION}.logs.example.com`.
pub(super) fn has_foreign_domain(url: &str) -> bool {
    let host = host_of(url).to_ascii_lowercase();
    let host = host.rsplit_once(':').map_or(&*host, |(host, _)| host);
    let tail = host.rsplit(|letter: char| !is_host_letter(letter));
    let tail = tail
        .map(|tail| tail.trim_matches('.'))
        .next()
        .unwrap_or_default();
    tail.split('.').count() > 1 && !host.contains(MONITOR_HOST) && !host.contains("azure")
}

/// Whether a text in the place of a whole remote write certainly leads to a host that is not Azure's.
pub(super) fn leads_elsewhere(text: &str) -> bool {
    let is_elsewhere = !is_unknown(text) || has_foreign_domain(text);
    text.contains("://") && is_elsewhere && !is_of_azure(text) && !is_loopback_host(host_of(text))
}

fn is_host_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '.' || letter == '-'
}

/// A name or an address after `http://` or `https://`. Loopback counts without them: an earlier sidecar is written so.
fn has_host(url: &str) -> bool {
    let host = host_of(url);
    let (name, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address are in brackets, and belong to no port.
        Some((name, port)) if !host.ends_with(']') => (name, port),
        _ => (host, "80"),
    };
    let is_address = matches!(Host::parse(name), Ok(Host::Ipv6(_)));
    let is_name = !name.is_empty() && name.chars().all(is_host_letter);
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_http = matches!(scheme.as_deref(), Some("http" | "https"));
    (is_http || is_loopback_host(name))
        && (is_name || is_address)
        && port.bytes().all(|digit| digit.is_ascii_digit())
}

fn has_rule(url: &str) -> bool {
    let is_id = |rule: &str| {
        rule.bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    rule_of(url).is_some_and(is_id)
}

/// Whether the name of the variable, or that of the remote write, is about a workspace.
pub(super) fn is_about_workspace(url: &str, name: Option<&str>) -> bool {
    let words = words(url).chain(words(name.unwrap_or_default()));
    words
        .map(str::to_ascii_lowercase)
        .any(|word| WORDS.iter().any(|start| word.starts_with(start)))
}

/// The words of `AMW_URL`, `amw-url` and `amwUrl`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut before = ' ';
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(_, letter)| {
            let is_start = before.is_ascii_lowercase() && letter.is_ascii_uppercase();
            before = *letter;
            is_start
        })
        .map(|(at, _)| at)
        .collect();
    let ends = starts.clone().into_iter().chain([text.len()]);
    let parts = [0].into_iter().chain(starts).zip(ends);
    parts.flat_map(|(start, end)| {
        text[start..end].split(|letter: char| !letter.is_ascii_alphanumeric())
    })
}

fn has_mark(text: &str) -> bool {
    is_filled_in(text) || text.match_indices('$').any(starts_name(text))
}

/// Whether a name follows a dollar sign, as in `$AMW_URL`.
fn starts_name(text: &str) -> impl FnMut((usize, &str)) -> bool {
    |(at, mark)| {
        let next = text[at + mark.len()..].chars().next();
        next.is_some_and(|next| next == '_' || next.is_ascii_alphabetic())
    }
}

fn has_mark_at_start(url: &str) -> bool {
    starts_filled_in(url) || (url.starts_with('$') && has_mark(url))
}

/// `<WRITE URL>`, `%AMW_URL%`, `__AMW_URL__`, `AMW_URL`: with no scheme, Prometheus itself can do nothing with it.
fn is_placeholder(text: &str) -> bool {
    let is_word =
        |letter: char| letter == '_' || letter.is_ascii_uppercase() || letter.is_ascii_digit();
    filled_in::is_placeholder(text) || (text.contains('_') && text.chars().all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_filled_in_is_known_by_its_marks() {
        for url in [
            "$URL",
            "${AMW_URL}",
            "$(AMW_URL)",
            "{{ .Values.x }}",
            "https://$HOST/dataCollectionRules/x",
            "https://{{ host }}",
            "<WRITE URL>",
            "%AMW_URL%",
            "__AMW_URL__",
            "@@AMW_URL@@",
            "#{AMW_URL}#",
            "{% amw_url %}",
            "AMW_URL",
        ] {
            assert!(is_variable(url), "{url}");
        }
        for url in [
            "",
            "https://mimir.example.com/api/v1/push",
            "https://${HOST}/api/v1/push",
            "https://mimir.example.com/$5",
            "localhost:8081/api/v1/write",
            "mimir",
        ] {
            assert!(!is_variable(url), "{url}");
        }
    }

    #[test]
    fn the_name_of_the_variable_or_of_the_remote_write_can_name_azure() {
        for (url, name) in [
            ("${AMW_URL}", None),
            ("$URL", Some("Azure-Monitor")),
            ("{{ .Values.amwUrl }}", None),
            ("${URL}", Some("myAzure")),
        ] {
            assert!(is_about_workspace(url, name), "{url}");
        }
        for (url, name) in [
            ("${REMOTE_WRITE_URL}", Some("mimir")),
            ("$URL", None),
            ("$URL", Some("teamwork jamwork streamwriter")),
        ] {
            assert!(!is_about_workspace(url, name), "{name:?}");
        }
    }

    #[test]
    fn a_url_without_a_host_or_a_rule_to_read_leads_to_an_unknown_place() {
        const HOST: &str = "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com";
        for url in [
            "",
            "#{AMW_URL}#",
            "https://#{HOST}#/dataCollectionRules/#{DCR}#/streams/x",
            "https://<host>/dataCollectionRules/<dcr>/x",
            "https://<your-endpoint>",
            "https://__HOST__/x",
            "https://[[HOST]]/x",
            "https://AMW_HOST/x",
            "REPLACEME",
            "amw-url",
            "(( grab amw.url ))",
            "ref+azurekeyvault://v/amw-url",
            "https://$HOST/api/v1/write",
            &format!("{HOST}/dataCollectionRules/${{DCR}}/streams/x"),
            &format!("{HOST}/dataCollectionRules/<DCR>/streams/x"),
            &format!("{HOST}/dataCollectionRules/dcr%2D0123/streams/x"),
            &format!("{HOST}/dataCollectionRules/dcr-{{{{ id }}}}/streams/x"),
            HOST,
        ] {
            assert!(is_unknown(url), "{url}");
        }
        for url in [
            "https://mimir.example.com/api/v1/push",
            "http://mimir:9009/api/v1/push",
            "http://[::1]:9090/api/v1/write",
            "localhost:8081/api/v1/write",
            "https://user:secret@10.0.0.1:443/x",
            "https://shop-ab12.westeurope.prometheus.monitor.azure.com/api/v1/write",
            &format!("{HOST}/dataCollectionRules/dcr-0123456789abcdef/streams/x"),
        ] {
            assert!(!is_unknown(url), "{url}");
        }
    }

    #[test]
    fn only_a_sandbox_has_a_rule_below_ingestion_on_loopback() {
        let rule = "dataCollectionRules/dcr-0123456789abcdef/streams/x";
        assert!(is_of_sandbox(&format!(
            "http://127.0.0.1:37097/ingestion/shop-ab12.westeurope-1/{rule}"
        )));
        for url in [
            format!("http://127.0.0.1:8081/{rule}"),
            format!("https://ingress.example.com/ingestion/shop/{rule}"),
            "http://localhost:8081/ingestion/api/v1/write".to_owned(),
            String::new(),
        ] {
            assert!(!is_of_sandbox(&url), "{url}");
        }
    }

    #[test]
    fn only_a_url_that_is_written_out_leads_elsewhere_for_certain() {
        assert!(leads_elsewhere("https://mimir.example.com/api/v1/push"));
        assert!(leads_elsewhere("https://${TENANT}.example.com/push"));
        for text in [
            "${RW}",
            "{{ rw \"https://x.example.com\" }}",
            "https://${HOST}",
            "https://a.westeurope-1.metrics.ingest.monitor.azure.com",
        ] {
            assert!(!leads_elsewhere(text), "{text}");
        }
    }

    #[test]
    fn a_domain_that_is_written_out_proves_that_it_is_not_azure() {
        assert!(has_foreign_domain(
            "https://in.${REGION}.logs.example.com/${TENANT}/write"
        ));
        assert!(has_foreign_domain("https://${TENANT}.example.com:443/x"));
        for url in [
            "https://${HOST}",
            "https://x.${REGION}.metrics.ingest.monitor.azure.com/x",
            "${URL}",
            "https://${HOST}.local",
        ] {
            assert!(!has_foreign_domain(url), "{url}");
        }
    }
}
