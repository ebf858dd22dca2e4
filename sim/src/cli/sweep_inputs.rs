//! A sweep and all files that it names, read and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spillway_crds::{Objects, Origin, Problem, read_yaml};

use super::autoscaler::AutoscalerName;
use super::experiment::{Brief, Experiment};
use super::inputs::{Inputs, Setting};
use super::load::Load;
use super::{CommandError, words};
use crate::config::RunConfig;
use crate::experiment::journal::{Done, Header, figures, key};
use crate::experiment::setting::{Base, Field, Refused, Varied};
use crate::experiment::values::Values;
use crate::experiment::{Sketch, Sweep};
use crate::hosts::Decide;
use crate::record::InputName;
use crate::trace::ArrivalSource;
use spillway_records::Digest;

/// Points that are checked before the first run. Larger sweeps are checked at as many, evenly among all, and the rest as
/// its turn comes: to read a million policies takes an hour.
const CHECKED: usize = 2_000;

/// Problems of points that are told. More say nothing new.
const TOLD: usize = 20;

/// A sweep that can be run.
pub(super) struct Ready {
    pub(super) sweep: Sweep,
    pub(super) header: Header,
    file: PathBuf,
    fields: Vec<Field>,
    points: Vec<Vec<Value>>,
    autoscalers: Vec<AutoscalerName>,
    seeds: Vec<u64>,
    base: Base,
    inputs: Vec<InputName>,
    origin: Origin,
    load: Load,
}

/// One run of the sweep's list.
pub(super) struct Work {
    /// Its place in the list.
    pub(super) index: usize,
    /// Digest of its inputs.
    pub(super) key: Digest,
    point: usize,
    autoscaler: AutoscalerName,
    seed: u64,
}

impl Ready {
    /// Reads the sweep of a file.
    pub(super) fn read(file: &Path, core: &dyn Decide) -> Result<Self, CommandError> {
        let mut inputs = Inputs::default();
        let ready = Self::parts(file, core, &mut inputs);
        inputs.all(ready)
    }

    fn parts(file: &Path, core: &dyn Decide, inputs: &mut Inputs) -> Option<Self> {
        let text = inputs.text(file)?;
        let Sketch {
            document: sweep,
            problems,
        } = match Sweep::sketch(&file.display().to_string(), &text) {
            Ok(sketch) => sketch,
            Err(broken) => {
                inputs.problem(broken);
                return None;
            }
        };
        inputs.problems(&problems);
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut autoscalers = Vec::new();
        for (n, name) in sweep.autoscalers.iter().enumerate() {
            match words::autoscaler(name) {
                Ok(autoscaler) => autoscalers.push(autoscaler),
                Err(message) => {
                    inputs.problem(sweep.problem(&format!("autoscalers[{n}]"), message));
                }
            }
        }
        let load = words::load(&sweep.load, folder);
        if let Err(problems) = &load {
            for (option, message) in problems {
                let path = format!("load.{option}");
                inputs.problem(sweep.problem(path.trim_end_matches('.'), message));
            }
            for message in words::unreadable(&sweep.load, folder) {
                inputs.problem(sweep.problem("load", message));
            }
        }
        let load = load.ok();
        let none = words::no_load();
        let world = folder.join(&sweep.world);
        let policies: Vec<PathBuf> = sweep
            .policies
            .iter()
            .map(|path| folder.join(path))
            .collect();
        let setting = Setting {
            name: sweep.name.clone(),
            world: &world,
            policies: policies.clone(),
            seed: None,
            load: load.as_ref().unwrap_or(&none),
            named_by: Some(&sweep.origin),
            no_load: load
                .as_ref()
                .map(|_| sweep.problem("load", words::NO_LOAD).to_string()),
        };
        let config = setting.read(inputs);
        if let Some(Err(error)) = load.as_ref().and_then(|load| load.content(None)) {
            inputs.problem(sweep.problem("load", words::of_file(&error)));
        }
        let (config, load) = (config?, load?);
        // A grid that is too large is not laid out.
        if !problems.is_empty() {
            return None;
        }
        let base = base(&world, &policies, inputs)?;
        let points = sweep.points();
        let fields: Vec<Field> = sweep
            .fields()
            .into_iter()
            .map(|(field, ..)| field)
            .collect();
        check(&sweep, &base, &fields, &points, inputs);
        if !inputs.are_sound() {
            return None;
        }
        let seeds = sweep.seeds.as_ref();
        let seeds = seeds.map_or_else(
            || vec![config.world.seed],
            |seeds| seeds.as_slice().to_vec(),
        );
        let digest = digest(&sweep, &base, &points, &seeds, folder, core, inputs)?;
        let labels = fields
            .iter()
            .map(|field| format!("{}: {}", field.object, field.path));
        let header = Header::new(
            digest,
            sweep.name.clone(),
            labels.collect(),
            sweep.objectives.clone(),
            points.len() * autoscalers.len() * seeds.len(),
        );
        Some(Self {
            header,
            file: file.to_owned(),
            fields,
            points,
            autoscalers,
            seeds,
            base,
            inputs: config.inputs,
            origin: config.world.origin,
            load,
            sweep,
        })
    }

