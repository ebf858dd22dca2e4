//! Workloads of mixed sizes beside the queue: each a Deployment in both clusters, and an autoscaler at home.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use spillway_sim::random::pick;
use spillway_testbed::{Error, Follower, Nodes, Seen};

use super::Hybrid;
use super::objects::RACK_LABEL;

/// Where its objects are.
pub const FLEET: &str = "fleet";

/// Milli-cores and MiB that a replica may ask for: some fill a node by the one, some by the other.
const CPU: [u32; 7] = [250, 500, 750, 1_000, 1_500, 2_000, 3_000];
const MEMORY: [u32; 6] = [256, 512, 1_024, 2_048, 4_096, 6_144];

/// Draws that are the same for the same seed.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// Of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number below `count`.
    pub fn below(&mut self, count: u32) -> u32 {
        self.thrown += 1;
        pick(self.seed, self.thrown, count)
    }

    fn one_of(&mut self, all: &[u32]) -> u32 {
        all[self.below(u32::try_from(all.len()).unwrap_or(u32::MAX)) as usize]
    }
}

/// What one replica asks for.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The name of its objects.
    pub name: String,
    /// Milli-cores.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
}

/// All of them.
#[derive(Debug)]
pub struct Fleet {
    /// By name.
    pub workloads: Vec<Workload>,
}

impl Fleet {
    /// So many workloads of a core and a GiB, without a replica, and nodes of other sizes beside those at home.
    ///
    /// # Errors
    ///
    /// Where a cluster refuses them.
    pub fn create(hybrid: &Hybrid, count: u32) -> Result<Self, Error> {
        let sized = |prefix: &str, count, cpu: &str, memory: &str| Nodes {
            prefix: prefix.to_owned(),
            count,
            cpu: cpu.to_owned(),
            memory: memory.to_owned(),
            labels: vec![(RACK_LABEL.0.to_owned(), RACK_LABEL.1.to_owned())],
        };
        hybrid.private.add_nodes(&[
            sized("small", 3, "4", "8Gi"),
            sized("large", 3, "16", "32Gi"),
            sized("wide", 2, "6", "48Gi"),
        ])?;
        let workloads = (0..count).map(|number| Workload {
            name: format!("w-{number:02}"),
            cpu: 1_000,
            memory: 1_024,
        });
        let fleet = Self {
            workloads: workloads.collect(),
        };
        for plane in [&hybrid.private, &hybrid.public] {
            plane.kubectl(&["create", "namespace", FLEET])?;
        }
        fleet.write(hybrid, "replicas: 0")?;
        Ok(fleet)
    }

    /// Gives all of them other sizes, each its own; whatever runs is exchanged.
    ///
    /// # Errors
    ///
    /// Where a cluster refuses them.
    pub fn resize(&mut self, hybrid: &Hybrid, dice: &mut Dice) -> Result<(), Error> {
        for workload in &mut self.workloads {
            workload.cpu = dice.one_of(&CPU);
            workload.memory = dice.one_of(&MEMORY);
        }
        // The count is not ours any more.
        self.write(hybrid, "")
    }

    fn write(&self, hybrid: &Hybrid, replicas: &str) -> Result<(), Error> {
        let targets = self
            .workloads
            .iter()
            .map(|workload| workload.target(replicas));
        let targets: String = targets.collect();
        for plane in [&hybrid.private, &hybrid.public] {
            plane.apply("fleet", &targets)?;
        }
        Ok(())
    }

    /// Writes all autoscalers, with what drives each: a field of its `spec`, as YAML.
    ///
    /// # Errors
    ///
    /// Where home refuses one.
    pub fn drive(&self, hybrid: &Hybrid, by: impl Fn(usize) -> String) -> Result<(), Error> {
        let mut text = String::new();
        for (index, Workload { name, .. }) in self.workloads.iter().enumerate() {
            let _ = write!(
                text,
                "---
apiVersion: spillway.dev/v1alpha1
kind: HybridAutoscaler
metadata: {{name: {name}, namespace: {FLEET}}}
spec:
  scaleTargetRef: {{name: {name}}}
  minReplicas: 0
  maxReplicas: 50
  moveSurge: 10
  behavior: {{scaleUp: {{policies: [{{type: Pods, value: 100, periodSeconds: 1}}]}}}}
  {}
",
                by(index)
            );
        }
        hybrid.private.apply("fleet-autoscalers", &text)
    }
}

impl Workload {
    fn target(&self, replicas: &str) -> String {
        let Self { name, cpu, memory } = self;
        format!(
            "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {FLEET}}}
spec:
  {replicas}
  selector: {{matchLabels: {{workload: {name}}}}}
  template:
    metadata: {{labels: {{workload: {name}}}}}
    spec:
      containers:
      - {{name: work, image: work, resources: {{requests: {{cpu: {cpu}m, memory: {memory}Mi}}}}}}
"
        )
    }
}

/// What watches tell of a fleet.
#[derive(Debug)]
pub struct FleetSeen {
    record: Arc<Mutex<Record>>,
    _followers: Vec<Follower>,
}

