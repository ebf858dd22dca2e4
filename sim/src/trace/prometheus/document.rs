//! The members of the document, each read by a visitor that hands its parts on instead of keeping them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::super::error::{Problems, quoted};
use super::super::series::{Fault, Kind, Labels, Sample, SeriesSet};

/// Points of one series that are held: a server gives 11,000 at most, others some more.
const MOST_POINTS: usize = 10_000_000;

/// Reads the whole document. The same seed serves its inner objects, which differ in their members only.
pub(super) struct Document<'a> {
    pub(super) series: &'a mut SeriesSet,
    pub(super) problems: &'a mut Problems,
    pub(super) line: &'a AtomicU64,
}

impl Document<'_> {
    fn refuse(&mut self, field: &str, wrong: impl Into<String>, right: &str) {
        let line = self.line.load(Ordering::Relaxed);
        self.problems.add(line, Some(field), wrong, right);
    }

    /// Hands the points of a series on.
    fn take(&mut self, index: usize, read: Read) {
        let field = format!("data.result[{index}]");
        if read.instant {
            let right = "ask /api/v1/query_range with start, end and step";
            return self.refuse(&field, "this is one value and not a series", right);
        }
        if read.histograms {
            let right = "ask for their count: histogram_count(rate(NAME[1m]))";
            return self.refuse(&field, "native histograms are no rates", right);
        }
        let line = self.line.load(Ordering::Relaxed);
        let key = self
            .series
            .find(&read.labels, Kind::Gauge, line, self.problems);
        let Some(key) = key else { return };
        let mut last_ms = None;
        for (number, Point { at_ms, value, line }) in read.points.into_iter().enumerate() {
            let place = format!("{field}.values[{number}]");
            let added = match value {
                Ok(_) if last_ms.is_some_and(|last| at_ms <= last) => Err(Fault::of(
                    "its time is not after that of the point before".to_owned(),
                    "sort the points by time",
                )),
                Ok(value) => self.series.add(&key, Sample { at_ms, value }),
                Err(fault) => Err(fault),
            };
            last_ms = Some(at_ms);
            if let Err(fault) = added {
                self.problems
                    .add(line, Some(&place), fault.wrong, fault.right);
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON object of a query_range")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let (mut failed, mut said, mut data) = (false, String::new(), false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "status" => failed = map.next_value::<String>()? == "error",
                "error" => said = map.next_value()?,
                "warnings" | "infos" => {
                    let said: Option<Vec<String>> = map.next_value()?;
                    for words in said.unwrap_or_default() {
                        self.series.remark(format!("Prometheus said: {words}"));
                    }
                }
                "data" => {
                    data = true;
                    map.next_value_seed(Data(&mut self))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if failed {
            let wrong = format!("Prometheus refused the query: {said}");
            self.refuse("error", wrong, "ask again");
        } else if !data {
            self.refuse(
                "data",
                "is missing",
                "save the whole answer to a query_range",
            );
        }
        Ok(())
    }
}

/// `{"resultType":"matrix","result":[...]}`.
struct Data<'a, 'b>(&'a mut Document<'b>);

impl<'de> DeserializeSeed<'de> for Data<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Data<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with resultType and result")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut matrix = true;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "resultType" => {
                    let kind: String = map.next_value()?;
                    matrix = kind == "matrix";
                    if !matrix {
                        let wrong = format!("{} is not a matrix", quoted(kind.as_bytes()));
                        let right = "ask /api/v1/query_range with start, end and step";
                        self.0.refuse("data.resultType", wrong, right);
                    }
                }
                "result" if matrix => map.next_value_seed(Results(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The list of series.
struct Results<'a, 'b>(&'a mut Document<'b>);

impl<'de> DeserializeSeed<'de> for Results<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Results<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of series")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(read) = seq.next_element_seed(OneSeries(self.0.line))? {
            self.0.take(index, read);
            index += 1;
        }
        Ok(())
    }
}

/// A series as it was read.
#[derive(Default)]
struct Read {
    labels: Labels,
    points: Vec<Point>,
    histograms: bool,
    instant: bool,
}

struct Point {
    at_ms: i64,
    value: Result<f64, Fault>,
    line: u64,
}

/// `{"metric":{...},"values":[...]}`.
struct OneSeries<'a>(&'a AtomicU64);

impl<'de> DeserializeSeed<'de> for OneSeries<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneSeries<'_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series with metric and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut read = Read::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metric" => read.labels = map.next_value()?,
                "values" => read.points = map.next_value_seed(Points(self.0))?,
                other => {
                    read.histograms |= other.starts_with("histogram");
                    read.instant |= other == "value";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(read)
    }
}

/// `[[1700000000,"12"],...]`.
struct Points<'a>(&'a AtomicU64);

impl<'de> DeserializeSeed<'de> for Points<'_> {
    type Value = Vec<Point>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Point>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Points<'_> {
    type Value = Vec<Point>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of points")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Point>, A::Error> {
        let mut points = Vec::new();
        while let Some((seconds, text)) = seq.next_element::<(f64, Text)>()? {
            if points.len() >= MOST_POINTS {
                return Err(A::Error::custom("a series has too many points"));
            }
            let ms = (seconds * 1e3).round();
            // Within what a float holds exactly, which is more than all of history in milliseconds.
            if ms.abs() > 9e15 {
                return Err(A::Error::custom("a time is not one in seconds since 1970"));
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked above")]
            let at_ms = ms as i64;
            let value = text.0.parse().map_err(|_| {
                let wrong = format!("{} is not a number", quoted(text.0.as_bytes()));
                Fault::of(wrong, "a value is a text with a number, or NaN")
            });
            let line = self.0.load(Ordering::Relaxed);
            points.push(Point { at_ms, value, line });
        }
        Ok(points)
    }
}

/// A text, borrowed where it can be.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take<'a>(PhantomData<&'a ()>);
        impl<'de> Visitor<'de> for Take<'de> {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value written as a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
        }
        deserializer.deserialize_str(Take(PhantomData))
    }
}
