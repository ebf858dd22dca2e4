//! A window of a running Prometheus, asked for in pieces that it answers.
//!
//! The answers go to files, which are then read like any others: so every run of a comparison sees the same load, and
//! the server is asked once.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::super::TraceError;
use super::super::clock::Clock;
use super::super::error::quoted;
use super::super::foreign::{is_markup, page_words};
use crate::time::Nanos;

/// Points of a piece. A server refuses more than 11,000 a series.
const POINTS_PER_REQUEST: u64 = 10_000;

/// How long an answer may take. A server gives a query up after two minutes itself.
const TIMEOUT: Duration = Duration::from_secs(150);

/// The start of a refusal that is looked at for the server's words.
const MOST_WORDS: u64 = 64 * 1024;

const RIGHT_SERVER: &str = "a login or a proxy seems to stand before Prometheus: name the address of Prometheus itself, \
or give a token (--bearer-token-file or --bearer-token-env)";

/// What to ask, and whom.
#[derive(Debug, Clone)]
pub struct PrometheusQuery {
    /// The server, like `https://prometheus.example.com`; the path of the API is added.
    pub url: String,
    /// The `PromQL` expression.
    pub query: String,
    /// When the load begins.
    pub from: WallTime,
    /// When it ends.
    pub to: WallTime,
    /// Distance of samples, and so the width of bins.
    pub step: Nanos,
    /// What the server wants to see before it answers.
    pub login: Option<Login>,
    /// Certificates, in PEM, of whom to believe about the server; `None` believes the usual authorities.
    pub ca_file: Option<PathBuf>,
}

/// A time since 1970, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(pub i64);

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write RFC 3339 like 2026-11-16T18:15:46Z, or seconds since 1970")]
pub struct ParseWallTimeError(String);

impl FromStr for WallTime {
    type Err = ParseWallTimeError;

    fn from_str(text: &str) -> Result<Self, ParseWallTimeError> {
        let mut clock = Clock::new();
        match clock.instant(text.as_bytes()) {
            Ok(ns) if clock.is_wall_clock() => Ok(Self(ns.div_euclid(1_000_000))),
            _ => Err(ParseWallTimeError(text.to_owned())),
        }
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => time.fmt(f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// What lets in at a server, as the value of `Authorization`, which no message shows.
#[derive(Clone)]
pub struct Login(String);

/// A text that is no user with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no `:` between a user and a password: write USER:PASSWORD")]
pub struct ParseLoginError;

impl Login {
    /// A bearer token without the blanks and line ends around it.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self(format!("Bearer {}", token.trim()))
    }

    /// `USER:PASSWORD`, without the line end after it.
    ///
    /// # Errors
    ///
    /// Where there is no colon.
    pub fn basic(user_and_password: &str) -> Result<Self, ParseLoginError> {
        let both = user_and_password.trim_end_matches(['\r', '\n']);
        if !both.contains(':') {
            return Err(ParseLoginError);
        }
        Ok(Self(format!("Basic {}", BASE64_STANDARD.encode(both))))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// The part of a refusal that is for people.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl PrometheusQuery {
    /// How messages and reports call the source.
    #[must_use]
    pub fn name(&self) -> String {
        let Self {
            query, from, to, ..
        } = self;
        format!("{} {query} {from} to {to}", self.address().0)
    }

    /// The server as messages show it, and whether something was left out: a user and a password before its name.
    fn address(&self) -> (String, bool) {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let host = rest.find('/').unwrap_or(rest.len());
        match rest[..host].rfind('@') {
            Some(at) => (format!("{scheme}://{}", &rest[at + 1..]), true),
            None => (self.url.clone(), false),
        }
    }

    /// Asks for all pieces and writes each answer to a file in `folder`.
    pub(in super::super) fn fetch(&self, folder: &Path) -> Result<Vec<PathBuf>, TraceError> {
        if self.address().1 {
            let wrong = "its address holds a user or a password, which others could read";
            let right = "put USER:PASSWORD into a file (--basic-auth-file)";
            return Err(self.refused(wrong.to_owned(), right));
        }
        let agent = self.agent()?;
        let mut files = Vec::new();
        for (number, (start, end)) in self.pieces()?.into_iter().enumerate() {
            let path = folder.join(format!("{number:06}.json"));
            self.ask(&agent, start, end, &path)?;
            files.push(path);
        }
        Ok(files)
    }

    /// First and last sample of each request. A sample stands for the step before it, so the first is a step late.
    fn pieces(&self) -> Result<Vec<(i64, i64)>, TraceError> {
        let step_ms = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX);
        let points = match step_ms {
            0 => 0,
            step => self.to.0.saturating_sub(self.from.0).max(0) / step,
        };
        if points == 0 {
            let Self { from, to, step, .. } = self;
            return Err(self.refused(
                format!("from {from} to {to} there is no step of {step}"),
                "choose a later --until, or a shorter --step of at least 1ms",
            ));
        }
        let points = points.unsigned_abs();
        let at = |point: u64| {
            let after = i64::try_from(point).unwrap_or(i64::MAX);
            self.from.0.saturating_add(after.saturating_mul(step_ms))
        };
        Ok((0..points.div_ceil(POINTS_PER_REQUEST))
            .map(|piece| piece * POINTS_PER_REQUEST)
            .map(|done| (at(done + 1), at((done + POINTS_PER_REQUEST).min(points))))
            .collect())
    }

    fn agent(&self) -> Result<Agent, TraceError> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &self.ca_file {
            tls = tls.root_certs(RootCerts::Specific(Arc::new(self.certificates(path)?)));
        }
        Ok(Agent::config_builder()
            .http_status_as_error(false)
            // The token is for this server and no other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .tls_config(tls.build())
            .build()
            .into())
    }

    fn certificates(&self, path: &Path) -> Result<Vec<Certificate<'static>>, TraceError> {
        let name = path.display();
        let pem = fs::read(path)
            .map_err(|error| self.refused(format!("{name}: {error}"), "check --ca-file"))?;
        let found: Vec<_> = parse_pem(&pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            let wrong = format!("{name} holds no certificate");
            return Err(self.refused(wrong, "give a PEM file (--ca-file)"));
        }
        Ok(found)
    }

