//! The Go on the `PATH`, and what it is told.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;

use super::Pinned;
use crate::Error;
use crate::error::last_lines;

/// A Go compiler by its command.
#[derive(Debug, Clone)]
pub(super) struct Go(String);

impl Default for Go {
    fn default() -> Self {
        Self("go".to_owned())
    }
}

impl Go {
    #[cfg(test)]
    pub(super) fn called(command: &str) -> Self {
        Self(command.to_owned())
    }

    /// Builds all binaries of a server into a folder, and holds `lock` as long as it runs.
    pub(super) fn build(
        &self,
        pinned: &Pinned,
        source: &Path,
        to: &Path,
        lock: &File,
    ) -> Result<(), Error> {
        self.check(pinned, source)?;
        eprintln!("building {}, once for this user; minutes", pinned.name);
        let mut build = vec!["build".to_owned()];
        build.extend(pinned.arguments());
        // The slash says that it is a folder.
        build.extend(["-o".to_owned(), format!("{}/", to.display())]);
        build.extend(pinned.packages.iter().map(|package| (*package).to_owned()));
        self.run(pinned, source, &build, lock)?;
        for (module, path) in pinned.files {
            let list = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", *module];
            let folder = self.run(pinned, source, &list.map(str::to_owned), lock)?;
            copy_files(&Path::new(folder.trim()).join(path), to)?;
        }
        Ok(())
    }

    /// What `go` prints in the folder of the lock files.
    fn run(
        &self,
        pinned: &Pinned,
        source: &Path,
        arguments: &[String],
        lock: &File,
    ) -> Result<String, Error> {
        let not_started = |source| Error::Start {
            program: self.0.clone(),
            source,
        };
        let out = self
            .command()
            .args(arguments)
            .current_dir(source)
            .stdin(lock.try_clone().map_err(not_started)?)
            .output()
            .map_err(not_started)?;
        if out.status.success() {
            return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
        }
        Err(Error::Build {
            name: pinned.name,
            from: source.to_owned(),
            status: out.status,
            said: last_lines(&String::from_utf8_lossy(&out.stderr)),
        })
    }

    /// Refuses a Go that is missing, or older than the lock file asks for.
    fn check(&self, pinned: &Pinned, source: &Path) -> Result<(), Error> {
        let lock = source.join("go.mod");
        let text = fs::read_to_string(&lock).map_err(Error::io(&lock))?;
        let needed = text.lines().find_map(|line| line.strip_prefix("go "));
        let needed = needed.unwrap_or_default().trim().to_owned();
        let out = match self.command().args(["env", "GOVERSION"]).output() {
            Ok(out) => out,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::GoMissing {
                    name: pinned.name,
                    go: self.0.clone(),
                    needed,
                });
            }
            Err(source) => {
                return Err(Error::Start {
                    program: self.0.clone(),
                    source,
                });
            }
        };
        let found = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        let older = numbers(&found).is_some_and(|has| Some(has) < numbers(&needed));
        if older {
            return Err(Error::GoTooOld {
                name: pinned.name,
                go: self.0.clone(),
                needed,
                found,
            });
        }
        Ok(())
    }

    /// The same build whoever asks for it: no C compiler, no other version of Go fetched in silence, no settings of the
    /// user.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        command.envs([
            ("CGO_ENABLED", "0"),
            ("GOFLAGS", ""),
            ("GOTOOLCHAIN", "local"),
            ("GOWORK", "off"),
        ]);
        command
    }
}

fn copy_files(from: &Path, to: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(from).map_err(Error::io(from))? {
        let entry = entry.map_err(Error::io(from))?;
        let path = entry.path();
        fs::copy(&path, to.join(entry.file_name())).map_err(Error::io(&path))?;
    }
    Ok(())
}

/// The numbers of `go1.26.8` or `1.26.8`; `None` of a Go that was built from its own sources. A candidate of a release
/// counts as the first of its line.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.strip_prefix("go").unwrap_or(version);
    let version = version.split(|c: char| c != '.' && !c.is_ascii_digit());
    let numbers = version.take(1).next()?.split('.').map(str::parse);
    numbers.collect::<Result<_, _>>().ok()
}
