//! A node that costs more or less.

use std::fmt;
use std::str::FromStr;

use spillway_crds::text::Usd;
use spillway_solver::policy::{CapacityType, GroupSpec};
use spillway_solver::snapshot::Price;
use spillway_solver::units::MicroUsdPerHour;

use super::change::unknown;
use crate::store::Tick;

/// Where Kubernetes keeps the type of a node's machine.
const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";

/// The price of a node group, or of all groups of an instance type.
#[derive(Clone, Debug)]
pub(in crate::plugin) struct PriceChange {
    text: String,
    name: String,
    to: To,
}

#[derive(Clone, Copy, Debug)]
enum To {
    /// Hundredths of a percent of what it was.
    Share(i64),
    /// As given.
    Price(MicroUsdPerHour),
}

impl fmt::Display for PriceChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for PriceChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = "write GROUP_OR_TYPE=+50% for a difference, or GROUP_OR_TYPE=0.25 for USD per node and hour";
        let (name, to) = text.rsplit_once('=').ok_or(usage)?;
        let to = match to.strip_suffix('%') {
            Some(percent) => {
                let (sign, digits) = match percent.split_at_checked(1) {
                    Some(("+", digits)) => (1, digits),
                    Some(("-", digits)) => (-1, digits),
                    _ => return Err(format!("`{to}` has no sign: {usage}")),
                };
                // Dollars have as many decimal places as percents may have.
                let micro = Usd(digits.to_owned()).micro().map_err(|_| usage)?;
                let share = 10_000 + sign * micro / 10_000;
                if share < 0 {
                    return Err(format!(
                        "`{to}` is less than nothing: take at most 100 % off"
                    ));
                }
                To::Share(share)
            }
            None => To::Price(MicroUsdPerHour(
                Usd(to.to_owned())
                    .micro()
                    .map_err(|error| format!("{error}: {usage}"))?,
            )),
        };
        Ok(Self {
            text: text.to_owned(),
            name: name.to_owned(),
            to,
        })
    }
}

impl PriceChange {
    pub(super) fn apply(&self, tick: &mut Tick) -> Result<(), String> {
        let now = tick.snapshot.now_ms;
        let mut known = Vec::new();
        let mut found = false;
        for cluster in &mut tick.policy.clusters {
            for group in &mut cluster.groups {
                let full = format!("{}/{}", cluster.name, group.name);
                if !self.names(group, &full) {
                    known.push(full);
                    continue;
                }
                found = true;
                if group.capacity_type == CapacityType::Owned {
                    return Err(format!(
                        "{full} is owned: its cost is sunk and is no part of a decision"
                    ));
                }
                let mut states = tick.snapshot.clusters.iter_mut();
                let state = states.find(|state| state.name == cluster.name);
                let seen = state.and_then(|state| {
                    let mut groups = state.groups.iter_mut();
                    groups.find(|seen| seen.name == group.name)?.price.as_mut()
                });
                // What was seen counts before what was written.
                match seen {
                    Some(price) => {
                        *price = Price {
                            micro_usd_per_hour: self.of(price.micro_usd_per_hour),
                            observed_at_ms: now,
                        }
                    }
                    None => group.price = self.of(group.price),
                }
            }
        }
        if found {
            return Ok(());
        }
        let known = known.iter().map(String::as_str);
        Err(unknown("node group or instance type", &self.name, known))
    }

    /// Instance types have a dot, and names of Kubernetes objects often a dash in its place.
    fn names(&self, group: &GroupSpec, full: &str) -> bool {
        let plain = |name: &str| name.replace('.', "-");
        let wanted = plain(&self.name);
        let instance_type = group.labels.get(INSTANCE_TYPE);
        plain(group.name.as_str()) == wanted
            || plain(full) == wanted
            || instance_type.is_some_and(|name| plain(name) == wanted)
    }

    fn of(&self, before: MicroUsdPerHour) -> MicroUsdPerHour {
        match self.to {
            To::Price(price) => price,
            To::Share(share) => {
                let exact = i128::from(before.0) * i128::from(share) / 10_000;
                MicroUsdPerHour(i64::try_from(exact).unwrap_or(i64::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::moment::burst;
    use super::*;

    fn price(tick: &Tick) -> i64 {
        let eks = &tick.snapshot.clusters[1].groups;
        let seen = eks.iter().find_map(|group| group.price);
        seen.map_or(tick.policy.clusters[1].groups[0].price.0, |price| {
            price.micro_usd_per_hour.0
        })
    }

    #[test]
    fn a_price_changes_by_percent_or_to_an_amount() {
        for (text, micro) in [
            ("m6i-xlarge=+50%", 288_000),
            ("m6i.xlarge=-12.5%", 168_000),
            ("eks/m6i-xlarge=-100%", 0),
            ("eks/m6i.xlarge=0.25", 250_000),
        ] {
            let mut tick = burst().tick;
            let change: PriceChange = text.parse().expect("a change");
            change.apply(&mut tick).expect("it is there");
            assert_eq!(price(&tick), micro, "{text}");
        }
    }

    #[test]
    fn a_group_is_known_by_the_instance_type_that_it_is_labelled_with() {
        let mut tick = burst().tick;
        let group = &mut tick.policy.clusters[1].groups[0];
        group
            .labels
            .insert(INSTANCE_TYPE.to_owned(), "m6i.xlarge".to_owned());
        group.name = "burst".into();
        tick.snapshot.clusters[1].groups.clear();
        let change: PriceChange = "m6i.xlarge=1".parse().expect("a change");
        change.apply(&mut tick).expect("it is labelled so");
        assert_eq!(price(&tick), 1_000_000);
    }

    #[test]
    fn what_is_no_change_says_what_would_be_one() {
        for text in ["m6i", "m6i=50%", "m6i=-200%", "m6i=cheap", "m6i=-1"] {
            let error = text.parse::<PriceChange>().expect_err(text);
            assert!(
                error.contains("write GROUP_OR_TYPE") || error.contains("at most 100 %"),
                "{error}"
            );
        }
        let owned: PriceChange = "rack=+5%".parse().expect("a change");
        let error = owned.apply(&mut burst().tick).expect_err("it is owned");
        assert!(error.contains("home/rack is owned"), "{error}");
    }
}
