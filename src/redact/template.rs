//! Templates of Helm: YAML with expressions in double braces, which a parser takes for maps.

/// The text, byte for byte as long, with each expression as a word, or as nothing where it is alone in its line. None
/// without one.
pub(super) fn without_actions(text: &str) -> Option<String> {
    let mut neutral = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(end) = rest[start..].find("}}").map(|end| start + end + 2) else {
            break;
        };
        neutral.push_str(&rest[..start]);
        // Ends at the first byte of text: a line can have megabytes.
        let is_blank = |bytes: &mut dyn Iterator<Item = u8>| {
            bytes
                .take_while(|byte| *byte != b'\n')
                .all(|byte| byte.is_ascii_whitespace())
        };
        let is_alone = is_blank(&mut neutral.bytes().rev()) && is_blank(&mut rest[end..].bytes());
        let filler = if is_alone { ' ' } else { 'x' };
        let fill = |byte: u8| if byte == b'\n' { '\n' } else { filler };
        neutral.extend(rest[start..end].bytes().map(fill));
        rest = &rest[end..];
    }
    (rest.len() < text.len()).then(|| neutral + rest)
}
