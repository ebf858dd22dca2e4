//! The controller's own Prometheus: its address, who we say we are, and whom we believe.

use std::fs;
use std::path::{Path, PathBuf};

use super::credentials::Credentials;

/// A server and how it is asked. Secrets are files, as pods get them; they are read anew at each tick, for they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Its address.
    pub address: String,
    /// A file that holds a bearer token.
    pub bearer_token: Option<PathBuf>,
    /// A user and a file that holds the password.
    pub basic: Option<(String, PathBuf)>,
    /// A file with certificates of authorities that are believed beside the system's.
    pub ca: Option<PathBuf>,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It is not there, or not for us.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// It holds no text.
    #[error("{}: is no text", .0.display())]
    NoText(PathBuf),
}

impl Access {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// Which cannot be read.
    pub fn credentials(&self) -> Result<Credentials, AccessError> {
        let mut credentials = Credentials::new(&self.address);
        match (&self.bearer_token, &self.basic) {
            (Some(token), _) => credentials.bearer(&read_word(token)?),
            (None, Some((user, password))) => credentials.basic(user, &read_word(password)?),
            (None, None) => {}
        }
        if let Some(ca) = &self.ca {
            credentials.authority(read(ca)?);
        }
        Ok(credentials)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, AccessError> {
    fs::read(path).map_err(|source| AccessError::File {
        path: path.to_owned(),
        source,
    })
}

/// What a file holds but for a line end at its end, as editors write it.
fn read_word(path: &Path) -> Result<String, AccessError> {
    let text = String::from_utf8(read(path)?).map_err(|_| AccessError::NoText(path.to_owned()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
