//! Reading the fields of one object, with a problem for each that cannot be read.
//!
//! A field that cannot be read gives a zero and a problem; nothing is ever decided on the zero,
//! because with a problem the policy is only looked at for names.

use std::collections::BTreeSet;

use spillway_solver::resources::Resources;
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour, MilliCpu, Millis};

use crate::api::Amounts;
use crate::objects::Origin;
use crate::problem::Problem;
use crate::text::{Quantity, TextError, TimeSpan, Usd};

/// Bytes (1 MiB) below which a number without a unit is refused. A lower one lets a forgotten
/// `Mi` through; a higher one refuses numbers that may be meant.
const LEAST_BARE_BYTES: u64 = 1 << 20;

/// The object whose fields are read.
pub(super) struct Scope<'a> {
    object: String,
    origin: &'a Origin,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        kind: &str,
        name: &str,
        origin: &'a Origin,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        Self {
            object: format!("{kind}/{name}"),
            origin,
            problems,
        }
    }

    pub(super) fn report(&mut self, path: &str, message: String) {
        self.problems.push(Problem {
            object: self.object.clone(),
            ..self.origin.problem(path, message)
        });
    }

    fn read<T: Default>(&mut self, path: &str, read: Result<T, TextError>) -> T {
        read.unwrap_or_else(|error| {
            self.report(path, error.to_string());
            T::default()
        })
    }

    pub(super) fn millis(&mut self, path: &str, span: &TimeSpan) -> Millis {
        self.read(path, span.millis())
    }

    /// A span that must not be zero.
    pub(super) fn positive_millis(&mut self, path: &str, span: &TimeSpan) -> Millis {
        let millis = self.read(path, span.millis().map(Some));
        if millis == Some(Millis(0)) {
            self.report(
                path,
                format!("`{}` is no time at all: write more than 0s", span.0),
            );
        }
        millis.unwrap_or_default()
    }

    pub(super) fn usd(&mut self, path: &str, usd: &Usd) -> MicroUsd {
        MicroUsd(self.read(path, usd.micro()))
    }

    pub(super) fn usd_per_hour(&mut self, path: &str, usd: &Usd) -> MicroUsdPerHour {
        MicroUsdPerHour(self.read(path, usd.micro()))
    }

    /// Thousandths of a quantity that is zero or more.
    pub(super) fn milli(&mut self, path: &str, quantity: &Quantity) -> i64 {
        let milli = self.read(path, quantity.milli());
        if milli < 0 {
            self.report(path, TextError::Negative(quantity.0.clone()).to_string());
        }
        milli
    }

    /// Thousandths of a quantity above zero.
    pub(super) fn positive_milli(&mut self, path: &str, quantity: &Quantity) -> i64 {
        let milli = self.read(path, quantity.milli().map(Some));
        if milli.is_some_and(|milli| milli <= 0) {
            self.report(
                path,
                format!("`{}` is not above zero: write more than 0", quantity.0),
            );
        }
        milli.unwrap_or_default()
    }

    pub(super) fn units(&mut self, path: &str, quantity: &Quantity) -> u64 {
        self.read(path, quantity.units())
    }

    /// Bytes. Kubernetes takes a bare number for bytes; so few are a forgotten unit.
    fn memory(&mut self, path: &str, quantity: &Quantity) -> u64 {
        let bytes = self.units(path, quantity);
        if (1..LEAST_BARE_BYTES).contains(&bytes) && quantity.0.bytes().all(|c| c.is_ascii_digit())
        {
            self.report(
                path,
                format!(
                    "`{0}` is {0} bytes: write the unit, such as \"{0}Mi\"",
                    quantity.0
                ),
            );
        }
        bytes
    }

    pub(super) fn percent(&mut self, path: &str, value: u32, least: u8, most: u8) -> u8 {
        self.byte(path, value, least, most, "a percentage")
    }

    pub(super) fn byte(&mut self, path: &str, value: u32, least: u8, most: u8, what: &str) -> u8 {
        match u8::try_from(value) {
            Ok(value) if (least..=most).contains(&value) => value,
            _ => {
                self.report(
                    path,
                    format!("is {value}: write {what} from {least} to {most}"),
                );
                least
            }
        }
    }

    pub(super) fn resources(&mut self, path: &str, amounts: &Amounts, pods: u32) -> Resources {
        let cpu = self.milli(&format!("{path}.cpu"), &amounts.cpu);
        let memory = self.memory(&format!("{path}.memory"), &amounts.memory);
        let extended = amounts
            .extended
            .iter()
            .map(|(name, quantity)| {
                let path = format!("{path}.extended.{name}");
                (name.clone(), self.read(&path, quantity.whole()))
            })
            .collect();
        Resources {
            cpu_milli: MilliCpu(u64::try_from(cpu).unwrap_or_default()),
            memory_bytes: Bytes(memory),
            pods,
            extended,
        }
    }

    /// Reports names that occur a second time in a list.
    pub(super) fn unique<'n>(
        &mut self,
        path: &str,
        field: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            if !seen.insert(name) {
                let path = format!("{path}[{index}]{field}");
                self.report(&path, format!("`{name}` is used twice: write it once"));
            }
        }
    }

    pub(super) fn min_max(&mut self, path: &str, min: Option<u32>, max: Option<u32>) {
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            let message =
                format!("{min} is above maxReplicas {max}: lower the one or raise the other");
            self.report(path, message);
        }
    }
}
