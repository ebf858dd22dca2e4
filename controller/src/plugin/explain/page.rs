//! One workload's decision, for people: short sentences, and the stable code in brackets.

use std::fmt::Debug;

use schemars::JsonSchema;
use spillway_crds::text::Usd;
use spillway_solver::decision::{
    Counterfactual, DemandRung, MoveReason, ReadingProblem, ScalingReason, SpillReason, StepKind,
    UnplacedReason,
};
use spillway_solver::policy::Tier;

use super::super::print::{Paint, table};
use super::super::words::{self, UNKNOWN, count, meaning, rate, span, usd};
use super::otherwise::Otherwise;
use super::view::{Answer, Explained, Metric, Place};

pub(super) fn page(answer: &Answer, paint: Paint) -> String {
    let mut lines = Vec::new();
    if !answer.problems.is_empty() {
        lines.push(paint.alarm(&format!("{} is not acted on:", answer.id)));
        lines.extend(answer.problems.iter().map(|problem| format!("  {problem}")));
    }
    lines.push(answer.explained.as_ref().map_or_else(
        || format!("Nothing was decided for {} in the last tick.", answer.id),
        |explained| head(&answer.id, explained),
    ));
    lines.extend(answer.notes.iter().cloned());
    if let Some(explained) = &answer.explained {
        decided(explained, paint, &mut lines);
    }
    if answer.told.as_ref().is_some_and(|told| !told.is_empty()) {
        lines.push(String::new());
        lines.push(paint.title("EVENTS"));
    }
    for told in answer.told.iter().flatten() {
        let at = told.at.as_deref().unwrap_or(UNKNOWN);
        lines.push(format!("  {at}: {} [{}]", told.message, told.reason));
    }
    lines.join("\n") + "\n"
}

fn head(id: &str, explained: &Explained) -> String {
    let cost = explained.usd_per_hour.as_ref();
    format!(
        "{id}: {} desired, {} Ready, {} without a place; {} USD/h. Decided {} ago.",
        count(explained.desired.into(), "replica", "replicas"),
        explained.ready,
        explained.unplaced_replicas,
        cost.map_or_else(|| UNKNOWN.to_owned(), money),
        span(explained.age_ms)
    )
}

fn decided(explained: &Explained, paint: Paint, lines: &mut Vec<String>) {
    let mut part = |title: &str, text: Vec<String>| {
        lines.push(String::new());
        lines.push(paint.title(title));
        lines.extend(text.into_iter().map(|line| format!("  {line}")));
    };
    part("WHY THIS MANY", how_many(explained));
    part("WHY THERE", places(&explained.places, explained));
    part("WHY NOT PRIVATE", not_private(explained));
    if !explained.unplaced.is_empty() {
        part("WITHOUT A PLACE", unplaced(explained));
    }
    if !explained.moves.is_empty() {
        part("MOVES", moves(explained));
    }
    part("WHAT WOULD CHANGE IT", otherwise(explained));
    part("WRITES", writes(explained));
}

/// The meaning of a code, with the code.
fn because<T: JsonSchema + Debug>(code: &T) -> String {
    let code = format!("{code:?}");
    format!("{} [{code}]", meaning::<T>(&code))
        .trim_start()
        .to_owned()
}

fn how_many(explained: &Explained) -> Vec<String> {
    let before = explained.before.map_or_else(
        || "Nothing was remembered of the count before".to_owned(),
        |before| format!("{before} before"),
    );
    let first = format!(
        "{before}, {} now; {} to {} are allowed.",
        explained.desired, explained.min_replicas, explained.max_replicas
    );
    let metrics = explained.metrics.iter().flat_map(metric);
    let steps = explained.scaling.iter().map(|step| {
        let reason: &ScalingReason = &step.reason;
        format!("{} to {}: {}", step.from, step.to, because(reason))
    });
    std::iter::once(first).chain(metrics).chain(steps).collect()
}

