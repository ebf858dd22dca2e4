//! Which format a file has, told by its first bytes.
//!
//! Files are often named badly and piped without a name, so names tell nothing. What looks like none of the special
//! formats is taken for a table, whose header then decides, or is refused with a list of all.

use super::Format;

/// Formats that the first bytes tell, and tables of which the header will tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A format that is not a table with a header.
    Special(Format),
    /// Fields between commas after a header.
    Csv,
    /// A JSON object a line with the fields of a table.
    JsonLines,
}

/// The format of a file that begins with `prefix`; what the caller wants is not guessed.
pub(super) fn sniff(prefix: &[u8], wanted: Option<Format>) -> Found {
    let text = prefix
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(prefix)
        .trim_ascii_start();
    match wanted {
        None => guess(text),
        Some(
            Format::Requests
            | Format::Rates
            | Format::AzureLlm
            | Format::Series
            | Format::AzureFunctions2021,
        ) => table(text),
        Some(special) => Found::Special(special),
    }
}

fn guess(text: &[u8]) -> Found {
    let has = |part: &str| find(text, part).is_some();
    let comment = |words: &[&str]| {
        let rest = text.strip_prefix(b"# ").unwrap_or_default();
        words.iter().any(|word| rest.starts_with(word.as_bytes()))
    };
    if comment(&["TYPE ", "HELP ", "UNIT ", "EOF"]) || text.starts_with(b"{__name__=") {
        return Found::Special(Format::OpenMetrics);
    }
    if text.starts_with(b";") {
        return Found::Special(Format::Swf);
    }
    let line = content(text);
    if line.starts_with(b"{") {
        // A point of k6 has a tag of this name, so its first line is asked before the words of Prometheus.
        let k6 = find(line, "\"type\"").is_some()
            && (find(line, "\"Metric\"").is_some() || find(line, "\"Point\"").is_some());
        return if k6 {
            Found::Special(Format::K6)
        } else if is_metric(line) {
            Found::Special(Format::Metrics)
        } else if has("\"resultType\"") || has("\"status\"") {
            Found::Special(Format::Prometheus)
        } else {
            Found::JsonLines
        };
    }
    if line.to_ascii_lowercase().starts_with(b"hashowner,") {
        Found::Special(Format::AzureFunctions2019)
    } else if is_log(line) {
        Found::Special(Format::AccessLog)
    } else if is_sample(line) {
        Found::Special(Format::OpenMetrics)
    } else if is_job(line) {
        Found::Special(Format::Swf)
    } else {
        Found::Csv
    }
}

fn table(text: &[u8]) -> Found {
    if content(text).starts_with(b"{") {
        Found::JsonLines
    } else {
        Found::Csv
    }
}

/// The first line that is neither blank nor a comment.
fn content(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && line[0] != b'#')
        .unwrap_or_default()
}

/// `host ident user [16/Nov/2026:18:15:46 +0100] "GET / ...`
fn is_log(line: &[u8]) -> bool {
    find(line, " [").is_some_and(|open| find(&line[open..], "] \"").is_some())
}

/// `name{label="value"} 1 1700000000`
fn is_sample(line: &[u8]) -> bool {
    let Some(open) = find(line, "{") else {
        return false;
    };
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    open > 0 && line[..open].iter().all(name) && find(line, "} ").is_some()
}

/// `{"ts":0,"metric":"name",...}`: of Prometheus the metric is an object, and its labels may have any name.
fn is_metric(line: &[u8]) -> bool {
    const MEMBER: &str = "\"metric\"";
    let text = find(line, MEMBER).and_then(|at| {
        let value = line[at + MEMBER.len()..].trim_ascii_start();
        value.strip_prefix(b":").map(<[u8]>::trim_ascii_start)
    });
    text.is_some_and(|text| text.starts_with(b"\"")) && find(line, "\"ts\"").is_some()
}

/// Numbers between blanks, as many as a job of SWF has or nearly so.
fn is_job(line: &[u8]) -> bool {
    let numbers = line
        .split(u8::is_ascii_whitespace)
        .filter(|field| !field.is_empty());
    let mut count = 0;
    for field in numbers {
        if !field
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
        {
            return false;
        }
        count += 1;
    }
    count > 4
}

fn find(text: &[u8], part: &str) -> Option<usize> {
    text.windows(part.len())
        .position(|window| window == part.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_format() {
        for (text, found) in [
            ("arrival_s,service_s\n", Found::Csv),
            ("# seed: 7\nts,count\n", Found::Csv),
            ("", Found::Csv),
            ("\u{feff}\n{\"ts\":0,\"count\":1}\n", Found::JsonLines),
            ("# seed: 7\n{\"ts\":0,\"count\":1}\n", Found::JsonLines),
            (
                "{\"status\":\"success\",\"data\":{",
                Found::Special(Format::Prometheus),
            ),
            (
                "{\n  \"data\": {\"resultType\": \"matrix\"",
                Found::Special(Format::Prometheus),
            ),
            (
                "{\"type\":\"Metric\",\"data\":{}",
                Found::Special(Format::K6),
            ),
            (
                "{\"metric\":\"http_reqs\",\"type\":\"Point\",\"data\":{\"tags\":{\"status\":\"200\"}}}",
                Found::Special(Format::K6),
            ),
            (
                "{\"ts\":0,\"metric\":\"x\",\"labels\":{\"status\":\"200\"},\"value\":1}",
                Found::Special(Format::Metrics),
            ),
            (
                "{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"ts\":\"a\"},\"values\":[",
                Found::Special(Format::Prometheus),
            ),
            ("# TYPE x counter\n", Found::Special(Format::OpenMetrics)),
            (
                "{__name__=\"x\"} 1 1700000000000",
                Found::Special(Format::OpenMetrics),
            ),
            (
                "x_total{a=\"b\"} 1 2\n",
                Found::Special(Format::OpenMetrics),
            ),
            ("; Version: 2.2\n", Found::Special(Format::Swf)),
            (
                "1 0 -1 60 4 -1 -1 4 60 -1 1 1 1 1 1 1 -1 -1",
                Found::Special(Format::Swf),
            ),
            (
                "::1 - - [16/Nov/2026:18:15:46 +0100] \"GET / HTTP/1.1\" 200 5",
                Found::Special(Format::AccessLog),
            ),
            (
                "HashOwner,HashApp,HashFunction,Trigger,1,2",
                Found::Special(Format::AzureFunctions2019),
            ),
        ] {
            assert_eq!(sniff(text.as_bytes(), None), found, "{text}");
        }
    }

    #[test]
    fn a_format_that_the_caller_names_is_not_guessed() {
        assert_eq!(
            sniff(b"; Version: 2.2\n", Some(Format::Requests)),
            Found::Csv
        );
        assert_eq!(sniff(b"{\"ts\":1}", Some(Format::Rates)), Found::JsonLines);
        assert_eq!(
            sniff(b"ts,count", Some(Format::K6)),
            Found::Special(Format::K6)
        );
    }
}
