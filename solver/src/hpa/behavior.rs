//! `behavior`: rate policies, windows and tolerances per direction, with HPA's defaults.
//!
//! The types are those of the API; a field that is `None` takes the default at the
//! moment it is read, so a stored behavior never freezes a default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest stabilization window that the API accepts: one hour.
pub const MAX_STABILIZATION_WINDOW_SECONDS: u32 = 3_600;

/// Longest policy period that the API accepts: half an hour.
pub const MAX_POLICY_PERIOD_SECONDS: u32 = 1_800;

/// Upwards, unless set: 4 pods or a doubling per 15 s, whichever is more.
const DEFAULT_UP_POLICIES: [ScalingPolicy; 2] = [
    ScalingPolicy {
        policy_type: PolicyType::Pods,
        value: 4,
        period_seconds: 15,
    },
    ScalingPolicy {
        policy_type: PolicyType::Percent,
        value: 100,
        period_seconds: 15,
    },
];

/// Downwards, unless set: everything at once; only the window holds it.
const DEFAULT_DOWN_POLICIES: [ScalingPolicy; 1] = [ScalingPolicy {
    policy_type: PolicyType::Percent,
    value: 100,
    period_seconds: 15,
}];

/// Upwards, unless set, nothing is held back: a late scale-up costs service.
const DEFAULT_UP_WINDOW_SECONDS: u32 = 0;

/// Which way a replica count moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// More replicas.
    Up,
    /// Fewer replicas.
    Down,
}

/// What a policy's value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PolicyType {
    /// Replicas.
    Pods,
    /// Percent of the replicas at the period's start.
    Percent,
}

/// How several policies of one direction combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SelectPolicy {
    /// The policy that allows the biggest change.
    #[default]
    Max,
    /// The policy that allows the smallest change.
    Min,
    /// No change in this direction at all.
    Disabled,
}

/// At most `value` pods or percent per `period_seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingPolicy {
    /// Pods or percent.
    #[serde(rename = "type")]
    pub policy_type: PolicyType,
    /// How many, above zero.
    pub value: u32,
    /// Over how long, `1..=1800`.
    pub period_seconds: u32,
}

/// The rules of one direction. Unset fields take HPA's defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingRules {
    /// How long proposals are looked back at, `0..=3600`. Default: 0 up; down the
    /// controller's window, usually 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stabilization_window_seconds: Option<u32>,
    /// How policies combine. Default: `Max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select_policy: Option<SelectPolicy>,
    /// Rate policies. Default up: 4 pods and 100 % per 15 s; down: 100 % per 15 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<ScalingPolicy>>,
    /// Tolerance of this direction in thousandths. Default: the controller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_milli: Option<u32>,
}

/// Rules for both directions. Even an empty behavior switches on the rate policies; no
/// behavior at all means HPA's older rules (see [`limits`](super::limits)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Behavior {
    /// Rules on the way up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_up: Option<ScalingRules>,
    /// Rules on the way down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down: Option<ScalingRules>,
}

impl Behavior {
    /// A behavior that sets only one direction.
    #[must_use]
    pub fn of(direction: Direction, rules: ScalingRules) -> Self {
        let mut behavior = Self::default();
        match direction {
            Direction::Up => behavior.scale_up = Some(rules),
            Direction::Down => behavior.scale_down = Some(rules),
        }
        behavior
    }

    const fn rules(&self, direction: Direction) -> Option<&ScalingRules> {
        match direction {
            Direction::Up => self.scale_up.as_ref(),
            Direction::Down => self.scale_down.as_ref(),
        }
    }

    /// The rate policies of a direction.
    #[must_use]
    pub fn policies(&self, direction: Direction) -> &[ScalingPolicy] {
        self.rules(direction)
            .and_then(|rules| rules.policies.as_deref())
            .unwrap_or(match direction {
                Direction::Up => &DEFAULT_UP_POLICIES,
                Direction::Down => &DEFAULT_DOWN_POLICIES,
            })
    }

    /// How the policies of a direction combine.
    #[must_use]
    pub fn select_policy(&self, direction: Direction) -> SelectPolicy {
        self.rules(direction)
            .and_then(|rules| rules.select_policy)
            .unwrap_or_default()
    }

    /// The window of a direction; `None` downwards means the controller's default.
    #[must_use]
    pub fn stabilization_window_seconds(&self, direction: Direction) -> Option<u32> {
        self.rules(direction)
            .and_then(|rules| rules.stabilization_window_seconds)
            .or(match direction {
                Direction::Up => Some(DEFAULT_UP_WINDOW_SECONDS),
                Direction::Down => None,
            })
    }

