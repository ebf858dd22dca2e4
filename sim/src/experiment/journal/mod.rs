//! `points.jsonl`: the runs of a sweep that are done, a line each, written as they end.
//!
//! The first line says of which sweep. A sweep that was killed goes on where it stopped: a last line that was cut off is
//! dropped, and what is there is not run again. At the end the lines are put in the order of the list, so that the file
//! does not tell how many threads, machines and attempts it took.

mod line;
mod merge;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use line::{Done, Line, figures, key};
pub use merge::merge;

use super::shard::Shard;
use crate::output::OutputError;
use spillway_records::Digest;

/// The file's name within its folder.
pub const FILE: &str = "points.jsonl";

/// Marks the file as ours.
const FORMAT: &str = "spillway-sim-sweep";

/// Counts changes of the format that a reader of the last one would stumble over.
const SCHEMA_VERSION: u32 = 2;

/// The first line: of which sweep the others are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    format: String,
    schema_version: u32,
    /// Digest of all that decides the results.
    pub sweep: Digest,
    /// Its name.
    pub name: String,
    /// What varies, as `OBJECT: PATH`.
    pub fields: Vec<String>,
    /// The figures of which less is better.
    pub objectives: Vec<String>,
    /// How many runs the whole sweep has.
    pub runs: usize,
    /// Which part of them is here; absent where all shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

impl Header {
    /// Of the current version.
    #[must_use]
    pub fn new(
        sweep: Digest,
        name: String,
        fields: Vec<String>,
        objectives: Vec<String>,
        runs: usize,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            schema_version: SCHEMA_VERSION,
            sweep,
            name,
            fields,
            objectives,
            runs,
            shard: None,
        }
    }

    /// The same for a part of the runs.
    #[must_use]
    pub fn of_shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }
}

/// Why runs cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder has files that are not a sweep's.
    #[error("{}: is not empty and has no {FILE} of a sweep: name another directory", .0.display())]
    Foreign(PathBuf),
    /// It has no such file.
    #[error("{}: has no {FILE}: name a directory that `spillway-sim sweep` has written", .0.display())]
    Missing(PathBuf),
    /// The runs are of another sweep.
    #[error("{}: holds runs of another sweep ({found}): its inputs, settings or version differ; name another directory", .path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// The first line is not that of a sweep.
    #[error("{}:1: {message}; name another directory", .path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Lines are wrong that were not cut off.
    #[error("{}", broken(.path, .lines))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Their numbers, counted from 1, and what is wrong.
        lines: Vec<(usize, String)>,
    },
    /// Runs are there that are not of the list, or of another part of it.
    #[error("{}: has runs in {FILE} that are not those of this sweep's list, or of another shard's part: name another directory", .0.display())]
    Misplaced(PathBuf),
    /// Another process writes it.
    #[error("{}: another sweep writes here now: wait for it, or name another directory", .0.display())]
    Busy(PathBuf),
    /// Shards do not make a whole.
    #[error("{0}")]
    Incomplete(String),
    /// The file system refuses.
    #[error(transparent)]
    Output(#[from] OutputError),
}

fn broken(path: &Path, lines: &[(usize, String)]) -> String {
    let told = lines.iter().map(|(line, message)| {
        format!(
            "{}:{line}: {message}; take the line out and the run is made again",
            path.display()
        )
    });
    told.collect::<Vec<_>>().join("\n")
}

/// The file, open for more runs. Nobody else can open it until this is dropped, or its process ends.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    header: Header,
    lines: Vec<Line>,
    dropped: bool,
}

