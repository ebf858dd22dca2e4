//! `trace convert`: a trace in the project's own formats.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::trace::Source;
use super::{CommandError, Console, Format, Outcome};
use crate::output::OutputError;
use crate::time::Nanos;
use crate::trace::{Content, ConvertError, Trace, write_rates, write_requests};

const EXAMPLES: &str = "\
Examples:
  spillway-sim trace convert jobs.swf.gz --to requests --out jobs.csv
  spillway-sim trace convert week1.json week2.json --workload-label service --to rates --out fortnight.csv";

/// Stands for the standard output.
const STDOUT: &str = "-";

/// Width of the bins by which single requests are counted.
const BIN: Nanos = Nanos::from_secs(60);

/// Write a trace as requests or rates
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What a row is: a request, or a bin of them
    #[arg(long, value_name = "KIND")]
    to: Kind,
    /// The file to write, or - for the standard output; one that is there is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    source: Source,
}

/// What a row of the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// One request.
    Requests,
    /// The requests of a span of time.
    Rates,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let to_console = args.out == Path::new(STDOUT);
    if !to_console && args.out.exists() && !args.force {
        return Err(OutputError::Exists(args.out.clone()).into());
    }
    let (content, _files) = args.source.open(args.to == Kind::Rates)?;
    let width = args.source.reading.bin_width.unwrap_or(BIN);
    let refuse = |error| match error {
        ConvertError::Io(source) if to_console => CommandError::Console(source),
        ConvertError::Io(source) => OutputError::io("write this file", &args.out)(source).into(),
        other => CommandError::Inputs(vec![other.to_string()]),
    };
    if to_console {
        // Whoever reads the rows wants nothing else among them.
        let rows = write(content, args.to, width, &mut *console.out).map_err(refuse)?;
        writeln!(console.err, "{rows} rows")?;
        return Ok(Outcome::Done);
    }
    let unfinished = Unfinished::beside(&args.out);
    let file =
        File::create(&unfinished.0).map_err(OutputError::io("write this file", &args.out))?;
    let rows = write(content, args.to, width, &mut BufWriter::new(file)).map_err(refuse)?;
    fs::rename(&unfinished.0, &args.out).map_err(OutputError::io("write this file", &args.out))?;
    match format {
        Format::Json => console.json(&serde_json::json!({ "rows": rows, "out": args.out }))?,
        Format::Table => writeln!(console.out, "{rows} rows: {}", args.out.display())?,
    }
    Ok(Outcome::Done)
}

fn write(
    content: Content,
    to: Kind,
    width: Nanos,
    out: &mut dyn Write,
) -> Result<u64, ConvertError> {
    let rows = match to {
        Kind::Requests => write_requests(&mut Trace::from(content), out)?,
        Kind::Rates => write_rates(content, width, out)?,
    };
    out.flush()?;
    Ok(rows)
}

/// A file that is written beside its final place, and vanishes where it does not get there.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".tmp-{}", std::process::id()));
        Self(PathBuf::from(name))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}
