//! Generated load, as a world file describes it.

use serde::Deserialize;
use spillway_crds::Problem;

use super::problems::ConfigError;
use super::{Span, World};
use crate::generate::{Classed, Pattern, Plan, PlannedArrivals, Shape, Shares};
use crate::time::Nanos;
use crate::trace::{PointProcess, Sampling, ServiceDistribution};

/// Load to be generated from the world's seed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Load {
    /// Time over which requests arrive.
    pub duration: Span,
    /// Width of a bin, within which the rate is constant. 10 s: a sale's edge stays sharp.
    #[serde(default = "Load::default_bin_width")]
    pub bin_width: Span,
    /// How requests lie within a bin.
    #[serde(default)]
    pub point_process: PointProcessName,
    /// How service times scatter about their mean.
    #[serde(default)]
    pub service: ServiceShape,
    /// The rates; those of one workload add up if its `traceNames` name several.
    pub patterns: Vec<LoadPattern>,
}

/// A rate over time.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadPattern {
    /// What a trace would call the workload; unique.
    pub name: String,
    /// Mean service time of its requests.
    pub service_mean: Span,
    /// The rate.
    pub shape: LoadShape,
    /// Percent of its requests by their class; the rest have none.
    #[serde(default)]
    pub classes: Shares,
}

/// A rate over time, in requests per second; the formulas are those of [`Shape`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum LoadShape {
    /// Day and night.
    #[serde(rename_all = "camelCase")]
    Diurnal {
        /// Mean rate.
        mean_per_second: f64,
        /// Share of the mean by which it swings, 0 to 1.
        amplitude: f64,
        /// Length of a day.
        period: Span,
        /// When the rate first rises through its mean.
        phase: Span,
    },
    /// A sale that begins at once and fades.
    #[serde(rename_all = "camelCase")]
    FlashSale {
        /// Rate before and long after.
        base_per_second: f64,
        /// Rate as it begins.
        peak_per_second: f64,
        /// When it begins.
        at: Span,
        /// Time in which the excess falls to 1/e.
        decay: Span,
    },
    /// A straight line between two rates.
    #[serde(rename_all = "camelCase")]
    Ramp {
        /// Rate before.
        from_per_second: f64,
        /// Rate after.
        to_per_second: f64,
        /// When it begins.
        start: Span,
        /// How long it takes.
        length: Span,
    },
}

/// How requests lie within a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum PointProcessName {
    /// At even distances.
    Uniform,
    /// As of independent users.
    #[default]
    Poisson,
}

/// How service times scatter about their mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ServiceShape {
    /// Exponential, as queueing formulas assume.
    #[default]
    Exponential,
    /// Every request takes the mean.
    Deterministic,
}

impl Load {
    fn default_bin_width() -> Span {
        Span(Nanos::from_secs(10))
    }
}

impl World {
    /// The arrivals of the world's own load; `None` where it has none.
    ///
    /// # Errors
    ///
    /// All that is wrong with the load, each with its field.
    pub fn arrivals(&self) -> Result<Option<PlannedArrivals>, ConfigError> {
        let Some(load) = &self.load else {
            return Ok(None);
        };
        let sampling = Sampling {
            point_process: match load.point_process {
                PointProcessName::Uniform => PointProcess::Uniform,
                PointProcessName::Poisson => PointProcess::Poisson,
            },
            service: match load.service {
                ServiceShape::Exponential => ServiceDistribution::Exponential,
                ServiceShape::Deterministic => ServiceDistribution::Deterministic,
            },
            seed: self.seed,
        };
        let planned = plan(load).arrivals(sampling);
        let mut found: Vec<Problem> = self.problems_of_classes(load).collect();
        match planned {
            Ok(planned) if found.is_empty() => {
                let shares = load.patterns.iter();
                let shares = shares.map(|pattern| (pattern.name.as_str(), &pattern.classes));
                Ok(Some(Classed::new(planned, self.seed, shares)))
            }
            planned => {
                let problem = |problem: crate::generate::PlanProblem| {
                    let path = format!("load.{}", in_our_words(&problem.field));
                    self.problem(path, format!("{}; {}", problem.wrong, problem.right))
                };
                found.extend(planned.err().into_iter().flatten().map(problem));
                Err(ConfigError(found))
            }
        }
    }

    /// Shares that no requests could have.
    fn problems_of_classes(&self, load: &Load) -> impl Iterator<Item = Problem> {
        let patterns = load.patterns.iter().enumerate();
        patterns.filter_map(|(n, pattern)| {
            let all: u64 = pattern.classes.values().copied().map(u64::from).sum();
            let says = if all > 100 {
                format!("add up to {all}; write at most 100 percent, the rest of the requests have no class")
            } else if pattern.classes.contains_key("") {
                "one has no name; write one, requests without a class are the rest".to_owned()
            } else {
                return None;
            };
            Some(self.problem(format!("load.patterns[{n}].classes"), says))
        })
    }
}

/// A generator's field under its name in the file: `mean_per_s` is `meanPerSecond` there.
fn in_our_words(field: &str) -> String {
    let mut words = String::new();
    let mut after_underscore = false;
    for letter in field.replace("_per_s", "_per_second").chars() {
        match letter {
            '_' => after_underscore = true,
            letter if after_underscore => {
                words.extend(letter.to_uppercase());
                after_underscore = false;
            }
            letter => words.push(letter),
        }
    }
    words
}

fn plan(load: &Load) -> Plan {
    let pattern = |pattern: &LoadPattern| Pattern {
        workload: pattern.name.clone(),
        shape: shape(pattern.shape),
        service_mean: pattern.service_mean.0,
    };
    Plan {
        patterns: load.patterns.iter().map(pattern).collect(),
        duration: load.duration.0,
        bin_width: load.bin_width.0,
    }
}

