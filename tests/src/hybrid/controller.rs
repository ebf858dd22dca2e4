//! The controller under test: its binary, as Cargo builds it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use spillway_testbed::{Error, Process, Program, TestFolder, http, start_on_free_ports};

use super::records::{self, Decided, Unproven};
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

/// How a controller is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Where it works, in the folder of the test.
    pub name: String,
    /// Distance of its ticks.
    pub tick: Duration,
    /// Its kubeconfig of home.
    pub kubeconfig: PathBuf,
    /// The Prometheus that is its own.
    pub prometheus: String,
    /// Whether it writes to no target.
    pub observe: bool,
    /// What it logs, as in `RUST_LOG`.
    pub log: &'static str,
    /// What else it finds in its environment.
    pub env: Vec<(&'static str, String)>,
}

impl Launch {
    /// As the project ships it, with ticks of a length.
    #[must_use]
    pub fn new(hybrid: &Hybrid, tick: Duration) -> Self {
        Self::of(&hybrid.kubeconfig, hybrid.prometheus.url(), tick)
    }

    pub(crate) fn of(kubeconfig: &Path, prometheus: &str, tick: Duration) -> Self {
        Self {
            name: NAME.to_owned(),
            tick,
            kubeconfig: kubeconfig.to_owned(),
            prometheus: prometheus.to_owned(),
            observe: false,
            log: "info",
            env: Vec::new(),
        }
    }
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
        Self::launch(test, &Launch::new(hybrid, tick))
    }

    /// The same, as is said.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    ///
    /// # Panics
    ///
    /// As [`Self::start`].
    pub fn launch(test: &TestFolder, launch: &Launch) -> Result<Self, Error> {
        let binary = built(NAME)?;
        let folder = test.folder(&launch.name)?;
        let records = test.folder(&format!("{}-records", launch.name))?;
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let (process, [port]) = start_on_free_ports(
            |[port]| {
                let program = Program::new(&binary, &folder).args([
                    "run",
                    "--kubeconfig",
                    &launch.kubeconfig.display().to_string(),
                    "--prometheus",
                    &launch.prometheus,
                    "--namespace",
                    SYSTEM,
                    "--tick",
                    &format!("{}s", launch.tick.as_secs()),
                    "--listen",
                    &format!("127.0.0.1:{port}"),
                    "--records",
                    &records.display().to_string(),
                ]);
                let set =
                    |program: Program, (name, value): &(&str, String)| program.env(name, value);
                launch
                    .env
                    .iter()
                    .fold(program, set)
                    .env("RUST_LOG", launch.log)
                    .args(launch.observe.then_some("--observe"))
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

    /// The folder with its records.
    #[must_use]
    pub fn records(&self) -> &Path {
        &self.records
    }

    /// Where it serves `/metrics`, `/healthz` and `/readyz`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it serves as a metric without labels, such as `spillway_leader`.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        let (_, body) = http::get(&format!("{}/metrics", self.url), None, &[])?;
        let line = body
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    /// Ends it and decides all that it has recorded again, as `spillway-sim replay` does; what that prints, a piece for
    /// each file.
    ///
    /// # Errors
    ///
    /// Where it does not end, or what it has recorded is not what is decided.
    pub fn end_and_replay(mut self) -> Result<Vec<String>, Unproven> {
        self.process.end()?;
        records::replay(&self.records)
    }

    /// What it has decided so far, in the order of time, also before it was killed; all of it is decided again.
    ///
    /// # Errors
    ///
    /// Where what it has recorded is not what is decided.
    pub fn decided(&self) -> Result<Vec<Decided>, Unproven> {
        records::decided(&self.records)
    }
}

/// A binary of the controller's package as Cargo builds it, with the profile of this program: it is never older than its source.
///
/// # Errors
///
/// Where it cannot be built.
///
/// # Panics
///
/// Where Cargo builds it and does not say where it is.
pub fn built(binary: &str) -> Result<PathBuf, Error> {
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
            binary,
            "--message-format=json-render-diagnostics",
        ])
        .args((!cfg!(debug_assertions)).then_some("--release"))
        .output()?;
    let messages = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let built = messages
        .filter(|message: &Value| message["target"]["name"] == binary)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    Ok(built.expect("Cargo says where it put what it was to build"))
}
