//! What continuous integration reads: the XML of `JUnit`, and annotations of workflows on GitHub.

use std::fmt::{self, Display, Write as _};

use serde::Serialize;

/// A policy test that has run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// Its file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// What was asserted, in the order of the file, and last that no invariant broke.
    pub checks: Vec<Check>,
    /// What a reader has to know of its figures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One assertion of a test that has run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was asserted.
    pub text: String,
    /// Its line in the test's file, where it has one.
    pub line: Option<u32>,
    /// Whether it held.
    pub held: bool,
    /// What was found.
    pub actual: String,
}

impl Tested {
    /// Whether all held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.held)
    }
}

/// XML of `JUnit`: a suite a test, a case an assertion. It has no times, so that the same runs give the same bytes.
#[must_use]
pub fn junit(tests: &[Tested]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (cases, failures) = count(tests);
    let _ = writeln!(
        out,
        "<testsuites name=\"spillway-sim\" tests=\"{cases}\" failures=\"{failures}\">"
    );
    for test in tests {
        let (cases, failures) = count(std::slice::from_ref(test));
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" file=\"{}\" tests=\"{cases}\" failures=\"{failures}\">",
            Xml(&test.name),
            Xml(&test.file),
        );
        for check in &test.checks {
            let _ = write!(
                out,
                "    <testcase classname=\"{}\" name=\"{}\"",
                Xml(&test.name),
                Xml(&check.text)
            );
            if let Some(line) = check.line {
                let _ = write!(out, " line=\"{line}\"");
            }
            if check.held {
                out.push_str("/>\n");
            } else {
                let _ = writeln!(
                    out,
                    "><failure message=\"{}\"/></testcase>",
                    Xml(&format!("found {}", check.actual))
                );
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn count(tests: &[Tested]) -> (usize, usize) {
    let checks = || tests.iter().flat_map(|test| &test.checks);
    (
        checks().count(),
        checks().filter(|check| !check.held).count(),
    )
}

/// A workflow command of GitHub for each assertion that failed and each warning; it marks the line, or the file, in a
/// pull request.
#[must_use]
pub fn annotations(tests: &[Tested]) -> Vec<String> {
    let mut lines = Vec::new();
    for test in tests {
        for check in test.checks.iter().filter(|check| !check.held) {
            let line = check.line.map(|line| format!(",line={line}"));
            lines.push(format!(
                "::error file={}{},title={}::{}",
                property(&test.file),
                line.unwrap_or_default(),
                property(&test.name),
                data(&format!("{}: found {}", check.text, check.actual)),
            ));
        }
        for warning in &test.warnings {
            lines.push(format!(
                "::warning file={},title={}::{}",
                property(&test.file),
                property(&test.name),
                data(warning)
            ));
        }
    }
    lines
}

/// What ends a workflow command or its properties early is written as its runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text as XML holds it in attributes. Characters that XML 1.0 cannot hold at all become `?`.
struct Xml<'a>(&'a str);

impl Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\n' => f.write_str("&#10;")?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_char('?')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested() -> Vec<Tested> {
        let check = |text: &str, line, held| Check {
            text: text.into(),
            line,
            held,
            actual: "7.00 USD".into(),
        };
        vec![Tested {
            file: "a,b.yaml".into(),
            name: "cheap: \"100%\"\u{1}".into(),
            checks: vec![
                check("costUsd <= 6.00 USD", Some(9), false),
                check("invariants", None, true),
            ],
            warnings: vec!["no request arrived".into()],
        }]
    }

    #[test]
    fn junit_has_a_case_an_assertion_and_is_xml_whatever_a_name_holds() {
        let xml = junit(&tested());
        for part in [
            "tests=\"2\" failures=\"1\"",
            "<testsuite name=\"cheap: &quot;100%&quot;?\" file=\"a,b.yaml\"",
            "name=\"costUsd &lt;= 6.00 USD\" line=\"9\"><failure message=\"found 7.00 USD\"/></testcase>",
            "name=\"invariants\"/>",
        ] {
            assert!(xml.contains(part), "{part} is missing in\n{xml}");
        }
    }

    #[test]
    fn an_annotation_marks_the_line_and_only_of_what_failed() {
        assert_eq!(
            annotations(&tested()),
            [
                "::error file=a%2Cb.yaml,line=9,title=cheap%3A \"100%25\"\u{1}::costUsd <= 6.00 USD: found 7.00 USD",
                "::warning file=a%2Cb.yaml,title=cheap%3A \"100%25\"\u{1}::no request arrived"
            ]
        );
    }
}
