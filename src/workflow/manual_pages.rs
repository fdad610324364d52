//! Which manual pages of an earlier run are replaced, and what is never replaced?

use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

use tempfile::TempDir;

use crate::error::Failure;

/// Replaces the pages of an earlier run in a folder by those that `generate` writes to another one. A file of the user, or a link,
/// with the name of a page is refused before the first page is written.
pub(crate) fn write(
    folder: &Path,
    generate: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), Failure> {
    let doing = || Failure::new(format!("write manual pages to {}", folder.display()));
    let failure = |cause: io::Error| {
        let failure = doing().because(cause);
        failure.next("choose a directory that you may write to")
    };
    let (made, names) = made_aside(folder, generate).map_err(failure)?;
    if let Some(name) = names.iter().find(|name| is_foreign(&folder.join(name))) {
        let path = folder.join(name);
        return Err(doing()
            .reason(format!(
                "{} exists and is no manual page of amw-rw",
                path.display()
            ))
            .next("choose another directory, or move the file away"));
    }
    for name in &names {
        // A rename replaces a link that another user puts there meanwhile, and does not follow it.
        fs::rename(made.path().join(name), folder.join(name)).map_err(failure)?;
    }
    Ok(())
}

/// All pages in a folder that is removed again, and their names.
fn made_aside(
    folder: &Path,
    generate: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<(TempDir, Vec<OsString>)> {
    fs::create_dir_all(folder)?;
    // In the same folder, since a rename does not cross file systems.
    let aside = tempfile::tempdir_in(folder)?;
    generate(aside.path())?;
    let names = fs::read_dir(aside.path())?.map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<io::Result<_>>()?;
    Ok((aside, names))
}

/// Whether something is there that an earlier run did not write.
fn is_foreign(path: &Path) -> bool {
    let Ok(about) = fs::symlink_metadata(path) else {
        return false;
    };
    // Every manual page has a title line, which begins with `.TH`.
    let is_page = |text: &[u8]| String::from_utf8_lossy(text).contains("\n.TH amw-rw");
    !about.is_file() || !fs::read(path).is_ok_and(|text| is_page(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(aside: &Path) -> io::Result<()> {
        fs::write(aside.join("amw-rw.1"), ".ie x\n.TH amw-rw 1\n")
    }

    #[test]
    fn pages_of_an_earlier_run_are_replaced() {
        let folder = tempfile::tempdir().unwrap();

        write(folder.path(), page).unwrap();
        write(folder.path(), page).unwrap();

        let names = fs::read_dir(folder.path()).unwrap();
        assert_eq!(names.count(), 1);
    }

    #[test]
    fn a_file_of_the_user_stays() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("amw-rw.1");
        fs::write(&own, "my notes").unwrap();

        let refused = write(folder.path(), page);

        assert!(refused.is_err());
        assert_eq!(fs::read_to_string(&own).unwrap(), "my notes");
    }
}
