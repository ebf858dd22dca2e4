//! Where the tests are: the named files, and in the named folders those that hold a policy test.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use spillway_crds::document::nearest;

use crate::cli::inputs::Inputs;

/// The kinds of files that lie beside policy tests and are none.
const OTHERS: [&str; 5] = [
    "World",
    "Sweep",
    "Cluster",
    "BurstPolicy",
    "HybridAutoscaler",
];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The tests, by name within each folder.
    pub(super) files: Vec<PathBuf>,
    /// YAML files that are passed over although nobody knows what they are, with the reason.
    pub(super) skipped: Vec<String>,
}

/// Looks for tests; what cannot be read, and what is a test but for a slip, is a problem.
pub(super) fn search(paths: &[PathBuf], inputs: &mut Inputs) -> Found {
    let mut found = Found::default();
    for path in paths {
        if !path.is_dir() {
            found.files.push(path.clone());
            continue;
        }
        let mut yaml = Vec::new();
        if let Err((folder, error)) = yaml_below(path, &mut yaml) {
            inputs.problem(format_args!(
                "{}: cannot be read: {error}",
                folder.display()
            ));
        }
        yaml.sort();
        let before = (found.files.len(), inputs.are_sound());
        for file in yaml {
            look_at(file, inputs, &mut found);
        }
        if before == (found.files.len(), inputs.are_sound()) {
            inputs.problem(format_args!(
                "{}: has no policy test: write `kind: PolicyTest` into a .yaml or .yml file there",
                path.display()
            ));
        }
    }
    found
}

fn yaml_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let here = |error| (folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(here)? {
        let path = entry.map_err(here)?.path();
        let extension = path.extension();
        if path.is_dir() {
            yaml_below(&path, files)?;
        } else if extension.is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

fn look_at(file: PathBuf, inputs: &mut Inputs, found: &mut Found) {
    let Some(text) = inputs.text(&file) else {
        return;
    };
    let name = file.display();
    let asserts = value_of("assert", &text).is_some();
    match value_of("kind", &text) {
        Some((_, "PolicyTest")) => found.files.push(file),
        Some((_, kind)) if OTHERS.contains(&kind) && !asserts => {}
        Some((line, kind)) => {
            let known = ["PolicyTest"].into_iter().chain(OTHERS);
            let near = nearest(kind, &known.collect::<Vec<_>>());
            if asserts || near == Some("PolicyTest") {
                inputs.problem(format_args!(
                    "{name}:{line}: kind: `{kind}` is no test: write `PolicyTest`"
                ));
            } else {
                let near = near.map(|near| format!("; did you mean `{near}`?"));
                found.skipped.push(format!(
                    "{name}:{line}: is no policy test and skipped: its kind is `{kind}`{}",
                    near.unwrap_or_default()
                ));
            }
        }
        None if asserts => inputs.problem(format_args!(
            "{name}:1: kind: is missing: write `kind: PolicyTest`"
        )),
        None => found.skipped.push(format!(
            "{name}:1: is no policy test and skipped: it has no kind"
        )),
    }
}

/// A field at the outermost level with its line, also of a file that is no valid YAML.
fn value_of<'t>(field: &str, text: &'t str) -> Option<(usize, &'t str)> {
    let fields = text.lines().zip(1..);
    let mut values = fields.filter_map(|(line, number)| {
        let value = line.strip_prefix(field)?.trim_start().strip_prefix(':')?;
        let value = value.split(" #").next().unwrap_or_default().trim();
        Some((number, value.trim_matches(['"', '\''])))
    });
    values.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_with_quotes_comments_and_in_files_that_are_no_yaml() {
        for (text, kind) in [
            ("a: 1\nkind: PolicyTest\n", Some((2, "PolicyTest"))),
            ("kind: 'PolicyTest' # a test\n]", Some((1, "PolicyTest"))),
            ("kind : \"World\"", Some((1, "World"))),
            ("spec:\n  kind: PolicyTest", None),
            ("kinds: PolicyTest", None),
        ] {
            assert_eq!(value_of("kind", text), kind, "{text}");
        }
    }
}