fn shape(shape: LoadShape) -> Shape {
    match shape {
        LoadShape::Diurnal {
            mean_per_second,
            amplitude,
            period,
            phase,
        } => Shape::Diurnal {
            mean_per_s: mean_per_second,
            amplitude,
            period: period.0,
            phase: phase.0,
        },
        LoadShape::FlashSale {
            base_per_second,
            peak_per_second,
            at,
            decay,
        } => Shape::FlashSale {
            base_per_s: base_per_second,
            peak_per_s: peak_per_second,
            at: at.0,
            decay: decay.0,
        },
        LoadShape::Ramp {
            from_per_second,
            to_per_second,
            start,
            length,
        } => Shape::Ramp {
            from_per_s: from_per_second,
            to_per_s: to_per_second,
            start: start.0,
            length: length.0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::ArrivalSource;

    fn world(load: &str) -> World {
        let yaml = format!(
            "
apiVersion: sim.spillway.dev/v1alpha1
kind: World
start: 2026-03-02T00:00:00Z
clusters: []
load:
  duration: 1h
  patterns:
{load}"
        );
        World::read("world.yaml", &yaml).expect("a sound file")
    }

    #[test]
    fn a_sale_is_generated_from_its_first_second_on() {
        let sale = "    - {name: web, serviceMean: 100ms, shape: {flashSale: {basePerSecond: 0, \
                    peakPerSecond: 50, at: 30m, decay: 5m}}}\n";
        let arrivals = world(sale).arrivals().expect("a sound load");
        let mut arrivals = arrivals.expect("there is one");
        let first = arrivals
            .next()
            .expect("there are some")
            .expect("a generator does not fail");
        assert!(first.at >= Nanos::from_secs(1_800) && first.at < Nanos::from_secs(1_801));
        assert_eq!(arrivals.workloads(), ["web"]);
    }

    #[test]
    fn each_field_of_a_load_and_of_its_shapes_stands_in_the_document() {
        fn known<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Vec<String> {
            let Err(refused) = serde_json::from_value::<T>(value) else {
                panic!("`?` is no name");
            };
            let refused = refused.to_string();
            let names = refused.split('`').skip(3).step_by(2);
            names.map(str::to_owned).collect()
        }
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/simulator.md");
        let page = std::fs::read_to_string(page).expect("the page of the simulator");
        let shapes = known::<LoadShape>(serde_json::json!({ "?": {} }));
        assert_eq!(shapes.len(), 3, "{shapes:?}");
        for shape in &shapes {
            let row = page
                .lines()
                .find(|line| line.starts_with(&format!("| `{shape}` |")));
            let row = row.unwrap_or_else(|| panic!("{shape} has no row"));
            let fields = known::<LoadShape>(serde_json::json!({ shape: { "?": 0 } }));
            assert_eq!(fields.len(), 4, "{fields:?}");
            for field in fields {
                assert!(row.contains(&format!("`{field}`")), "{shape}: {field}");
            }
        }
        let unknown = serde_json::json!({ "?": 0 });
        let patterns = known::<LoadPattern>(unknown.clone()).into_iter();
        let patterns = patterns.map(|field| format!("patterns[].{field}"));
        for field in known::<Load>(unknown).into_iter().chain(patterns) {
            let row = format!("| `load.{field}");
            assert!(page.contains(&row) || field == "patterns", "{field}");
        }
    }

    #[test]
    fn classes_are_drawn_beside_a_load_and_change_nothing_else_of_it() {
        let pattern = |more: &str| {
            format!(
                "    - {{name: web, serviceMean: 100ms, shape: {{ramp: {{fromPerSecond: 5, toPerSecond: 5, start: 0s, \
                 length: 1h}}}}{more}}}\n"
            )
        };
        let all = |more: &str| {
            let arrivals = world(&pattern(more)).arrivals().expect("a sound load");
            let mut arrivals = arrivals.expect("there is one");
            let all = std::iter::from_fn(|| arrivals.next());
            let all: Vec<_> = all
                .map(|next| next.expect("a generator does not fail"))
                .collect();
            (all, arrivals.classes().to_vec())
        };
        let (plain, no_names) = all("");
        let (mut classed, names) = all(", classes: {gold: 20, bulk: 50}");
        assert!(no_names.is_empty());
        assert_eq!(names, ["", "bulk", "gold"]);
        let percent =
            |class| 100 * classed.iter().filter(|a| a.class == class).count() / classed.len();
        let of_each = [0, 1, 2].map(percent);
        for (found, meant) in of_each.iter().zip([30, 50, 20]) {
            assert!(found.abs_diff(meant) <= 2, "{of_each:?}");
        }
        for arrival in &mut classed {
            arrival.class = 0;
        }
        assert_eq!(plain, classed);
    }

    #[test]
    fn a_bad_load_is_refused_with_the_fields_of_the_file() {
        let bad = "    - {name: web, serviceMean: 0s, classes: {gold: 70, bulk: 31}, shape: {diurnal: {meanPerSecond: -1, \
                   amplitude: 2, period: 1h, phase: 0s}}}\n";
        let Err(error) = world(bad).arrivals() else {
            panic!("four fields are wrong");
        };
        let error = error.to_string();
        for field in ["serviceMean", "meanPerSecond", "amplitude", "classes"] {
            assert!(
                error.contains(&format!("load.patterns[0].{field}")),
                "{error}"
            );
        }
    }
}
