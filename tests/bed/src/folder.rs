//! The folder of a test: data, keys and logs of its servers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;

/// A folder that is empty when a test begins and removed when it has passed. After a failure it stays, with the logs of
/// its servers.
///
/// Make it before the servers that write into it: what is made first is dropped last.
#[derive(Debug)]
pub struct TestFolder(PathBuf);

impl TestFolder {
    /// The folder of a test within `parent`, `env!("CARGO_TARGET_TMPDIR")`, which all packages share: no two tests of the
    /// workspace may have the same name here.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn new(parent: &str, test: &str) -> Result<Self, Error> {
        let path = Path::new(parent).join("bed").join(test);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(Error::io(&path))?;
        }
        fs::create_dir_all(&path).map_err(Error::io(&path))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A new folder within it, for one server.
    ///
    /// # Errors
    ///
    /// Where it is there already, or cannot be written.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.0.join(name);
        fs::create_dir(&path).map_err(Error::io(&path))?;
        Ok(path)
    }
}

/// Writes a file of a server.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(Error::io(&path))?;
    Ok(path)
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the logs of the servers are in {}", self.0.display());
        } else {
            // What stays behind is removed when the test runs again.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
