//! One control plane: etcd, API server, controllers, scheduler, and kwok for the nodes.

use std::fs;
use std::path::{Path, PathBuf};

use super::Nodes;
use super::credentials::Credentials;
use crate::build::{Cache, ETCD, KUBECTL, KUBERNETES, KWOK};
use crate::folder::write;
use crate::{Error, Process, Program, TestFolder, http, start_on_free_ports};

/// A running control plane. Its servers work and log in one folder of the test.
#[derive(Debug)]
pub struct ControlPlane {
    // In the order of their ends: nobody complains in a log that another is gone.
    _kwok: Process,
    _scheduler: Process,
    _controllers: Process,
    /// To stop it (connections hang) and let it go on, or kill it (connections are refused).
    pub api_server: Process,
    _etcd: Process,
    credentials: Credentials,
    url: String,
    kubectl: PathBuf,
    folder: PathBuf,
}

impl ControlPlane {
    /// Starts a control plane that works in the folder `name` of the test, and waits until its nodes are Ready.
    ///
    /// # Errors
    ///
    /// Where a server cannot be built or started.
    pub fn start(test: &TestFolder, name: &str, nodes: &[Nodes]) -> Result<Self, Error> {
        let cache = Cache::of_user()?;
        let servers = cache.binaries(&KUBERNETES)?;
        let kubectl = cache.binaries(&KUBECTL)?.join("kubectl");
        let (etcd, kwok) = (cache.binaries(&ETCD)?, cache.binaries(&KWOK)?);
        let folder = test.folder(name)?;
        let credentials = Credentials::new(name, &folder)?;
        let ca = credentials.authority();
        let (etcd, storage) = start_etcd(&etcd, &folder)?;
        let (api_server, url) = start_api_server(&servers, &folder, &storage, &ca)?;
        for (user, group) in [
            ("admin", Some("system:masters")),
            ("system:kube-controller-manager", None),
            ("system:kube-scheduler", None),
        ] {
            let file = format!("{}.kubeconfig", user.trim_start_matches("system:"));
            write(&folder, &file, &credentials.kubeconfig(&url, user, group)?)?;
        }
        let controllers = start_controllers(&servers, &folder, &ca)?;
        let scheduler = start_scheduler(&servers, &folder, &ca)?;
        let kwok = start_kwok(&kwok, &folder)?;
        let this = Self {
            _kwok: kwok,
            _scheduler: scheduler,
            _controllers: controllers,
            api_server,
            _etcd: etcd,
            credentials,
            url,
            kubectl,
            folder,
        };
        let manifests: String = nodes.iter().map(Nodes::manifests).collect();
        if !manifests.is_empty() {
            this.apply("nodes", &manifests)?;
            let ready = "--for=condition=Ready";
            this.kubectl(&["wait", ready, "node", "--all", "--timeout=180s"])?;
        }
        Ok(this)
    }

    /// The kubeconfig of an administrator.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("admin.kubeconfig")
    }

    /// A kubeconfig for a user of any name, who may do what RBAC says.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers, or the folder cannot be written.
    pub fn kubeconfig_of(&self, user: &str) -> Result<PathBuf, Error> {
        let text = self.credentials.kubeconfig(&self.url, user, None)?;
        write(&self.folder, &format!("{user}.kubeconfig"), &text)
    }

    /// Runs kubectl as an administrator; what it printed.
    ///
    /// # Errors
    ///
    /// What kubectl says.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, Error> {
        Program::new(&self.kubectl, &self.folder)
            .args(["--kubeconfig", "admin.kubeconfig"])
            .args(arguments.iter().copied())
            .output()
    }

    /// Applies manifests on the server's side; they stay in the folder as `NAME.yaml`.
    ///
    /// # Errors
    ///
    /// What the API server says against them.
    pub fn apply(&self, name: &str, manifests: &str) -> Result<(), Error> {
        let file = write(&self.folder, &format!("{name}.yaml"), manifests)?;
        self.apply_file(&file)
    }

    /// Applies a file, or all files of a folder, on the server's side.
    ///
    /// # Errors
    ///
    /// What the API server says against them.
    pub fn apply_file(&self, path: &Path) -> Result<(), Error> {
        let path = path.display().to_string();
        self.kubectl(&["apply", "--server-side", "-f", &path])
            .map(|_| ())
    }

    /// Starts the API server again, on the same data and at the same address.
    ///
    /// # Errors
    ///
    /// Where it does not become ready.
    pub fn restart_api_server(&mut self) -> Result<(), Error> {
        self.api_server.restart()?;
        let ca = self.credentials.authority();
        let url = self.url.clone();
        self.api_server
            .wait_until("kube-apiserver", || ready(&url, "readyz", &ca))
    }

    /// The audit log so far: a JSON object a line for each write, with its user.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn audit(&self) -> Result<String, Error> {
        let path = self.folder.join("audit.log");
        fs::read_to_string(&path).map_err(Error::io(&path))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Whether a server answers well. Before an API server has its roles it refuses even that.