    fn ask(&self, agent: &Agent, start: i64, end: i64, to: &Path) -> Result<(), TraceError> {
        let url = format!("{}/api/v1/query_range", self.url.trim_end_matches('/'));
        let seconds = |ms: i64| format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000));
        let step_ms = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX);
        let mut request = agent
            .get(&url)
            .query("query", &self.query)
            .query("start", seconds(start))
            .query("end", seconds(end))
            .query("step", seconds(step_ms));
        if let Some(Login(value)) = &self.login {
            request = request.header("Authorization", value);
        }
        let response = request.call().map_err(|error| {
            let right = "check the address, the network and the certificates (--ca-file)";
            self.refused(error.to_string(), right)
        })?;
        let status = response.status();
        let points_to = location(&response);
        let mut body = response.into_body();
        if !status.is_success() {
            let words = body.with_config().limit(MOST_WORDS).read_to_vec();
            let said = words_of(&words.unwrap_or_default());
            let right = match status.as_u16() {
                401 | 403 => {
                    "give a token that may query (--bearer-token-file or --bearer-token-env), or a user and a password (--basic-auth-file)"
                }
                404 => {
                    "name the server without the path of its API, like https://prometheus.example.com"
                }
                300..=399 => {
                    "name the address that it points to; a login gives no answer to programs"
                }
                400..=499 => "repair the query or the window",
                _ => "ask again later, or for a shorter window or a longer --step",
            };
            let wrong = format!("the server answered {status}{points_to}{said}");
            return Err(self.refused(wrong, right));
        }
        // Without the limit of the client, which is for answers that are held in memory.
        let mut reader = body.with_config().limit(u64::MAX).reader();
        let broke_off = |error: io::Error| {
            self.refused(
                format!("the answer broke off: {error}"),
                "ask again, or for a longer --step",
            )
        };
        let mut beginning = Vec::new();
        let mut few = reader.by_ref().take(MOST_WORDS);
        few.read_to_end(&mut beginning).map_err(broke_off)?;
        if !beginning.trim_ascii_start().starts_with(b"{") {
            let said = words_of(&beginning);
            let wrong = format!("the server answered {status}, and no JSON{said}");
            return Err(self.refused(wrong, RIGHT_SERVER));
        }
        let mut file = File::create(to).map_err(|source| TraceError::Io {
            file: to.display().to_string(),
            source,
        })?;
        io::copy(&mut beginning.chain(reader), &mut file).map_err(broke_off)?;
        Ok(())
    }

    fn refused(&self, wrong: String, right: &str) -> TraceError {
        TraceError::Server {
            url: self.address().0,
            wrong,
            right: right.to_owned(),
        }
    }
}

