//! The autoscalers by the names of the command line.

use std::ops::Deref;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::hosts::{AUTOSCALERS, Entry};

/// What makes the decisions of a run: an entry of the table of autoscalers.
#[derive(Clone, Copy, Debug)]
pub(super) struct AutoscalerName(&'static Entry);

static NAMES: [AutoscalerName; AUTOSCALERS.len()] = {
    let mut names = [AutoscalerName(&AUTOSCALERS[0]); AUTOSCALERS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = AutoscalerName(&AUTOSCALERS[index]);
        index += 1;
    }
    names
};

impl ValueEnum for AutoscalerName {
    fn value_variants<'a>() -> &'a [Self] {
        &NAMES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).help(self.rule))
    }
}

impl From<&'static Entry> for AutoscalerName {
    fn from(entry: &'static Entry) -> Self {
        Self(entry)
    }
}

impl Deref for AutoscalerName {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        self.0
    }
}
