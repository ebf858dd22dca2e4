//! Documents that name files of the repository name files that exist.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn documents() -> Vec<PathBuf> {
    let mut open = vec![root().join("docs")];
    let mut found: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
        .iter()
        .map(|d| root().join(d))
        .collect();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).expect("docs/ can be read") {
            let path = entry.expect("docs/ can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// Every path in backticks whose first part is a top-level folder or file of ours.
fn paths(text: &str) -> Vec<&str> {
    let ours = [
        "solver/",
        "crds/",
        "sim/",
        "tests/",
        "docs/",
        "examples/",
        ".ci/",
        ".cargo/",
    ];
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|p| ours.iter().any(|o| p.starts_with(o)))
        .filter(|p| !p.contains([' ', '*', '<', '{', '$']))
        .collect()
}

#[test]
fn paths_in_documents_exist() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document)
            .unwrap_or_else(|e| panic!("{}: {e}", document.display()));
        for path in paths(&text) {
            let file = path.split(['#', ':']).next().unwrap_or(path);
            if !root().join(file).exists() {
                wrong.push(format!("{}: `{path}`", document.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these documents name what is not there:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).expect("listed a moment ago");
        let dir = document.parent().expect("a file is in a folder");
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = link.split('#').next().unwrap_or(link);
            if !file.is_empty() && !file.contains("://") && !dir.join(file).exists() {
                wrong.push(format!("{}: ({link})", document.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these links lead nowhere:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn invariants_of_the_architecture_name_tests_that_exist() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    let mut sources = String::new();
    for dir in ["controller", "crds", "sim", "solver", "tests"] {
        let mut open = vec![root().join(dir)];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(&dir).expect("source folders can be read") {
                let path = entry.expect("source folders can be read").path();
                if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
                    open.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    sources += &std::fs::read_to_string(&path).expect("sources are text");
                }
            }
        }
    }
    let named: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split("guarded by `").nth(1)?.split('`').next())
        .collect();
    assert!(
        !named.is_empty(),
        "ARCHITECTURE.md names the tests that guard its invariants"
    );
    for test in named {
        assert!(
            sources.contains(&format!("fn {test}(")),
            "there is no test {test}"
        );
    }
}
