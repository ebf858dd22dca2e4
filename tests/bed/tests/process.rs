//! A server ends with its handle, with a test that panics, and with a test process that is killed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spillway_testbed::{Error, Process, Program, TestFolder, start_on_free_ports};

fn folder(test: &str) -> TestFolder {
    TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test).unwrap_or_else(|error| panic!("{error}"))
}

/// A program that runs for long.
fn sleeper(folder: &TestFolder) -> Program {
    Program::new("sleep".as_ref(), folder.path()).args(["1000"])
}

fn started(program: Program) -> Process {
    Process::start(program).unwrap_or_else(|error| panic!("{error}"))
}

/// Whether there is such a process. One that has ended and that nobody has asked about has no command line any more.
fn lives(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

fn within_seconds(condition: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > Duration::from_secs(30) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Whether it lives, once the system has put the program into the new process.
fn begins(pid: u32) -> bool {
    within_seconds(|| lives(pid))
}

#[test]
fn a_server_ends_with_its_handle_also_when_it_is_stopped() {
    let folder = folder("ends");
    for stopped in [false, true] {
        let process = started(sleeper(&folder));
        let pid = process.pid().expect("it runs");
        assert!(begins(pid));
        if stopped {
            process.stop().unwrap_or_else(|error| panic!("{error}"));
        }
        drop(process);
        assert!(!lives(pid), "stopped: {stopped}");
    }
}

#[test]
fn a_server_ends_when_its_test_panics_and_its_log_stays() {
    let folder = folder("panics");
    let mut pid = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let parent = folder.path().display().to_string();
        let inner = TestFolder::new(&parent, "x").unwrap_or_else(|error| panic!("{error}"));
        let inner = inner.folder("y").unwrap_or_else(|error| panic!("{error}"));
        let program = Program::new("sh".as_ref(), &inner);
        let process = started(program.args(["-c", "echo hello; exec sleep 1000"]));
        pid = process.pid();
        assert!(within_seconds(|| process.log() == "hello\n"));
        panic!("a test fails");
    }));
    assert!(panicked.is_err());
    assert!(!lives(pid.expect("it ran")));
    let kept = folder.path().join("bed/x/y/sh.log");
    assert_eq!(fs::read_to_string(kept).ok().as_deref(), Some("hello\n"));
}

#[test]
fn a_server_ends_when_its_test_process_is_killed() {
    let folder = folder("killed");
    let mut test = Command::new(env!("CARGO_BIN_EXE_hangs"))
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a program of this package");
    let out = BufReader::new(test.stdout.take().expect("it was piped"));
    let pid = out
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.split_once("pid ")?.1.parse().ok())
        .expect("it says its server");
    assert!(begins(pid));
    test.kill().expect("it runs");
    test.wait().expect("it runs");
    assert!(within_seconds(|| !lives(pid)), "{pid} runs on");
}

#[test]
fn a_server_that_is_asked_to_end_may_tidy_up_and_says_how_it_went() {
    let folder = folder("ends");
    let end_of = |name: &str, status: u8| {
        let program = Program::new("sh".as_ref(), folder.path()).named(name);
        let script = format!(
            "trap 'echo tidied; exit {status}' TERM; echo begun; while sleep 0.02; do :; done"
        );
        let mut process = started(program.args(["-c", &script]));
        assert!(within_seconds(|| process.log().contains("begun")));
        let ended = process.end();
        assert!(process.log().contains("tidied"), "{}", process.log());
        assert_eq!(process.pid(), None);
        ended
    };
    assert!(end_of("good", 0).is_ok());
    let bad = end_of("bad", 3).expect_err("it says so").to_string();
    assert!(bad.contains("bad ended") && bad.contains('3'), "{bad}");
}

#[test]
fn a_stopped_server_goes_on_and_a_killed_one_starts_again_with_its_log_kept() {
    let folder = folder("restarts");
    let program = Program::new("sh".as_ref(), folder.path());
    let script = "echo begun; while sleep 0.02; do echo tick; done";
    let mut process = started(program.args(["-c", script]));
    let ticks = |process: &Process| process.log().matches("tick").count();
    assert!(within_seconds(|| ticks(&process) > 0));
    let sound = |done: Result<(), Error>| done.unwrap_or_else(|error| panic!("{error}"));
    sound(process.stop());
    // One that was on its way may still come.
    thread::sleep(Duration::from_millis(200));
    let stood = ticks(&process);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(ticks(&process), stood);
    sound(process.go_on());
    assert!(within_seconds(|| ticks(&process) > stood));
    process.kill();
    assert_eq!(process.pid(), None);
    sound(process.restart());
    assert!(within_seconds(
        || process.log().matches("begun").count() == 2
    ));
}

#[test]
fn a_server_that_ends_before_it_is_ready_is_told_with_its_last_lines() {
    let folder = folder("dies");
    let start = |script: &'static str| {
        start_on_free_ports(
            |[_]| Program::new("sh".as_ref(), folder.path()).args(["-c", script]),
            |[_]| false,
        )
    };
    let said = start("echo no such flag >&2; exit 3").expect_err("it ended");
    assert_eq!(
        said.to_string(),
        "sh ended (exit status: 3); its last lines are\nno such flag"
    );
    let taken = "echo tried >>tried; echo bind: address already in use >&2; exit 1";
    assert!(matches!(start(taken), Err(Error::Ended { .. })));
    let tried = fs::read_to_string(folder.path().join("tried")).expect("the script wrote it");
    assert_eq!(tried.lines().count(), 5, "other ports are tried");
}

#[test]
fn what_is_not_there_cannot_be_started_and_is_named() {
    let folder = folder("missing");
    let program = Program::new(Path::new("/no/such/server"), folder.path());
    let said = Process::start(program).expect_err("it is not there");
    let said = said.to_string();
    assert!(
        said.starts_with("/no/such/server cannot be started: "),
        "{said}"
    );
}