    /// The whole list: point by point, autoscaler by autoscaler, seed by seed.
    pub(super) fn work(&self) -> impl Iterator<Item = Work> {
        let points = self.points.iter().enumerate();
        let all = points.flat_map(move |(point, settings)| {
            self.autoscalers.iter().flat_map(move |autoscaler| {
                self.seeds
                    .iter()
                    .map(move |seed| (point, settings, *autoscaler, *seed))
            })
        });
        all.enumerate()
            .map(|(index, (point, settings, autoscaler, seed))| Work {
                index,
                key: key(&self.header.sweep, settings, autoscaler.name, seed),
                point,
                autoscaler,
                seed,
            })
    }

    /// The world and policy of a run.
    pub(super) fn experiment(&self, work: &Work) -> Result<Experiment, CommandError> {
        let settings = &self.points[work.point];
        let pairs: Vec<(&Field, &Value)> = self.fields.iter().zip(settings).collect();
        let Varied {
            mut world,
            policy,
            doubts,
        } = self.base.with(&pairs).map_err(|refused| {
            let problems = refused.into_iter();
            let problems = problems.map(|refused| told(&self.sweep, work.point, settings, refused));
            CommandError::Inputs(problems.map(|problem| problem.to_string()).collect())
        })?;
        world.seed = work.seed;
        // Fields vary and lists do not, so what is to be said of the world has its place in the file.
        world.origin = self.origin.clone();
        Ok(Experiment {
            config: RunConfig {
                name: format!("point {}", work.point),
                inputs: self.inputs.clone(),
                world,
                policy,
                doubts,
            },
            autoscaler: work.autoscaler,
            from: None,
        })
    }

    /// A run in words.
    pub(super) fn name_of(&self, work: &Work) -> String {
        format!(
            "point {} ({}), {}, seed {}",
            work.point,
            assignments(&self.sweep, &self.points[work.point]),
            work.autoscaler.name,
            work.seed
        )
    }

    /// The load of a run.
    pub(super) fn open(
        &self,
        experiment: &Experiment,
    ) -> Result<Box<dyn ArrivalSource>, CommandError> {
        let world = &experiment.config.world;
        let seed = self.sweep.seeds.as_ref().map(|_| world.seed);
        self.load.open(world, seed)
    }

    /// What is kept of a run.
    pub(super) fn done(&self, work: &Work, brief: &Brief) -> Done {
        Done {
            figures: figures(&brief.totals),
            warnings: brief.warnings.clone(),
            ..self.undone(work)
        }
    }

