//! Servers on free ports of the loopback.

use std::io;
use std::net::TcpListener;

use crate::{Error, Process, Program};

/// How often other ports are tried.
const ATTEMPTS: usize = 5;

/// Starts a server on free ports and waits until it is ready.
///
/// Between the choice of a port and its use somebody else may take it; then others are tried.
///
/// # Errors
///
/// Where it cannot be started or does not become ready.
pub fn start_on_free_ports<const N: usize>(
    program: impl Fn([u16; N]) -> Program,
    ready: impl Fn([u16; N]) -> bool,
) -> Result<(Process, [u16; N]), Error> {
    let mut attempt = 1;
    loop {
        let ports = free_ports()?;
        let program = program(ports);
        let what = format!("{} on port {ports:?}", program.name);
        let mut process = Process::start(program)?;
        match process.wait_until(&what, || ready(ports)) {
            Ok(()) => return Ok((process, ports)),
            Err(Error::Ended { said, .. })
                // Go and Rust write it with different first letters.
                if attempt < ATTEMPTS && said.contains("ddress already in use") =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Ports that nobody listens on, all different.
fn free_ports<const N: usize>() -> Result<[u16; N], Error> {
    let listen = || -> io::Result<(TcpListener, u16)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        Ok((listener, port))
    };
    // All are held until the last is chosen.
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let (listener, chosen) = listen().map_err(Error::io("127.0.0.1:0".as_ref()))?;
        held.push(listener);
        *port = chosen;
    }
    Ok(ports)
}
