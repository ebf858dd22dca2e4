//! The long soak: random worlds that break at random, with every invariant and the independent checker on.
//!
//! A seed gives a [`Case`], and a case is two texts, a world file and Kubernetes objects, as a person would write them:
//! what fails here fails the same way from a folder. A failing case is made smaller while it fails.

mod campaign;
mod case;
mod clusters;
mod dice;
mod faults;
mod generate;
mod offers;
mod policies;
mod routing;
mod shrink;
mod trial;
mod workloads;

pub use campaign::{Found, Totals, campaign};
pub use case::{Case, Documents};
pub use shrink::shrink;
pub use trial::{Finding, Passed, trial};
