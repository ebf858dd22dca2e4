//! One control plane: etcd, API server, controllers, scheduler, and kwok for the nodes.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::credentials::Credentials;
use super::{Client, Nodes, servers};
use crate::build::{Cache, ETCD, KUBECTL, KUBERNETES, KWOK};
use crate::folder::write;
use crate::{Aws, Error, Process, Program, TestFolder};

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
    kubelet_port: u16,
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
        Self::start_with(test, name, nodes, None)
    }

    /// The same, as EKS runs it: who a bearer token is, AWS says.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_in(
        aws: &Aws,
        test: &TestFolder,
        name: &str,
        nodes: &[Nodes],
    ) -> Result<Self, Error> {
        let url = format!("{}/authenticate", aws.url());
        let this = Self::start_with(test, name, nodes, Some(&url))?;
        aws.place(&this.url, &BASE64_STANDARD.encode(this.authority()));
        Ok(this)
    }

    fn start_with(
        test: &TestFolder,
        name: &str,
        nodes: &[Nodes],
        tokens: Option<&str>,
    ) -> Result<Self, Error> {
        let cache = Cache::of_user()?;
        let kubernetes = cache.binaries(&KUBERNETES)?;
        let kubectl = cache.binaries(&KUBECTL)?.join("kubectl");
        let (etcd, kwok) = (cache.binaries(&ETCD)?, cache.binaries(&KWOK)?);
        let folder = test.folder(name)?;
        let credentials = Credentials::new(name, &folder)?;
        let ca = credentials.authority();
        let (etcd, storage) = servers::etcd(&etcd, &folder)?;
        let (api_server, url) = servers::api_server(&kubernetes, &folder, &storage, &ca, tokens)?;
        for (user, group) in [
            ("admin", Some("system:masters")),
            ("system:kube-controller-manager", None),
            ("system:kube-scheduler", None),
        ] {
            let file = format!("{}.kubeconfig", user.trim_start_matches("system:"));
            write(&folder, &file, &credentials.kubeconfig(&url, user, group)?)?;
        }
        let controllers = servers::controllers(&kubernetes, &folder, &ca)?;
        let scheduler = servers::scheduler(&kubernetes, &folder, &ca)?;
        let (kwok, kubelet_port) = servers::kwok(&kwok, &folder)?;
        let this = Self {
            _kwok: kwok,
            _scheduler: scheduler,
            _controllers: controllers,
            api_server,
            _etcd: etcd,
            kubelet_port,
            credentials,
            url,
            kubectl,
            folder,
        };
        this.add_nodes(nodes)?;
        Ok(this)
    }

    /// Makes further nodes, and waits until all are Ready.
    ///
    /// # Errors
    ///
    /// Where the API server refuses them, or they do not become Ready.
    pub fn add_nodes(&self, nodes: &[Nodes]) -> Result<(), Error> {
        let manifests: String = nodes.iter().map(Nodes::manifests).collect();
        if manifests.is_empty() {
            return Ok(());
        }
        self.apply("nodes", &manifests)?;
        let ready = "--for=condition=Ready";
        self.kubectl(&["wait", ready, "node", "--all", "--timeout=180s"])
            .map(|_| ())
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

    /// An administrator's connection, to read and to follow objects.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers.
    pub fn client(&self) -> Result<Client, Error> {
        let administrator = self.credentials.administrator()?;
        Client::new(&self.url, &self.credentials.authority(), &administrator)
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

    /// Applies manifests on the server's side; they stay in the folder as `NAME.manifest.yaml`.
    ///
    /// # Errors
    ///
    /// What the API server says against them.
    pub fn apply(&self, name: &str, manifests: &str) -> Result<(), Error> {
        let file = write(&self.folder, &format!("{name}.manifest.yaml"), manifests)?;
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
            .wait_until("kube-apiserver", || servers::ready(&url, "readyz", &ca))
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

    pub(super) fn authority(&self) -> String {
        self.credentials.authority()
    }

    /// Where the kubelet of all nodes is.
    pub(super) fn kubelet_port(&self) -> u16 {
        self.kubelet_port
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}
