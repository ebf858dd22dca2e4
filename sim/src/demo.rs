//! The example that is built in: a private cloud that is too small for its day.
//!
//! The files lie in `examples/demo/`, for people to copy and change.

use spillway_crds::{Objects, convert, read_yaml, warnings};

use crate::config::{RunConfig, World};
use crate::generate::PlannedArrivals;
use crate::record::InputName;
use crate::warnings::of_objects;

/// The Kubernetes objects, by the names of their files.
pub const OBJECTS: [(&str, &str); 3] = [
    (
        "examples/demo/clusters.yaml",
        include_str!("../../examples/demo/clusters.yaml"),
    ),
    (
        "examples/demo/policy.yaml",
        include_str!("../../examples/demo/policy.yaml"),
    ),
    (
        "examples/demo/workloads.yaml",
        include_str!("../../examples/demo/workloads.yaml"),
    ),
];

/// The world, by the name of its file.
pub const WORLD: (&str, &str) = (
    "examples/demo/world.yaml",
    include_str!("../../examples/demo/world.yaml"),
);

/// The demo's world and policy, for a run called `name`.
///
/// # Panics
///
/// Never: a test reads the files.
#[must_use]
pub fn config(name: &str) -> RunConfig {
    let mut objects = Objects::default();
    for (file, text) in OBJECTS {
        objects.extend(read_yaml(file, text).expect("a test reads the embedded objects"));
    }
    let input = |role: &str, file: &str| InputName {
        role: role.to_owned(),
        name: format!("embedded {file}"),
    };
    let policies = OBJECTS.iter().map(|(file, _)| input("policy", file));
    RunConfig {
        name: name.to_owned(),
        inputs: std::iter::once(input("world", WORLD.0))
            .chain(policies)
            .collect(),
        world: World::read(WORLD.0, WORLD.1).expect("a test reads the embedded world"),
        policy: convert(&objects).expect("a test converts the embedded objects"),
        doubts: of_objects(warnings(&objects)),
    }
}

/// The demo's load under the seed of `config`'s world, from its beginning.
///
/// # Panics
///
/// Where `config` is not that of [`config`] and has no sound load.
#[must_use]
pub fn arrivals(config: &RunConfig) -> PlannedArrivals {
    let arrivals = config
        .world
        .arrivals()
        .expect("a test generates the demo's load");
    arrivals.expect("the demo's world has a load")
}
