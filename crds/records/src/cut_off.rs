//! Ends a file whose writer was killed.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use serde::de::IgnoredAny;

use super::digest::DigestOfLines;
use super::{End, Line};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It has its last line now, or had it before, after so many ticks. A line that was half written is gone: its tick
    /// wrote nothing to any cluster, for a decision is recorded first.
    Ticks(u64),
    /// Not even its first line was whole, or no tick follows it.
    Empty,
    /// Somebody writes to it.
    InUse,
}

/// Writes the last line of a file that was cut off between two ticks or in one. Who writes records holds a lock on the
/// file; one that is locked is left alone.
///
/// # Errors
///
/// When it cannot be read or written.
pub fn end_cut_off(path: &Path) -> io::Result<Ended> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    if file.try_lock().is_err() {
        return Ok(Ended::InUse);
    }
    let mut digest = DigestOfLines::new();
    let (mut lines, mut whole) = (0_u64, 0_u64);
    let mut reader = BufReader::new(&file);
    let mut bytes = Vec::new();
    // A file that cannot be read now is not cut off: an error ends this before anything is truncated.
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        let Ok(line) = str::from_utf8(&bytes) else {
            break;
        };
        if !line.ends_with('\n') || serde_json::from_str::<IgnoredAny>(line).is_err() {
            break;
        }
        if lines > 0 && matches!(serde_json::from_str(line), Ok(Line::End(_))) {
            return Ok(Ended::Ticks(lines - 1));
        }
        digest.add(line);
        lines += 1;
        whole += line.len() as u64;
        bytes.clear();
    }
    if lines < 2 {
        return Ok(Ended::Empty);
    }
    let ticks = lines - 1;
    let digest = digest.digest();
    let end = serde_json::to_string(&Line::End(End { ticks, digest }))?;
    file.set_len(whole)?;
    file.seek(SeekFrom::End(0))?;
    writeln!(file, "{end}")?;
    file.sync_all()?;
    Ok(Ended::Ticks(ticks))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::replay::tests::{recorded, replayed};

    fn file(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("spillway-{name}-{}.jsonl", std::process::id()))
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_is_ended_after_its_last_whole_tick() {
        let whole = recorded("spillway");
        let path = file("cut-off");
        let starts: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
        let all = starts.len() as u64 - 2;
        for (ticks, after) in (0..=all).zip(&starts) {
            for more in [&b""[..], b"{", b"{\"quiet\":", b"\xff\xfe\n"] {
                let cut = [&whole.as_bytes()[..*after], more].concat();
                fs::write(&path, cut).expect("written");
                let ended = end_cut_off(&path).expect("ended");
                if ticks == 0 {
                    assert_eq!(ended, Ended::Empty);
                    continue;
                }
                assert_eq!(ended, Ended::Ticks(ticks));
                let text = fs::read_to_string(&path).expect("it is there");
                assert_eq!(replayed(&text).expect("whole").ticks, ticks);
            }
        }
        fs::write(&path, &whole).expect("written");
        assert_eq!(end_cut_off(&path).expect("looked at"), Ended::Ticks(all));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), whole);
        fs::remove_file(&path).expect("removed");
    }

    #[test]
    fn a_file_that_somebody_writes_to_is_left_alone() {
        let path = file("in-use");
        let writer = fs::File::create(&path).expect("a file");
        writer.lock().expect("locked");
        assert_eq!(end_cut_off(&path).expect("looked at"), Ended::InUse);
        fs::remove_file(&path).expect("removed");
    }
}
