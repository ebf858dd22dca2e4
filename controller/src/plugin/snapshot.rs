//! `snapshot`: the last tick into files that the simulator reads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::moment::FILES;
use super::print::Printer;
use super::{Global, Outcome, home};
use crate::store::Tick;

const EXAMPLES: &str = "\
Examples:
  kubectl spillway snapshot --out incident/
  spillway-sim decide --snapshot incident/snapshot.json --policy incident/policy.json --memory incident/memory.json
  kubectl spillway explain shop/web --from incident/";

/// Writes the last tick into a folder: snapshot.json, policy.json, memory.json, as spillway-sim reads them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder; it is made where it is missing
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Replaces files of these names
    #[arg(long)]
    force: bool,
}

/// What was written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    decided_at: String,
    files: Vec<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let seen = home::look(global)?;
    let tick = &seen.moment.tick;
    let view = Written {
        decided_at: super::words::time(tick.snapshot.now_ms),
        files: write(tick, &args.out, args.force)?,
    };
    printer.show(&view, |view, _| {
        let files: Vec<String> = view
            .files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        format!(
            "The tick of {} is in {}.\n",
            view.decided_at,
            files.join(", ")
        )
    })?;
    Ok(Outcome::Done)
}

/// Nothing is written where any of the files is there and is not to be replaced.
fn write(tick: &Tick, folder: &Path, force: bool) -> anyhow::Result<Vec<PathBuf>> {
    let files = FILES.map(|name| folder.join(name));
    let present: Vec<String> = files
        .iter()
        .filter(|file| file.exists())
        .map(|file| file.display().to_string())
        .collect();
    if !present.is_empty() && !force {
        anyhow::bail!(
            "{} would be overwritten: name another folder, or add --force",
            present.join(", ")
        );
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let [snapshot, policy, memory] = &files;
    put(snapshot, &tick.snapshot, force)?;
    put(policy, &tick.policy, force)?;
    put(memory, &tick.memory, force)?;
    Ok(files.into())
}

fn put(file: &Path, document: &impl Serialize, force: bool) -> anyhow::Result<()> {
    let written = open(file, force).and_then(|open| {
        let mut out = BufWriter::new(open);
        serde_json::to_writer_pretty(&mut out, document)?;
        out.write_all(b"\n")?;
        out.flush()
    });
    written.with_context(|| format!("{} cannot be written", file.display()))
}

fn open(file: &Path, force: bool) -> io::Result<File> {
    if force {
        return File::create(file);
    }
    OpenOptions::new().write(true).create_new(true).open(file)
}

#[cfg(test)]
mod tests {
    use super::super::moment::{Moment, burst};
    use super::*;

    /// A folder that ends with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("kubectl-spillway-{name}-{}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_decided_as_before() {
        let folder = Folder::new("again");
        let before = burst();
        let files = write(&before.tick, &folder.0, false).expect("written");
        assert_eq!(files.len(), 3);
        let read = Moment::read(&folder.0).expect("a tick");
        assert_eq!(read.tick, before.tick);
        assert_eq!(read.decision, before.decision);
    }

    #[test]
    fn nothing_is_overwritten_unless_it_is_asked_for() {
        let folder = Folder::new("overwrite");
        fs::create_dir_all(&folder.0).expect("a folder");
        let precious = folder.0.join("policy.json");
        fs::write(&precious, "mine").expect("a file");
        let error = write(&burst().tick, &folder.0, false).expect_err("it is refused");
        assert!(
            error
                .to_string()
                .contains("policy.json would be overwritten"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&precious).expect("a file"), "mine");
        assert!(!folder.0.join("snapshot.json").exists(), "all or nothing");
        write(&burst().tick, &folder.0, true).expect("written by force");
        assert_ne!(fs::read_to_string(&precious).expect("a file"), "mine");
    }
}
