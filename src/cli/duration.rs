//! How is a time span written on the command line? Such as `90s`, `5m` or `1h 30m`.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads a span that is not negative.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let span: SignedDuration = text
        .parse()
        .map_err(|_| format!("`{text}` is not a duration; write it like 90s, 5m or 1h"))?;
    Duration::try_from(span).map_err(|_| format!("`{text}` is negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1h 30m"), Ok(Duration::from_secs(5400)));
        assert!(parse("-5m").is_err());
        assert!(parse("soon").is_err());
    }
}
