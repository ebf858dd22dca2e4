//! The page that Prometheus scrapes.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::Error;

/// Answers every request with a text that is made for it. It ends with the process.
#[derive(Debug)]
pub(super) struct Endpoint {
    port: u16,
}

impl Endpoint {
    pub(super) fn open(text: impl Fn() -> String + Send + Sync + 'static) -> Result<Self, Error> {
        let failed = || Error::io("127.0.0.1:0".as_ref());
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed())?;
        let port = listener.local_addr().map_err(failed())?.port();
        let text = Arc::new(text);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let text = Arc::clone(&text);
                // Who asks and goes away has no answer to wait for.
                thread::spawn(move || answer(client, &*text).ok());
            }
        });
        Ok(Self { port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn answer(mut client: TcpStream, text: &dyn Fn() -> String) -> io::Result<()> {
    for line in BufReader::new(client.try_clone()?).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let text = text();
    write!(
        client,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )?;
    client.shutdown(Shutdown::Both)
}