fn metric(metric: &Metric) -> Vec<String> {
    let wanted = metric.wanted.as_deref().unwrap_or(UNKNOWN);
    let value = match (&metric.value, metric.age_ms) {
        (Some(value), Some(age)) => format!("{value}, {} old", span(age)),
        (Some(value), None) => value.clone(),
        (None, _) => "no value".to_owned(),
    };
    let proposes = metric.proposal.map_or_else(
        || "It proposes nothing.".to_owned(),
        |proposal| {
            format!(
                "It proposes {}.",
                count(proposal.into(), "replica", "replicas")
            )
        },
    );
    let mut lines = vec![format!(
        "Metric {}: {value}; it shall be {wanted}. {proposes} [{}]",
        metric.name, metric.rung
    )];
    if metric.rung != DemandRung::Fresh {
        lines.push(format!("  What counts: {}", because(&metric.rung)));
    }
    if let Some(problem) = &metric.problem {
        let problem: &ReadingProblem = problem;
        lines.push(format!("  What is wrong: {}", because(problem)));
    }
    if let Some(said) = &metric.said {
        lines.push(format!("  The source says: {said}"));
    }
    lines
}

fn places(places: &[Place], explained: &Explained) -> Vec<String> {
    let rows = places.iter().map(|place| {
        [
            place.cluster.clone(),
            tier(place.tier).to_owned(),
            place.replicas.to_string(),
            place.ready.to_string(),
            place
                .read
                .map_or_else(|| "no target".to_owned(), |read| read.to_string()),
            place.apply.to_string(),
            place.groups.join(", "),
        ]
    });
    let header = [
        "CLUSTER",
        "TIER",
        "PLANNED",
        "READY",
        "TARGET",
        "TO WRITE",
        "ON GROUPS",
    ];
    let table = table(header, rows, &[2, 3, 4, 5]);
    let mut lines = if places.is_empty() {
        vec!["It has no replicas anywhere.".to_owned()]
    } else {
        // The part has a margin of its own.
        table
            .lines()
            .map(|line| line.get(1..).unwrap_or_default().to_owned())
            .collect()
    };
    let rules = explained.placement.as_ref().map(because);
    lines.extend(
        rules
            .into_iter()
            .chain(explained.fill.as_ref().map(because)),
    );
    if let Some(survives) = explained.survivability {
        lines.push(format!(
            "When any one cluster is lost, {} % still run; {} % are asked for.",
            survives.planned_percent, survives.wanted_percent
        ));
    }
    lines
}

fn tier(tier: Option<Tier>) -> &'static str {
    match tier {
        Some(Tier::Private) => "private",
        Some(Tier::Public) => "public",
        None => UNKNOWN,
    }
}

fn not_private(explained: &Explained) -> Vec<String> {
    if explained.spilled.is_empty() {
        return vec!["No replica is in public.".to_owned()];
    }
    let all = explained.spilled.iter().flat_map(|spilled| {
        let reason: &SpillReason = &spilled.reason;
        let first = format!(
            "{} in {}: {}",
            spilled.replicas,
            spilled.cluster,
            because(reason)
        );
        [Some(first), detail(&spilled.detail)]
    });
    all.flatten().collect()
}

fn unplaced(explained: &Explained) -> Vec<String> {
    let all = explained.unplaced.iter().flat_map(|unplaced| {
        let reason: &UnplacedReason = &unplaced.reason;
        let cluster = unplaced.cluster.as_ref();
        let whose = cluster.map_or_else(String::new, |cluster| format!(" (in {cluster})"));
        let first = format!("{}{whose}: {}", unplaced.replicas, because(reason));
        [Some(first), detail(&unplaced.detail)]
    });
    all.flatten().collect()
}

fn detail(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("  {text}"))
}

fn moves(explained: &Explained) -> Vec<String> {
    let all = explained.moves.iter().map(|step| {
        let reason: &MoveReason = &step.reason;
        let many = match step.replicas {
            0 => "none moves".to_owned(),
            1 => "1 moves".to_owned(),
            many => format!("{many} move"),
        };
        let gain = match (step.saving.0, step.cost.0) {
            (0, 0) => String::new(),
            (_, cost) => format!(
                " It saves {} and costs {} USD once.",
                rate(step.saving),
                usd(cost)
            ),
        };
        format!(
            "{} to {}: {many}. {}{gain}",
            step.from,
            step.to,
            because(reason)
        )
    });
    all.collect()
}

