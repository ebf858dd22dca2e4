//! The lives of public nodes, as lanes.

use std::fmt::Write as _;

use spillway_solver::policy::CapacityType;
use spillway_solver::units::{MicroUsd, UnixMs};

use super::Run;
use super::html::Text;
use super::plot::{HEIGHT, Panel, Rectangle, TimeAxis};
use super::units::{count, time, usd};
use crate::record::{NodeLife, RunRecord};

/// Height of a lane on the page, pixels, as long as the panel has room.
const LANE_PX: u32 = 10;
/// Bounds of a panel's height on the page, pixels.
const HEIGHT_PX: std::ops::RangeInclusive<u32> = 44..=320;
/// Nodes drawn of all runs together, and of one; the longest lives are kept. More would make the page large and the lanes too thin to see.
const MOST_TOGETHER: usize = 6_000;
const MOST_NODES: usize = 1_000;
/// Nodes of a page up to which each is described on hover.
const MOST_DESCRIBED: usize = 900;

/// Writes a panel for each run.
pub(super) fn write(out: &mut String, runs: &[Run], axis: &TimeAxis) {
    let most = MOST_NODES.min(MOST_TOGETHER / runs.len().max(1));
    for run in runs {
        let end = run.record.meta.start_ms.plus(run.record.meta.horizon_ms);
        let (nodes, left_out) = drawn_nodes(&run.record, end, most);
        let (lanes, lane_of) = lanes(&nodes, end);
        let height_px = (lanes.saturating_mul(LANE_PX)).clamp(*HEIGHT_PX.start(), *HEIGHT_PX.end());
        let lane_height = HEIGHT / f64::from(lanes.max(height_px / LANE_PX).max(1));
        let described = nodes.len() * runs.len() <= MOST_DESCRIBED;
        let mut shapes = String::new();
        for (node, lane) in nodes.iter().zip(lane_of) {
            draw(&mut shapes, node, lane, lane_height, axis, end, described);
        }
        let note = note(&nodes, lanes, left_out);
        Panel {
            name: &run.record.meta.name,
            description: format!(
                "Lives of public nodes under {}: {note}.",
                run.record.meta.name
            ),
            note,
            height_px,
            shapes,
            time: axis,
            axis: None,
            names: names(&nodes),
        }
        .write(out);
    }
}

fn draw(
    shapes: &mut String,
    node: &NodeLife,
    lane: u32,
    lane_height: f64,
    axis: &TimeAxis,
    end: UnixMs,
    described: bool,
) {
    let until = node.until_ms.unwrap_or(end);
    let ready = node.ready_ms.unwrap_or(until).min(until);
    let bar = |from: UnixMs, to: UnixMs| Rectangle {
        x: axis.x(from),
        y: f64::from(lane) * lane_height,
        right: axis.x(to),
        height: lane_height * 0.8,
    };
    let class = class(node.capacity_type);
    let title = if described {
        title(node)
    } else {
        String::new()
    };
    if node.from_ms < ready {
        shapes.push_str(&bar(node.from_ms, ready).element(&format!("{class} boot"), &title));
    }
    if ready < until {
        shapes.push_str(&bar(ready, until).element(class, &title));
    }
    if node.interrupted {
        shapes.push_str(&bar(until, until).element("cut", ""));
    }
}

fn class(capacity_type: CapacityType) -> &'static str {
    match capacity_type {
        CapacityType::Owned => "private",
        CapacityType::OnDemand => "on-demand",
        CapacityType::Spot => "spot",
    }
}

fn title(node: &NodeLife) -> String {
    let clock = |at: Option<UnixMs>, none: &str| {
        at.map_or_else(|| none.to_owned(), |at| time(at, "%H:%M:%S"))
    };
    format!(
        "{} ({} {}, {} an hour): ordered {}, ready {}, {} {}",
        Text(&node.node),
        Text(&node.cluster.0),
        Text(&node.group.0),
        usd(MicroUsd(node.price.0)),
        clock(Some(node.from_ms), ""),
        clock(node.ready_ms, "never"),
        if node.interrupted { "taken" } else { "gone" },
        clock(node.until_ms, "not yet"),
    )
}

fn names(nodes: &[&NodeLife]) -> Vec<(&'static str, &'static str, f64)> {
    let mut names = Vec::new();
    for (capacity_type, name) in [
        (CapacityType::OnDemand, "on-demand"),
        (CapacityType::Spot, "spot"),
    ] {
        if nodes.iter().any(|node| node.capacity_type == capacity_type) {
            names.push((name, class(capacity_type), HEIGHT / 2.0));
        }
    }
    names
}

fn note(nodes: &[&NodeLife], lanes: u32, left_out: usize) -> String {
    let number = |n: usize| count(u64::try_from(n).unwrap_or(u64::MAX));
    let interrupted = nodes.iter().filter(|node| node.interrupted).count();
    let mut note = match nodes.len() {
        0 => return "no public node".to_owned(),
        1 => "1 node".to_owned(),
        n => format!("{} nodes, at most {lanes} at a time", number(n)),
    };
    if interrupted > 0 {
        let _ = write!(note, ", {} taken by the provider", number(interrupted));
    }
    if left_out > 0 {
        let _ = write!(note, "; {} shorter lives are not drawn", number(left_out));
    }
    note
}

/// The public nodes in order of their start, and how many are left out.
fn drawn_nodes(run: &RunRecord, end: UnixMs, most: usize) -> (Vec<&NodeLife>, usize) {
    let paid = |node: &&NodeLife| node.capacity_type != CapacityType::Owned;
    let mut nodes: Vec<&NodeLife> = run.nodes.iter().filter(paid).collect();
    let left_out = nodes.len().saturating_sub(most);
    if left_out > 0 {
        let life = |node: &&NodeLife| node.until_ms.unwrap_or(end).since(node.from_ms);
        nodes.sort_by_key(|node| std::cmp::Reverse(life(node)));
        nodes.truncate(most);
    }
    nodes.sort_by_key(|node| (node.from_ms, &node.cluster, &node.group, &node.node));
    (nodes, left_out)
}

/// How many lanes, and the lane of each node: the first that is free, so that there are as few as nodes at a time.
fn lanes(nodes: &[&NodeLife], end: UnixMs) -> (u32, Vec<u32>) {
    let mut free_from: Vec<UnixMs> = Vec::new();
    let mut lane_of = Vec::with_capacity(nodes.len());
    for node in nodes {
        let until = node.until_ms.unwrap_or(end);
        let lane = free_from.iter().position(|free| *free <= node.from_ms);
        let lane = lane.unwrap_or_else(|| {
            free_from.push(until);
            free_from.len() - 1
        });
        free_from[lane] = until;
        lane_of.push(u32::try_from(lane).unwrap_or(u32::MAX));
    }
    (u32::try_from(free_from.len()).unwrap_or(u32::MAX), lane_of)
}
