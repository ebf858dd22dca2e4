//! HPA's conditions and their reasons, in the order in which they were first set.

/// True, False or Unknown, as every Kubernetes condition says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody can tell.
    Unknown,
}

impl ConditionStatus {
    /// The API's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionType {
    /// Whether the target's scale can be read and written.
    AbleToScale,
    /// Whether metrics give a count.
    ScalingActive,
    /// Whether a limit changed the count.
    ScalingLimited,
    /// Whether this autoscaler, and not a person, brought the target to zero.
    ScaledToZero,
}

impl ConditionType {
    /// The API's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbleToScale => "AbleToScale",
            Self::ScalingActive => "ScalingActive",
            Self::ScalingLimited => "ScalingLimited",
            Self::ScaledToZero => "ScaledToZero",
        }
    }
}

/// Why a condition has its status. The names are HPA's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "the names are HPA's own and explain themselves"
)]
pub enum ConditionReason {
    SucceededGetScale,
    ReadyForNewScale,
    ScaleDownStabilized,
    ScaleUpStabilized,
    SucceededRescale,
    ValidMetricFound,
    ScalingDisabled,
    FailedGetResourceMetric,
    FailedGetContainerResourceMetric,
    FailedGetPodsMetric,
    FailedGetObjectMetric,
    FailedGetExternalMetric,
    InvalidMetricSourceType,
    DesiredWithinRange,
    TooFewReplicas,
    TooManyReplicas,
    ScaleUpLimit,
    ScaleDownLimit,
    ScaledToZero,
    NotScaledToZero,
}

impl ConditionReason {
    const ALL: [Self; 20] = [
        Self::SucceededGetScale,
        Self::ReadyForNewScale,
        Self::ScaleDownStabilized,
        Self::ScaleUpStabilized,
        Self::SucceededRescale,
        Self::ValidMetricFound,
        Self::ScalingDisabled,
        Self::FailedGetResourceMetric,
        Self::FailedGetContainerResourceMetric,
        Self::FailedGetPodsMetric,
        Self::FailedGetObjectMetric,
        Self::FailedGetExternalMetric,
        Self::InvalidMetricSourceType,
        Self::DesiredWithinRange,
        Self::TooFewReplicas,
        Self::TooManyReplicas,
        Self::ScaleUpLimit,
        Self::ScaleDownLimit,
        Self::ScaledToZero,
        Self::NotScaledToZero,
    ];

    /// The reason of this spelling, to read conditions that an earlier pass wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// HPA's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SucceededGetScale => "SucceededGetScale",
            Self::ReadyForNewScale => "ReadyForNewScale",
            Self::ScaleDownStabilized => "ScaleDownStabilized",
            Self::ScaleUpStabilized => "ScaleUpStabilized",
            Self::SucceededRescale => "SucceededRescale",
            Self::ValidMetricFound => "ValidMetricFound",
            Self::ScalingDisabled => "ScalingDisabled",
            Self::FailedGetResourceMetric => "FailedGetResourceMetric",
            Self::FailedGetContainerResourceMetric => "FailedGetContainerResourceMetric",
            Self::FailedGetPodsMetric => "FailedGetPodsMetric",
            Self::FailedGetObjectMetric => "FailedGetObjectMetric",
            Self::FailedGetExternalMetric => "FailedGetExternalMetric",
            Self::InvalidMetricSourceType => "InvalidMetricSourceType",
            Self::DesiredWithinRange => "DesiredWithinRange",
            Self::TooFewReplicas => "TooFewReplicas",
            Self::TooManyReplicas => "TooManyReplicas",
            Self::ScaleUpLimit => "ScaleUpLimit",
            Self::ScaleDownLimit => "ScaleDownLimit",
            Self::ScaledToZero => "ScaledToZero",
            Self::NotScaledToZero => "NotScaledToZero",
        }
    }
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is about.
    pub condition_type: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why.
    pub reason: ConditionReason,
}

/// Conditions, at most one per type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions(Vec<Condition>);

impl Conditions {
    /// Sets a condition: in place if its type is there, at the end if not.
    pub fn set(
        &mut self,
        condition_type: ConditionType,
        status: ConditionStatus,
        reason: ConditionReason,
    ) {
        let condition = Condition {
            condition_type,
            status,
            reason,
        };
        match self
            .0
            .iter_mut()
            .find(|old| old.condition_type == condition_type)
        {
            Some(old) => *old = condition,
            None => self.0.push(condition),
        }
    }

    /// Removes a condition, if it is there.
    pub fn remove(&mut self, condition_type: ConditionType) {
        self.0
            .retain(|condition| condition.condition_type != condition_type);
    }

    /// Whether a condition is there and True.
    #[must_use]
    pub fn is_true(&self, condition_type: ConditionType) -> bool {
        self.0.iter().any(|condition| {
            condition.condition_type == condition_type && condition.status == ConditionStatus::True
        })
    }

    /// All conditions, in the order in which they were first set.
    #[must_use]
    pub fn as_slice(&self) -> &[Condition] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_name() {
        for reason in ConditionReason::ALL {
            assert_eq!(ConditionReason::from_name(reason.as_str()), Some(reason));
        }
        assert_eq!(ConditionReason::from_name("NoSuchReason"), None);
    }

    #[test]
    fn a_condition_keeps_the_place_at_which_it_was_first_set() {
        let mut conditions = Conditions::default();
        let active = ConditionType::ScalingActive;
        let able = ConditionType::AbleToScale;
        conditions.set(
            active,
            ConditionStatus::False,
            ConditionReason::ScalingDisabled,
        );
        conditions.set(
            able,
            ConditionStatus::True,
            ConditionReason::SucceededGetScale,
        );
        conditions.set(
            active,
            ConditionStatus::True,
            ConditionReason::ValidMetricFound,
        );
        let order: Vec<_> = conditions
            .as_slice()
            .iter()
            .map(|c| (c.condition_type, c.reason))
            .collect();
        assert_eq!(
            order,
            [
                (active, ConditionReason::ValidMetricFound),
                (able, ConditionReason::SucceededGetScale),
            ]
        );
        conditions.remove(active);
        assert!(!conditions.is_true(active));
        assert!(conditions.is_true(able));
    }
}
