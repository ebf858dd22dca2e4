//! HPA's `behavior` into the core's, which also knows the bounds of `autoscaling/v2`.

use spillway_solver::hpa as core;
use spillway_solver::validate;

use super::scope::Scope;
use crate::api::{Behavior, PolicyType, ScalingPolicy, ScalingRules, SelectPolicy};

pub(super) fn convert(scope: &mut Scope<'_>, behavior: &Behavior) -> core::Behavior {
    let path = "spec.behavior";
    let mut rules = |field: &str, rules: &Option<ScalingRules>| {
        let path = format!("{path}.{field}");
        rules.as_ref().map(|rules| direction(scope, &path, rules))
    };
    let converted = core::Behavior {
        scale_up: rules("scaleUp", &behavior.scale_up),
        scale_down: rules("scaleDown", &behavior.scale_down),
    };
    for problem in validate::behavior(&converted, path) {
        scope.report(&problem.path, problem.message);
    }
    converted
}

fn direction(scope: &mut Scope<'_>, path: &str, rules: &ScalingRules) -> core::ScalingRules {
    core::ScalingRules {
        stabilization_window_seconds: rules.stabilization_window_seconds,
        select_policy: rules.select_policy.map(|select| match select {
            SelectPolicy::Max => core::SelectPolicy::Max,
            SelectPolicy::Min => core::SelectPolicy::Min,
            SelectPolicy::Disabled => core::SelectPolicy::Disabled,
        }),
        policies: rules
            .policies
            .as_ref()
            .map(|policies| policies.iter().map(rate).collect()),
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

fn rate(policy: &ScalingPolicy) -> core::ScalingPolicy {
    core::ScalingPolicy {
        policy_type: match policy.policy_type {
            PolicyType::Pods => core::PolicyType::Pods,
            PolicyType::Percent => core::PolicyType::Percent,
        },
        value: policy.value,
        period_seconds: policy.period_seconds,
    }
}