    /// The tolerance of a direction in thousandths; `None` means the controller's.
    #[must_use]
    pub fn tolerance_milli(&self, direction: Direction) -> Option<u32> {
        self.rules(direction)
            .and_then(|rules| rules.tolerance_milli)
    }

    /// The longest period of a direction's policies; events older than it are outdated.
    #[must_use]
    pub fn longest_period_seconds(&self, direction: Direction) -> u32 {
        self.policies(direction)
            .iter()
            .map(|policy| policy.period_seconds)
            .max()
            .unwrap_or_default()
    }

    /// Every field outside the ranges that the Kubernetes API accepts; empty if none.
    #[must_use]
    pub fn out_of_range(&self) -> Vec<OutOfRange> {
        let sides = [("scaleUp", &self.scale_up), ("scaleDown", &self.scale_down)];
        sides
            .into_iter()
            .filter_map(|(side, rules)| Some((side, rules.as_ref()?)))
            .flat_map(|(side, rules)| rules.out_of_range(side))
            .collect()
    }
}

impl ScalingRules {
    fn out_of_range(&self, side: &str) -> Vec<OutOfRange> {
        let mut problems = Vec::new();
        let mut check = |ok: bool, field: String, accepted: &'static str| {
            if !ok {
                let field = format!("{side}.{field}");
                problems.push(OutOfRange { field, accepted });
            }
        };
        let window = self.stabilization_window_seconds.unwrap_or_default();
        check(
            window <= MAX_STABILIZATION_WINDOW_SECONDS,
            "stabilizationWindowSeconds".into(),
            "0 to 3600",
        );
        if let Some(policies) = &self.policies {
            check(
                !policies.is_empty(),
                "policies".into(),
                "at least one policy",
            );
            for (n, policy) in policies.iter().enumerate() {
                check(policy.value > 0, format!("policies[{n}].value"), "above 0");
                check(
                    (1..=MAX_POLICY_PERIOD_SECONDS).contains(&policy.period_seconds),
                    format!("policies[{n}].periodSeconds"),
                    "1 to 1800",
                );
            }
        }
        problems
    }
}

/// A field that the Kubernetes API would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// Path below `behavior`, such as `scaleUp.policies[0].value`.
    pub field: String,
    /// What would be accepted.
    pub accepted: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behavior(json: &str) -> Behavior {
        serde_json::from_str(json).expect("valid behavior")
    }

    #[test]
    fn an_empty_behavior_takes_every_default() {
        let empty = Behavior::default();
        assert_eq!(empty.policies(Direction::Up), DEFAULT_UP_POLICIES);
        assert_eq!(empty.policies(Direction::Down), DEFAULT_DOWN_POLICIES);
        for direction in [Direction::Up, Direction::Down] {
            assert_eq!(empty.select_policy(direction), SelectPolicy::Max);
            assert_eq!(empty.longest_period_seconds(direction), 15);
            assert_eq!(empty.tolerance_milli(direction), None);
        }
        assert_eq!(empty.stabilization_window_seconds(Direction::Up), Some(0));
        assert_eq!(empty.stabilization_window_seconds(Direction::Down), None);
    }

    #[test]
    fn a_field_that_is_set_leaves_the_other_fields_at_their_defaults() {
        let disabled_up = behavior(r#"{"scaleUp":{"selectPolicy":"Disabled"}}"#);
        assert_eq!(
            disabled_up.select_policy(Direction::Up),
            SelectPolicy::Disabled
        );
        assert_eq!(disabled_up.policies(Direction::Up), DEFAULT_UP_POLICIES);
        assert_eq!(
            disabled_up.select_policy(Direction::Down),
            SelectPolicy::Max
        );
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(serde_json::from_str::<Behavior>(r#"{"scaleUpp":{}}"#).is_err());
    }

    #[test]
    fn all_fields_out_of_range_are_reported_at_once() {
        let bad = behavior(
            r#"{"scaleUp":{"stabilizationWindowSeconds":3601,"policies":[
                {"type":"Pods","value":0,"periodSeconds":1801}]},
               "scaleDown":{"policies":[]}}"#,
        );
        let fields: Vec<_> = bad.out_of_range().into_iter().map(|p| p.field).collect();
        assert_eq!(
            fields,
            [
                "scaleUp.stabilizationWindowSeconds",
                "scaleUp.policies[0].value",
                "scaleUp.policies[0].periodSeconds",
                "scaleDown.policies",
            ]
        );
        assert!(Behavior::default().out_of_range().is_empty());
    }
}
