//! One cluster that is its own home, with workloads of one replica each and the controller: for what needs no second
//! cluster.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use spillway_testbed::{Aws, ControlPlane, Error, Nodes, TestFolder};

use crate::hybrid::{Controller, Launch, SYSTEM, USER};

/// How long anything may take: metrics-server knows a pod after half a minute.
const PATIENCE: Duration = Duration::from_mins(2);

/// The cluster.
#[derive(Debug)]
pub struct Alone {
    /// Its servers.
    pub plane: ControlPlane,
    /// How the controller reaches it.
    pub kubeconfig: PathBuf,
    env: Vec<(&'static str, String)>,
}

impl Alone {
    /// Starts it with room for 16 pods of one core, our kinds, the controller's rights, and the namespace `shop`.
    ///
    /// # Errors
    ///
    /// Where a server cannot be started, or refuses an object.
    pub fn start(test: &TestFolder) -> Result<Self, Error> {
        let plane = ControlPlane::start(test, "home", &[nodes()])?;
        let connection = format!("kubeconfigSecret: {{namespace: {SYSTEM}, name: home}}");
        Self::with(plane, &connection, Vec::new())
    }

    /// The same as a cluster of EKS, whose member `home` has this in `spec.connection`; the controller has the account's
    /// key.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_in(aws: &Aws, test: &TestFolder, connection: &str) -> Result<Self, Error> {
        let plane = ControlPlane::start_in(aws, test, "home", &[nodes()])?;
        let env = vec![
            ("AWS_ACCESS_KEY_ID", Aws::KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Aws::SECRET.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_ENDPOINT_URL", aws.url()),
        ];
        Self::with(plane, connection, env)
    }

    fn with(
        plane: ControlPlane,
        connection: &str,
        env: Vec<(&'static str, String)>,
    ) -> Result<Self, Error> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        plane.apply_file(&checkout.join("crds/generated"))?;
        let established = "--for=condition=Established";
        plane.kubectl(&["wait", established, "crd", "--all", "--timeout=60s"])?;
        for rights in ["home", "member"] {
            plane.apply_file(&checkout.join(format!("controller/rbac/{rights}.yaml")))?;
        }
        plane.kubectl(&["create", "namespace", "shop"])?;
        let kubeconfig = plane.kubeconfig_of(USER)?;
        let from = format!("--from-file=value={}", kubeconfig.display());
        plane.kubectl(&["create", "secret", "generic", "-n", SYSTEM, "home", &from])?;
        let ours = format!(
            "apiVersion: spillway.dev/v1alpha1
kind: Cluster
metadata: {{name: home}}
spec:
  tier: Private
  connection: {{{connection}}}
  nodeGroups:
  - {{name: rack, labels: {{kubernetes.io/os: linux}}, allocatable: {{cpu: 8, memory: 32Gi}}, maxNodes: 2}}
---
{{apiVersion: spillway.dev/v1alpha1, kind: BurstPolicy, metadata: {{name: default}}, spec: {{}}}}
"
        );
        plane.apply("ours", &ours)?;
        Ok(Self {
            plane,
            kubeconfig,
            env,
        })
    }

    /// Makes a workload of one replica and its autoscaler, whose metrics are lines of YAML without indentation. Its pods
    /// have these annotations.
    ///
    /// # Errors
    ///
    /// Where the cluster refuses them.
    pub fn workload(
        &self,
        (namespace, name): (&str, &str),
        annotations: &str,
        metrics: &str,
    ) -> Result<(), Error> {
        let mut text = format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}, annotations: {{{annotations}}}}}
    spec:
      containers:
      - {{name: main, image: none, resources: {{requests: {{cpu: 500m, memory: 64Mi}}}}}}
      - {{name: beside, image: none, resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}}}
---
apiVersion: spillway.dev/v1alpha1
kind: HybridAutoscaler
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  scaleTargetRef: {{name: {name}}}
  maxReplicas: 8
  metrics:
