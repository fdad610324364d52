//! Follows symbolic links as far as they can be trusted: those of the user who runs this, and those of root.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::error::{FileError, failed};
use super::system::own_id;

/// Linux' own limit.
const MOST_LINKS: usize = 40;

/// The path with all symbolic links followed; its last part need not exist.
///
/// Linux refuses such links in sticky folders only, and only where `fs.protected_symlinks` is set.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let mut walk = LinkWalk {
        here: if path.is_absolute() {
            PathBuf::from("/")
        } else {
            fs::canonicalize(".").map_err(|error| failed(path, error))?
        },
        ahead: Vec::new(),
        links: 0,
        last_target: None,
    };
    walk.push(path);
    while let Some(step) = walk.ahead.pop() {
        if let Some(end) = walk.step(&step)? {
            return Ok(end);
        }
    }
    Ok(walk.here)
}

/// Whether the path, with all symbolic links followed, is below the current folder. A path that cannot be followed counts by its
/// parts: the error is reported where it is written.
pub(crate) fn is_in_current_folder(path: &Path) -> bool {
    let mut parts = path.components();
    let leads_out = |part| matches!(part, Component::RootDir | Component::ParentDir);
    match (resolve(path), fs::canonicalize(".")) {
        (Ok(end), Ok(folder)) => end.starts_with(folder),
        _ => !parts.any(leads_out),
    }
}

/// Whether both paths lead to one place, whether or not there is a file. Paths that cannot be followed differ.
pub(crate) fn is_same_place(one: &Path, other: &Path) -> bool {
    matches!((resolve(one), resolve(other)), (Ok(one), Ok(other)) if one == other)
}

/// How many more names (hard links) the file has; none where it is no file.
pub(crate) fn other_links(path: &Path) -> u64 {
    let about = fs::metadata(path).ok().filter(Metadata::is_file);
    about.map_or(0, |about| about.nlink().saturating_sub(1))
}

struct LinkWalk {
    /// Without links.
    here: PathBuf,
    /// The parts that are still to go, the next one at the end.
    ahead: Vec<OsString>,
    links: usize,
    /// Where the link leads that is the last part of the path.
    last_target: Option<PathBuf>,
}

impl LinkWalk {
    fn push(&mut self, path: &Path) {
        let parts = path.components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        });
        let parts: Vec<OsString> = parts.collect();
        self.ahead.extend(parts.into_iter().rev());
    }

    /// One part further; gives the path where it ends early.
    fn step(&mut self, name: &OsString) -> Result<Option<PathBuf>, FileError> {
        if name == ".." {
            self.here.pop();
            return Ok(None);
        }
        let next = self.here.join(name);
        let about = match fs::symlink_metadata(&next) {
            Ok(about) => about,
            Err(error) if error.kind() == ErrorKind::NotFound && self.ahead.is_empty() => {
                return match self.last_target.take() {
                    Some(target) => Err(FileError::Missing(target)),
                    None => Ok(Some(next)),
                };
            }
            Err(error) => return Err(failed(&next, error)),
        };
        if !about.is_symlink() {
            self.here = next;
            return Ok(None);
        }
        let target = fs::read_link(&next).map_err(|error| failed(&next, error))?;
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(failed(&next, io::Error::other("too many symbolic links")));
        }
        check_owner(&next, &about, &target)?;
        if leads_to_no_name(&next) {
            return Ok(Some(next));
        }
        if target.is_absolute() {
            self.here = PathBuf::from("/");
        }
        let is_last = self.ahead.is_empty();
        self.push(&target);
        if is_last {
            self.last_target = Some(target);
        }
        Ok(None)
    }
}

fn check_owner(link: &Path, about: &Metadata, target: &Path) -> Result<(), FileError> {
    let owner = about.uid();
    if owner == 0 || owner == own_id() {
        return Ok(());
    }
    let folder = link.parent().unwrap_or(Path::new("/"));
    Err(FileError::ForeignLink {
        link: link.to_owned(),
        owner,
        target: folder.join(target),
    })
}

/// /proc/self/fd/1 and its like may read `pipe:[123]`, which is no path, but can be opened.
fn leads_to_no_name(link: &Path) -> bool {
    link.starts_with("/proc")
        && fs::metadata(link).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{lchown, symlink};

    use super::*;

    #[test]
    fn own_links_are_followed_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir(real.join("deep")).unwrap();
        fs::write(real.join("deep/file"), "").unwrap();
        symlink("deep/../deep", real.join("one")).unwrap();
        symlink(real.join("one/file"), real.join("two")).unwrap();

        assert_eq!(resolve(&real.join("two")).unwrap(), real.join("deep/file"));
        assert_eq!(
            resolve(&real.join("one/new")).unwrap(),
            real.join("deep/new")
        );
    }

    #[test]
    fn a_path_leads_out_of_the_current_folder_by_its_parts_or_by_a_link() {
        let outside = tempfile::tempdir().unwrap();
        let here = fs::canonicalize(".").unwrap();
        let inside = tempfile::tempdir_in(&here).unwrap();
        let link = inside.path().join("link");
        symlink(outside.path(), &link).unwrap();

        for path in ["new.yaml", "none/new.yaml", "./src/../new.yaml"] {
            assert!(is_in_current_folder(Path::new(path)), "{path}");
        }
        assert!(is_in_current_folder(&here.join("new.yaml")));
        for path in ["../new.yaml", "/new.yaml", "src/../../new.yaml", "/none/x"] {
            assert!(!is_in_current_folder(Path::new(path)), "{path}");
        }
        assert!(!is_in_current_folder(&link.join("new.yaml")));
    }

    #[test]
    fn a_circle_of_links_ends_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        symlink("b", folder.path().join("a")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();

        let error = resolve(&folder.path().join("a")).unwrap_err();

        assert!(
            error.to_string().contains("too many symbolic links"),
            "{error}"
        );
    }

    #[test]
    fn a_link_of_another_user_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/etc/hosts", &link).unwrap();
        if lchown(&link, Some(4242), None).is_err() {
            // Only root may give a link away.
            return;
        }

        let error = resolve(&link).unwrap_err();

        assert!(
            matches!(&error, FileError::ForeignLink { owner: 4242, target, .. } if target == Path::new("/etc/hosts")),
            "{error}"
        );
    }
}
