//! How far samples lie apart, and what bins of a width that the caller gave cannot show of them.

use super::Sample;
use crate::time::Nanos;

/// The median distance of samples, to the whole second where it is nearly one; `None` where there are fewer than two.
pub(super) fn usual_distance(samples: &[Sample]) -> Option<i64> {
    let mut distances: Vec<i64> = samples
        .windows(2)
        .map(|pair| pair[1].at_ms.saturating_sub(pair[0].at_ms))
        .collect();
    let middle = distances.len() / 2;
    let (_, median, _) = (!distances.is_empty()).then(|| distances.select_nth_unstable(middle))?;
    let second = (*median).saturating_add(500) / 1_000 * 1_000;
    let off = second.abs_diff(*median);
    Some(if second > 0 && off * 20 <= second.unsigned_abs() {
        second
    } else {
        *median
    })
}

/// What bins of a width that the caller gave cannot show.
pub(super) fn remarks_on_width(width_ms: i64, step_ms: i64, spanned_ms: i64) -> Vec<String> {
    let mut remarks = Vec::new();
    let [width, step, rest] = [width_ms, step_ms, spanned_ms % width_ms].map(milliseconds);
    if width_ms < step_ms {
        remarks.push(format!(
            "bins of {width} (--bin-width) are finer than the samples, {step} apart: within that time the rate is taken \
for even, and peaks are lower than they were"
        ));
    }
    if rest > Nanos::ZERO {
        remarks.push(format!(
            "the last {rest} fill no bin of {width} (--bin-width) and are left out"
        ));
    }
    remarks
}

pub(super) fn milliseconds(span_ms: i64) -> Nanos {
    Nanos::from_millis(span_ms.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_distance_is_the_median_to_the_second() {
        let samples = |times: &[i64]| -> Vec<Sample> {
            times
                .iter()
                .map(|&at_ms| Sample { at_ms, value: 0.0 })
                .collect()
        };
        for (times, expected) in [
            (&[0, 15_012, 29_990, 45_001][..], Some(15_000)),
            (&[0, 60_000, 180_000, 240_000][..], Some(60_000)),
            (&[0, 250, 500][..], Some(250)),
            (&[7][..], None),
        ] {
            assert_eq!(usual_distance(&samples(times)), expected, "{times:?}");
        }
    }
}
