//! Folders of runs that were killed.
//!
//! A report that is being written holds a file with our mark, which its process keeps locked. When the process ends, by
//! whatever means, the lock is gone: so the next run to the same target knows what nobody writes any more. What has no
//! mark is not ours and is left alone.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use super::staging::OutputError;

/// The file's name.
const MARKER: &str = ".spillway-sim-writes-here";

/// What it says.
const SAYS: &str = "A report of spillway-sim that is being written. Without a process that writes it, it may be removed.\n";

/// The mark on a folder that this process writes.
#[derive(Debug)]
pub(super) struct Marker(Option<File>);

impl Marker {
    pub(super) fn put(folder: &Path) -> Result<Self, OutputError> {
        let path = folder.join(MARKER);
        let mut file = File::create(&path).map_err(OutputError::io("make this file", &path))?;
        // Where the file system knows no locks, the folder gets no mark and nobody removes it.
        if file.try_lock().is_ok() {
            file.write_all(SAYS.as_bytes())
                .map_err(OutputError::io("write this file", &path))?;
        }
        Ok(Self(Some(file)))
    }

    /// The folder is done.
    pub(super) fn take_away(&mut self, folder: &Path) -> Result<(), OutputError> {
        let path = folder.join(MARKER);
        if self.0.take().is_some() {
            fs::remove_file(&path).map_err(OutputError::io("remove this file", &path))?;
        }
        Ok(())
    }
}

/// Removes what killed runs have left of reports for `target`. What cannot be looked at or removed stays: it harms nobody.
pub(super) fn remove(target: &Path) {
    let Some(name) = target.file_name() else {
        return;
    };
    let parent = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(parent.unwrap_or(Path::new("."))) else {
        return;
    };
    let begins = format!("{}.tmp-", name.to_string_lossy());
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name.strip_prefix(&begins);
        let is_named =
            process.is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        if is_named && entry.file_type().is_ok_and(|of| of.is_dir()) && is_abandoned(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a folder has our mark and no process that holds it.
fn is_abandoned(folder: &Path) -> bool {
    let Ok(mut file) = File::open(folder.join(MARKER)) else {
        return false;
    };
    let mut says = String::new();
    file.try_lock().is_ok() && file.read_to_string(&mut says).is_ok() && says == SAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_folder_that_nobody_writes_is_removed() {
        let base = std::env::temp_dir().join(format!("spillway-abandoned-{}", std::process::id()));
        let _ = fs::remove_dir_all(&base);
        let folder = |name: &str| {
            let folder = base.join(name);
            fs::create_dir_all(&folder).expect("a temporary folder can be made");
            folder
        };
        let killed = folder("out.tmp-1");
        drop(Marker::put(&killed).expect("marked"));
        let alive = folder("out.tmp-2");
        let marker = Marker::put(&alive).expect("marked");
        let mine = folder("out.tmp-3");
        let other_name = folder("out.tmp-old");
        let other_target = folder("out2.tmp-1");
        for folder in [&other_name, &other_target] {
            drop(Marker::put(folder).expect("marked"));
        }

        remove(&base.join("out"));

        assert!(!killed.exists());
        for kept in [alive, mine, other_name, other_target] {
            assert!(kept.exists(), "{}", kept.display());
        }
        drop(marker);
        fs::remove_dir_all(&base).expect("it is there");
    }
}
