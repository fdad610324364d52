//! Does Prometheus take a URL? It reads them with Go's `net/url`, which takes a relative one too. Source: `url.go` of Go 1.26 (read
//! 2026-11-29).

/// Why Go does not read the URL, if so.
pub(super) fn fault(url: &str) -> Option<&'static str> {
    parse(url).err()
}

type Parse<T = ()> = Result<T, &'static str>;

fn parse(url: &str) -> Parse {
    if url.bytes().any(|each| each < b' ' || each == 0x7f) {
        return Err("it has a control character");
    }
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    escapes(fragment)?;
    let (scheme, rest) = scheme(rest)?;
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    if !rest.starts_with('/') {
        let first = rest.split('/').next().unwrap_or_default();
        return match scheme {
            // Such as `proxy:3128`, whose scheme is `proxy`.
            Some(_) => Ok(()),
            None if first.contains(':') => {
                Err("it does not start with a scheme, such as `http://`")
            }
            None => escapes(rest),
        };
    }
    let authority = rest
        .strip_prefix("//")
        .filter(|_| scheme.is_some() || !rest.starts_with("///"));
    let Some(authority) = authority else {
        return escapes(rest);
    };
    let end = authority.find('/').unwrap_or(authority.len());
    let (authority, path) = authority.split_at(end);
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    user_and_password(user)?;
    self::host(host)?;
    escapes(path)
}

/// The scheme, if there is one, and what comes after its colon.
fn scheme(url: &str) -> Parse<(Option<&str>, &str)> {
    let is_of_scheme = |each: char| each.is_ascii_alphanumeric() || matches!(each, '+' | '-' | '.');
    let end = url.find(|each| !is_of_scheme(each)).unwrap_or(url.len());
    let (scheme, rest) = url.split_at(end);
    match rest.strip_prefix(':') {
        Some(_) if scheme.is_empty() => Err("it does not start with a scheme, such as `http://`"),
        Some(rest) if scheme.starts_with(|each: char| each.is_ascii_alphabetic()) => {
            Ok((Some(scheme), rest))
        }
        _ => Ok((None, url)),
    }
}

fn user_and_password(text: &str) -> Parse {
    let is_allowed =
        |each: char| each.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(each);
    match text.chars().all(is_allowed) {
        true => escapes(text),
        false => {
            Err("its user or password has a character that must be written as `%` and two digits")
        }
    }
}

fn host(text: &str) -> Parse {
    let (host, port) = match text.rfind('[') {
        Some(_) => {
            let end = text.rfind(']').ok_or("its host has a `[` and no `]`")? + 1;
            text.split_at(end)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = |port: &str| port.bytes().all(|each| each.is_ascii_digit());
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return Err("its port is no number");
    }
    escapes(host)?;
    // Only what is no ASCII, and a `%` itself.
    let is_for_host = |after: &str| {
        after.starts_with("25")
            || after.starts_with(|each: char| !each.is_ascii_digit() || each > '7')
    };
    if !host.split('%').skip(1).all(is_for_host) {
        return Err("its host has a `%` where it may have none");
    }
    let is_allowed = |each: char| {
        !each.is_ascii() || each.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(each)
    };
    match host.chars().all(is_allowed) {
        true => Ok(()),
        false => Err("its host has a character that no host has"),
    }
}

fn escapes(text: &str) -> Parse {
    let is_escape = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    match text.split('%').skip(1).all(is_escape) {
        true => Ok(()),
        false => Err("it has a `%` without two hexadecimal digits after it"),
    }
}
