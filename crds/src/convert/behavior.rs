//! HPA's `behavior` into the core's, within the bounds of `autoscaling/v2`.

use spillway_solver::hpa as core;
use spillway_solver::hpa::behavior::{MAX_POLICY_PERIOD_SECONDS, MAX_STABILIZATION_WINDOW_SECONDS};

use super::scope::Scope;
use crate::api::{Behavior, PolicyType, ScalingPolicy, ScalingRules, SelectPolicy};

pub(super) fn convert(scope: &mut Scope<'_>, behavior: &Behavior) -> core::Behavior {
    let mut rules = |field: &str, rules: &Option<ScalingRules>| {
        let path = format!("spec.behavior.{field}");
        rules.as_ref().map(|rules| direction(scope, &path, rules))
    };
    core::Behavior {
        scale_up: rules("scaleUp", &behavior.scale_up),
        scale_down: rules("scaleDown", &behavior.scale_down),
    }
}

fn direction(scope: &mut Scope<'_>, path: &str, rules: &ScalingRules) -> core::ScalingRules {
    if let Some(window) = rules.stabilization_window_seconds
        && window > MAX_STABILIZATION_WINDOW_SECONDS
    {
        let message =
            format!("is {window}: write seconds from 0 to {MAX_STABILIZATION_WINDOW_SECONDS}");
        scope.report(&format!("{path}.stabilizationWindowSeconds"), message);
    }
    if rules.policies.as_ref().is_some_and(Vec::is_empty) {
        let message =
            "is empty: write at least one policy, or leave it out for HPA's own".to_owned();
        scope.report(&format!("{path}.policies"), message);
    }
    core::ScalingRules {
        stabilization_window_seconds: rules.stabilization_window_seconds,
        select_policy: rules.select_policy.map(|select| match select {
            SelectPolicy::Max => core::SelectPolicy::Max,
            SelectPolicy::Min => core::SelectPolicy::Min,
            SelectPolicy::Disabled => core::SelectPolicy::Disabled,
        }),
        policies: rules.policies.as_ref().map(|policies| {
            policies
                .iter()
                .enumerate()
                .map(|(index, policy)| rate(scope, &format!("{path}.policies[{index}]"), policy))
                .collect()
        }),
        tolerance_milli: rules.tolerance.as_ref().map(|tolerance| {
            let path = format!("{path}.tolerance");
            let milli = scope.milli(&path, tolerance);
            u32::try_from(milli).unwrap_or_else(|_| {
                if milli > 0 {
                    let message = format!("`{}` is too large: 0.1 is HPA's own", tolerance.0);
                    scope.report(&path, message);
                }
                0
            })
        }),
    }
}

fn rate(scope: &mut Scope<'_>, path: &str, policy: &ScalingPolicy) -> core::ScalingPolicy {
    if policy.value == 0 {
        let message = "is 0: write more, or selectPolicy Disabled for no change at all".to_owned();
        scope.report(&format!("{path}.value"), message);
    }
    if !(1..=MAX_POLICY_PERIOD_SECONDS).contains(&policy.period_seconds) {
        let message = format!(
            "is {}: write seconds from 1 to {MAX_POLICY_PERIOD_SECONDS}",
            policy.period_seconds
        );
        scope.report(&format!("{path}.periodSeconds"), message);
    }
    core::ScalingPolicy {
        policy_type: match policy.policy_type {
            PolicyType::Pods => core::PolicyType::Pods,
            PolicyType::Percent => core::PolicyType::Percent,
        },
        value: policy.value,
        period_seconds: policy.period_seconds,
    }
}
