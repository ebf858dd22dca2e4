//! What would fit at home, by the nodes and pods that the API servers list: a sum, without the planner.

use std::collections::BTreeMap;

use serde_json::Value;
use spillway_testbed::Error;

use super::Hybrid;

/// Milli-cores, bytes and pods.
#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    cpu: u64,
    memory: u64,
    pods: u64,
}

/// The public pods for which some node at home has room, each alone, with that node in words.
///
/// # Errors
///
/// Where a cluster does not answer.
pub fn fit_at_home(hybrid: &Hybrid) -> Result<BTreeMap<String, String>, Error> {
    let home = hybrid.private.client()?;
    let nodes = home.get("/api/v1/nodes")?;
    let mut free: BTreeMap<String, Amounts> = items(&nodes)
        .filter(|node| node["spec"]["unschedulable"] != true)
        .map(|node| {
            (
                text(&node["metadata"]["name"]),
                amounts(&node["status"]["allocatable"]),
            )
        })
        .collect();
    for pod in items(&home.get("/api/v1/pods")?) {
        if let Some(node) = free.get_mut(&text(&pod["spec"]["nodeName"])) {
            let asks = requests(pod);
            node.cpu = node.cpu.saturating_sub(asks.cpu);
            node.memory = node.memory.saturating_sub(asks.memory);
            node.pods = node.pods.saturating_sub(1);
        }
    }
    let public = hybrid.public.client()?;
    let pods = public.get("/api/v1/pods")?;
    let found = items(&pods).filter_map(|pod| {
        let asks = requests(pod);
        let has_room = |has: &Amounts| {
            has.cpu >= asks.cpu && has.memory >= asks.memory && has.pods >= asks.pods
        };
        let (node, has) = free.iter().find(|(_, has)| has_room(has))?;
        let name = text(&pod["metadata"]["name"]);
        Some((name, format!("{asks:?} fits {node}, which has {has:?}")))
    });
    Ok(found.collect())
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn requests(pod: &Value) -> Amounts {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let all = containers.map(|container| amounts(&container["resources"]["requests"]));
    let sum = all.fold(Amounts::default(), |sum, one| Amounts {
        cpu: sum.cpu + one.cpu,
        memory: sum.memory + one.memory,
        pods: 0,
    });
    Amounts { pods: 1, ..sum }
}

fn amounts(of: &Value) -> Amounts {
    Amounts {
        cpu: quantity(&of["cpu"], 1_000),
        memory: quantity(&of["memory"], 1),
        pods: quantity(&of["pods"], 1),
    }
}

/// A quantity as the objects of the bed are written, where 1 counts as `one`.
fn quantity(of: &Value, one: u64) -> u64 {
    let text = of.as_str().unwrap_or("0");
    let number = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[number.len()..] {
        "" => one,
        "m" => one / 1_000,
        "Ki" => one << 10,
        "Mi" => one << 20,
        "Gi" => one << 30,
        other => panic!("{text:?}: the bed writes no {other:?}"),
    };
    let number: u64 = number.parse().expect("a whole number");
    number * unit
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_read_as_the_bed_writes_them() {
        let node = amounts(&json!({"cpu": "7800m", "memory": "32Gi", "pods": "110"}));
        assert_eq!((node.cpu, node.memory, node.pods), (7_800, 32 << 30, 110));
        let container =
            |cpu, memory| json!({"resources": {"requests": {"cpu": cpu, "memory": memory}}});
        let pod =
            json!({"spec": {"containers": [container("2", "256Mi"), container("250m", "1024Ki")]}});
        let asks = requests(&pod);
        assert_eq!((asks.cpu, asks.memory, asks.pods), (2_250, 257 << 20, 1));
    }
}
