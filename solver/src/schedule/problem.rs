//! What can be wrong with a scheduled window, each with what would be right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A problem and the field it is in.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[error("{path}: {problem}")]
pub struct FieldProblem {
    /// Path of the field as written in the configuration, such as `schedule[2].timeZone`.
    pub path: String,
    /// What is wrong with it.
    pub problem: WindowProblem,
}

/// What is wrong with a scheduled window or its bounds.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum WindowProblem {
    /// The name is empty.
    #[error("is empty: give the window a name, reasons refer to it")]
    EmptyName,
    /// Two entries of one list have the same name.
    #[error("`{name}` is used twice: give each window its own name")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Not in the compiled-in time zone database.
    #[error("`{zone}` is not a known time zone: use an IANA name such as `Europe/Berlin` or `UTC`")]
    UnknownTimeZone {
        /// The name as written.
        zone: String,
    },
    /// Not a time of day.
    #[error("`{value}` is not a time of day: write `HH:MM` from 00:00 to 23:59")]
    BadTime {
        /// The time as written.
        value: String,
    },
    /// The set of days is given and empty, so the window would never open.
    #[error("is empty: name at least one weekday, or leave the field out for every day")]
    EmptyDays,
    /// Neither floor nor ceiling.
    #[error("bounds nothing: set minReplicas, maxReplicas or both")]
    NoBound,
    /// The floor of the entry is above its own ceiling.
    #[error("{min} is above maxReplicas {max}: lower the one or raise the other")]
    MinAboveMax {
        /// `minReplicas`.
        min: u32,
        /// `maxReplicas`.
        max: u32,
    },
}
