//! Which servers there are, and how each is built.
//!
//! `servers/LOCK/go.mod` pins every module that goes into a server, `go.sum` its bytes.

use std::path::{Path, PathBuf};

/// A group of binaries that are built together.
#[derive(Debug, Clone, Copy)]
pub struct Pinned {
    /// How messages and the cache call it.
    pub name: &'static str,
    /// The folder of `servers/` with its lock files.
    pub lock: &'static str,
    /// The packages, each of which becomes a binary of the name of its last part; `.` is named after the folder.
    pub packages: &'static [&'static str],
    /// Go build tags.
    pub tags: &'static str,
    /// What the linker writes into the binaries.
    pub linked: &'static str,
}

/// Prometheus and promtool. The tag leaves out the discovery of targets in clouds, two thirds of the build.
pub const PROMETHEUS: Pinned = Pinned {
    name: "prometheus",
    lock: "prometheus",
    packages: &[
        "github.com/prometheus/prometheus/cmd/prometheus",
        "github.com/prometheus/prometheus/cmd/promtool",
    ],
    tags: "remove_all_sd",
    linked: "",
};

impl Pinned {
    /// All servers, those first whose builds are quick.
    pub const ALL: &'static [Self] = &[PROMETHEUS];

    /// The folder with its lock files.
    pub(super) fn source(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("servers")
            .join(self.lock)
    }

    /// What `go build` is told, apart from where to put the result.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["-mod=readonly", "-trimpath", "-buildvcs=false"]
            .map(str::to_owned)
            .into();
        if !self.tags.is_empty() {
            arguments.extend(["-tags".to_owned(), self.tags.to_owned()]);
        }
        arguments.push("-ldflags".to_owned());
        arguments.push(format!("-s -w {}", self.linked).trim_end().to_owned());
        arguments
    }
}
