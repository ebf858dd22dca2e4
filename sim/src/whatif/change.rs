//! What is changed, as a command line says it.

use std::fmt;
use std::str::FromStr;

use spillway_crds::document::{parse_yaml, typed};
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::policy::Policy;

use super::continued::Growth;
use crate::config::{Fault, FaultKind, Span};
use crate::time::Nanos;

/// One change of the world.
#[derive(Clone, Debug)]
pub enum Change {
    /// A cluster dies.
    LoseCluster(LoseCluster),
    /// A price changes.
    Price(PriceChange),
    /// Traffic changes.
    Traffic(TrafficChange),
    /// A line of the fault library.
    Fault(FaultLine),
}

/// A cluster dies: `NAME`, or `NAME@10m` for ten minutes after the snapshot.
#[derive(Clone, Debug)]
pub struct LoseCluster {
    text: String,
    cluster: ClusterId,
    at: Nanos,
}

/// A price changes: `TYPE=+100%`, `TYPE=x2` or `TYPE=0.5`, with `@10m` for later.
#[derive(Clone, Debug)]
pub struct PriceChange {
    text: String,
    group: String,
    factor: f64,
    at: Nanos,
}

/// Traffic changes: `x2/10m` or `+100%/10m` for all workloads, `web=x2/10m` for one.
#[derive(Clone, Debug)]
pub struct TrafficChange {
    text: String,
    workload: Option<String>,
    factor: f64,
    within: Nanos,
}

/// A line of `faults` in a world file.
#[derive(Clone, Debug)]
pub struct FaultLine {
    text: String,
    fault: Box<Fault>,
}

/// What a change does.
pub(super) enum Effect {
    Faults(Vec<Fault>),
    Growth(Growth),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseCluster(LoseCluster { text, .. }) => write!(f, "--lose-cluster {text}"),
            Self::Price(PriceChange { text, .. }) => write!(f, "--price {text}"),
            Self::Traffic(TrafficChange { text, .. }) => write!(f, "--traffic {text}"),
            Self::Fault(FaultLine { text, .. }) => write!(f, "--fault '{text}'"),
        }
    }
}

impl Change {
    /// The change as half a sentence: "home is lost".
    #[must_use]
    pub fn words(&self) -> String {
        let later = |at: Nanos| {
            if at == Nanos::ZERO {
                String::new()
            } else {
                format!(" after {}", crate::report::units::span(at.0 / 1_000))
            }
        };
        match self {
            Self::LoseCluster(LoseCluster { cluster, at, .. }) => {
                format!("{cluster} is lost{}", later(*at))
            }
            Self::Price(PriceChange {
                group, factor, at, ..
            }) => format!("{group} costs {factor} times its price{}", later(*at)),
            Self::Traffic(TrafficChange {
                workload,
                factor,
                within,
                ..
            }) => {
                let whose = workload.as_ref().map(|of| format!(" of {of}"));
                let within = if *within == Nanos::ZERO {
                    " at once".to_owned()
                } else {
                    format!(" within {}", crate::report::units::span(within.0 / 1_000))
                };
                let factor = (factor * 1e6).round() / 1e6;
                format!(
                    "traffic{} becomes {factor} times as much{within}",
                    whose.unwrap_or_default()
                )
            }
            Self::Fault(FaultLine { fault, .. }) => {
                format!("{} strikes {}", fault.kind.name(), fault.target())
            }
        }
    }

    /// What it does to a world of a policy.
    pub(super) fn on(&self, policy: &Policy) -> Result<Effect, String> {
        match self {
            Self::LoseCluster(LoseCluster { cluster, at, .. }) => Ok(Effect::Faults(vec![Fault {
                cluster: Some(cluster.clone()),
                at: Some(Span(*at)),
                ..Fault::of(FaultKind::ClusterLost)
            }])),
            Self::Price(change) => change.on(policy).map_err(|why| format!("{self}: {why}")),
            Self::Traffic(change) => change.on(policy).map_err(|why| format!("{self}: {why}")),
            Self::Fault(FaultLine { fault, .. }) => Ok(Effect::Faults(vec![(**fault).clone()])),
        }
    }
}

impl PriceChange {
    fn on(&self, policy: &Policy) -> Result<Effect, String> {
        // Instance types are written with a dot, and names of Kubernetes objects often with a dash in its place.
        let plain = |name: &str| name.replace('.', "-");
        let wanted = plain(&self.group);
        let mut faults = Vec::new();
        let mut known = Vec::new();
        for cluster in &policy.clusters {
            for group in &cluster.groups {
                let full = format!("{}/{}", cluster.name, group.name);
                if plain(group.name.as_str()) == wanted || plain(&full) == wanted {
                    faults.push(Fault {
                        cluster: Some(cluster.name.clone()),
                        group: Some(group.name.clone()),
                        at: Some(Span(self.at)),
                        factor: Some(self.factor),
                        ..Fault::of(FaultKind::PriceStep)
                    });
                }
                known.push(full);
            }
        }
        if faults.is_empty() {
            return Err(format!(
                "no group is called `{}`; there are {}",
                self.group,
                known.join(", ")
            ));
        }
        Ok(Effect::Faults(faults))
    }
}

impl TrafficChange {
    fn on(&self, policy: &Policy) -> Result<Effect, String> {
        let workload = self.workload.as_ref().map(|name| called(name, policy));
        Ok(Effect::Growth(Growth {
            workload: workload.transpose()?,
            factor: self.factor,
            within: self.within,
        }))
    }
}

