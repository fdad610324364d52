//! Which version of Prometheus or of its Operator this is, with or without the suffix of a distribution.

use std::fmt;
use std::str::FromStr;

/// Major, minor and patch.
pub(crate) type Number = (u64, u64, u64);

/// A version as image tags, `buildinfo` and package managers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    text: String,
    number: Number,
    suffix: VersionSuffix,
}

/// What may follow the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum VersionSuffix {
    None,
    /// `-rc.1`: older than the number alone means.
    Candidate,
    /// `+ds1`: built by Debian or a descendant of it.
    Debian,
    /// `-distroless`, `-busybox`, `-ubi8`: the same program in another image.
    Flavour,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version number such as 3.14.0")]
pub(crate) struct UnknownVersion(String);

impl Version {
    pub(crate) fn is_below(&self, number: Number) -> bool {
        self.number < number || (self.number == number && self.suffix == VersionSuffix::Candidate)
    }

    /// The older of both; the first where they are the same number.
    pub(crate) fn older(self, other: Self) -> Self {
        match other.number < self.number {
            true => other,
            false => self,
        }
    }

    pub(crate) fn number(&self) -> Number {
        self.number
    }

    pub(crate) fn is_at_least(&self, number: Number) -> bool {
        !self.is_below(number)
    }

    /// Of a version, a tag or a whole image.
    pub(crate) fn in_image(text: &str) -> Option<Self> {
        // `registry:5000/prometheus:v3.14.0@sha256:…`: the digest follows the tag, and the registry can have a port.
        let plain = text.split('@').next().unwrap_or_default();
        let tag = plain.rsplit_once(':').map_or(plain, |(_, tag)| tag);
        tag.parse().ok()
    }

    /// From `first` on, and older than `end`.
    pub(crate) fn is_within(&self, first: Number, end: Number) -> bool {
        self.is_at_least(first) && self.is_below(end)
    }

    /// Debian and its descendants build Prometheus without `azuread`.
    pub(crate) fn is_debian(&self) -> bool {
        self.suffix == VersionSuffix::Debian
    }

    /// Exactly this number with a suffix, which SemVer orders below the number alone.
    pub(crate) fn is_flavour_of(&self, number: Number) -> bool {
        self.number == number && self.suffix == VersionSuffix::Flavour
    }
}

/// As people write it.
pub(crate) fn number_text((major, minor, patch): Number) -> String {
    format!("{major}.{minor}.{patch}")
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let trimmed = text.trim();
        let plain = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let end = plain
            .find(|each: char| !each.is_ascii_digit() && each != '.')
            .unwrap_or(plain.len());
        let number = number(&plain[..end]).ok_or_else(|| UnknownVersion(text.to_owned()))?;
        Ok(Self {
            text: trimmed.to_owned(),
            number,
            suffix: VersionSuffix::of(&plain[end..]),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl VersionSuffix {
    fn of(rest: &str) -> Self {
        if rest.is_empty() {
            Self::None
        } else if rest.contains("+ds") {
            Self::Debian
        // The only suffix of upstream that means an older program. SemVer would put `-distroless` below the release
        // too.
        } else if rest.starts_with("-rc") {
            Self::Candidate
        } else {
            Self::Flavour
        }
    }
}

fn number(text: &str) -> Option<Number> {
    let mut parts = text.split('.').map(str::parse::<u64>);
    let major = parts.next()?.ok()?;
    let minor = parts.next()?.ok()?;
    // People write `3.14` for 3.14.0.
    let patch = parts.next().unwrap_or(Ok(0)).ok()?;
    parts.next().is_none().then_some((major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_flavour_of_an_image_does_not_make_it_older() {
        for text in [
            "3.14.0",
            "v3.14.0",
            "v3.14.0-distroless",
            "3.14.0-busybox",
            "3.14.0+ds1",
            "3.14",
        ] {
            assert!(version(text).is_at_least((3, 14, 0)), "{text}");
        }
    }

    #[test]
    fn a_release_candidate_is_older_than_its_release() {
        let candidate = version("v3.14.0-rc.1");

        assert!(candidate.is_below((3, 14, 0)));
        assert!(candidate.is_at_least((3, 13, 2)));
    }

    #[test]
    fn a_version_is_read_from_a_tag_or_an_image() {
        let versions = [
            "v3.14.0-distroless",
            "quay.io:5000/prometheus/prometheus:v2.55.1@sha256:ab",
            "latest",
            "",
        ]
        .map(|text| Version::in_image(text).map(|version| version.to_string()));

        let read = |text: &str| Some(text.to_owned());
        assert_eq!(
            versions,
            [read("v3.14.0-distroless"), read("v2.55.1"), None, None]
        );
    }

    #[test]
    fn debian_builds_are_known_by_their_suffix() {
        assert!(version("3.5.3+ds1").is_debian());
        assert!(version("2.53.3+ds1-2").is_debian());
        assert!(!version("3.5.3").is_debian());
    }

    #[test]
    fn what_is_not_a_version_is_an_error() {
        for text in ["", "latest", "v3", "3.x", "1.2.3.4", "sha256:abcd"] {
            let answer = text.parse::<Version>().map_err(|error| error.to_string());
            assert_eq!(
                answer,
                Err(format!("`{text}` is not a version number such as 3.14.0"))
            );
        }
    }
}
