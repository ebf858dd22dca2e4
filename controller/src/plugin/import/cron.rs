//! KEDA's cron trigger as a scheduled floor.

use super::draft::Notes;
use super::source::Source;
use super::tree::{Fields, Part, Tree};

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A time of day on some weekdays; `None` is every day.
#[derive(Debug, PartialEq, Eq)]
struct Moment {
    time: String,
    days: Option<Vec<usize>>,
}

/// The window, or the comment in its place.
pub(super) fn window(
    name: String,
    path: String,
    mut metadata: Source,
    notes: &mut Notes,
) -> Part<Tree> {
    let [zone, start, end] = ["timezone", "start", "end"].map(|field| metadata.text(field));
    let replicas = metadata.number("desiredReplicas");
    let said = format!(
        "{} to {}",
        start.as_deref().unwrap_or("?"),
        end.as_deref().unwrap_or("?")
    );
    let moments = (
        start.as_deref().and_then(moment),
        end.as_deref().and_then(moment),
    );
    let (Some(zone), Some(replicas), (Some(opens), Some(closes))) = (zone, replicas, moments)
    else {
        let why =
            "only `MINUTE HOUR * * DAYS` can be a window of `schedule`: write its windows there";
        return Part::Comment(notes.left_out(path, Some(said), why));
    };
    if !closes.ends(&opens) {
        let why = "it does not end on the day on which it begins, nor on the next one: write its windows in `schedule`";
        return Part::Comment(notes.left_out(path, Some(said), why));
    }
    let mut window = Fields::default();
    window.put("name", name).put("timeZone", zone);
    if let Some(days) = &opens.days {
        let names = days.iter().map(|day| Part::Value(DAYS[*day].into()));
        window.put("days", names.collect::<Vec<_>>());
    }
    window
        .put("start", opens.time)
        .put("end", closes.time)
        .put("minReplicas", replicas);
    notes.rest(metadata, &[], &mut window);
    Part::Value(window.into())
}

impl Moment {
    /// Whether a window that opens with `start` closes with this: a window that closes at or before the time at which it
    /// opens lies on the next day.
    fn ends(&self, start: &Self) -> bool {
        let next_day = self.time <= start.time;
        let shift = usize::from(next_day);
        let shifted = start.days.as_ref().map(|days| {
            let mut days: Vec<usize> = days.iter().map(|day| (day + shift) % 7).collect();
            days.sort_unstable();
            days
        });
        self.days == shifted
    }
}

/// `30 8 * * 1-5`.
fn moment(cron: &str) -> Option<Moment> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, "*", "*", days] = fields[..] else {
        return None;
    };
    let (minute, hour): (u8, u8) = (minute.parse().ok()?, hour.parse().ok()?);
    (minute < 60 && hour < 24).then_some(())?;
    Some(Moment {
        time: format!("{hour:02}:{minute:02}"),
        days: if matches!(days, "*" | "?") {
            None
        } else {
            Some(weekdays(days)?)
        },
    })
}

fn weekdays(text: &str) -> Option<Vec<usize>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        (first <= last).then_some(())?;
        all.extend((first..=last).map(|day| day % 7));
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// 0 and 7 are Sunday.
fn weekday(text: &str) -> Option<usize> {
    let named = DAYS
        .iter()
        .position(|day| day[..3].eq_ignore_ascii_case(text));
    named.or_else(|| text.parse().ok().filter(|day| *day <= 7))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(start: &str, end: &str) -> Option<Value> {
        let metadata = Source::of(json!({
            "timezone": "Europe/Berlin", "start": start, "end": end, "desiredReplicas": "10"
        }));
        let mut notes = Notes::default();
        match window("day".to_owned(), String::new(), metadata, &mut notes) {
            Part::Value(window) => Some(window.value()),
            Part::Comment(_) => None,
        }
    }

    #[test]
    fn a_window_of_cron_is_a_scheduled_floor_where_it_recurs_weekly() {
        let work = read("0 8 * * 1-5", "30 18 * * MON-FRI").expect("a window");
        assert_eq!(
            (&work["start"], &work["end"], &work["minReplicas"]),
            (&json!("08:00"), &json!("18:30"), &json!(10))
        );
        assert_eq!(work["days"][4], "Friday");
        let night = read("0 22 * * 5,6", "0 6 * * 6,0").expect("a window");
        assert_eq!(night["days"], json!(["Friday", "Saturday"]));
        assert!(read("0 22 * * *", "0 6 * * *").is_some_and(|window| window.get("days").is_none()));
        for (start, end) in [
            ("*/5 8 * * *", "0 9 * * *"),
            ("0 8 1 * *", "0 9 1 * *"),
            ("0 8 * * 1", "0 9 * * 2"),
            ("0 22 * * 5", "0 6 * * 5"),
            ("nonsense", "0 9 * * *"),
        ] {
            assert_eq!(read(start, end), None, "{start} to {end}");
        }
    }
}
