//! A directory that appears whole or not at all.
//!
//! All files are written into a folder beside the target; [`Staging::commit`] puts it in the target's place by renames.
//! So a run that fails half-way leaves an older report as it was.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::abandoned::{self, Marker};
use super::summary::FORMAT;

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The target has files that are not of a report of ours.
    #[error(
        "{}: is not of a report of spillway-sim; name another directory than {}, or say --force to move that one aside",
        file.display(),
        target.display()
    )]
    Foreign {
        /// The directory.
        target: PathBuf,
        /// One of its files.
        file: PathBuf,
    },
    /// An input lies where the report shall be.
    #[error("{}: is read, and a report in {} would take its place; name another directory", input.display(), target.display())]
    Input {
        /// The directory.
        target: PathBuf,
        /// What is read.
        input: PathBuf,
    },
    /// The file to write is there already.
    #[error("{}: is there already; name another file, or say --force to replace it", .0.display())]
    Exists(PathBuf),
    /// The target is a file.
    #[error("{}: is not a directory; name a directory that does not exist yet", .0.display())]
    NotADirectory(PathBuf),
    /// The file system refuses.
    #[error("{}: cannot {doing}: {source}; check the path, its permissions and the space left", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// With which path.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl OutputError {
    /// Puts a path and what was being done to an error of the file system.
    pub fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// What stands at the target before the run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    OurReport,
    /// With one of the files that are not of a report.
    Foreign(PathBuf),
}

/// The files of a report, and those of a run's folder in it: all that is removed with an older one.
const REPORT: [&str; 2] = ["report.html", "summary.json"];
const RUN: [&str; 2] = ["decisions.jsonl", "timeseries.csv"];

/// A report being written. Dropped without [`Staging::commit`], it vanishes.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    folder: PathBuf,
    marker: Marker,
    done: bool,
}

impl Staging {
    /// Makes the folder `TARGET.tmp-PID` beside `target`.
    ///
    /// # Errors
    ///
    /// When `target` is a file, holds something that is not a report and `force` is not given, or the folder cannot be
    /// made.
    pub fn begin(target: &Path, force: bool) -> Result<Self, OutputError> {
        // The target itself is what a link points to: renaming over the link would leave the old report behind it.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        if let Found::Foreign(file) = found(&target)?
            && !force
        {
            return Err(OutputError::Foreign { target, file });
        }
        abandoned::remove(&target);
        let folder = beside(&target, "tmp");
        fs::create_dir_all(&folder).map_err(OutputError::io("make this folder", &folder))?;
        let marker = Marker::put(&folder)?;
        Ok(Self {
            target,
            folder,
            marker,
            done: false,
        })
    }

