//! What experiments' files say in the words of the command line: the names of autoscalers, and the options of the load.

use std::path::{Path, PathBuf};

use clap::{Arg, CommandFactory as _, Parser, ValueEnum as _};

use super::autoscaler::AutoscalerName;
use super::load::Load;
use crate::experiment::policy_test::LoadOptions;

/// The autoscaler of this name.
///
/// # Errors
///
/// A sentence with the names that are known.
pub(super) fn autoscaler(name: &str) -> Result<AutoscalerName, String> {
    AutoscalerName::from_str(name, false).map_err(|_| {
        let known = AutoscalerName::value_variants().iter();
        let known: Vec<&str> = known.map(|known| known.name).collect();
        format!(
            "no autoscaler is called `{name}`: write one of {}",
            known.join(", ")
        )
    })
}

/// The command line's load and nothing else.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Only {
    #[command(flatten)]
    load: Load,
}

/// The load that a file in `folder` describes.
///
/// # Errors
///
/// Each option that is wrong: its name, and what would be right.
pub(super) fn load(options: &LoadOptions, folder: &Path) -> Result<Load, Vec<(String, String)>> {
    let command = Only::command();
    let mut args = Vec::new();
    let mut problems = Vec::new();
    for (name, value) in options {
        let flag = kebab(name);
        let option = command
            .get_arguments()
            .find(|option| option.get_long() == Some(&flag));
        let Some(option) = option else {
            let known = command
                .get_arguments()
                .filter_map(|option| option.get_long());
            let known: Vec<String> = known.map(camel).collect();
            let message = format!("is not known: the options here are {}", known.join(", "));
            problems.push((name.clone(), message));
            continue;
        };
        let values = match texts(value) {
            Ok(values) => values,
            Err(message) => {
                problems.push((name.clone(), message.to_owned()));
                continue;
            }
        };
        let mut own = Vec::new();
        for value in values {
            let value = if is_file(option) {
                folder.join(value).display().to_string()
            } else {
                value
            };
            own.push(format!("--{flag}={value}"));
        }
        if let Err(error) = Only::try_parse_from(&own) {
            problems.push((name.clone(), sentence(&error)));
        }
        args.extend(own);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Only::try_parse_from(&args)
        .map(|only| only.load)
        .map_err(|error| vec![(String::new(), sentence(&error))])
}

/// The files that the load of a file in `folder` names.
pub(super) fn files(options: &LoadOptions, folder: &Path) -> Vec<PathBuf> {
    let command = Only::command();
    let mut files = Vec::new();
    for (name, value) in options {
        let flag = kebab(name);
        let mut known = command.get_arguments();
        if known.any(|option| option.get_long() == Some(&flag) && is_file(option)) {
            let named = texts(value).unwrap_or_default();
            files.extend(named.into_iter().map(|file| folder.join(file)));
        }
    }
    files
}

fn is_file(option: &Arg) -> bool {
    let names = option.get_value_names();
    names.is_some_and(|names| names.iter().any(|name| name == "FILE"))
}

/// One value, or several.
fn texts(value: &serde_json::Value) -> Result<Vec<String>, &'static str> {
    use serde_json::Value;
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Number(_) | Value::Bool(_) => Ok(vec![value.to_string()]),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(texts).collect();
            Ok(items?.concat())
        }
        Value::Null | Value::Object(_) => Err("is no value of an option: write a text or a number"),
    }
}

/// What clap says, without its own heading and hints.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    text.lines().next().unwrap_or_default().to_owned()
}

/// `service-mean` of `serviceMean`.
fn kebab(name: &str) -> String {
    let mut flag = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            flag.push('-');
        }
        flag.push(c.to_ascii_lowercase());
    }
    flag
}

/// `serviceMean` of `service-mean`.
fn camel(flag: &str) -> String {
    let mut words = flag.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let (head, rest) = word.split_at(word.len().min(1));
        name.push_str(&head.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Load, Vec<(String, String)>> {
        load(
            &serde_json::from_str(json).expect("options"),
            Path::new("tests"),
        )
    }

    #[test]
    fn options_are_those_of_the_command_line_and_files_are_seen_from_the_folder() {
        let load = read(r#"{"trace": "a.csv", "scale": 2, "serviceMean": "80ms"}"#).expect("sound");
        assert_eq!(load.name().expect("a trace").name, "tests/a.csv");
    }

    #[test]
    fn each_option_that_is_wrong_is_named() {
        let problems =
            read(r#"{"trase": "a.csv", "scale": "two", "serviceMean": {}}"#).expect_err("wrong");
        let says: Vec<String> = problems
            .iter()
            .map(|(name, says)| format!("{name} {says}"))
            .collect();
        for (text, part) in says.iter().zip([
            "scale invalid value 'two'",
            "serviceMean is no value",
            "trase is not known: the options here are trace, ",
        ]) {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(says.len(), 3);
    }
}
