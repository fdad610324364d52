//! What does a body contain that is not JSON? One line of text, such as the title of a gateway's HTML page.

/// How much of the body is shown, in bytes.
const RAW_LIMIT: usize = 2048;

/// One line of readable text from whatever came: markup and control characters go, the rest is cut.
pub(super) fn plain(body: &[u8]) -> String {
    let head = &body[..body.len().min(RAW_LIMIT)];
    let text = String::from_utf8_lossy(head);
    // The cut above can be in the middle of a letter.
    let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
    let text = if text.trim_start().starts_with('<') {
        without_markup(text)
    } else {
        text.to_owned()
    };
    // The body is from outside, and control characters could move the cursor of the terminal or hide text.
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn without_markup(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        rest = after_element(&rest[start..]);
    }
    text.push_str(rest);
    text
}

/// What follows a tag; the contents of `style` and `script` go with it.
fn after_element(tag: &str) -> &str {
    let lower = tag.to_ascii_lowercase();
    let closing = ["style", "script"]
        .iter()
        .find(|name| lower[1..].starts_with(**name))
        .and_then(|name| lower.find(&format!("</{name}")))
        .unwrap_or(0);
    tag[closing..]
        .find('>')
        .map_or("", |end| &tag[closing + end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_letters() {
        let body = "é".repeat(RAW_LIMIT);

        let text = plain(body.as_bytes());

        assert_eq!(text.chars().count(), RAW_LIMIT / 2);
    }
}
