//! The shapes that several kinds of case share, and their translation.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use spillway_solver::hpa::pods::{CpuReadiness, Pod, PodPhase, PodSample, Readiness};
use spillway_solver::hpa::{
    Behavior, ConditionStatus, Recommendation, ScaleEvent, ScalingPolicy, ScalingRules,
    SelectPolicy, ToleranceBand,
};

/// The instant of every case. Any will do; ages count from it.
pub const NOW_MS: i64 = 1_800_000_000_000;

/// What an age of `null` means: the zero of Go's time, the start of the year 1.
const DISTANT_PAST_MS: i64 = -62_135_596_800_000;

/// Seconds before [`NOW_MS`], or `null` for the distant past.
pub(super) type Age = Option<f64>;

pub(super) fn at_ms(age: Age) -> i64 {
    age.map_or(DISTANT_PAST_MS, |seconds| {
        NOW_MS.saturating_sub(span_ms(seconds))
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a case's span of seconds is far inside the range, and the cast saturates"
)]
pub(super) fn span_ms(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

/// Reads `null` like an absent field.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A controller's tolerance: one fraction per direction.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TolerancesInput {
    scale_down: f64,
    scale_up: f64,
}

impl Default for TolerancesInput {
    fn default() -> Self {
        Self {
            scale_down: 0.1,
            scale_up: 0.1,
        }
    }
}

impl From<TolerancesInput> for ToleranceBand {
    fn from(input: TolerancesInput) -> Self {
        Self::from_fractions(input.scale_down, input.scale_up)
    }
}

/// Behavior as HPA's API spells it: the tolerance is a fraction.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BehaviorInput {
    #[serde(default)]
    scale_up: Option<RulesInput>,
    #[serde(default)]
    scale_down: Option<RulesInput>,
}

impl From<BehaviorInput> for Behavior {
    fn from(input: BehaviorInput) -> Self {
        Self {
            scale_up: input.scale_up.map(Into::into),
            scale_down: input.scale_down.map(Into::into),
        }
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RulesInput {
    #[serde(default)]
    stabilization_window_seconds: Option<u32>,
    #[serde(default)]
    select_policy: Option<SelectPolicy>,
    #[serde(default)]
    policies: Option<Vec<ScalingPolicy>>,
    #[serde(default)]
    tolerance: Option<f64>,
}

impl From<RulesInput> for ScalingRules {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tolerances are Kubernetes quantities of whole thousandths, never negative"
    )]
    fn from(input: RulesInput) -> Self {
        Self {
            stabilization_window_seconds: input.stabilization_window_seconds,
            select_policy: input.select_policy,
            policies: input.policies,
            tolerance_milli: input
                .tolerance
                .map(|fraction| (fraction * 1_000.0).round() as u32),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecommendationInput {
    replicas: u32,
    #[serde(default)]
    age_seconds: Age,
}

impl From<RecommendationInput> for Recommendation {
    fn from(input: RecommendationInput) -> Self {
        Self {
            at_ms: at_ms(input.age_seconds),
            replicas: input.replicas,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventInput {
    change: u32,
    #[serde(default)]
    age_seconds: Age,
    #[serde(default)]
    outdated: bool,
}

impl From<EventInput> for ScaleEvent {
    fn from(input: EventInput) -> Self {
        Self {
            at_ms: at_ms(input.age_seconds),
            change: input.change,
            outdated: input.outdated,
        }
    }
}

/// Translates every element of a list that may be absent or `null`.
pub(super) fn translated<I, T: From<I>>(list: Option<Vec<I>>) -> Vec<T> {
    list.into_iter().flatten().map(Into::into).collect()
}

const fn yes() -> bool {
    true
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "serde wants a default of the field's type"
)]
const fn ready_by_default() -> Option<bool> {
    Some(true)
}

/// A pod; what a case leaves out is that of a pod that runs and has long been ready.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodInput {
    pub(super) name: String,
    #[serde(default)]
    phase: PhaseInput,
    #[serde(default)]
    deleted: bool,
    #[serde(default = "yes")]
    has_start_time: bool,
    #[serde(default)]
    start_age_seconds: Age,
    #[serde(default = "yes")]
    has_ready_condition: bool,
    /// `null` means Unknown.
    #[serde(default = "ready_by_default")]
    ready: Option<bool>,
    #[serde(default)]
    ready_transition_age_seconds: Age,
    /// Requests by container; `null` for a container that states none.
    #[serde(default)]
    pub(super) requests_milli: Option<BTreeMap<String, Option<i64>>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum PhaseInput {
    Pending,
    #[default]
    Running,
    Succeeded,
    Failed,
    #[serde(other)]
    Unknown,
}

impl From<&PodInput> for Pod {
    fn from(input: &PodInput) -> Self {
        Self {
            name: input.name.clone(),
            phase: match input.phase {
                PhaseInput::Pending => PodPhase::Pending,
                PhaseInput::Running => PodPhase::Running,
                PhaseInput::Succeeded => PodPhase::Succeeded,
                PhaseInput::Failed => PodPhase::Failed,
                PhaseInput::Unknown => PodPhase::Unknown,
            },
            deleted: input.deleted,
            started_at_ms: input.has_start_time.then(|| at_ms(input.start_age_seconds)),
            ready: input.has_ready_condition.then(|| Readiness {
                status: input
                    .ready
                    .map_or(ConditionStatus::Unknown, ConditionStatus::from),
                changed_at_ms: at_ms(input.ready_transition_age_seconds),
            }),
        }
    }
}

/// The two periods of the CPU readiness rule, flattened into a case's inputs.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CpuInput {
    #[serde(default)]
    cpu_initialization_period_seconds: Option<f64>,
    #[serde(default)]
    initial_readiness_delay_seconds: Option<f64>,
}

impl CpuInput {
    /// The rule for `resource`: readiness is looked at for CPU only.
    pub(super) fn readiness(self, resource: &str) -> Option<CpuReadiness> {
        let default = CpuReadiness::default();
        let ms = |seconds: Option<f64>, default| seconds.map_or(default, span_ms);
        (resource == "cpu").then_some(CpuReadiness {
            initialization_period_ms: ms(
                self.cpu_initialization_period_seconds,
                default.initialization_period_ms,
            ),
            initial_readiness_delay_ms: ms(
                self.initial_readiness_delay_seconds,
                default.initial_readiness_delay_ms,
            ),
        })
    }
}

/// A sample whose age and window do not matter, or do as given.
pub(super) fn sample(value_milli: i64, age: Age, window_seconds: f64) -> PodSample {
    PodSample {
        value_milli,
        at_ms: at_ms(age),
        window_ms: span_ms(window_seconds),
    }
}
