//! Scenarios on two real clusters in which nothing is broken, with the rights that the project ships: home fills first,
//! only the overflow is rented, and it comes home.

mod by_hand;
mod fleet;
mod home_again;
mod queue;

use spillway_testbed::TestFolder;
use spillway_tests::hybrid::scenario::sound;

fn folder(test: &str) -> TestFolder {
    sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test))
}
