//! Answers one HPA conformance case: `{"kind","inputs"}` on stdin, the answer on stdout.
//!
//! Exits with 1 and a message on stderr if the case cannot be read.

use std::io::Read as _;
use std::process::ExitCode;

use spillway_tests::hpa_conformance::answer_text;

fn main() -> ExitCode {
    let mut case = String::new();
    let answer = match std::io::stdin().read_to_string(&mut case) {
        Ok(_) => answer_text(&case).map_err(|error| error.to_string()),
        Err(error) => Err(format!("cannot read the case from stdin: {error}")),
    };
    match answer {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("hpa-conformance: {message}");
            ExitCode::FAILURE
        }
    }
}
