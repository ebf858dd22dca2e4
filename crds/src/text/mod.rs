//! Values that people write as text: quantities, spans of time and money, read exactly.
//!
//! The API kinds carry the text as written; it becomes an integer only in the conversion, where
//! a problem can be reported with its field. Nothing here goes through a float.

mod money;
mod quantity;
mod time_span;

pub use money::Usd;
pub use quantity::Quantity;
pub use time_span::TimeSpan;

use thiserror::Error;

/// Why a text is no such value, and what would be one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Not a quantity.
    #[error(
        "`{0}` is not a quantity: write a number with at most one suffix, such as \"500m\", \"2Gi\" or \"1e3\""
    )]
    NotAQuantity(String),
    /// Not a span of time.
    #[error(
        "`{0}` is not a time span: write whole numbers with their units from large to small, such as \"30s\", \"5m\" or \"1h30m\" (d, h, m, s, ms)"
    )]
    NotATimeSpan(String),
    /// A number without a unit.
    #[error("`{0}` has no unit: write \"{0}s\" for seconds or \"{0}m\" for minutes")]
    NoUnit(String),
    /// Not an amount of money.
    #[error(
        "`{0}` is not an amount in USD: write a decimal string without sign or currency, such as \"0.192\""
    )]
    NotMoney(String),
    /// Finer than a millionth of a dollar.
    #[error("`{0}` is finer than a millionth of a dollar: round it to 6 decimal places")]
    TooFine(String),
    /// Larger than the integers that decisions are made with.
    #[error("`{0}` is too large: the largest value is {1}")]
    TooLarge(String, i64),
    /// Below zero where nothing can be.
    #[error("`{0}` is below zero: write zero or more")]
    Negative(String),
    /// A fraction of something that only comes whole.
    #[error("`{0}` is not a whole number: this resource is counted in whole units")]
    NotWhole(String),
}
