//! Text from outside and back: file names of any bytes, characters that a terminal would obey, words of a shell,
//! expressions of other programs, keys of wrong files and their paths, spans of time, lists of words, the order of names.

#[cfg(test)]
pub(crate) mod document_table;
pub(crate) mod filled_in;
pub(crate) mod key_name;
pub(crate) mod key_path;
pub(crate) mod natural_order;
pub(crate) mod path_text;
pub(crate) mod shell;
pub(crate) mod time_span;
pub(crate) mod visible;
pub(crate) mod word_list;