/// The workload of this full or bare name.
pub(super) fn called(name: &str, policy: &Policy) -> Result<WorkloadId, String> {
    let ids = || policy.workloads.iter().map(|spec| &spec.id);
    if let Some(id) = ids().find(|id| id.as_str() == name) {
        return Ok(id.clone());
    }
    let bare = |id: &&WorkloadId| id.as_str().rsplit('/').next() == Some(name);
    if let [one] = ids().filter(bare).collect::<Vec<_>>()[..] {
        return Ok(one.clone());
    }
    let known: Vec<&str> = ids().map(WorkloadId::as_str).collect();
    Err(format!(
        "no single workload is called `{name}`; there are {}",
        known.join(", ")
    ))
}

impl FromStr for LoseCluster {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (cluster, at) = at(text)?;
        if cluster.is_empty() {
            return Err("names no cluster: write NAME or NAME@10m".to_owned());
        }
        Ok(Self {
            text: text.to_owned(),
            cluster: cluster.into(),
            at,
        })
    }
}

impl FromStr for PriceChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (change, at) = at(text)?;
        let Some((group, factor)) = change
            .split_once('=')
            .filter(|(group, _)| !group.is_empty())
        else {
            return Err(format!(
                "`{text}` is no change of a price: write TYPE=+100%, TYPE=x2 or TYPE=0.5"
            ));
        };
        Ok(Self {
            text: text.to_owned(),
            group: group.to_owned(),
            factor: factor_of(factor)?,
            at,
        })
    }
}

impl FromStr for TrafficChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A workload's id has a slash, so the last one is the span's only behind the `=`.
        let (workload, change) = match text.split_once('=') {
            Some((workload, change)) => (Some(workload.to_owned()), change),
            None => (None, text),
        };
        let (factor, within) = match change.split_once('/') {
            Some((factor, within)) => (factor, span(within)?),
            None => (change, Nanos::ZERO),
        };
        Ok(Self {
            text: text.to_owned(),
            workload,
            factor: factor_of(factor)?,
            within,
        })
    }
}

impl FromStr for FaultLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let line = text.trim().trim_start_matches("- ");
        let line = if line.starts_with('{') {
            line.to_owned()
        } else {
            format!("{{{line}}}")
        };
        let tree = parse_yaml(&line, 1).map_err(|mistake| mistake.message)?;
        let tree = tree.ok_or("is empty: write a fault like {kind: partition, cluster: eks}")?;
        let mut fault: Fault = typed(&tree).map_err(|mistakes| {
            let each = mistakes
                .iter()
                .map(|mistake| format!("{}: {}", mistake.path, mistake.message));
            each.collect::<Vec<_>>().join("; ")
        })?;
        if fault.at.is_none() && fault.per_hour.is_none() && fault.per_node_hour.is_none() {
            fault.at = Some(Span(Nanos::ZERO));
        }
        Ok(Self {
            text: text.to_owned(),
            fault: Box::new(fault),
        })
    }
}

/// What stands before `@`, and the time behind it; now where there is none.
fn at(text: &str) -> Result<(&str, Nanos), String> {
    match text.split_once('@') {
        Some((before, at)) => Ok((before, span(at)?)),
        None => Ok((text, Nanos::ZERO)),
    }
}

fn span(text: &str) -> Result<Nanos, String> {
    text.parse()
        .map_err(|error: crate::time::ParseSpanError| error.to_string())
}

/// `x2`, `+100%`, `-30%` or `0.5` as a factor, above 0 and up to 1,000.
pub(super) fn factor_of(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.parse::<f64>().ok();
    let percent = text
        .strip_suffix('%')
        .filter(|text| text.starts_with(['+', '-']));
    let factor = match percent {
        Some(change) => number(change).map(|change| 1.0 + change / 100.0),
        None => number(text.strip_prefix('x').unwrap_or(text)).filter(|_| !text.ends_with('%')),
    };
    factor
        .filter(|factor| *factor > 0.0 && *factor <= 1_000.0)
        .ok_or_else(|| {
            format!(
                "`{text}` is no factor: write x2, 0.5, +100% or -30%, above 0 and up to 1000 times"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_written_in_three_ways() {
        for (text, expected) in [
            ("x2", Some(2.0)),
            ("0.5", Some(0.5)),
            ("+100%", Some(2.0)),
            ("-30%", Some(0.7)),
            ("100%", None),
            ("x0", None),
            ("-100%", None),
            ("x1001", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(factor_of(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_change_reads_as_half_a_sentence() {
        let said = |change: Change| change.words();
        let lost = "home@90s".parse().map(Change::LoseCluster);
        assert_eq!(lost.map(said), Ok("home is lost after 90 s".to_owned()));
        let price = "m6i.xlarge=+100%".parse().map(Change::Price);
        let words = "m6i.xlarge costs 2 times its price".to_owned();
        assert_eq!(price.map(said), Ok(words));
        let traffic = "shop/web=x2/10m".parse().map(Change::Traffic);
        let words = "traffic of shop/web becomes 2 times as much within 10 min".to_owned();
        assert_eq!(traffic.map(said), Ok(words));
        let fault = "kind: partition, cluster: eks".parse().map(Change::Fault);
        assert_eq!(fault.map(said), Ok("partition strikes eks".to_owned()));
    }

    #[test]
    fn what_is_no_change_is_refused_with_what_would_be_right() {
        for (refused, says) in [
            ("".parse::<LoseCluster>().err(), "names no cluster"),
            ("home@soon".parse::<LoseCluster>().err(), "`soon`"),
            ("x2".parse::<PriceChange>().err(), "write TYPE=+100%"),
            ("web=x2/10".parse::<TrafficChange>().err(), "`10`"),
            ("{kind: [}".parse::<FaultLine>().err(), "YAML"),
        ] {
            let refused = refused.expect(says);
            assert!(refused.contains(says), "{refused}");
        }
    }
}
