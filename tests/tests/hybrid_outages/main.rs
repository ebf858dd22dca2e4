//! Scenarios in which something is gone, or somebody else is there: on two real clusters, with the rights that the
//! project ships.

mod kills;
mod leaders;
mod modes;
mod observe;
mod others;
mod private_silent;
mod prometheus_silent;
mod public_silent;
mod rollout;

use spillway_testbed::TestFolder;
use spillway_tests::hybrid::scenario::sound;

fn folder(test: &str) -> TestFolder {
    sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test))
}
