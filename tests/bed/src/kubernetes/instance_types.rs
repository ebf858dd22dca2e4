//! The AWS instance types that Karpenter may make nodes of.

use std::fmt::Write as _;

const TYPES: &str = include_str!("../../data/instance-types.csv");

/// A type, as `data/instance-types.csv` says it.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceType {
    /// Its name, like `c6i.xlarge`.
    pub name: String,
    /// USD an hour.
    pub on_demand: f64,
    /// USD an hour, until the provider wants it back.
    pub spot: f64,
    /// What pods may have of a node, in thousandths of a core.
    pub cpu_milli: u32,
    /// What pods may have of a node, in MiB.
    pub memory_mib: u32,
    /// How many pods a node takes.
    pub pods: u32,
}

/// All types.
///
/// # Panics
///
/// Where the file of the types is not as its first line says.
#[must_use]
pub fn instance_types() -> Vec<InstanceType> {
    let rows = TYPES.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| {
        let read = InstanceType::read(row);
        read.unwrap_or_else(|| panic!("data/instance-types.csv: {row}"))
    })
    .collect()
}

impl InstanceType {
    fn read(row: &str) -> Option<Self> {
        let mut fields = row.split(',');
        Some(Self {
            name: fields.next()?.to_owned(),
            on_demand: fields.next()?.parse().ok()?,
            spot: fields.next()?.parse().ok()?,
            cpu_milli: fields.next()?.parse().ok()?,
            memory_mib: fields.next()?.parse().ok()?,
            pods: fields.next()?.parse().ok()?,
        })
    }

    /// As Karpenter's provider reads it: on demand and as spot, in two zones.
    fn offered(&self) -> String {
        let mut offerings = String::new();
        for (capacity, price) in [("on-demand", self.on_demand), ("spot", self.spot)] {
            for zone in ["us-east-1a", "us-east-1c"] {
                let comma = if offerings.is_empty() { "" } else { "," };
                let _ = write!(
                    offerings,
                    r#"{comma}{{"Price":{price},"Available":true,"Requirements":[
  {{"key":"karpenter.sh/capacity-type","operator":"In","values":["{capacity}"]}},
  {{"key":"topology.kubernetes.io/zone","operator":"In","values":["{zone}"]}}]}}"#
                );
            }
        }
        let Self {
            name,
            cpu_milli,
            memory_mib,
            pods,
            ..
        } = self;
        // `amd64`, not AWS' `x86_64`: else Karpenter says that no type is left.
        format!(
            r#"{{"name":"{name}","architecture":"amd64","operatingSystems":["linux"],
 "resources":{{"cpu":"{cpu_milli}m","memory":"{memory_mib}Mi","ephemeral-storage":"20Gi","pods":"{pods}"}},
 "offerings":[{offerings}]}}"#
        )
    }
}

/// The file that Karpenter's provider is given.
pub(super) fn as_karpenter_reads_them() -> String {
    let types: Vec<String> = instance_types().iter().map(InstanceType::offered).collect();
    format!("[{}]\n", types.join(",\n"))
}
