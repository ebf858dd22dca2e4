//! `timeseries.csv`: a row for each interval and workload, and one for the fleet.

use std::io::{self, Write};

use jiff::Timestamp;

use super::decimal;
use crate::record::{Interval, RunRecord, WorkloadInterval};

/// What the workload column holds in the row of the fleet, which alone has money and nodes.
const FLEET: &str = "*";

/// Writes the file: times in RFC 3339 (UTC), replicas, seconds and US dollars as decimals, empty where there is nothing
/// to say.
///
/// # Errors
///
/// When `out` refuses.
pub fn write_timeseries(out: impl Write, run: &RunRecord) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(header(run))?;
    for interval in &run.series {
        csv.write_record(fleet_row(interval))?;
        for (workload, row) in run.workloads.iter().zip(&interval.workloads) {
            csv.write_record(workload_row(interval, &workload.id.0, row))?;
        }
    }
    csv.flush()
}

fn header(run: &RunRecord) -> Vec<String> {
    let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut names: Vec<String> =
        fixed(&["time", "workload", "demand_replicas", "pending_replicas"]);
    names.extend(
        run.meta
            .clusters
            .iter()
            .map(|cluster| format!("ready_replicas[{}]", cluster.name)),
    );
    let rest: Vec<String> = fixed(&[
        "arrived",
        "done",
        "queued",
        "oldest_wait_s",
        "delay_p50_s",
        "delay_p95_s",
        "delay_p99_s",
        "public_nodes",
        "on_demand_usd",
        "spot_usd",
        "private_marginal_usd",
        "egress_usd",
    ]);
    names.extend(rest);
    names
}

fn workload_row(interval: &Interval, workload: &str, row: &WorkloadInterval) -> Vec<String> {
    let mut fields = counts(interval, workload, row);
    fields.push(decimal(row.oldest_us.into(), 6));
    let delay = |pick: fn(&crate::record::DelayQuantiles) -> u64| {
        let micros = row.delay.as_ref().map(pick);
        micros.map_or_else(String::new, |us| decimal(us.into(), 6))
    };
    fields.extend([
        delay(|d| d.p50_us),
        delay(|d| d.p95_us),
        delay(|d| d.p99_us),
    ]);
    fields.extend(std::iter::repeat_n(String::new(), 5));
    fields
}

fn fleet_row(interval: &Interval) -> Vec<String> {
    let mut sum = WorkloadInterval::default();
    for row in &interval.workloads {
        sum.demand_milli += row.demand_milli;
        sum.pending_milli += row.pending_milli;
        sum.ready_milli.resize(row.ready_milli.len(), 0);
        for (total, ready) in sum.ready_milli.iter_mut().zip(&row.ready_milli) {
            *total += ready;
        }
        sum.arrived += row.arrived;
        sum.done += row.done;
        sum.queued += row.queued;
    }
    let mut fields = counts(interval, FLEET, &sum);
    fields.extend(std::iter::repeat_n(String::new(), 4));
    fields.push(decimal(interval.public_nodes_milli.into(), 3));
    let money = &interval.money;
    fields.extend(
        [money.on_demand, money.spot, money.marginal, money.egress]
            .map(|amount| decimal(amount.0.into(), 6)),
    );
    fields
}

fn counts(interval: &Interval, workload: &str, row: &WorkloadInterval) -> Vec<String> {
    let time = Timestamp::from_millisecond(interval.at_ms.0)
        .map_or_else(|_| interval.at_ms.0.to_string(), |time| time.to_string());
    let mut fields = vec![
        time,
        workload.to_owned(),
        decimal(row.demand_milli.into(), 3),
        decimal(row.pending_milli.into(), 3),
    ];
    fields.extend(
        row.ready_milli
            .iter()
            .map(|ready| decimal((*ready).into(), 3)),
    );
    fields.extend([row.arrived, row.done, row.queued].map(|count| count.to_string()));
    fields
}
