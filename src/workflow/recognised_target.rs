//! The kind of the user's file, where `--target` does not name it.

use crate::patch;
use crate::spec::answers::ConnectionAnswers;
use crate::target;
use crate::workflow::target_file;

/// The answer `--target` that the file itself gives. A file that cannot be read or that is of no known kind gives none, and is
/// refused where it is patched.
pub(crate) fn of_input(answers: &ConnectionAnswers) -> Option<ConnectionAnswers> {
    let input = match answers.target {
        None => answers.input.as_deref()?,
        Some(_) => return None,
    };
    let text = target_file::read(input).ok()?;
    let documents = patch::documents(&text).ok()?;
    Some(ConnectionAnswers {
        target: Some(target::recognise(&documents)?),
        ..ConnectionAnswers::default()
    })
}
