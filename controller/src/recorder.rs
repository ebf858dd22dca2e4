//! Decision records in a folder: a file for each stretch of ticks with one policy, which `spillway-sim replay` decides
//! again.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use ruzstd::encoding::{CompressionLevel, compress};
use spillway_records::{
    DecisionSink as _, DecisionsHeader, DecisionsVersion, DecisionsWriter, Ended, end_cut_off,
};
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{Millis, UnixMs};
use tracing::warn;

/// How long one file goes on: an hour is found again, and little is lost with a file that is cut off.
const FILE_LASTS: Millis = Millis(3_600_000);

/// Files that are kept: a week of hours.
const MOST_FILES: usize = 168;

/// Writes records.
pub struct Recorder {
    folder: PathBuf,
    open: Option<Open>,
}

struct Open {
    path: PathBuf,
    writer: DecisionsWriter<BufWriter<File>>,
    began: UnixMs,
    policy: Policy,
    memory: Memory,
}

impl Recorder {
    /// Records into a folder, which is made. Files that a killed controller left behind there are ended.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for path in files(folder)? {
            if path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
                && let Err(error) = put_away(&path)
            {
                warn!(path = %path.display(), %error, "records of a controller that was killed stay as they are");
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            open: None,
        })
    }

    /// Records a tick. A new file begins where the one before cannot be decided on: another policy, or a memory that is
    /// not the last decision's.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn record(
        &mut self,
        snapshot: &Snapshot,
        policy: &Policy,
        memory: &Memory,
        decision: &Decision,
    ) -> io::Result<()> {
        let goes_on = self.open.as_ref().is_some_and(|open| {
            open.policy == *policy
                && open.memory == *memory
                && snapshot.now_ms.since(open.began) < FILE_LASTS
        });
        if !goes_on {
            self.finish()?;
            self.open = Some(self.begin(snapshot.now_ms, policy, memory)?);
        }
        if let Some(open) = &mut self.open {
            open.writer.tick(snapshot, decision)?;
            open.writer.flush()?;
            open.memory = decision.memory.clone();
        }
        Ok(())
    }

    /// Ends the file that is open and compresses it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        open.writer.finish()?;
        pack(&open.path)?;
        self.prune()
    }

    fn begin(&self, now: UnixMs, policy: &Policy, memory: &Memory) -> io::Result<Open> {
        let path = self.folder.join(format!("decisions-{}.jsonl", now.0));
        let file = File::create(&path)?;
        if let Err(error) = file.try_lock() {
            warn!(%error, "another controller that begins with this folder may take its file for an old one");
        }
        let mut writer = DecisionsWriter::new(BufWriter::new(file));
        writer.begin(&DecisionsHeader {
            schema_version: DecisionsVersion::default(),
            name: "spillway".to_owned(),
            autoscaler: "spillway".to_owned(),
            versions: spillway_solver::versions(),
            policy: policy.clone(),
            memory: memory.clone(),
        })?;
        Ok(Open {
            path,
            writer,
            began: now,
            policy: policy.clone(),
            memory: memory.clone(),
        })
    }

    /// Removes the oldest files.
    fn prune(&self) -> io::Result<()> {
        let mut names = files(&self.folder)?;
        // Milliseconds since 1970 have thirteen digits until the year 2286, so names sort by time.
        names.sort();
        let surplus = names.len().saturating_sub(MOST_FILES);
        names[..surplus].iter().try_for_each(fs::remove_file)
    }
}

/// The files of records in a folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let of_records = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("decisions-"))
    };
    Ok(paths.filter(of_records).collect())
}

/// Ends and compresses what a killed controller left behind.
fn put_away(path: &Path) -> io::Result<()> {
    match end_cut_off(path)? {
        Ended::Ticks(_) => pack(path),
        Ended::Empty => fs::remove_file(path),
        Ended::InUse => Ok(()),
    }
}

/// Replaces a file by `FILE.zst`.
fn pack(path: &Path) -> io::Result<()> {
    let mut packed = path.as_os_str().to_owned();
    packed.push(".zst");
    let mut out = BufWriter::new(File::create(&packed)?);
    compress(
        BufReader::new(File::open(path)?),
        &mut out,
        CompressionLevel::Fastest,
    );
    out.into_inner()?.sync_all()?;
    fs::remove_file(path)
}