#[derive(Debug)]
struct Record {
    /// `spec.replicas` by workload and cluster.
    asked: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// The most that was asked for in both clusters together.
    most: BTreeMap<String, u64>,
    /// Pods by cluster and name, also those that are gone.
    pods: BTreeMap<(&'static str, String), Pod>,
    changed: Instant,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pod {
    /// It has no node.
    waits: bool,
    /// When the scheduler first found none for it.
    refused: Option<Instant>,
    /// How long it then waited, until it had one or was given up.
    waited: Duration,
    /// It was given up without one.
    in_vain: bool,
}

impl FleetSeen {
    /// Follows the fleet from now on.
    ///
    /// # Errors
    ///
    /// Where a cluster does not answer.
    pub fn follow(hybrid: &Hybrid) -> Result<Self, Error> {
        let record = Arc::new(Mutex::new(Record {
            asked: BTreeMap::new(),
            most: BTreeMap::new(),
            pods: BTreeMap::new(),
            changed: Instant::now(),
        }));
        let targets = format!("/apis/apps/v1/namespaces/{FLEET}/deployments");
        let pods = format!("/api/v1/namespaces/{FLEET}/pods");
        let mut followers = Vec::new();
        for (cluster, plane) in [("private", &hybrid.private), ("eks", &hybrid.public)] {
            let seen = Arc::clone(&record);
            let target = move |change: Seen<'_>| lock(&seen).target(cluster, &change);
            followers.push(plane.client()?.follow(&targets, None, target)?);
            let seen = Arc::clone(&record);
            let pod = move |change: Seen<'_>| lock(&seen).pod(cluster, &change);
            followers.push(plane.client()?.follow(&pods, None, pod)?);
        }
        Ok(Self {
            record,
            _followers: followers,
        })
    }

    /// Whether no pod waits for a node, and nothing has changed for so long.
    #[must_use]
    pub fn rests_for(&self, long: Duration) -> bool {
        let record = lock(&self.record);
        record.changed.elapsed() >= long && record.pods.values().all(|pod| !pod.waits)
    }

    /// What is asked for of a workload in a cluster.
    #[must_use]
    pub fn asked(&self, workload: &str, cluster: &str) -> u64 {
        let record = lock(&self.record);
        let of_workload = record.asked.get(workload);
        let asked = of_workload.and_then(|asked| asked.get(cluster));
        asked.copied().unwrap_or_default()
    }

    /// The most that was ever asked for of a workload, in both clusters together.
    #[must_use]
    pub fn most(&self, workload: &str) -> u64 {
        let record = lock(&self.record);
        record.most.get(workload).copied().unwrap_or_default()
    }

    /// What became of all pods that there ever were at home.
    #[must_use]
    pub fn at_home(&self) -> AtHome {
        let record = lock(&self.record);
        let pods = record.pods.iter();
        let pods = pods.filter(|((cluster, _), _)| *cluster == "private");
        let mut all = AtHome::default();
        for (_, pod) in pods {
            all.pods += 1;
            all.waited += usize::from(pod.refused.is_some());
            all.in_vain += usize::from(pod.in_vain);
            all.longest = all.longest.max(pod.waited);
        }
        all
    }
}

/// Pods at home.
#[derive(Debug, Clone, Copy, Default)]
pub struct AtHome {
    /// All that there ever were.
    pub pods: usize,
    /// Those of them that the scheduler found no node for when it first looked.
    pub waited: usize,
    /// Those of these that never had one.
    pub in_vain: usize,
    /// The longest that one waited.
    pub longest: Duration,
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    fn target(&mut self, cluster: &'static str, seen: &Seen<'_>) {
        let (name, asked) = match seen {
            Seen::Is(name, target) => (*name, target["spec"]["replicas"].as_u64()),
            Seen::Gone(name) => (*name, None),
        };
        let of_workload = self.asked.entry(name.to_owned()).or_default();
        let before = of_workload.insert(cluster, asked.unwrap_or_default());
        if before != asked {
            self.changed = Instant::now();
        }
        let both: u64 = of_workload.values().sum();
        let most = self.most.entry(name.to_owned()).or_default();
        *most = both.max(*most);
    }

    fn pod(&mut self, cluster: &'static str, seen: &Seen<'_>) {
        let (name, object) = match seen {
            Seen::Is(name, object) => (*name, Some(*object)),
            Seen::Gone(name) => (*name, None),
        };
        let pod = self.pods.entry((cluster, name.to_owned())).or_default();
        let before = *pod;
        let has_node = object.is_some_and(|object| object["spec"]["nodeName"].is_string());
        pod.waits = object.is_some() && !has_node;
        if object.is_some_and(is_refused) {
            pod.refused.get_or_insert_with(Instant::now);
        }
        if before.waits && !pod.waits {
            pod.waited = pod.refused.map_or(Duration::ZERO, |since| since.elapsed());
            pod.in_vain = pod.refused.is_some() && !has_node;
        }
        if *pod != before || object.is_none() {
            self.changed = Instant::now();
        }
    }
}

/// Whether the scheduler says that no node has room for it.
fn is_refused(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        condition["type"] == "PodScheduled"
            && condition["status"] == "False"
            && condition["reason"] == "Unschedulable"
    })
}
