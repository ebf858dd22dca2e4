//! The controller under test: its binary, as Cargo builds it, and the records that it leaves.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use spillway_sim::cli::{self, Console, Outcome};
use spillway_sim::hosts::Core;
use spillway_testbed::{Error, Process, Program, TestFolder, http, start_on_free_ports};

use super::{Hybrid, SYSTEM};

const NAME: &str = "spillway-controller";

/// A running controller.
#[derive(Debug)]
pub struct Controller {
    /// To stop, kill and restart it.
    pub process: Process,
    records: PathBuf,
    url: String,
}

impl Controller {
    /// Builds it, starts it for the clusters, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// Where it cannot be built or started.
    ///
    /// # Panics
    ///
    /// Where Cargo builds it and does not say where it is.
    pub fn start(test: &TestFolder, hybrid: &Hybrid, tick: Duration) -> Result<Self, Error> {
        let binary = build()?;
        let folder = test.folder(NAME)?;
        let records = test.folder("records")?;
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let (process, [port]) = start_on_free_ports(
            |[port]| {
                Program::new(&binary, &folder).args([
                    "run",
                    "--kubeconfig",
                    &hybrid.private.kubeconfig().display().to_string(),
                    "--prometheus",
                    hybrid.prometheus.url(),
                    "--namespace",
                    SYSTEM,
                    "--tick",
                    &format!("{}s", tick.as_secs()),
                    "--listen",
                    &format!("127.0.0.1:{port}"),
                    "--records",
                    &records.display().to_string(),
                ])
            },
            |[port]| {
                let ready = http::get(&format!("{}/readyz", url(port)), None, &[]);
                ready.is_some_and(|(status, _)| status == 200)
            },
        )?;
        Ok(Self {
            process,
            records,
            url: url(port),
        })
    }

    /// Where it serves `/metrics`, `/healthz` and `/readyz`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it and decides all that it has recorded again, as `spillway-sim replay` does; what that prints, a piece for
    /// each file.
    ///
    /// # Errors
    ///
    /// Where it does not end, or what it has recorded is not what is decided.
    pub fn end_and_replay(mut self) -> Result<Vec<String>, Unproven> {
        self.process.end()?;
        let files = files(&self.records)?;
        if files.is_empty() {
            return Err(Unproven::NoRecords(self.records));
        }
        files.iter().map(|file| replay(file)).collect()
    }
}

/// Why nothing proves what the controller decided.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// It did not end well.
    #[error(transparent)]
    End(#[from] Error),
    /// It left no records.
    #[error("{} has no records", .0.display())]
    NoRecords(PathBuf),
    /// Its records are refused, or are not what is decided.
    #[error("{}: {said}", file.display())]
    Replay {
        /// The file.
        file: PathBuf,
        /// What `spillway-sim replay` says.
        said: String,
    },
}

/// What Cargo built: it is never older than its source.
fn build() -> Result<PathBuf, Error> {
    let cargo = Program::new(env!("CARGO").as_ref(), env!("CARGO_MANIFEST_DIR").as_ref());
    // What the Cargo above says of this package: with it build scripts run anew, and run again for the next Cargo.
    let of_this_package = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
    let said = cargo
        .without_env(of_this_package)
        .args([
            "build",
            "--locked",
            "--package",
            NAME,
            "--bin",
            NAME,
            "--message-format=json-render-diagnostics",
        ])
        .output()?;
    let messages = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let built = messages
        .filter(|message: &Value| message["target"]["name"] == NAME)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    Ok(built.expect("Cargo says where it put what it was to build"))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || {
        let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<io::Result<Vec<PathBuf>>>()
    };
    let mut files = read().map_err(|source| Error::Io {
        path: folder.to_owned(),
        source,
    })?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|end| end == "jsonl" || end == "zst")
    });
    files.sort();
    Ok(files)
}

fn replay(file: &Path) -> Result<String, Unproven> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        interactive: false,
    };
    let args = ["spillway-sim", "replay"].map(OsString::from);
    let args = args.into_iter().chain([file.as_os_str().to_owned()]);
    let outcome = cli::run(args, &mut console, &Core);
    let [out, err] = [out, err].map(|said| String::from_utf8_lossy(&said).into_owned());
    match outcome {
        Outcome::Done => Ok(out),
        _ => Err(Unproven::Replay {
            file: file.to_owned(),
            said: out + &err,
        }),
    }
}
