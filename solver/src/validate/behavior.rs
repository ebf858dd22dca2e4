//! HPA's `behavior`, within the bounds of `autoscaling/v2`.

use super::findings::{Findings, Problem};
use crate::hpa::behavior::{
    Behavior, MAX_POLICY_PERIOD_SECONDS, MAX_STABILIZATION_WINDOW_SECONDS, ScalingRules,
};

/// All that is wrong with a behavior; each problem's path begins with `path`.
#[must_use]
pub fn behavior(behavior: &Behavior, path: &str) -> Vec<Problem> {
    let mut findings = Findings::default();
    for (name, rules) in [
        ("scaleUp", &behavior.scale_up),
        ("scaleDown", &behavior.scale_down),
    ] {
        if let Some(rules) = rules {
            direction(rules, &format!("{path}.{name}"), &mut findings);
        }
    }
    findings.0
}

fn direction(rules: &ScalingRules, path: &str, findings: &mut Findings) {
    let window = rules.stabilization_window_seconds.unwrap_or(0);
    findings.add_if(
        window > MAX_STABILIZATION_WINDOW_SECONDS,
        || format!("{path}.stabilizationWindowSeconds"),
        || format!("is {window}: write seconds from 0 to {MAX_STABILIZATION_WINDOW_SECONDS}"),
    );
    findings.add_if(
        rules.policies.as_ref().is_some_and(Vec::is_empty),
        || format!("{path}.policies"),
        || "is empty: write at least one policy, or leave it out for HPA's own".to_owned(),
    );
    for (index, policy) in rules.policies.iter().flatten().enumerate() {
        findings.add_if(
            policy.value == 0,
            || format!("{path}.policies[{index}].value"),
            || "is 0: write more, or selectPolicy Disabled for no change at all".to_owned(),
        );
        let period = policy.period_seconds;
        findings.add_if(
            !(1..=MAX_POLICY_PERIOD_SECONDS).contains(&period),
            || format!("{path}.policies[{index}].periodSeconds"),
            || format!("is {period}: write seconds from 1 to {MAX_POLICY_PERIOD_SECONDS}"),
        );
    }
}
