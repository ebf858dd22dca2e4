//! Starts a server below the folder given, says its pid and hangs: the process that a test kills, to see that the server
//! ends with it.

use std::thread;
use std::time::Duration;

use spillway_testbed::{Process, Program};

fn main() {
    let folder = std::env::args().nth(1).expect("a folder for the log");
    let sleeper = Program::new("sleep".as_ref(), folder.as_ref()).args(["1000"]);
    let process = Process::start(sleeper).unwrap_or_else(|error| panic!("{error}"));
    println!("pid {}", process.pid().expect("it runs"));
    thread::sleep(Duration::from_secs(1_000));
}
