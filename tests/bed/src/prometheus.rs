//! A Prometheus with data of its own, or one that scrapes what a test serves.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::build::{Cache, PROMETHEUS};
use crate::folder::write;
use crate::{Authority, Error, Process, Program, TestFolder, http, start_on_free_ports};

/// What a Prometheus has, and whom it lets in.
#[derive(Debug, Clone, Default)]
pub struct PrometheusConfig {
    /// Samples in OpenMetrics text, each with its time in seconds since 1970, in order of time within a series, up to
    /// `# EOF`.
    pub data: Option<String>,
    /// What it scrapes.
    pub scrape: Vec<Scrape>,
    /// Whether it asks for [`Prometheus::USER`] and [`Prometheus::PASSWORD`].
    pub password: bool,
    /// Whether it speaks TLS, by a certificate of [`Prometheus::ca_file`].
    pub tls: bool,
}

/// Targets that are scraped alike.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// The value of the label `job`.
    pub job: String,
    /// Like `127.0.0.1:8080`; `/metrics` is asked for.
    pub targets: Vec<String>,
    /// Distance of scrapes.
    pub every: Duration,
}

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    /// To stop, kill and restart it.
    pub process: Process,
    port: u16,
    url: String,
    folder: PathBuf,
}

impl Prometheus {
    /// Who may ask a server with a password.
    pub const USER: &str = "bed";
    /// The password of [`Self::USER`].
    pub const PASSWORD: &str = "let-me-in";
    /// bcrypt of the password, at the least cost: each request pays for it.
    const HASH: &str = "$2a$04$LfEce8fv/NFx79KNxS2G2.ByciGTAWOXMFqGExJBkcxgNE0FzdVpa";

    /// Starts a server that works in the folder `name` of the test, and waits until it answers queries.
    ///
    /// # Errors
    ///
    /// Where it cannot be built or started, or the data is no OpenMetrics text.
    pub fn start(test: &TestFolder, name: &str, config: &PrometheusConfig) -> Result<Self, Error> {
        let binaries = Cache::of_user()?.binaries(&PROMETHEUS)?;
        let folder = test.folder(name)?;
        write(&folder, "prometheus.yaml", &scrape_config(&config.scrape))?;
        let ca = config.tls.then(|| write_identity(&folder)).transpose()?;
        write(&folder, "web.yaml", &web_config(config))?;
        if let Some(data) = &config.data {
            write(&folder, "data.om", data)?;
            let fill = [
                "tsdb",
                "create-blocks-from",
                "openmetrics",
                // One block of ten days instead of one of each two hours: a second instead of half a minute.
                "--max-block-duration=256h",
                "data.om",
                "tsdb",
            ];
            let promtool = Program::new(&binaries.join("promtool"), &folder);
            promtool.args(fill).output()?;
        }
        let scheme = if config.tls { "https" } else { "http" };
        let url = |port: u16| format!("{scheme}://127.0.0.1:{port}");
        let login = Self::login();
        let headers: &[_] = if config.password {
            &[("Authorization", login.as_str())]
        } else {
            &[]
        };
        let (process, [port]) = start_on_free_ports(
            |[port]| {
                Program::new(&binaries.join("prometheus"), &folder).args([
                    "--config.file=prometheus.yaml",
                    "--web.config.file=web.yaml",
                    "--storage.tsdb.path=tsdb",
                    // Data may be of any year.
                    "--storage.tsdb.retention.time=100y",
                    &format!("--web.listen-address=127.0.0.1:{port}"),
                ])
            },
            |[port]| http::is_well(&format!("{}/-/ready", url(port)), ca.as_deref(), headers),
        )?;
        Ok(Self {
            process,
            port,
            url: url(port),
            folder,
        })
    }

    /// Its address, like `http://127.0.0.1:1234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of the loopback that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of whom to believe about a server with TLS.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join(CA)
    }

    /// The value of `Authorization` for a server with a password.
    #[must_use]
    pub fn login() -> String {
        let both = format!("{}:{}", Self::USER, Self::PASSWORD);
        format!("Basic {}", BASE64_STANDARD.encode(both))
    }
}

const CA: &str = "ca.crt";

/// Writes the certificate and the key that the server shows; the certificate of their authority.
fn write_identity(folder: &Path) -> Result<String, Error> {
    let authority = Authority::new("bed")?;
    let server = authority.identity("prometheus", None, &["127.0.0.1", "localhost"])?;
    write(folder, "server.crt", &server.certificate)?;
    write(folder, "server.key", &server.key)?;
    write(folder, CA, &authority.certificate())?;
    Ok(authority.certificate())
}

fn web_config(config: &PrometheusConfig) -> String {
    let mut text = String::new();
    if config.tls {
        text += "tls_server_config: {cert_file: server.crt, key_file: server.key}\n";
    }
    if config.password {
        let (user, hash) = (Prometheus::USER, Prometheus::HASH);
        let _ = writeln!(text, "basic_auth_users: {{{user}: {hash}}}");
    }
    text
}

fn scrape_config(scrapes: &[Scrape]) -> String {
    let mut text = "scrape_configs:\n".to_owned();
    for Scrape {
        job,
        targets,
        every,
    } in scrapes
    {
        let _ = writeln!(
            text,
            "- {{job_name: {job:?}, scrape_interval: {0}ms, scrape_timeout: {0}ms, static_configs: [{{targets: {targets:?}}}]}}",
            every.as_millis()
        );
    }
    text
}
