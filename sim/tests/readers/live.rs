//! A server that answers like Prometheus, and what is asked of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Login, PrometheusQuery, Trace, TraceFiles, WallTime};

use super::{drain, options};

/// Answers each request with `status` and what `body` makes of its first line; hands on the heads of the requests.
fn serve(
    status: &'static str,
    body: impl Fn(&str) -> String + Send + 'static,
) -> (String, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback can be bound");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let (heads, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let head = read_head(&stream);
            let body = body(head.first().map_or("", String::as_str));
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\nLocation: http://127.0.0.1:1/login?token=secret\r\n\r\n{body}"
            );
            // Before the answer, so that whoever has the answer sees what was asked.
            if heads.send(head).is_err() {
                return;
            }
            // A client that is gone is none of the server's business.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, received)
}

fn read_head(stream: &TcpStream) -> Vec<String> {
    let lines = BufReader::new(stream).lines();
    lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect()
}

fn query(url: &str, seconds: i64) -> PrometheusQuery {
    PrometheusQuery {
        url: url.to_owned(),
        query: "sum(rate(http_requests_total[1m]))".to_owned(),
        from: WallTime(1_700_000_000_000),
        to: WallTime(1_700_000_000_000 + seconds * 1_000),
        step: Nanos::from_secs(1),
        login: Some(Login::bearer("secret\n")),
        ca_file: None,
    }
}

/// The value of a parameter in the first line of a request.
fn parameter(line: &str, name: &str) -> i64 {
    let (_, rest) = line
        .split_once(&format!("{name}="))
        .expect("it is asked for");
    let end = rest.find(['.', '&', ' ']).expect("something follows");
    rest[..end].parse().expect("a number")
}

#[test]
fn a_long_window_is_asked_for_in_pieces_with_the_token_and_read_as_one_trace() {
    let (url, heads) = serve("200 OK", |line| {
        let (start, end) = (parameter(line, "start"), parameter(line, "end"));
        let points: Vec<_> = (start..=end).map(|at| format!("[{at},\"1\"]")).collect();
        let values = points.join(",");
        format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{values}]}}]}}}}"#
        )
    });
    let files = TraceFiles::fetch(&query(&url, 25_000)).unwrap_or_else(|error| panic!("{error}"));
    // It can be opened for each run, though the server is asked once.
    for _ in 0..2 {
        let content = files
            .open(&options())
            .unwrap_or_else(|error| panic!("{error}"));
        let whole = drain(Trace::from(content)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(whole.arrivals.len(), 25_000);
        assert_eq!(whole.notes.gaps.count, 0);
        assert_eq!(whole.notes.source.matches(&url).count(), 1);
        assert_eq!(whole.notes.origin_unix_ms, Some(1_700_000_000_000));
    }
    let asked: Vec<_> = heads.try_iter().collect();
    let spans: Vec<_> = asked
        .iter()
        .map(|head| (parameter(&head[0], "start"), parameter(&head[0], "end")))
        .map(|(start, end)| (start - 1_700_000_000, end - 1_700_000_000))
        .collect();
    assert_eq!(spans, [(1, 10_000), (10_001, 20_000), (20_001, 25_000)]);
    for head in asked {
        assert!(
            head[0].starts_with("GET /api/v1/query_range?"),
            "{}",
            head[0]
        );
        assert!(head[0].contains("step=1.000"), "{}", head[0]);
        let token = head.iter().filter_map(|line| line.split_once(": "));
        let token = token.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        assert_eq!(
            token.map(|(_, value)| value).collect::<Vec<_>>(),
            ["Bearer secret"]
        );
    }
}

#[test]
fn a_server_that_refuses_is_quoted_and_the_remedy_is_named() {
    for (status, body, says) in [
        (
            "400 Bad Request",
            r#"{"status":"error","errorType":"bad_data","error":"parse error: unexpected end"}"#,
            "the server answered 400 Bad Request: parse error: unexpected end; repair the query or the window",
        ),
        ("401 Unauthorized", "", "401 Unauthorized; give a token"),
        (
            "404 Not Found",
            "<html>",
            "404 Not Found; name the server without the path",
        ),
        (
            "302 Found",
            "",
            "302 Found to `http://127.0.0.1:1/login`; name the address that it points to",
        ),
        (
            "502 Bad Gateway",
            "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
            "502 Bad Gateway: a web page that says `502 Bad Gateway nginx`; ask again later",
        ),
        (
            "200 OK",
            "<!DOCTYPE html>\n<html><head><style>a{}</style><title>Sign in</title></head><body>to Grafana",
            "the server answered 200 OK, and no JSON: a web page that says `Sign in to Grafana`; a login or a proxy seems \
to stand before Prometheus: name the address of Prometheus itself, or give a token (--bearer-token-file or",
        ),
        (
            "200 OK",
            "no healthy upstream",
            "200 OK, and no JSON: a text that says `no healthy upstream`; a login or a proxy",
        ),
        ("200 OK", "", "200 OK, and no JSON; a login or a proxy"),
        ("503 Service Unavailable", "", "ask again later"),
    ] {
        let (url, heads) = serve(status, move |_| body.to_owned());
        let refused = TraceFiles::fetch(&query(&url, 10)).err();
        let message = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(message.starts_with(&url), "{message}");
        assert!(
            message.contains(says),
            "{message}\n  should contain\n{says}"
        );
        assert!(!message.contains("secret"), "{message}");
        assert_eq!(heads.try_iter().count(), 1, "it is asked once");
    }
}

#[test]
fn what_the_server_says_of_every_piece_is_remarked_once() {
    let (url, _heads) = serve("200 OK", |line| {
        let start = parameter(line, "start");
        format!(
            r#"{{"status":"success","warnings":["a store is down"],"data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[[{start},"1"],[{},"1"]]}}]}}}}"#,
            start + 1
        )
    });
    let files = TraceFiles::fetch(&query(&url, 25_000)).unwrap_or_else(|error| panic!("{error}"));
    let content = files
        .open(&options())
        .unwrap_or_else(|error| panic!("{error}"));
    let whole = drain(Trace::from(content)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(whole.notes.remarks, ["Prometheus said: a store is down"]);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback can be bound");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let refused = TraceFiles::fetch(&query(&url, 10)).err();
    let message = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(message.starts_with(&url), "{message}");
    assert!(message.contains("check the address"), "{message}");
}