"
        );
        for line in metrics.lines() {
            let _ = writeln!(text, "  {line}");
        }
        self.plane.apply(&format!("{namespace}-{name}"), &text)
    }

    /// Starts the controller with a Prometheus of its own.
    ///
    /// # Errors
    ///
    /// Where it cannot be built or started.
    pub fn controller(&self, test: &TestFolder, prometheus: &str) -> Result<Controller, Error> {
        let launch = Launch {
            name: "controller".to_owned(),
            tick: Duration::from_secs(2),
            kubeconfig: self.kubeconfig.clone(),
            prometheus: prometheus.to_owned(),
            observe: false,
            // All that it could ever log.
            log: "trace",
            env: self.env.clone(),
        };
        Controller::launch(test, &launch)
    }

    /// Waits until the autoscaler has a condition with such a status and message; the message.
    ///
    /// # Panics
    ///
    /// Where it has not within two minutes.
    #[must_use]
    pub fn condition(
        &self,
        (namespace, name): (&str, &str),
        kind: &str,
        is: impl Fn(&str, &str) -> bool,
    ) -> String {
        let mut message = String::new();
        let what = format!("{kind} of {namespace}/{name}");
        wait_until(&what, || {
            let status = self.status((namespace, name));
            let mut all = status["conditions"].as_array().into_iter().flatten();
            let Some(condition) = all.find(|condition| condition["type"] == kind) else {
                return Err(status);
            };
            let text = |key: &str| condition[key].as_str().unwrap_or_default();
            text("message").clone_into(&mut message);
            if is(text("status"), &message) {
                Ok(())
            } else {
                Err(status)
            }
        });
        message
    }

    /// Waits until the target of an autoscaler is to have so many replicas.
    ///
    /// # Panics
    ///
    /// Where it has not within two minutes.
    pub fn replicas(&self, (namespace, name): (&str, &str), wanted: u64) {
        wait_until(&format!("{wanted} replicas of {namespace}/{name}"), || {
            if self.asked((namespace, name)) == wanted {
                Ok(())
            } else {
                Err(self.status((namespace, name)))
            }
        });
    }

    /// How many replicas the target of an autoscaler is to have.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[must_use]
    pub fn asked(&self, (namespace, name): (&str, &str)) -> u64 {
        let get = [
            "get",
            "-n",
            namespace,
            "deployment",
            name,
            "-o=jsonpath={.spec.replicas}",
        ];
        let asked = self
            .plane
            .kubectl(&get)
            .unwrap_or_else(|error| panic!("{error}"));
        asked.parse().expect("a count")
    }

    fn status(&self, (namespace, name): (&str, &str)) -> Value {
        let get = ["get", "-n", namespace, "hybridautoscaler", name, "-o=json"];
        let object = self
            .plane
            .kubectl(&get)
            .unwrap_or_else(|error| panic!("{error}"));
        let object: Value = serde_json::from_str(&object).expect("kubectl writes JSON");
        object["status"].clone()
    }
}

fn wait_until(what: &str, mut is: impl FnMut() -> Result<(), Value>) {
    let began = Instant::now();
    while let Err(instead) = is() {
        assert!(
            began.elapsed() < PATIENCE,
            "{what}: not within {} s, but {instead:#}",
            PATIENCE.as_secs()
        );
        sleep(Duration::from_millis(300));
    }
}

fn nodes() -> Nodes {
    Nodes {
        prefix: "rack".to_owned(),
        count: 2,
        cpu: "8".to_owned(),
        memory: "32Gi".to_owned(),
        labels: Vec::new(),
    }
}

/// The text of all files of a folder, and of the folders in it.
///
/// # Panics
///
/// Where it cannot be read.
#[must_use]
pub fn all_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(all_files(&path));
        } else {
            let bytes = fs::read(&path).expect("a file");
            all.push((path, bytes));
        }
    }
    all
}
