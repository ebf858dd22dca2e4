//! `test`: policy tests.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use comfy_table::{ContentArrangement, Table, presets};
use spillway_solver::ids::WorkloadId;

use super::autoscaler::AutoscalerName;
use super::experiment::{Experiment, totals};
use super::inputs::{Inputs, Setting};
use super::load::Load;
use super::progress::Bar;
use super::words;
use super::{CommandError, Console, Format, Outcome};
use crate::config::RunConfig;
use crate::experiment::assertion::Seeded;
use crate::experiment::junit::{Check, Tested, annotations, junit};
use crate::experiment::{PolicyTest, parallel};
use crate::figures::RunTotals;
use crate::hosts::Decide;
use crate::output::OutputError;
use crate::trace::ArrivalSource;

const EXAMPLES: &str = "\
Examples:
  spillway-sim test examples/policy-tests
  spillway-sim test policies/tests --junit results.xml --github";

/// Run policy tests: simulations with assertions about cost, objectives and moves
///
/// A test is a file of `kind: PolicyTest` (docs/experiments.md). The exit code is 1 if an assertion does not hold.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Tests, or folders that are searched for them
    #[arg(value_name = "FILE|DIR", required = true)]
    tests: Vec<PathBuf>,
    /// Runs at the same time [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[arg(
        long,
        value_name = "FILE",
        help = "Write the results as JUnit's XML too"
    )]
    junit: Option<PathBuf>,
    /// Print an annotation for GitHub of each assertion that does not hold
    #[arg(long)]
    github: bool,
}

/// A test that can be run.
struct Ready {
    file: String,
    test: PolicyTest,
    load: Load,
    /// By autoscaler, the judged one first.
    configs: Vec<(AutoscalerName, RunConfig)>,
    seeds: Vec<u64>,
}

/// A run of a test.
struct Job<'a> {
    ready: &'a Ready,
    experiment: Experiment,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let files = files(&args.tests, &mut inputs);
    let ready: Vec<Ready> = files
        .iter()
        .filter_map(|file| Ready::read(file, &mut inputs))
        .collect();
    let ready = inputs.all(Some(ready))?;

    let jobs: Vec<Job<'_>> = ready.iter().flat_map(Ready::jobs).collect();
    let bar = Bar::new("testing", jobs.len(), console.interactive);
    let mut results: Vec<Option<Result<RunTotals, String>>> = vec![None; jobs.len()];
    parallel::each(
        &jobs,
        args.jobs.unwrap_or_else(parallel::cores),
        |job| {
            let open = || job.ready.open(&job.experiment);
            match totals(&job.experiment, &open, bar.run(), core) {
                Ok(totals) => Ok(Ok(totals)),
                Err(CommandError::Violation(violation)) => Ok(Err(violation)),
                Err(error) => Err(error),
            }
        },
        |index, result| {
            results[index] = Some(result);
            Ok(())
        },
    )?;
    drop(bar);
    let mut results = results.into_iter().flatten();
    let tested: Vec<Tested> = ready
        .iter()
        .map(|ready| ready.judge(&mut results))
        .collect();

    if let Some(path) = &args.junit {
        fs::write(path, junit(&tested)).map_err(OutputError::io("write this file", path))?;
    }
    match format {
        Format::Json => console.json(&tested)?,
        Format::Table => print(&tested, console)?,
    }
    if args.github {
        for line in annotations(&tested) {
            writeln!(console.out, "{line}")?;
        }
    }
    Ok(if tested.iter().all(Tested::passed) {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

/// The named files, and in the named folders those that hold a policy test, by name.
fn files(paths: &[PathBuf], inputs: &mut Inputs) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        if let Err(error) = search(path, &mut found) {
            inputs.problem(format_args!("{}: cannot be read: {error}", path.display()));
        } else if found.is_empty() {
            inputs.problem(format_args!(
                "{}: has no policy test: write `kind: PolicyTest` into a .yaml file there",
                path.display()
            ));
        }
        found.sort();
        files.extend(found);
    }
    files
}

fn search(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if path.is_dir() {
            search(&path, found)?;
        } else if is_yaml && PolicyTest::is_in(&fs::read_to_string(&path)?) {
            found.push(path);
        }
    }
    Ok(())
}

impl Ready {
    /// Reads a test and all that it names; `None` leaves problems.
    fn read(file: &Path, inputs: &mut Inputs) -> Option<Self> {
        let name = file.display().to_string();
        let yaml = inputs.text(file)?;
        let test = match PolicyTest::read(&name, &yaml) {
            Ok(test) => test,
            Err(broken) => {
                inputs.problem(broken);
                return None;
            }
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        let load = match words::load(&test.load, folder) {
            Ok(load) => load,
            Err(problems) => {
                for (option, message) in problems {
                    let path = format!("load.{option}");
                    inputs.problem(test.problem(path.trim_end_matches('.'), message));
                }
                return None;
            }
        };
        let mut autoscalers = Vec::new();
        for (name, path) in test.autoscalers() {
            match words::autoscaler(name) {
                Ok(autoscaler) => autoscalers.push(autoscaler),
                Err(message) => inputs.problem(test.problem(&path, message)),
            }
        }
        let setting = Setting {
            name: test.name.clone(),
            world: &folder.join(&test.world),
            policies: test.policies.iter().map(|path| folder.join(path)).collect(),
            seed: None,
            load: &load,
        };
        let config = setting.read(inputs)?;
        inputs.trace(&load, None);
        for (n, assertion) in test.assertions.iter().enumerate() {
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
    fn jobs(&self) -> Vec<Job<'_>> {
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

    fn open(&self, experiment: &Experiment) -> Result<Box<dyn ArrivalSource>, CommandError> {
        let world = &experiment.config.world;
        let seed = self.test.seeds.as_ref().map(|_| world.seed);
        self.load.open(world, seed)
    }

    /// Judges the results of [`Ready::jobs`], which come in that order.
    fn judge(&self, results: &mut impl Iterator<Item = Result<RunTotals, String>>) -> Tested {
        let mut broken = None;
        let mut runs = Vec::new();
        for seed in &self.seeds {
            for (autoscaler, _) in &self.configs {
                match results.next() {
                    Some(Ok(totals)) => runs.push((*seed, *autoscaler, totals)),
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
        let checks = self
            .test
            .assertions
            .iter()
            .enumerate()
            .map(|(n, assertion)| {
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
        }
    }
}

fn print(tested: &[Tested], console: &mut Console<'_>) -> io::Result<()> {
    for test in tested {
        writeln!(console.out, "{}: {}", test.file, test.name)?;
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        for check in &test.checks {
            let verdict = if check.held { "pass" } else { "FAIL" };
            table.add_row([verdict, &check.text, &check.actual]);
        }
        for line in table.to_string().lines() {
            writeln!(console.out, " {}", line.trim_end())?;
        }
    }
    let failed = tested.iter().filter(|test| !test.passed()).count();
    match failed {
        0 => writeln!(
            console.out,
            "{} of {} tests passed",
            tested.len(),
            tested.len()
        ),
        _ => writeln!(console.out, "{failed} of {} tests failed", tested.len()),
    }
}
