//! A decision as a page for people: what changes now, where everything runs and why, what it costs.

use std::fmt::Display;
use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use spillway_solver::decision::{
    ClusterPlan, Decision, Money, StepKind, WorkloadPlan, WorkloadRationale,
};
use spillway_solver::policy::{Policy, Tier};
use spillway_solver::units::{MicroUsd, MicroUsdPerHour};

use crate::report::units;

/// Prints a decision that was made by `policy`.
pub(super) fn print(decision: &Decision, policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    steps(decision, out)?;
    writeln!(out)?;
    for line in placement(decision, policy).to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    money(decision, out)?;
    for notice in &decision.rationale.notices {
        writeln!(
            out,
            "Notice: {} {}: {}",
            notice.reason, notice.subject, notice.detail
        )?;
    }
    Ok(())
}

fn steps(decision: &Decision, out: &mut dyn Write) -> io::Result<()> {
    if decision.plan.steps.is_empty() {
        return writeln!(out, "Nothing to write: every target is as it shall be.");
    }
    writeln!(out, "To write now, in this order:")?;
    for step in &decision.plan.steps {
        let kind = match step.kind {
            StepKind::Add => "add",
            StepKind::Remove => "remove",
        };
        let why = step.reason.map(|reason| format!(" ({reason})"));
        writeln!(
            out,
            "  {kind} {} in {}: {} -> {}{}",
            step.workload,
            step.cluster,
            step.from,
            step.to,
            why.unwrap_or_default()
        )?;
    }
    Ok(())
}

fn placement(decision: &Decision, policy: &Policy) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["WORKLOAD", "DESIRED", "WHERE", "REPLICAS", "WHY"]);
    for plan in &decision.plan.workloads {
        let mut reasons = decision.rationale.workloads.iter();
        let reasons = reasons.find(|reasons| reasons.id == plan.id);
        table.add_row([
            plan.id.to_string(),
            plan.desired.to_string(),
            String::new(),
            String::new(),
            reasons.map(scaling).unwrap_or_default(),
        ]);
        for [place, replicas, why] in places(plan, reasons, policy) {
            table.add_row([String::new(), String::new(), place, replicas, why]);
        }
    }
    for column in [1, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// From the count before to the count now, what kept a metric from a fresh answer, and how much of it outlives the loss of a cluster.
fn scaling(reasons: &WorkloadRationale) -> String {
    let steps = reasons.scaling.iter();
    let steps = steps.map(|step| format!("{} {} -> {}", step.reason, step.from, step.to));
    let outages = reasons.metrics.iter().filter_map(|metric| {
        let problem = metric.problem?;
        Some(format!(
            "metric {}: {problem}, so {}",
            metric.name, metric.rung
        ))
    });
    let survives = reasons.survivability.map(|survives| {
        format!(
            "{} % outlive the loss of any one cluster, {} % are asked for",
            survives.planned_percent, survives.wanted_percent
        )
    });
    steps
        .chain(outages)
        .chain(survives)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Where, how many and why, one row a reason.
fn places(
    plan: &WorkloadPlan,
    reasons: Option<&WorkloadRationale>,
    policy: &Policy,
) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for cluster in &plan.clusters {
        let spec = policy
            .clusters
            .iter()
            .find(|spec| spec.name == cluster.cluster);
        let tier = spec.map_or("unknown", |spec| match spec.tier {
            Tier::Private => "private",
            Tier::Public => "public",
        });
        let spilled = reasons.iter().flat_map(|reasons| &reasons.spilled);
        let spilled = spilled
            .filter(|spilled| spilled.cluster == cluster.cluster)
            .map(|spilled| because(spilled.replicas, spilled.reason, &spilled.detail));
        let place = format!("{} ({tier})", cluster.cluster);
        let why = on_the_way(cluster).into_iter().chain(spilled).collect();
        rows.extend(one_place(place, cluster.replicas, why));
    }
    if plan.unplaced > 0 {
        let unplaced = reasons.iter().flat_map(|reasons| &reasons.unplaced);
        let unplaced =
            unplaced.map(|unplaced| because(unplaced.replicas, unplaced.reason, &unplaced.detail));
        let place = "without a place".to_owned();
        rows.extend(one_place(place, plan.unplaced, unplaced.collect()));
    }
    rows
}

/// The first reason stands beside the place, the others below it.
fn one_place(place: String, replicas: u32, why: Vec<String>) -> Vec<[String; 3]> {
    let mut why = why.into_iter();
    let first = [place, replicas.to_string(), why.next().unwrap_or_default()];
    let others = why.map(|why| [String::new(), String::new(), why]);
    std::iter::once(first).chain(others).collect()
}

fn because(replicas: u32, reason: impl Display, detail: &str) -> String {
    format!("{replicas} for {reason}: {detail}")
}

/// Make before break: what is written now may differ from what it shall end up with.
fn on_the_way(cluster: &ClusterPlan) -> Option<String> {
    (cluster.apply != cluster.replicas)
        .then(|| format!("on the way; the target is {} now", cluster.apply))
}

fn money(decision: &Decision, out: &mut dyn Write) -> io::Result<()> {
    let rationale = &decision.rationale;
    let money = &rationale.money;
    let Money {
        on_demand,
        spot,
        marginal,
        egress,
        penalties,
    } = *money;
    writeln!(
        out,
        "\nMoney: {} (on demand {}, spot {}, private cores {}, egress {}); weighed besides: penalties {}",
        rate(money.paid()),
        rate(on_demand),
        rate(spot),
        rate(marginal),
        rate(egress),
        rate(penalties)
    )?;
    for cap in &rationale.caps {
        writeln!(
            out,
            "Cap of policy {}: {} planned, {} allowed ({})",
            cap.policy,
            rate(cap.planned),
            rate(cap.allowed),
            cap.rung
        )?;
    }
    let saving = rationale.private_core.iter();
    for core in saving.filter(|core| core.saves.0 > 0) {
        writeln!(
            out,
            "One more core in {} would save up to {}",
            core.cluster,
            rate(core.saves)
        )?;
    }
    Ok(())
}

fn rate(rate: MicroUsdPerHour) -> String {
    format!("{}/h", units::usd(MicroUsd(rate.0)))
}
