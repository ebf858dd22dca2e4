//! A server that runs, and ends with its handle.
//!
//! Beside each server waits a small shell whose standard input is a pipe from the test. When the test process dies, be
//! it by `kill -9`, the system closes the pipe, and the shell ends the server. Both have process groups of their own, so
//! that Ctrl-C meets the test alone and the shell does its work.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::last_lines;
use crate::{Error, Program};

/// Distance of looks at what is waited for.
const POLL: Duration = Duration::from_millis(50);

/// How long a server may take until it is ready: seconds on an idle machine, and tests share theirs.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running server. Dropped, it is killed, stopped or not.
#[derive(Debug)]
pub struct Process {
    program: Program,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    guard: Child,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// Where it cannot be started or its log not be written.
    pub fn start(program: Program) -> Result<Self, Error> {
        let running = Some(Running::start(&program)?);
        Ok(Self { program, running })
    }

    /// The process, or `None` after it was killed.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.server.id())
    }

    /// All that the server said.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.program.log()).map_or_else(
            |error| error.to_string(),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }

    /// Waits until `ready` says yes.
    ///
    /// # Errors
    ///
    /// Where the server ends before, or the answer stays no for three minutes.
    pub fn wait_until(&mut self, what: &str, mut ready: impl FnMut() -> bool) -> Result<(), Error> {
        let began = Instant::now();
        while !ready() {
            if let Some(status) = self.ended()? {
                return Err(Error::Ended {
                    program: self.program.name.clone(),
                    status,
                    said: last_lines(&self.log()),
                });
            }
            if began.elapsed() > PATIENCE {
                return Err(Error::NotReady {
                    what: what.to_owned(),
                    waited: PATIENCE,
                    said: last_lines(&self.log()),
                });
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Stops it where it stands: connections to it hang.
    ///
    /// # Errors
    ///
    /// Where there is no shell to send the signal.
    pub fn stop(&self) -> Result<(), Error> {
        self.signal("STOP")
    }

    /// Lets it go on after [`Self::stop`].
    ///
    /// # Errors
    ///
    /// Where there is no shell to send the signal.
    pub fn go_on(&self) -> Result<(), Error> {
        self.signal("CONT")
    }

    /// Ends it at once: connections to it are refused.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    ///
    /// Where it does not end well, or not within half a minute.
    pub fn end(&mut self) -> Result<(), Error> {
        const PATIENCE: Duration = Duration::from_secs(30);
        self.signal("TERM")?;
        let began = Instant::now();
        let status = loop {
            if self.running.is_none() {
                return Ok(());
            }
            if let Some(status) = self.ended()? {
                break status;
            }
            if began.elapsed() > PATIENCE {
                return Err(Error::NotReady {
                    what: format!("the end of {}", self.program.name),
                    waited: PATIENCE,
                    said: last_lines(&self.log()),
                });
            }
            thread::sleep(POLL);
        };
        self.running = None;
        if status.success() {
            return Ok(());
        }
        Err(Error::Ended {
            program: self.program.name.clone(),
            status,
            said: last_lines(&self.log()),
        })
    }

    /// Starts it again with the same arguments.
    ///
    /// # Errors
    ///
    /// Where it cannot be started.
    pub fn restart(&mut self) -> Result<(), Error> {
        // The old one first: it holds the ports.
        self.running = None;
        self.running = Some(Running::start(&self.program)?);
        Ok(())
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        match &mut self.running {
            Some(running) => running
                .server
                .try_wait()
                .map_err(self.program.not_started()),
            None => Ok(None),
        }
    }

    /// The standard library sends no signal but the last.
    fn signal(&self, signal: &str) -> Result<(), Error> {
        let Some(pid) = self.pid() else {
            return Ok(());
        };
        let program = Program::new("sh".as_ref(), ".".as_ref());
        let pid = pid.to_string();
        let arguments = ["-c", r#"kill -s "$1" "$2""#, "sh", signal, &pid];
        program.args(arguments).output().map(|_| ())
    }
}

impl Running {
    fn start(program: &Program) -> Result<Self, Error> {
        let log = program.open_log()?;
        let both = log.try_clone().map_err(Error::io(&program.log()))?;
        let mut server = program
            .command()
            .stdout(log)
            .stderr(both)
            .process_group(0)
            .spawn()
            .map_err(program.not_started())?;
        let guard = Command::new("sh")
            .args(["-c", r#"read -r _; kill -s KILL "$1""#, "sh"])
            .arg(server.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match guard {
            Ok(guard) => Ok(Self { server, guard }),
            Err(source) => {
                end(&mut server);
                Err(Error::Start {
                    program: "sh".to_owned(),
                    source,
                })
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Until it is waited for below, nobody else can get its number: the guard always means the right one.
        let _ = self.server.kill();
        end(&mut self.guard);
        end(&mut self.server);
    }
}

/// What has ended already is as well.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