/// Where an answer points to, without a query, which may hold secrets.
fn location(response: &Response<Body>) -> String {
    let location = response.headers().get("location");
    let location = location.filter(|_| response.status().is_redirection());
    let location = location.and_then(|value| value.to_str().ok());
    let address = location.and_then(|text| text.split(['?', '#']).next());
    address.map_or_else(String::new, |address| {
        format!(" to {}", quoted(address.as_bytes()))
    })
}

/// What an answer without samples says to people, after its status: an error of Prometheus in its words, and of anything
/// else the first ones.
fn words_of(answer: &[u8]) -> String {
    if let Ok(refusal) = serde_json::from_slice::<Refusal>(answer) {
        return format!(": {}", refusal.error);
    }
    let words = page_words(answer);
    let kind = if is_markup(answer) {
        "a web page"
    } else {
        "a text"
    };
    match words.as_str() {
        "" => String::new(),
        words => format!(": {kind} that says {}", quoted(words.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(from: i64, to: i64, step: Nanos) -> PrometheusQuery {
        PrometheusQuery {
            url: "http://localhost".to_owned(),
            query: "x".to_owned(),
            from: WallTime(from),
            to: WallTime(to),
            step,
            login: None,
            ca_file: None,
        }
    }

    #[test]
    fn pieces_have_fewer_points_than_a_server_refuses_and_miss_none() {
        let second = Nanos::from_secs(1);
        assert_eq!(
            query(0, 5_000, second).pieces().ok(),
            Some(vec![(1_000, 5_000)])
        );
        assert_eq!(
            query(0, 20_001_500, second).pieces().ok(),
            Some(vec![
                (1_000, 10_000_000),
                (10_001_000, 20_000_000),
                (20_001_000, 20_001_000)
            ])
        );
        for empty in [
            query(0, 999, second),
            query(5, 0, second),
            query(0, 5, Nanos(1)),
        ] {
            assert!(empty.pieces().is_err());
        }
    }

    #[test]
    fn a_wall_time_is_a_date_or_seconds_since_1970() {
        assert_eq!("1970-01-02".parse(), Ok(WallTime(86_400_000)));
        assert_eq!("1700000000.5".parse(), Ok(WallTime(1_700_000_000_500)));
        assert!("5".parse::<WallTime>().is_err());
        assert!("now".parse::<WallTime>().is_err());
    }

    #[test]
    fn a_login_is_a_header_that_is_not_shown() {
        let bearer = Login::bearer(" secret\n");
        assert_eq!(bearer.0, "Bearer secret");
        assert_eq!(format!("{bearer:?}"), "Login(..)");
        let basic = Login::basic("user:pass word \n").map(|login| login.0);
        assert_eq!(basic.as_deref(), Ok("Basic dXNlcjpwYXNzIHdvcmQg"));
        assert_eq!(Login::basic("user").err(), Some(ParseLoginError));
    }

    #[test]
    fn what_stands_before_the_name_of_a_server_is_not_shown() {
        for (url, shown) in [
            ("http://user:p@ss@a:9090/x@y", "http://a:9090/x@y"),
            ("https://token@a", "https://a"),
            ("http://a/x@y", "http://a/x@y"),
        ] {
            let query = PrometheusQuery {
                url: url.to_owned(),
                ..query(0, 5_000, Nanos::from_secs(1))
            };
            let name = query.name();
            assert!(name.starts_with(&format!("{shown} x ")), "{name}");
        }
    }
}
