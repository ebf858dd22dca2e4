//! The Kubernetes API of Spillway: kinds, their one conversion to the core's policy, their
//! reader from YAML and their generated definitions.
//!
//! No client lives here and nothing here decides: the controller and the simulator read the
//! same objects through [`read_yaml`] or the API server and hand [`convert()`]'s result to
//! `spillway-solver`.

pub mod api;
pub mod document;
pub mod text;

mod convert;
mod definitions;
mod objects;
mod problem;
mod read;
mod reference;
mod statuses;

pub use convert::{Accepted, Doubt, Warning, accept, convert, warnings};
pub use definitions::{definitions, schema_of};
pub use objects::{Located, Objects, Origin, workload_id};
pub use problem::Problem;
pub use read::{BrokenPolicy, SoundPolicy, read_policy, read_yaml};
pub use reference::reference;
pub use statuses::{Statuses, keep_transitions};
