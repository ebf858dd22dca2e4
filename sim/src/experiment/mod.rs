//! Many runs as one experiment: over seeds, over settings, and against what people assert.
//!
//! What runs is given by the caller as a function; here are the lists of what to run, the threads that run it, and what
//! its figures say together. Files that describe experiments are read here, files that they name are not.

pub mod amount;
pub mod assertion;
pub mod condition;
pub mod front;
pub mod journal;
pub mod junit;
pub mod manifest;
pub mod over_seeds;
pub mod parallel;
pub mod policy_test;
pub mod read;
pub mod seeds;
pub mod setting;
pub mod shard;
pub mod statistics;
pub mod sweep;
pub mod values;

pub use amount::AmountError;
pub use assertion::{Assertion, Judged};
pub use condition::Condition;
pub use over_seeds::OverSeeds;
pub use policy_test::PolicyTest;
pub use read::{Broken, Sketch};
pub use seeds::Seeds;
pub use shard::Shard;
pub use sweep::Sweep;
