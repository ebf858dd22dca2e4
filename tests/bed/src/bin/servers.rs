//! Builds every pinned server that the cache of the user does not have yet, so that no test waits for a compiler.

use std::process::ExitCode;
use std::time::Instant;

use spillway_testbed::build::{Cache, Pinned};

fn main() -> ExitCode {
    let cache = match Cache::of_user() {
        Ok(cache) => cache,
        Err(error) => {
            eprintln!("servers: {error}");
            return ExitCode::FAILURE;
        }
    };
    for pinned in Pinned::ALL {
        let began = Instant::now();
        match cache.binaries(pinned) {
            Ok(folder) => {
                let seconds = began.elapsed().as_secs();
                println!("{} in {} after {seconds} s", pinned.name, folder.display());
            }
            Err(error) => {
                eprintln!("servers: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
