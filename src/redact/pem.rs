//! Private keys as text blocks, whatever key they are below.

use std::borrow::Cow;

use super::urls::PLACEHOLDER;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
/// Blocks that everyone may read.
const PUBLIC: [&str; 3] = ["CERTIFICATE", "PUBLIC KEY", "X509 CRL"];

/// Hides what is between the first and the last line of each private key; the lines stay as many.
pub(super) fn hide_private_keys(text: &str) -> Cow<'_, str> {
    if !text.contains(BEGIN) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(begin);
        clean.push_str(before);
        let body = block[BEGIN.len()..]
            .find("-----")
            .map_or(block.len(), |label| BEGIN.len() + label + "-----".len());
        let label = &block[BEGIN.len()..body];
        // A PEM label has one line, so this is prose about keys.
        if label.contains('\n') || PUBLIC.iter().any(|public| label.contains(public)) {
            clean.push_str(&block[..BEGIN.len()]);
            rest = &block[BEGIN.len()..];
            continue;
        }
        clean.push_str(&block[..body]);
        let end = end_of(&block[body..]);
        clean.push_str(&hidden(&block[body..body + end]));
        rest = &block[body + end..];
    }
    Cow::Owned(clean + rest)
}

/// Where a key ends: before its last line, or, without one, where no line can belong to it any more.
fn end_of(body: &str) -> usize {
    // Another block that begins before is another key: this one was cut off.
    let own = &body[..body.find(BEGIN).unwrap_or(body.len())];
    if let Some(end) = own.find(END) {
        return end;
    }
    let mut end = 0;
    for (index, line) in own.split_inclusive('\n').enumerate() {
        let is_part = |each: char| each.is_ascii_alphanumeric() || "+/=\\".contains(each);
        if index > 0 && !line.trim().chars().all(is_part) {
            break;
        }
        end += line.len();
    }
    end
}

fn hidden(body: &str) -> String {
    body.split_inclusive('\n').map(hidden_line).collect()
}

/// Keeps what is around the text of a line: indentation, the mark of a comment, and the line break.
fn hidden_line(line: &str) -> String {
    let start = line.len() - line.trim_start_matches([' ', '\t', '#', '>']).len();
    let content = line[start..].trim_end();
    // A line break that is written as such before the last line in quotes.
    if matches!(content, "" | "\\n" | "\\r\\n") {
        return line.to_owned();
    }
    let end = &line[start + content.len()..];
    format!("{}{PLACEHOLDER}{end}", &line[..start])
}

#[cfg(test)]
mod tests {
    use super::hide_private_keys;

    #[test]
    fn a_private_key_is_hidden_line_by_line() {
        let text = "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  Proc-Type: 4\n\n  abc\n  -----END RSA PRIVATE KEY-----\nb: 1\n";
        let clean = "a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  <secret>\n\n  <secret>\n  -----END RSA PRIVATE KEY-----\nb: 1\n";
        assert_eq!(hide_private_keys(text), clean);
        assert_eq!(hide_private_keys(clean), clean);
    }

    #[test]
    fn a_key_on_one_line_and_one_without_end_are_hidden() {
        assert_eq!(
            hide_private_keys(
                r#"a: "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n""#
            ),
            r#"a: "-----BEGIN PRIVATE KEY-----<secret>-----END PRIVATE KEY-----\n""#
        );
        assert_eq!(
            hide_private_keys("# -----BEGIN PRIVATE KEY-----\nabc\ndef=\nb: 1\n"),
            "# -----BEGIN PRIVATE KEY-----\n<secret>\n<secret>\nb: 1\n"
        );
    }

    #[test]
    fn a_certificate_stays_and_the_key_after_it_does_not() {
        let text = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----\n";
        let clean = text.replacen("KEY-----\nabc", "KEY-----\n<secret>", 1);
        assert_eq!(hide_private_keys(text), clean);
    }

    #[test]
    fn many_beginnings_without_end_take_a_time_in_proportion() {
        let text = "-----BEGIN PRIVATE KEY-----x\n".repeat(100_000);
        assert!(hide_private_keys(&text).ends_with("<secret>\n"));
    }
}
