//! What a metric shall be and what it is, in words.

use spillway_solver::policy::{ResourceName, ServiceRate, Target};

use super::super::words::{span, thousandths};

/// What it shall be.
pub(super) fn wanted(target: &Target) -> String {
    match target {
        Target::AverageValue(milli) => format!("{} per replica", thousandths(*milli)),
        Target::Value(milli) => format!("{} in all", thousandths(*milli)),
        Target::PodsAverageValue(milli) => format!("{} on average over pods", thousandths(*milli)),
        Target::Utilization { resource, percent } => {
            format!("{percent} % of the requested {}", name(*resource))
        }
        Target::ResourceAverageValue { resource, milli } => {
            format!(
                "{} of {} on average over pods",
                thousandths(*milli),
                name(*resource)
            )
        }
        Target::Queue(queue) => {
            let (rate, how) = match queue.service_rate {
                ServiceRate::GivenMilli(rate) => (rate, ""),
                ServiceRate::LearnedMilli(rate) => (rate, " until it is learned"),
            };
            format!(
                "drained within {}, where a replica does {} items/s{how}",
                span(queue.drain_within_ms.0),
                thousandths(i64::from(rate))
            )
        }
    }
}

/// What it is.
pub(super) fn value(target: &Target, milli: i64) -> String {
    let number = thousandths(milli);
    match target {
        Target::AverageValue(_) | Target::Value(_) => format!("{number} in all"),
        Target::PodsAverageValue(_) => format!("{number} on average over pods"),
        Target::Utilization { resource, .. } => {
            format!("{number} % of the requested {}", name(*resource))
        }
        Target::ResourceAverageValue { resource, .. } => {
            format!("{number} of {} on average over pods", name(*resource))
        }
        Target::Queue(_) => format!("a backlog of {number} items"),
    }
}

fn name(resource: ResourceName) -> &'static str {
    match resource {
        ResourceName::Cpu => "cpu",
        ResourceName::Memory => "memory",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_request_is_in_percent_and_a_mean_in_its_unit() {
        let share = Target::Utilization {
            resource: ResourceName::Cpu,
            percent: 60,
        };
        assert_eq!(wanted(&share), "60 % of the requested cpu");
        assert_eq!(value(&share, 72_500), "72.5 % of the requested cpu");
        assert_eq!(wanted(&Target::AverageValue(2_500)), "2.5 per replica");
    }
}
