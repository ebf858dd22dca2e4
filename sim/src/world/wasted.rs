//! Money of a run that did no work, for the parts of what was paid above the bound.

use spillway_solver::policy::CapacityType;
use spillway_solver::units::MicroUsd;

use super::billing::{MINIMUM_MS, life_cost};
use super::queue::Queue;
use super::state::{Node, State};
use crate::record::{MoneySpent, Wasted};

/// Of a finished run. Room is weighed by cores, and all replicas are taken to be
/// as busy as they are on average.
pub(super) fn wasted(state: &State, paid: MoneySpent) -> Wasted {
    let nodes = paid.on_demand.saturating_add(paid.spot);
    let starts = state
        .nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| state.group(*index).capacity_type != CapacityType::Owned)
        .map(|(_, node)| start_of(state, node))
        .fold(MicroUsd::default(), MicroUsd::saturating_add);
    let up = nodes.saturating_sub(starts);
    let empty_room = share(up, state.ledger.public_idle_ns, state.ledger.public_core_ns);
    let requested = up.saturating_sub(empty_room).saturating_add(paid.marginal);
    let (idle_ns, replica_ns) = idle_replicas(state);
    Wasted {
        starts,
        empty_room,
        idle_replicas: share(requested, idle_ns, replica_ns),
    }
}

/// What a node cost beyond the time in which it could take pods: its boot, and what is billed at least.
fn start_of(state: &State, node: &Node) -> MicroUsd {
    let until = state.unix_ms(node.gone_at.unwrap_or(state.now));
    let bill = life_cost(&node.prices, until);
    let useful = node.up_at.map_or(0, |up| until.since(state.unix_ms(up)).0);
    let paid = until
        .since(state.unix_ms(node.ordered_at))
        .0
        .max(MINIMUM_MS);
    bill.saturating_sub(share(bill, useful.into(), paid.into()))
}

/// Milli-cores x nanoseconds that Ready replicas requested and did not work in, and all of them.
fn idle_replicas(state: &State) -> (u128, u128) {
    let (mut idle, mut all) = (0, 0);
    for (index, workload) in state.setup.workloads.iter().enumerate() {
        let served = match &state.queues[index] {
            Queue::Requests(queue) => queue.observer().served_ns,
            Queue::Rates(queue) => queue.integrals().busy_ns,
        };
        let busy = served / u128::from(workload.at_once);
        let ready: u128 = state.ledger.replica_ns[index].iter().sum();
        let cores = u128::from(workload.requests.cpu_milli.0);
        idle += cores * ready.saturating_sub(busy);
        all += cores * ready;
    }
    (idle, all)
}

/// `part / whole` of an amount, rounded down; nothing of an empty whole.
fn share(of: MicroUsd, part: u128, whole: u128) -> MicroUsd {
    let exact = u128::from(of.0.unsigned_abs()).saturating_mul(part);
    let share = exact.checked_div(whole).unwrap_or(0);
    MicroUsd(i64::try_from(share).unwrap_or(i64::MAX))
}
