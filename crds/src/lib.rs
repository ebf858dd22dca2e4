//! The Kubernetes API of Spillway: kinds, their one conversion to the core's policy, their
//! reader from YAML and their generated definitions.
//!
//! No client lives here and nothing here decides: the controller and the simulator read the
//! same objects through [`read_yaml`] or the API server and hand [`convert()`]'s result to
//! `spillway-solver`.

pub mod api;
pub mod text;