fn otherwise(explained: &Explained) -> Vec<String> {
    let fleet = &explained.fleet;
    let mut lines: Vec<String> = explained.otherwise.iter().map(one).collect();
    if lines.is_empty() {
        let nothing =
            "In one tick, no higher cap, higher maximum or further private node changes it.";
        lines.push(nothing.to_owned());
    }
    if let Some(room) = &explained.room {
        lines.push(format!(
            "One more node in {} has room for {}; what runs in public comes home once room has lasted {}.",
            room.node_of,
            count(room.replicas.into(), "replica", "replicas"),
            span(room.dwell_ms)
        ));
    }
    for core in fleet.private_core.iter().filter(|core| core.saves.0 > 0) {
        lines.push(format!(
            "One more core in {} would save the fleet up to {}.",
            core.cluster,
            rate(core.saves)
        ));
    }
    let way = |name: &str, way: &Counterfactual| {
        format!("{name} {} ({} not served)", rate(way.cost), way.unserved)
    };
    lines.push(format!(
        "The whole fleet costs {} USD/h as planned; {}, {}, {}.",
        money(&fleet.usd_per_hour),
        way("all in public", &fleet.all_public),
        way("all at home", &fleet.all_private),
        way("one after another", &fleet.greedy)
    ));
    lines
}

fn one(other: &Otherwise) -> String {
    let more = other.more_usd_per_hour.0.strip_prefix('-').map_or_else(
        || format!("{} USD/h more", money(&other.more_usd_per_hour)),
        |less| format!("{} USD/h less", money(&less.into())),
    );
    format!(
        "{}: {} desired, {} in public, {} without a place; the fleet costs {more}.",
        other.change, other.desired, other.public, other.unplaced
    )
}

fn money(amount: &Usd) -> String {
    amount.micro().map_or_else(|_| amount.0.clone(), usd)
}

fn writes(explained: &Explained) -> Vec<String> {
    let steps = explained.steps.iter().map(|step| {
        let kind = match step.kind {
            StepKind::Add => "add",
            StepKind::Remove => "remove",
        };
        let reason = step.reason.as_ref();
        let reason = reason.map_or_else(String::new, |code| format!(" [{code}]"));
        format!(
            "The tick asks to {kind} in {}: {} to {}{reason}",
            step.cluster, step.from, step.to
        )
    });
    let mut lines: Vec<String> = steps.collect();
    if lines.is_empty() {
        lines.push("The tick writes nothing: every target is as it shall be now.".to_owned());
    }
    lines.push(match &explained.last_change {
        Some(change) => format!(
            "The count changed last by {}, {} before the tick, at {}.",
            words::signed(change.by, &change.by.to_string()),
            span(change.before_ms),
            change.at
        ),
        None => "When the count changed last is not remembered.".to_owned(),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::super::super::moment::burst;
    use super::*;

    fn text(id: &str, problems: Vec<String>) -> String {
        let moment = burst();
        let now = moment.tick.snapshot.now_ms;
        let answer = Answer {
            id: id.to_owned(),
            problems,
            explained: Explained::of(&moment, id, now),
            told: None,
            notes: Vec::new(),
        };
        page(&answer, Paint(false))
    }

    #[test]
    fn each_reason_is_a_sentence_with_its_code() {
        let page = text("shop/orders", Vec::new());
        for line in [
            "40 to 35: The backlog is to be drained in time. [QueueDrain]",
            "19 in eks: No eligible private node has room. [NoRoom]",
            "9 (in eks): The money cap binds. [MoneyCap]",
            "1.00 USD/h are allowed",
        ] {
            assert!(page.contains(line), "{line}:\n{page}");
        }
    }

    #[test]
    fn a_workload_that_is_refused_has_all_its_problems() {
        let problems = vec!["spec.metrics is empty".to_owned(), "no policy".to_owned()];
        let page = text("shop/new", problems);
        assert!(
            page.starts_with("shop/new is not acted on:\n  spec.metrics is empty\n  no policy\n")
        );
        assert!(page.contains("Nothing was decided"), "{page}");
    }
}