fn ready(url: &str, path: &str, ca: &str) -> bool {
    let answer = http::get(&format!("{url}/{path}"), Some(ca), &[]);
    answer.is_some_and(|(status, _)| status == 200)
}

fn start_etcd(binaries: &Path, folder: &Path) -> Result<(Process, String), Error> {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let (process, [port, _]) = start_on_free_ports(
        |[port, peers]| {
            let (client, peer) = (url(port), url(peers));
            Program::new(&binaries.join("etcd"), folder).args([
                "--data-dir=etcd",
                "--log-level=warn",
                // Nobody needs the data after the test.
                "--unsafe-no-fsync",
                &format!("--listen-client-urls={client}"),
                &format!("--advertise-client-urls={client}"),
                &format!("--listen-peer-urls={peer}"),
                &format!("--initial-advertise-peer-urls={peer}"),
                &format!("--initial-cluster=default={peer}"),
            ])
        },
        |[port, _]| {
            http::get(&format!("{}/health", url(port)), None, &[])
                .is_some_and(|(status, _)| status == 200)
        },
    )?;
    Ok((process, url(port)))
}

fn start_api_server(
    binaries: &Path,
    folder: &Path,
    storage: &str,
    ca: &str,
) -> Result<(Process, String), Error> {
    write(folder, "audit.yaml", include_str!("audit.yaml"))?;
    let url = |port: u16| format!("https://127.0.0.1:{port}");
    let (process, [port]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kube-apiserver"), folder).args([
                &format!("--etcd-servers={storage}"),
                &format!("--secure-port={port}"),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                // An endpoint must not be on the loopback, so nobody shall make one of it.
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--authorization-mode=Node,RBAC",
                "--tls-cert-file=server.crt",
                "--tls-private-key-file=server.key",
                "--client-ca-file=ca.crt",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=tokens.crt",
                "--service-account-signing-key-file=tokens.key",
                "--requestheader-client-ca-file=ca.crt",
                "--requestheader-allowed-names=front-proxy-client",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                "--proxy-client-cert-file=proxy.crt",
                "--proxy-client-key-file=proxy.key",
                "--audit-policy-file=audit.yaml",
                "--audit-log-path=audit.log",
            ])
        },
        |[port]| ready(&url(port), "readyz", ca),
    )?;
    Ok((process, url(port)))
}

/// What controllers and scheduler have in common: who they are, no second one beside them, and no waiting for their turn
/// at the API server.
fn alike(port: u16, kubeconfig: &str) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--bind-address=127.0.0.1",
        "--tls-cert-file=server.crt",
        "--tls-private-key-file=server.key",
        "--leader-elect=false",
        "--kube-api-qps=300",
        "--kube-api-burst=500",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--secure-port={port}"));
    arguments.extend(
        [
            "kubeconfig",
            "authentication-kubeconfig",
            "authorization-kubeconfig",
        ]
        .map(|flag| format!("--{flag}={kubeconfig}.kubeconfig")),
    );
    arguments
}

fn start_controllers(binaries: &Path, folder: &Path, ca: &str) -> Result<Process, Error> {
    let (process, [_]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kube-controller-manager"), folder)
                .args(alike(port, "kube-controller-manager"))
                .args([
                    "--root-ca-file=ca.crt",
                    "--service-account-private-key-file=tokens.key",
                    "--use-service-account-credentials",
                    // Addresses, routes and load balancers are a cloud's.
                    "--controllers=*,-nodeipam,-node-route-controller,-service-lb-controller",
                ])
        },
        |[port]| ready(&format!("https://127.0.0.1:{port}"), "healthz", ca),
    )?;
    Ok(process)
}

fn start_scheduler(binaries: &Path, folder: &Path, ca: &str) -> Result<Process, Error> {
    let (process, [_]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kube-scheduler"), folder)
                .args(alike(port, "kube-scheduler"))
        },
        |[port]| ready(&format!("https://127.0.0.1:{port}"), "healthz", ca),
    )?;
    Ok(process)
}

fn start_kwok(binaries: &Path, folder: &Path) -> Result<Process, Error> {
    write(folder, "stages.yaml", include_str!("stages.yaml"))?;
    let (process, [_]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kwok"), folder).args([
                "--kubeconfig=admin.kubeconfig",
                "--config=stages.yaml",
                "--manage-all-nodes=true",
                "--node-ip=127.0.0.1",
                "--node-lease-duration-seconds=40",
                &format!("--server-address=127.0.0.1:{port}"),
            ])
        },
        |[port]| {
            http::get(&format!("http://127.0.0.1:{port}/healthz"), None, &[])
                .is_some_and(|(status, _)| status == 200)
        },
    )?;
    Ok(process)
}
