//! A policy test and all files that it names: read, checked, run and judged.

use std::path::Path;

use spillway_solver::ids::WorkloadId;

use crate::cli::CommandError;
use crate::cli::autoscaler::AutoscalerName;
use crate::cli::experiment::{Brief, Experiment};
use crate::cli::inputs::{Inputs, Setting};
use crate::cli::load::Load;
use crate::cli::words;
use crate::config::RunConfig;
use crate::experiment::PolicyTest;
use crate::experiment::assertion::Seeded;
use crate::experiment::junit::{Check, Tested};
use crate::experiment::read::Sketch;
use crate::trace::ArrivalSource;
use crate::warnings::{Code, Warning, foreseen};

/// A test that can be run.
pub(super) struct Ready {
    /// Its file as the user named it.
    pub(super) file: String,
    test: PolicyTest,
    load: Load,
    /// By autoscaler, the judged one first.
    configs: Vec<(AutoscalerName, RunConfig)>,
    seeds: Vec<u64>,
}

/// A run of a test.
pub(super) struct Job<'a> {
    pub(super) ready: &'a Ready,
    pub(super) experiment: Experiment,
}

impl Ready {
    /// Reads a test and all that it names; `None` leaves problems, of all of these files.
    pub(super) fn read(file: &Path, inputs: &mut Inputs) -> Option<Self> {
        let name = file.display().to_string();
        let yaml = inputs.text(file)?;
        let test = match PolicyTest::sketch(&name, &yaml) {
            Ok(Sketch { document, problems }) => {
                inputs.problems(&problems);
                document
            }
            Err(broken) => {
                inputs.problem(broken);
                return None;
            }
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        let load = words::load(&test.load, folder);
        if let Err(problems) = &load {
            for (option, message) in problems {
                let path = format!("load.{option}");
                inputs.problem(test.problem(path.trim_end_matches('.'), message));
            }
            for message in words::unreadable(&test.load, folder) {
                inputs.problem(test.problem("load", message));
            }
        }
        let load = load.ok();
        let mut autoscalers = Vec::new();
        for (name, path) in test.autoscalers() {
            match words::autoscaler(name) {
                Ok(autoscaler) => autoscalers.push(autoscaler),
                Err(message) => inputs.problem(test.problem(&path, message)),
            }
        }
        let none = words::no_load();
        let no_load = || test.problem("load", words::NO_LOAD).to_string();
        let setting = Setting {
            name: test.name.clone(),
            world: &folder.join(&test.world),
            policies: test.policies.iter().map(|path| folder.join(path)).collect(),
            seed: None,
            load: load.as_ref().unwrap_or(&none),
            named_by: Some(&test.origin),
            no_load: load.as_ref().map(|_| no_load()),
        };
        let config = setting.read(inputs);
        if let Some(Err(error)) = load.as_ref().and_then(|load| load.content(None)) {
            inputs.problem(test.problem("load", words::of_file(&error)));
        }
        let (config, load) = (config?, load?);
        check(&test, &config, inputs);
        let seeds = test.seeds.as_ref();
        Some(Self {
            file: name,
            seeds: seeds.map_or_else(
                || vec![config.world.seed],
                |seeds| seeds.as_slice().to_vec(),
            ),
            configs: autoscalers
                .into_iter()
                .map(|autoscaler| (autoscaler, config.clone()))
                .collect(),
            load,
            test,
        })
    }

    /// All runs: seed by seed, the judged autoscaler first.
    pub(super) fn jobs(&self) -> Vec<Job<'_>> {
        let of_seed = |seed: &u64| {
            let seed = *seed;
            self.configs.iter().map(move |(autoscaler, config)| {
                let mut config = config.clone();
                config.world.seed = seed;
                Job {
                    ready: self,
                    experiment: Experiment {
                        config,
                        autoscaler: *autoscaler,
                        from: None,
                    },
                }
            })
        };
        self.seeds.iter().flat_map(of_seed).collect()
    }

