//! The display names of our client secrets in Entra: `amw-rw PLACE-REQUEST`. The place is the file that the secret was made
//! for, so that a later run for the same file recognises what the file no longer holds; the request id distinguishes two of them.

use crate::secret_file::PLACE_LENGTH;

const PREFIX: &str = "amw-rw ";
/// Hexadecimal digits that are drawn for each request.
const REQUEST_LENGTH: usize = 12;

/// A new name. Without a place only the record shows later where the secret is kept.
pub(super) fn new(place: Option<&str>) -> String {
    let drawn = uuid::Uuid::new_v4().simple().to_string();
    let request = &drawn[..REQUEST_LENGTH];
    match place {
        Some(place) => format!("{PREFIX}{place}-{request}"),
        None => format!("{PREFIX}{request}"),
    }
}

/// Whether it was made by `new`. A name that a user typed, such as `amw-rw`, does not show who made the secret.
pub(crate) fn is_ours(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    match rest.split_once('-') {
        Some((place, request)) => is_hex(place, PLACE_LENGTH) && is_hex(request, REQUEST_LENGTH),
        None => is_hex(rest, REQUEST_LENGTH),
    }
}

/// Whether it was made for the file at this place.
pub(crate) fn is_of(name: &str, place: &str) -> bool {
    is_ours(name)
        && name[PREFIX.len()..]
            .split_once('-')
            .is_some_and(|(it, _)| it == place)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.chars().all(|letter| letter.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "0123456789ab";

    #[test]
    fn a_name_contains_its_place() {
        let name = new(Some(PLACE));

        assert!(is_ours(&name) && is_of(&name, PLACE), "{name}");
        assert!(!is_of(&name, "ba9876543210"));
        assert!(is_ours(&new(None)));
        assert!(!is_of(&new(None), PLACE));
    }

    #[test]
    fn a_typed_name_is_not_ours() {
        for typed in [
            "amw-rw",
            "amw-rw prod",
            "amw-rw 0123456789ab-",
            "amw-rw 0123456789ab-0123",
            "other 0123456789ab-0123456789ab",
        ] {
            assert!(!is_ours(typed) && !is_of(typed, PLACE), "{typed}");
        }
    }
}