impl Journal {
    /// Opens the file of a folder, which is made where it is not there.
    ///
    /// # Errors
    ///
    /// Where the folder is something else's or another sweep's, and where the file system refuses.
    pub fn open(folder: &Path, header: Header) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        let is_new = !path.exists();
        if is_new && has_files(folder)? {
            return Err(JournalError::Foreign(folder.to_owned()));
        }
        fs::create_dir_all(folder).map_err(OutputError::io("make this folder", folder))?;
        let mut options = OpenOptions::new();
        let file = options.create(true).read(true).append(true).open(&path);
        let mut file = file.map_err(OutputError::io("open this file", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Busy(folder.to_owned())),
            // Some shared file systems know no locks; there the person who starts two has to know.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => {
                return Err(OutputError::io("lock this file", &path)(error).into());
            }
        }
        let text = fs::read_to_string(&path).map_err(OutputError::io("read this file", &path))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let dropped = whole < text.len();
        if dropped {
            let shorter = file.set_len(whole as u64);
            shorter.map_err(OutputError::io("shorten this file", &path))?;
        }
        let lines = if whole == 0 {
            write(&mut file, &path, &text_of(&header))?;
            Vec::new()
        } else {
            let (found, lines) = parse(&path, &text[..whole])?;
            if found != header {
                return Err(JournalError::Other {
                    path: folder.to_owned(),
                    found: described(&found),
                });
            }
            lines
        };
        Ok(Self {
            path,
            file,
            header,
            lines,
            dropped,
        })
    }

    /// Whether the last line was cut off and is dropped.
    #[must_use]
    pub const fn dropped_a_line(&self) -> bool {
        self.dropped
    }

    /// The runs that are done.
    pub fn done(&self) -> impl Iterator<Item = &Done> {
        self.lines.iter().map(|line| &line.done)
    }

    /// Keeps a run. It is in the file when this returns.
    ///
    /// # Errors
    ///
    /// Where the file system refuses.
    pub fn append(&mut self, done: Done) -> Result<(), JournalError> {
        let line = Line::from(done);
        write(&mut self.file, &self.path, &line.text)?;
        self.lines.push(line);
        Ok(())
    }

    /// Puts the lines in the order of the list and answers them. They are what the file says, not what was computed:
    /// so a sweep in one go and one in parts have the same results to the last digit.
    ///
    /// # Errors
    ///
    /// Where the file system refuses.
    pub fn finish(self) -> Result<(Header, Vec<Line>), JournalError> {
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let (header, mut lines) = parse(&self.path, &lines_of(&self.header, &self.lines))?;
        lines.sort_by_key(|line| line.done.index);
        replace(&folder.join(FILE), lines_of(&header, &lines).as_bytes())?;
        Ok((header, lines))
    }
}

/// Reads the file of a folder that nobody writes any more.
///
/// # Errors
///
/// Where there is none, a line is wrong or cut off, and where the file system refuses.
pub fn read(folder: &Path) -> Result<(Header, Vec<Line>), JournalError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Err(JournalError::Missing(folder.to_owned()));
    }
    let text = fs::read_to_string(&path).map_err(OutputError::io("read this file", &path))?;
    parse(&path, &text[..text.rfind('\n').map_or(0, |end| end + 1)])
}

/// Writes a whole file of these lines.
///
/// # Errors
///
/// Where the file system refuses.
pub fn store(folder: &Path, header: &Header, lines: &[Line]) -> Result<(), JournalError> {
    replace(&folder.join(FILE), lines_of(header, lines).as_bytes())?;
    Ok(())
}

/// Writes a file beside its place and puts it there at once, so that nobody ever reads half of it.
///
/// # Errors
///
/// Where the file system refuses.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let beside = path.with_file_name(name);
    fs::write(&beside, bytes).map_err(OutputError::io("write this file", &beside))?;
    fs::rename(&beside, path).map_err(OutputError::io("put this file in its place", path))
}

fn lines_of(header: &Header, lines: &[Line]) -> String {
    let mut text = text_of(header);
    text.push('\n');
    for line in lines {
        let _ = writeln!(text, "{}", line.text);
    }
    text
}

fn text_of(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("names and finite numbers are JSON")
}

fn write(file: &mut File, path: &Path, line: &str) -> Result<(), OutputError> {
    let written = file.write_all(format!("{line}\n").as_bytes());
    written.map_err(OutputError::io("write this file", path))
}

fn parse(path: &Path, text: &str) -> Result<(Header, Vec<Line>), JournalError> {
    let no_header = |message: String| JournalError::NoHeader {
        path: path.to_owned(),
        message,
    };
    let mut rows = text.lines().enumerate();
    let first = rows.next().map_or("", |(_, row)| row);
    let header: Header = serde_json::from_str(first)
        .map_err(|error| no_header(format!("is no first line of a sweep's runs: {error}")))?;
    if header.format != FORMAT || header.schema_version != SCHEMA_VERSION {
        return Err(no_header(format!(
            "is of {} {}, not of {FORMAT} {SCHEMA_VERSION}",
            header.format, header.schema_version
        )));
    }
    let rows = rows.map(|(index, row)| (index + 1, row));
    let lines = line::read_all(rows, &header).map_err(|lines| JournalError::Broken {
        path: path.to_owned(),
        lines,
    })?;
    Ok((header, lines))
}

fn described(header: &Header) -> String {
    let shard = header.shard.map(|shard| format!(", shard {shard}"));
    format!(
        "`{}`, {} runs{}",
        header.name,
        header.runs,
        shard.unwrap_or_default()
    )
}

fn has_files(folder: &Path) -> Result<bool, OutputError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OutputError::io("read this folder", folder)(error)),
    }
}

#[cfg(test)]
mod tests;
