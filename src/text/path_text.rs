//! A file name as text and back. Linux takes any bytes for a name; those that are not UTF-8 become characters of their own.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The byte 0x80 is the character U+10FF00 + 0x80, at the end of the last private-use plane: no name in a known script has it.
const BASE: u32 = 0x0010_FF00;

/// The path as text from which `decode` makes the same path.
pub(crate) fn encode(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            match byte_of(letter) {
                // Such a character in the name itself would be read back as a byte.
                Some(_) => letter
                    .encode_utf8(&mut [0; 4])
                    .bytes()
                    .for_each(|byte| text.push(character(byte))),
                None => text.push(letter),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| character(*byte)));
    }
    text
}

pub(crate) fn decode(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match byte_of(letter) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    OsString::from_vec(bytes).into()
}

/// The byte of a name that this character represents.
pub(crate) fn byte_of(letter: char) -> Option<u8> {
    let byte = u8::try_from(u32::from(letter).checked_sub(BASE)?).ok()?;
    (byte >= 0x80).then_some(byte)
}

fn character(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).expect("the plane ends after the last byte")
}

/// For `#[serde(with = …)]`: serde itself refuses names that are not UTF-8.
pub(crate) fn serialize<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    path.as_deref().map(encode).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PathBuf>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.as_deref().map(decode))
}

/// Whether the name is text that a file can hold.
pub(crate) fn is_text(path: &Path) -> bool {
    let name: &OsStr = path.as_os_str();
    name.to_str()
        .is_some_and(|text| !text.contains(|letter| byte_of(letter).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_the_same() {
        let names: [&[u8]; 5] = [
            b"values.yaml",
            b"bad\xff.yaml",
            b"\x80\xc3",
            "caf\u{e9}".as_bytes(),
            "a\u{10ff80}b".as_bytes(),
        ];

        for name in names {
            let path = PathBuf::from(OsString::from_vec(name.to_vec()));
            assert_eq!(decode(&encode(&path)), path, "{path:?}");
        }
        assert_eq!(encode(Path::new("café")), "café");
    }
}
