//! The files of a trace, which can be opened again for each run.
//!
//! What can be read only once, the standard input, a pipe or the answer of a server, is put into a folder of its own
//! first, which vanishes with the value.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::input;
use super::{Content, PrometheusQuery, TraceError, TraceOptions};

/// Folders that this process has made.
static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// The files of one trace.
#[derive(Debug)]
pub struct TraceFiles {
    /// Where each file is, with the name that messages give it.
    files: Vec<(String, PathBuf)>,
    folder: Option<Folder>,
}

/// A folder that is removed with the value.
#[derive(Debug)]
struct Folder(PathBuf);

impl TraceFiles {
    /// Files by their paths; [`input::STDIN`] and pipes are read to their end.
    ///
    /// # Errors
    ///
    /// Where a file is not there, or what can be read only once cannot be stored.
    pub fn of(paths: &[PathBuf]) -> Result<Self, TraceError> {
        let mut this = Self {
            files: Vec::new(),
            folder: None,
        };
        for path in paths {
            let name = path.display().to_string();
            let stored = this.stored(path).map_err(|source| TraceError::Io {
                file: name.clone(),
                source,
            })?;
            this.files.push((name, stored));
        }
        Ok(this)
    }

    /// What a server answers to a query.
    ///
    /// # Errors
    ///
    /// Where the server cannot be reached or refuses, or its answers cannot be stored.
    pub fn fetch(query: &PrometheusQuery) -> Result<Self, TraceError> {
        let name = query.name();
        let folder = Folder::new().map_err(|source| TraceError::Io {
            file: std::env::temp_dir().display().to_string(),
            source,
        })?;
        let files = query.fetch(&folder.0)?;
        Ok(Self {
            files: files.into_iter().map(|path| (name.clone(), path)).collect(),
            folder: Some(folder),
        })
    }

    /// Reads the beginning of the trace.
    ///
    /// # Errors
    ///
    /// Where a file cannot be opened, or its beginning or the settings are not understood.
    pub fn open(&self, options: &TraceOptions) -> Result<Content, TraceError> {
        let mut inputs: Vec<(String, Box<dyn Read + Send>)> = Vec::new();
        for (name, path) in &self.files {
            match File::open(path) {
                Ok(file) => inputs.push((name.clone(), Box::new(file))),
                Err(source) => {
                    return Err(TraceError::Io {
                        file: name.clone(),
                        source,
                    });
                }
            }
        }
        Content::read(inputs, options)
    }

    /// Where a file can be opened any number of times.
    fn stored(&mut self, path: &Path) -> io::Result<PathBuf> {
        if path.as_os_str() != input::STDIN && fs::metadata(path)?.is_file() {
            return Ok(path.to_owned());
        }
        let mut once = input::open(path)?;
        let folder = match &mut self.folder {
            Some(folder) => folder,
            none => none.insert(Folder::new()?),
        };
        let copy = folder.0.join(self.files.len().to_string());
        io::copy(&mut once, &mut File::create(&copy)?)?;
        Ok(copy)
    }
}

impl Folder {
    fn new() -> io::Result<Self> {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("spillway-trace-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut builder = DirBuilder::new();
        // A trace may be nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody, and there is no one to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}