    /// A run of the list before it is made.
    pub(super) fn undone(&self, work: &Work) -> Done {
        Done {
            index: work.index,
            key: work.key.clone(),
            point: work.point,
            settings: self.points[work.point].clone(),
            autoscaler: work.autoscaler.name.to_owned(),
            seed: work.seed,
            figures: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// The files that the sweep is made of, with absolute paths, itself first.
    pub(super) fn files(&self) -> Result<Vec<(PathBuf, String)>, CommandError> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let named = std::iter::once(&self.sweep.world).chain(&self.sweep.policies);
        let named = named.map(|path| folder.join(path));
        let traces = words::files(&self.sweep.load, folder);
        let mut inputs = Inputs::default();
        let mut files = Vec::new();
        for path in std::iter::once(self.file.clone())
            .chain(named)
            .chain(traces)
        {
            let text = inputs.text(&path);
            match std::path::absolute(&path) {
                Ok(path) => files.extend(text.map(|text| (path, text))),
                Err(error) => inputs.problem(format_args!("{}: {error}", path.display())),
            }
        }
        inputs.all(Some(files))
    }
}

/// The files as trees.
fn base(world: &Path, policies: &[PathBuf], inputs: &mut Inputs) -> Option<Base> {
    let mut objects = Objects::default();
    for path in policies {
        let text = inputs.text(path)?;
        // What is wrong with it has been told: the policy was read from the same files.
        objects.extend(read_yaml(&path.display().to_string(), &text).ok()?);
    }
    Some(Base::new(&inputs.text(world)?, &objects))
}

/// Tells what is wrong with the points before any is run.
fn check(sweep: &Sweep, base: &Base, fields: &[Field], points: &[Vec<Value>], inputs: &mut Inputs) {
    let mut seen = BTreeSet::new();
    let step = points.len().div_ceil(CHECKED).max(1);
    for (point, settings) in points.iter().enumerate().step_by(step) {
        let pairs: Vec<(&Field, &Value)> = fields.iter().zip(settings).collect();
        for refused in base.with(&pairs).err().into_iter().flatten() {
            // What is wrong with a value is wrong with it in many points, and so is a combination of some values.
            let combination = refused.field.is_none().then(|| refused.message.clone());
            let problem = told(sweep, point, settings, refused);
            let what = combination.unwrap_or_else(|| problem.to_string());
            if seen.len() < TOLD && seen.insert(what) {
                inputs.problem(problem);
            }
        }
    }
}

/// A problem of a point at the value that makes it, or at all of them.
fn told(sweep: &Sweep, point: usize, settings: &[Value], refused: Refused) -> Problem {
    let fields = sweep.fields();
    let Some(field) = refused.field else {
        let message = format!(
            "point {point} ({}) makes no sense: {}",
            assignments(sweep, settings),
            refused.message
        );
        return sweep.problem("vary", message);
    };
    let (_, values, path) = &fields[field];
    let item = match values {
        Values::List(list) => list.iter().position(|value| *value == settings[field]),
        Values::Range(_) => None,
    };
    let path = item.map_or_else(|| path.clone(), |item| format!("{path}[{item}]"));
    sweep.problem(&path, refused.message)
}

fn assignments(sweep: &Sweep, settings: &[Value]) -> String {
    let fields = sweep.fields().into_iter().zip(settings);
    let fields =
        fields.map(|((field, ..), value)| format!("{}: {} = {value}", field.object, field.path));
    fields.collect::<Vec<_>>().join(", ")
}

/// Of all that decides the results.
fn digest(
    sweep: &Sweep,
    base: &Base,
    points: &[Vec<Value>],
    seeds: &[u64],
    folder: &Path,
    core: &dyn Decide,
    inputs: &mut Inputs,
) -> Option<Digest> {
    let mut traces = Vec::new();
    for path in words::files(&sweep.load, folder) {
        let read = File::open(&path).and_then(|file| Digest::of_reader(BufReader::new(file)));
        match read {
            Ok(digest) => traces.push(digest),
            Err(error) => {
                inputs.problem(format_args!("{}: cannot be read: {error}", path.display()));
                return None;
            }
        }
    }
    let all = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "core": core.versions(),
        "name": sweep.name,
        "base": base.text(),
        "load": sweep.load,
        "traces": traces,
        "fields": sweep.vary.iter().map(|(object, fields)| (object, fields.keys().collect())).collect::<BTreeMap<_, Vec<_>>>(),
        "points": points,
        "autoscalers": sweep.autoscalers,
        "seeds": seeds,
        "objectives": sweep.objectives,
    });
    Some(Digest::of(all.to_string().as_bytes()))
}
