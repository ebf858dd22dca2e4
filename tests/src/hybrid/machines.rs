//! Public machines and what they cost.

use std::collections::BTreeMap;
use std::ops::Add;
use std::time::Duration;

use serde_json::Value;
use spillway_testbed::{InstanceType, Seen, instance_types};

/// Machines from their launch, which is before their nodes are there, to their end: as AWS bills them, by the second.
/// It follows Karpenter's `NodeClaim` objects.
#[derive(Debug)]
pub(super) struct Machines {
    types: Vec<InstanceType>,
    running: BTreeMap<String, Machine>,
    ended_hours: f64,
    ended_usd: f64,
}

#[derive(Debug)]
struct Machine {
    since: Duration,
    usd_per_hour: f64,
}

/// What public machines cost so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bill {
    /// Machines that run.
    pub machines: usize,
    /// What these cost an hour.
    pub usd_per_hour: f64,
    /// Hours of all machines so far.
    pub hours: f64,
    /// What these have cost.
    pub usd: f64,
}

impl Machines {
    pub(super) fn new() -> Self {
        Self {
            types: instance_types(),
            running: BTreeMap::new(),
            ended_hours: 0.0,
            ended_usd: 0.0,
        }
    }

    pub(super) fn see(&mut self, at: Duration, seen: &Seen<'_>) {
        match seen {
            Seen::Is(name, claim) => {
                if let Some(usd_per_hour) = self.price(claim) {
                    let machine = Machine {
                        since: at,
                        usd_per_hour,
                    };
                    self.running.entry((*name).to_owned()).or_insert(machine);
                }
            }
            Seen::Gone(name) => {
                if let Some(machine) = self.running.remove(*name) {
                    self.ended_hours += machine.hours(at);
                    self.ended_usd += machine.usd(at);
                }
            }
        }
    }

    pub(super) fn bill(&self, at: Duration) -> Bill {
        let running = self.running.values();
        Bill {
            machines: running.len(),
            usd_per_hour: running
                .clone()
                .map(|machine| machine.usd_per_hour)
                .fold(0.0, f64::add),
            hours: self.ended_hours
                + running
                    .clone()
                    .map(|machine| machine.hours(at))
                    .sum::<f64>(),
            usd: self.ended_usd + running.map(|machine| machine.usd(at)).sum::<f64>(),
        }
    }

    /// What a launched machine costs; none for one that is only asked for.
    fn price(&self, claim: &Value) -> Option<f64> {
        let conditions = claim["status"]["conditions"].as_array()?;
        let launched = conditions
            .iter()
            .any(|condition| condition["type"] == "Launched" && condition["status"] == "True");
        let name = claim["metadata"]["labels"]["node.kubernetes.io/instance-type"].as_str();
        let offered = self
            .types
            .iter()
            .find(|offered| Some(&*offered.name) == name);
        launched.then_some(offered?.on_demand)
    }
}

impl Machine {
    fn hours(&self, at: Duration) -> f64 {
        at.saturating_sub(self.since).as_secs_f64() / 3_600.0
    }

    fn usd(&self, at: Duration) -> f64 {
        self.hours(at) * self.usd_per_hour
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_machine_costs_from_its_launch_to_its_end() {
        let mut machines = Machines::new();
        let claim = |launched: &str| {
            json!({
                "metadata": {"labels": {"node.kubernetes.io/instance-type": "c6i.xlarge"}},
                "status": {"conditions": [{"type": "Launched", "status": launched}]},
            })
        };
        let minutes = Duration::from_mins;
        for (at, launched) in [(0, "Unknown"), (10, "True"), (20, "True")] {
            machines.see(minutes(at), &Seen::Is("a", &claim(launched)));
        }
        machines.see(minutes(40), &Seen::Is("b", &claim("True")));
        machines.see(minutes(70), &Seen::Gone("a"));
        machines.see(minutes(75), &Seen::Gone("unknown"));
        let bill = machines.bill(minutes(100));
        assert_eq!((bill.machines, bill.hours), (1, 2.0));
        assert!((bill.usd - 2.0 * 0.17).abs() < 1e-9, "{bill:?}");
        assert!((bill.usd_per_hour - 0.17).abs() < 1e-9, "{bill:?}");
    }
}
