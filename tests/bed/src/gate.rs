//! A gate before a server that lets nobody in without a bearer token, as an ingress does: Prometheus itself knows none.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::Error;

/// Passes requests on that have the token and no body; the others get 401. It ends with the process.
#[derive(Debug)]
pub struct TokenGate {
    port: u16,
}

impl TokenGate {
    /// Opens a gate to the server at `upstream`, a port of the loopback.
    ///
    /// # Errors
    ///
    /// Where there is no free port.
    pub fn open(upstream: u16, token: &str) -> Result<Self, Error> {
        let failed = || Error::io("127.0.0.1:0".as_ref());
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed())?;
        let port = listener.local_addr().map_err(failed())?.port();
        let wanted = format!("Bearer {token}");
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let wanted = wanted.clone();
                // Who asks and goes away has no answer to wait for.
                thread::spawn(move || serve(client, upstream, &wanted).ok());
            }
        });
        Ok(Self { port })
    }

    /// Its address, like `http://127.0.0.1:1234`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn serve(mut client: TcpStream, upstream: u16, wanted: &str) -> io::Result<()> {
    let lines = BufReader::new(client.try_clone()?).lines();
    let head = lines
        .take_while(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
        .collect::<io::Result<Vec<String>>>()?;
    let field = |line: &str, name: &str| {
        let (field, value) = line.split_once(':')?;
        field
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    };
    let token = head.iter().find_map(|line| field(line, "authorization"));
    if token.as_deref() != Some(wanted) {
        let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return client.write_all(refusal.as_bytes());
    }
    let mut server = TcpStream::connect(("127.0.0.1", upstream))?;
    for line in head
        .iter()
        .filter(|line| field(line, "connection").is_none())
    {
        write!(server, "{line}\r\n")?;
    }
    // So the end of the answer is the end of the connection.
    write!(server, "Connection: close\r\n\r\n")?;
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}