    /// Where to write the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts the folder in the target's place and says where that is. An older report is removed; anything else that
    /// stood there is kept as `TARGET.aside-PID`.
    ///
    /// # Errors
    ///
    /// When a rename fails; then what stood at the target stands there still.
    pub fn commit(mut self) -> Result<PathBuf, OutputError> {
        self.marker.take_away(&self.folder)?;
        let found = found(&self.target)?;
        let aside = beside(&self.target, "aside");
        if self.target.exists() {
            fs::rename(&self.target, &aside)
                .map_err(OutputError::io("move this aside", &self.target))?;
        }
        if let Err(error) = fs::rename(&self.folder, &self.target) {
            // Nothing more can be done if the way back fails too; the first error tells where the old one is.
            let _ = fs::rename(&aside, &self.target);
            return Err(OutputError::io("put the new report here", &self.target)(
                error,
            ));
        }
        self.done = true;
        if !matches!(found, Found::Foreign(_)) && aside.exists() {
            fs::remove_dir_all(&aside).map_err(OutputError::io("remove the old report", &aside))?;
        }
        Ok(self.target.clone())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.done {
            // A folder that stays behind harms nobody, and there is no one to tell.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn found(target: &Path) -> Result<Found, OutputError> {
    if !target.exists() {
        return Ok(Found::Nothing);
    }
    if !target.is_dir() {
        return Err(OutputError::NotADirectory(target.to_owned()));
    }
    let paths = entries(target)?;
    if paths.is_empty() {
        return Ok(Found::Nothing);
    }
    let summary = fs::read(target.join("summary.json")).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap_or_default();
    if summary["format"] != FORMAT {
        return Ok(Found::Foreign(paths[0].clone()));
    }
    for path in paths {
        let runs = if path.is_dir() {
            entries(&path)?
        } else {
            Vec::new()
        };
        let known = path.is_dir() || is_named(&path, &REPORT);
        let foreign = runs
            .into_iter()
            .find(|file| file.is_dir() || !is_named(file, &RUN));
        if let Some(file) = foreign.or((!known).then_some(path)) {
            return Ok(Found::Foreign(file));
        }
    }
    Ok(Found::OurReport)
}

/// What a folder holds, in order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let mut paths = read().map_err(OutputError::io("read this", folder))?;
    paths.sort();
    Ok(paths)
}

fn is_named(path: &Path, names: &[&str]) -> bool {
    names.iter().any(|name| path.ends_with(name))
}

/// Refuses a report that would take the place of an input.
///
/// # Errors
///
/// When `input` lies in `target`.
pub fn keep_input(input: &Path, target: &Path) -> Result<(), OutputError> {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    match (whole(input), whole(target)) {
        (Some(file), Some(folder)) if file.starts_with(&folder) => Err(OutputError::Input {
            target: target.to_owned(),
            input: input.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// `TARGET.KIND-PID`, on the same file system so that a rename is one step.
fn beside(target: &Path, kind: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{kind}-{}", std::process::id()));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fresh folder below the system's temporary one, removed at the end of the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("spillway-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("a temporary folder can be made");
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> = fs::read_dir(&self.0)
                .expect("it exists")
                .map(|entry| entry.expect("listed").file_name().to_string_lossy().into())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn write_report(target: &Path, text: &str, force: bool) -> Result<PathBuf, OutputError> {
        let staging = Staging::begin(target, force)?;
        let summary = format!(r#"{{"format":"{FORMAT}","text":"{text}"}}"#);
        fs::write(staging.folder().join("summary.json"), summary).expect("the folder is there");
        staging.commit()
    }

    fn text(target: &Path) -> String {
        fs::read_to_string(target.join("summary.json")).expect("a report is there")
    }

    #[test]
    fn a_new_report_takes_the_place_of_an_older_one_and_nothing_stays_beside_it() {
        let scratch = Scratch::new("replace");
        let target = scratch.0.join("out");
        write_report(&target, "first", false).expect("nothing is in the way");
        write_report(&target, "second", false).expect("our own is in the way");
        assert!(text(&target).contains("second"));
        assert_eq!(scratch.names(), ["out"]);
    }

    #[test]
    fn a_run_that_fails_leaves_the_older_report_as_it_was() {
        let scratch = Scratch::new("fails");
        let target = scratch.0.join("out");
        write_report(&target, "first", false).expect("nothing is in the way");
        let staging = Staging::begin(&target, false).expect("our own is in the way");
        fs::write(staging.folder().join("summary.json"), "half").expect("the folder is there");
        drop(staging);
        assert!(text(&target).contains("first"));
        assert_eq!(scratch.names(), ["out"]);
    }

    #[test]
    fn a_directory_with_other_files_is_refused_and_with_force_kept_aside() {
        let scratch = Scratch::new("foreign");
        let target = scratch.0.join("out");
        fs::create_dir(&target).expect("made");
        fs::write(target.join("thesis.txt"), "years of work").expect("written");
        let refused = write_report(&target, "x", false).expect_err("foreign files");
        assert!(refused.to_string().contains("--force"), "{refused}");
        assert_eq!(scratch.names(), ["out"]);

        write_report(&target, "forced", true).expect("forced");
        assert!(text(&target).contains("forced"));
        let aside = scratch.0.join(&scratch.names()[1]);
        assert!(aside.join("thesis.txt").exists());
    }

    #[test]
    fn a_file_that_somebody_put_into_a_report_is_not_removed_with_it() {
        let scratch = Scratch::new("mine");
        let target = scratch.0.join("out");
        for mine in ["my-policy.yaml", "spillway/notes.txt"] {
            write_report(&target, "first", true).expect("forced");
            let mine = target.join(mine);
            fs::create_dir_all(mine.parent().expect("it has one")).expect("made");
            fs::write(&mine, "hours of work").expect("written");
            let refused = write_report(&target, "second", false).expect_err("a foreign file");
            assert!(
                refused.to_string().contains(&*mine.to_string_lossy()),
                "{refused}"
            );
            assert!(mine.exists());
        }
    }

    #[test]
    fn a_report_does_not_take_the_place_of_what_is_read() {
        let scratch = Scratch::new("input");
        let target = scratch.0.join("out");
        fs::create_dir_all(target.join("spillway")).expect("made");
        let input = target.join("spillway/decisions.jsonl");
        fs::write(&input, "").expect("written");
        assert!(keep_input(&input, &target).is_err());
        assert!(keep_input(&input, &scratch.0.join("other")).is_ok());
    }

    #[test]
    fn a_file_at_the_target_is_refused() {
        let scratch = Scratch::new("file");
        let target = scratch.0.join("out");
        fs::write(&target, "").expect("written");
        let refused = Staging::begin(&target, true).expect_err("a file is in the way");
        assert!(
            matches!(refused, OutputError::NotADirectory(_)),
            "{refused}"
        );
    }
}
