//! What experiments' files say in the words of the command line: the names of autoscalers, and the options of the load.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory as _, Parser, ValueEnum as _};

use super::CommandError;
use super::autoscaler::AutoscalerName;
use super::load::Load;
use crate::experiment::policy_test::LoadOptions;
use crate::trace::TraceError;

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
        // Which options need or exclude each other is asked of all together.
        let wrong = Only::try_parse_from(&own).err();
        let wrong = wrong.filter(|error| {
            let kinds = [
                ErrorKind::ArgumentConflict,
                ErrorKind::MissingRequiredArgument,
            ];
            !kinds.contains(&error.kind())
        });
        if let Some(error) = wrong {
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

/// What is said of the files that cannot be read, where the load as a whole cannot be asked for them.
pub(super) fn unreadable(options: &LoadOptions, folder: &Path) -> Vec<String> {
    let files = files(options, folder).into_iter();
    let unreadable = files.filter_map(|file| {
        let source = File::open(&file).err()?;
        let file = file.display().to_string();
        Some(TraceError::Io { file, source }.to_string())
    });
    unreadable.collect()
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

/// No load at all.
pub(super) fn no_load() -> Load {
    let args: [&str; 0] = [];
    let only = Only::try_parse_from(args);
    only.expect("each option of the load may be left out").load
}

/// What is said where a file describes no load and its world generates none.
pub(super) const NO_LOAD: &str =
    "is missing: nothing arrives; write `load: {trace: FILE}` here, or `load` into the world file";

/// A sentence about options of the load in the words of a file: `load.serviceMean: 250ms` for `--service-mean 250ms`.
pub(super) fn of_file(sentence: &str) -> String {
    let command = Only::command();
    let mut text = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once("--") {
        let end = after.find(|c: char| !(c.is_ascii_lowercase() || c == '-'));
        let (flag, behind) = after.split_at(end.unwrap_or(after.len()));
        let mut known = command.get_arguments();
        text.push_str(before);
        if known.any(|option| option.get_long() == Some(flag)) {
            text.push_str("load.");
            text.push_str(&camel(flag));
            if has_value(behind) {
                text.push(':');
            }
        } else {
            text.push_str("--");
            text.push_str(flag);
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// An error of a run that a file describes, in the words of the file.
pub(super) fn in_file(error: CommandError, file: &str) -> CommandError {
    match error {
        CommandError::Inputs(problems) => {
            let problems = problems.iter();
            let told = problems.map(|problem| format!("{file}: load: {}", of_file(problem)));
            CommandError::Inputs(told.collect())
        }
        other => other,
    }
}

/// Whether an example's value follows an option, and not the rest of a sentence.
fn has_value(behind: &str) -> bool {
    let behind = behind.strip_prefix(' ').unwrap_or_default();
    behind.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
}

/// What clap says, without its own heading and hints, and of a value only why it is wrong.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.lines().next().unwrap_or_default();
    if let Some(ContextValue::Strings(missing)) = error
        .get(ContextKind::InvalidArg)
        .filter(|_| error.kind() == ErrorKind::MissingRequiredArgument)
    {
        let missing = missing
            .iter()
            .map(|option| option.split(' ').next().unwrap_or_default());
        let missing: Vec<&str> = missing.collect();
        return of_file(&format!("needs {} too", missing.join(", ")));
    }
    match (error.kind(), text.split_once(">': ")) {
        (ErrorKind::ValueValidation, Some((_, why))) => of_file(why),
        _ => of_file(text),
    }
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
            "scale `two` is not",
            "serviceMean is no value",
            "trase is not known: the options here are trace, ",
        ]) {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(says.len(), 3);
    }
}
