//! What is wrong with a `Cluster`.

use serde_json::{Value, json};

use super::{problems, with};

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_in_a_cluster_is_named() {
    for (pointer, value, expected) in [
        (
            "/eks/nodeGroups/0/pricePerHour",
            Value::Null,
            "Cluster/eks spec.nodeGroups[0].pricePerHour: is missing: there is no price catalogue yet, so write what a node costs in USD per hour, such as \"0.192\" (or set capacityType Owned)",
        ),
        (
            "/eks/nodeGroups/0/pricePerHour",
            json!("$1"),
            "Cluster/eks spec.nodeGroups[0].pricePerHour: `$1` is not an amount in USD: write a decimal string without sign or currency, such as \"0.192\"",
        ),
        (
            "/eks/nodeGroups/0/pricePerHour",
            json!("0.0000001"),
            "Cluster/eks spec.nodeGroups[0].pricePerHour: `0.0000001` is finer than a millionth of a dollar: round it to 6 decimal places",
        ),
        (
            "/eks/nodeGroups/0/priceSource",
            json!("Ec2OnDemand"),
            "Cluster/eks spec.nodeGroups[0].instanceType: is missing: an EC2 price source needs it, such as m6i.xlarge",
        ),
        (
            "/eks/nodeGroups/0/priceSource",
            json!("Ec2Spot"),
            "Cluster/eks spec.nodeGroups[0].priceSource: Ec2Spot needs capacityType Spot",
        ),
        (
            "/home/nodeGroups/0/priceSource",
            json!("Ec2OnDemand"),
            "Cluster/home spec.nodeGroups[0].priceSource: an owned node has no EC2 price: leave priceSource out, or set capacityType OnDemand or Spot",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": 8, "memory": 512}),
            "Cluster/home spec.nodeGroups[0].allocatable.memory: `512` is 512 bytes: write the unit, such as \"512Mi\"",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "8Ei", "memory": "1Gi"}),
            "Cluster/home spec.nodeGroups[0].allocatable.cpu: `8Ei` is too large: the largest value is 9223372036854775",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "0", "memory": "1Gi"}),
            "Cluster/home spec.nodeGroups[0].allocatable.cpu: is 0: write what pods may use of a new node",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "8", "memory": "-1Gi"}),
            "Cluster/home spec.nodeGroups[0].allocatable.memory: `-1Gi` is below zero: write zero or more",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "8", "memory": "1Gi", "extended": {"nvidia.com/gpu": "0.5"}}),
            "Cluster/home spec.nodeGroups[0].allocatable.extended.nvidia.com/gpu: `0.5` is not a whole number: this resource is counted in whole units",
        ),
        (
            "/home/nodeGroups/0/maxPods",
            json!(0),
            "Cluster/home spec.nodeGroups[0].maxPods: is 0: write a whole number from 1 to 1000",
        ),
        (
            "/home/nodeGroups/0/maxNodes",
            json!(5001),
            "Cluster/home spec.nodeGroups[0].maxNodes: is 5001: write a whole number from 0 to 5000",
        ),
        (
            "/home/nodeGroups/0/boot",
            json!({"p50": "3m", "p95": "90s"}),
            "Cluster/home spec.nodeGroups[0].boot.p50: 3m is above p95 90s: lower the one or raise the other",
        ),
        (
            "/home/nodeGroups",
            json!([]),
            "Cluster/home spec.nodeGroups: is empty: a cluster needs at least one node group",
        ),
        (
            "/home/nodeGroups/-",
            json!({"name": "metal", "allocatable": {"cpu": 8, "memory": "32Gi"}, "maxNodes": 4}),
            "Cluster/home spec.nodeGroups[1].name: `metal` is used twice: write it once",
        ),
        (
            "/home/lostAfter",
            json!("30"),
            "Cluster/home spec.lostAfter: `30` has no unit: write \"30s\" for seconds or \"30m\" for minutes",
        ),
        (
            "/home/lostAfter",
            json!("0s"),
            "Cluster/home spec.lostAfter: `0s` is no time at all: write more than 0s",
        ),
        (
            "/home/headroomPercent",
            json!(91),
            "Cluster/home spec.headroomPercent: is 91: write a percentage from 0 to 90",
        ),
        (
            "/home/roundTrips",
            json!({"db": "2"}),
            "Cluster/home spec.roundTrips.db: `2` has no unit: write \"2s\" for seconds or \"2m\" for minutes",
        ),
        (
            "/home/connection",
            json!({}),
            "Cluster/home spec.connection: set exactly one of inCluster, kubeconfigSecret and eks",
        ),
        (
            "/home/connection",
            json!({"inCluster": {}, "eks": {"name": "a", "region": "b"}}),
            "Cluster/home spec.connection: set exactly one of inCluster, kubeconfigSecret and eks",
        ),
        (
            "/home/connection",
            json!({"eks": {"name": "a", "region": "b", "endpoint": "https://c"}}),
            "Cluster/home spec.connection.eks: set both of endpoint and certificateAuthority, or none, and AWS is asked",
        ),
        (
            "/home/connection",
            json!({"eks": {"name": "a", "region": "b", "endpoint": "http://c", "certificateAuthority": "d"}}),
            "Cluster/home spec.connection.eks.endpoint: begins not with https://, and a token goes there: write that",
        ),
        (
            "/home/connection",
            json!({"eks": {"name": "a", "region": "b.example.com/"}}),
            "Cluster/home spec.connection.eks.region: `b.example.com/` is no region of AWS: write one such as `eu-west-1`",
        ),
        (
            "/home/capabilities",
            json!(["ssd", "ssd"]),
            "Cluster/home spec.capabilities[1]: `ssd` is used twice: write it once",
        ),
    ] {
        assert_eq!(problems(&with(&[(pointer, value)])), [expected]);
    }
}
