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
    /// Folders of modules whose files are kept beside the binaries, each as the module and the path within it.
    pub files: &'static [(&'static str, &'static str)],
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
    ..PLAIN
};

/// etcd.
pub const ETCD: Pinned = Pinned {
    name: "etcd",
    lock: "etcd",
    packages: &["."],
    ..PLAIN
};

/// The servers of a control plane.
pub const KUBERNETES: Pinned = Pinned {
    name: "kubernetes",
    lock: "kubernetes",
    packages: &[
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-scheduler",
    ],
    linked: KUBERNETES_VERSION,
    ..PLAIN
};

/// The client, for who needs no control plane.
pub const KUBECTL: Pinned = Pinned {
    name: "kubectl",
    lock: "kubernetes",
    packages: &["k8s.io/kubernetes/cmd/kubectl"],
    linked: KUBERNETES_VERSION,
    ..PLAIN
};

/// Without it servers say that they are of version 0.0.0, and clients believe them.
const KUBERNETES_VERSION: &str = "-X k8s.io/component-base/version.gitVersion=v1.35.4 \
-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=35 \
-X k8s.io/component-base/version.gitTreeState=clean";

/// The kubelets of nodes that are not there.
pub const KWOK: Pinned = Pinned {
    name: "kwok",
    lock: "kwok",
    packages: &["sigs.k8s.io/kwok/cmd/kwok"],
    ..PLAIN
};

/// Karpenter with its provider of kwok nodes; the binary is called `kwok`. Beside it the definitions of its kinds.
pub const KARPENTER: Pinned = Pinned {
    name: "karpenter",
    lock: "karpenter",
    packages: &["sigs.k8s.io/karpenter/kwok"],
    files: &[
        ("sigs.k8s.io/karpenter", "pkg/apis/crds"),
        ("sigs.k8s.io/karpenter", "kwok/apis/crds"),
    ],
    ..PLAIN
};

/// metrics-server, which serves metrics.k8s.io.
pub const METRICS_SERVER: Pinned = Pinned {
    name: "metrics-server",
    lock: "metrics-server",
    packages: &["sigs.k8s.io/metrics-server/cmd/metrics-server"],
    ..PLAIN
};

const PLAIN: Pinned = Pinned {
    name: "",
    lock: "",
    packages: &[],
    tags: "",
    linked: "",
    files: &[],
};

impl Pinned {
    /// All servers, those first whose builds are quick.
    pub const ALL: &'static [Self] = &[
        ETCD,
        KUBECTL,
        KWOK,
        KARPENTER,
        METRICS_SERVER,
        PROMETHEUS,
        KUBERNETES,
    ];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_the_version_that_their_lock_file_pins() {
        let lock = KUBERNETES.source().join("go.mod");
        let text = std::fs::read_to_string(lock).expect("each server has its lock file");
        let line = text
            .lines()
            .find(|line| line.starts_with("require k8s.io/kubernetes "));
        let version = line.and_then(|line| line.split(' ').next_back());
        let version = version.expect("it pins Kubernetes");
        assert!(
            KUBERNETES_VERSION.contains(&format!("gitVersion={version} ")),
            "{version}"
        );
    }

    #[test]
    fn every_server_has_its_lock_files_and_a_name_of_its_own() {
        for (index, pinned) in Pinned::ALL.iter().enumerate() {
            for file in ["go.mod", "go.sum"] {
                assert!(
                    pinned.source().join(file).exists(),
                    "{}: {file}",
                    pinned.name
                );
            }
            let same = Pinned::ALL[..index]
                .iter()
                .any(|other| other.name == pinned.name);
            assert!(!same, "{} is there twice", pinned.name);
        }
    }
}