    pub(super) fn open(
        &self,
        experiment: &Experiment,
    ) -> Result<Box<dyn ArrivalSource>, CommandError> {
        let world = &experiment.config.world;
        let seed = self.test.seeds.as_ref().map(|_| world.seed);
        self.load.open(world, seed)
    }

    /// Judges the results of [`Ready::jobs`], which come in that order.
    pub(super) fn judge(
        &self,
        results: &mut impl Iterator<Item = Result<Brief, String>>,
    ) -> Tested {
        let mut broken = None;
        let mut runs = Vec::new();
        let mut warnings: Vec<Warning> = Vec::new();
        for seed in &self.seeds {
            for (autoscaler, _) in &self.configs {
                match results.next() {
                    Some(Ok(brief)) => {
                        runs.push((*seed, *autoscaler, brief.totals));
                        let new = brief.warnings.into_iter();
                        let new: Vec<Warning> = new.filter(|of| !warnings.contains(of)).collect();
                        warnings.extend(new);
                    }
                    Some(Err(violation)) => {
                        let name = autoscaler.name;
                        let repeat = format!(
                            "`spillway-sim run --autoscaler {name} --seed {seed}` leaves files that repeat it"
                        );
                        broken.get_or_insert(format!("{name}, seed {seed}: {violation}; {repeat}"));
                    }
                    None => {}
                }
            }
        }
        let run_of = |seed: u64, name: &str| {
            let found = runs
                .iter()
                .find(|(of, autoscaler, _)| *of == seed && autoscaler.name == name);
            found.map(|(_, _, totals)| totals)
        };
        let checks = self.test.assertions.iter().map(|(n, assertion)| {
            let seeded = self.seeds.iter().filter_map(|seed| {
                Some(Seeded {
                    seed: *seed,
                    run: run_of(*seed, &self.test.autoscaler)?,
                    other: assertion.other().and_then(|name| run_of(*seed, name)),
                })
            });
            let judged = assertion.judge(&seeded.collect::<Vec<_>>());
            Check {
                text: assertion.to_string(),
                line: self.test.origin.line(&format!("assert[{n}]")),
                held: judged.held,
                actual: judged.actual,
            }
        });
        let mut checks: Vec<Check> = checks.collect();
        // Where the load alone says when a run is over, this is known afterwards.
        let (idle, warnings): (Vec<_>, Vec<_>) = warnings
            .into_iter()
            .partition(|warning| warning.code == Code::FaultAfterEnd);
        checks.extend(idle.into_iter().map(|warning| Check {
            text: "every fault begins within the run".to_owned(),
            line: None,
            held: false,
            actual: warning.to_string(),
        }));
        checks.push(Check {
            text: "invariants".to_owned(),
            line: None,
            held: broken.is_none(),
            actual: broken.unwrap_or_else(|| "none broke".to_owned()),
        });
        Tested {
            file: self.file.clone(),
            name: self.test.name.clone(),
            checks,
            warnings: warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What a test may not mean: workloads that are not there, and faults that could strike nobody, for it could not fail.
fn check(test: &PolicyTest, config: &RunConfig, inputs: &mut Inputs) {
    for (n, assertion) in &test.assertions {
        let known = config.policy.workloads.iter().map(|workload| &workload.id);
        if let Some(id) = &assertion.workload
            && !known.clone().any(|known| known == id)
        {
            let known: Vec<&str> = known.map(WorkloadId::as_str).collect();
            inputs.problem(test.problem(
                &format!("assert[{n}]"),
                format!(
                    "no HybridAutoscaler is called `{id}`; the policies have {}",
                    known.join(", ")
                ),
            ));
        }
    }
    for warning in foreseen(config) {
        let says = format!("cannot fail by a fault of its world: {}", warning.text);
        inputs.problem(test.problem("world", says));
    }
}
