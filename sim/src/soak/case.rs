//! A case as the parts of its two documents, so that it can lose some of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A random world and what is asked of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it was drawn from, and what its run draws from.
    pub seed: u64,
    /// How long it runs, seconds.
    pub horizon_s: u64,
    pub(super) start: String,
    pub(super) tick_s: u64,
    /// How long requests arrive; it stays as the horizon shrinks, and with it every arrival.
    pub(super) load_s: u64,
    /// Fields of the world that have a default.
    pub(super) world: Vec<Part>,
    pub(super) policies: Vec<Thing>,
    pub(super) clusters: Vec<Thing>,
    pub(super) workloads: Vec<Thing>,
    pub(super) faults: Vec<Part>,
}

/// Lines of a document that it can do without.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) text: String,
    /// The things that it names: without them it means nothing.
    pub(super) about: Vec<String>,
}

/// A cluster, a policy or a workload.
#[derive(Clone, Debug, Default)]
pub(super) struct Thing {
    pub(super) name: String,
    /// Its Kubernetes object with what it needs.
    pub(super) object: String,
    /// Fields of its `spec` that it can do without.
    pub(super) options: Vec<Part>,
    /// What its item in the world file needs.
    pub(super) world: String,
    /// Fields of that item that it can do without.
    pub(super) world_options: Vec<Part>,
    /// The fields of its item among the load's patterns.
    pub(super) load: String,
}

/// The files of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    /// The world file.
    pub world: String,
    /// The Kubernetes objects.
    pub objects: String,
}

impl Part {
    pub(super) fn new(text: String, about: &[&str]) -> Self {
        Self {
            text,
            about: about.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Thing {
    /// Adds an option that names no other thing.
    pub(super) fn option(&mut self, text: String) {
        self.options.push(Part::new(text, &[]));
    }

    /// The same in the world file.
    pub(super) fn world_option(&mut self, text: String) {
        self.world_options.push(Part::new(text, &[]));
    }
}

impl Case {
    /// Its files.
    #[must_use]
    pub fn documents(&self) -> Documents {
        let things = self.clusters.iter().chain(&self.policies);
        let objects: Vec<String> = things.chain(&self.workloads).map(object).collect();
        Documents {
            world: self.world_file(),
            objects: objects.join("---\n"),
        }
    }

    fn world_file(&self) -> String {
        let Self {
            seed,
            start,
            tick_s,
            horizon_s,
            load_s,
            ..
        } = self;
        let mut file = format!(
            "# Seed {seed} of `spillway-sim soak`.\napiVersion: sim.spillway.dev/v1alpha1\nkind: World\n\
             start: {start}\nhorizon: {horizon_s}s\nseed: {seed}\ntick: {tick_s}s\n"
        );
        for part in &self.world {
            let _ = writeln!(file, "{}", part.text);
        }
        let items = |of: &[Thing]| of.iter().map(item).collect();
        list(&mut file, "clusters", items(&self.clusters));
        list(&mut file, "workloads", items(&self.workloads));
        let faults = self.faults.iter().map(|fault| fault.text.clone());
        list(&mut file, "faults", faults.collect());
        let patterns = self.workloads.iter().map(|of| format!("{{{}}}", of.load));
        let _ = writeln!(file, "load:\n  duration: {load_s}s");
        list(&mut file, "  patterns", patterns.collect());
        file
    }

    /// The case without its part number `n`, and without what spoke of it; the largest parts come first. `None` past
    /// the last.
    pub(super) fn without(&self, n: usize) -> Option<Self> {
        let mut case = self.clone();
        let mut left = n;
        let removed = remove(&mut case.workloads, &mut left)
            || remove(&mut case.clusters, &mut left)
            || remove(&mut case.faults, &mut left)
            || remove(&mut case.policies, &mut left)
            || remove(&mut case.world, &mut left)
            || case
                .things()
                .any(|thing| remove(&mut thing.options, &mut left))
            || case
                .things()
                .any(|thing| remove(&mut thing.world_options, &mut left));
        removed.then(|| {
            case.forget_the_nameless();
            case
        })
    }

    fn things(&mut self) -> impl Iterator<Item = &mut Thing> {
        let things = self.clusters.iter_mut().chain(&mut self.policies);
        things.chain(&mut self.workloads)
    }

    fn forget_the_nameless(&mut self) {
        let names: BTreeSet<String> = self.things().map(|thing| thing.name.clone()).collect();
        let known = |part: &Part| part.about.iter().all(|name| names.contains(name));
        self.faults.retain(known);
        for thing in self.things() {
            thing.options.retain(known);
            thing.world_options.retain(known);
        }
    }
}

/// Removes item `left`, or counts past the list.
fn remove<T>(list: &mut Vec<T>, left: &mut usize) -> bool {
    if *left < list.len() {
        list.remove(*left);
        return true;
    }
    *left -= list.len();
    false
}

fn item(of: &Thing) -> String {
    let options = of.world_options.iter().map(|option| option.text.as_str());
    let fields: Vec<&str> = std::iter::once(of.world.as_str()).chain(options).collect();
    format!("{{{}}}", fields.join(", "))
}

fn object(of: &Thing) -> String {
    let mut text = of.object.clone();
    for option in &of.options {
        let _ = writeln!(text, "  {}", option.text);
    }
    text
}

/// A list of a document; an empty one is written as such.
fn list(file: &mut String, field: &str, items: Vec<String>) {
    if items.is_empty() {
        let _ = writeln!(file, "{field}: []");
        return;
    }
    let indent = field.len() - field.trim_start().len();
    let _ = writeln!(file, "{field}:");
    for item in items {
        let _ = writeln!(file, "{:indent$}- {item}", "");
    }
}
