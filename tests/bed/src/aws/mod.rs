//! What stands in for AWS where an EKS cluster is concerned: it says where the cluster is, and tells the cluster's API
//! server who a token is, by the rules of the authenticator that EKS runs.

mod token;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::Error;

/// An account of AWS with one cluster. It ends with the process.
#[derive(Debug)]
pub struct Aws {
    port: u16,
    shared: Arc<Mutex<Account>>,
}

#[derive(Debug, Default)]
struct Account {
    cluster: String,
    user: String,
    place: Option<(String, String)>,
    tokens: Vec<String>,
    refused: Vec<String>,
}

impl Aws {
    /// Whose requests are believed.
    pub const KEY_ID: &str = "AKIDOFTHEBED";
    /// What they are signed with.
    pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY";
    /// Where the cluster is.
    pub const REGION: &str = "eu-west-1";

    /// Opens an account whose cluster takes the holder of the key for `user`.
    ///
    /// # Errors
    ///
    /// Where there is no free port.
    pub fn open(cluster: &str, user: &str) -> Result<Self, Error> {
        let failed = || Error::io("127.0.0.1:0".as_ref());
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed())?;
        let port = listener.local_addr().map_err(failed())?.port();
        let shared = Arc::new(Mutex::new(Account {
            cluster: cluster.to_owned(),
            user: user.to_owned(),
            ..Account::default()
        }));
        let account = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let account = Arc::clone(&account);
                thread::spawn(move || serve(client, &account).ok());
            }
        });
        Ok(Self { port, shared })
    }

    /// Its address, like `http://127.0.0.1:1234`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Says from now on where the cluster is, and whom to believe about it: a certificate in PEM form, in base64.
    pub fn place(&self, endpoint: &str, authority: &str) {
        lock(&self.shared).place = Some((endpoint.to_owned(), authority.to_owned()));
    }

    /// Tokens that were shown to the cluster and let in, each once.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        lock(&self.shared).tokens.clone()
    }

    /// Why tokens were refused.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        lock(&self.shared).refused.clone()
    }
}

fn lock(account: &Mutex<Account>) -> std::sync::MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(client: TcpStream, account: &Mutex<Account>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let field = |name: &str| {
        head.iter().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let length = field("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let request = head.first().map(String::as_str).unwrap_or_default();
    let (status, answer) = if request.starts_with("POST /authenticate") {
        (200, review(&body, account))
    } else {
        describe(request, field("authorization"), &lock(account))
    };
    let answer = answer.to_string();
    let mut client = client;
    write!(
        client,
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

/// EKS's `DescribeCluster`.
fn describe(request: &str, signed: Option<&str>, account: &Account) -> (u16, Value) {
    let scope = format!("AWS4-HMAC-SHA256 Credential={}/", Aws::KEY_ID);
    let service = format!("/{}/eks/aws4_request", Aws::REGION);
    if !signed.is_some_and(|signed| signed.starts_with(&scope) && signed.contains(&service)) {
        return (403, json!({"message": "The request is not signed for EKS"}));
    }
    let wanted = format!("GET /clusters/{} ", account.cluster);
    match &account.place {
        Some((endpoint, authority)) if request.starts_with(&wanted) => (
            200,
            json!({"cluster": {
                "name": account.cluster, "status": "ACTIVE", "endpoint": endpoint,
                "certificateAuthority": {"data": authority}
            }}),
        ),
        _ => (404, json!({"message": "No cluster found for that name."})),
    }
}

/// What an API server asks about a token.
fn review(body: &[u8], account: &Mutex<Account>) -> Value {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let token = asked["spec"]["token"].as_str().unwrap_or_default();
    let mut account = lock(account);
    let status = match token::check(token, &account.cluster) {
        Ok(()) => {
            if !account.tokens.iter().any(|known| known == token) {
                account.tokens.push(token.to_owned());
            }
            json!({"authenticated": true, "user": {"username": account.user}})
        }
        Err(why) => {
            account.refused.push(why.to_owned());
            json!({"authenticated": false, "error": why})
        }
    };
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status})
}
