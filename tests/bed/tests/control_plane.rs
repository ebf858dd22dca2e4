//! Control planes as tests get them: several side by side, pods that become Ready, an API server that hangs or is gone,
//! an audit of all writes, and nodes by Karpenter.

use std::time::{Duration, Instant};

use spillway_testbed::{ControlPlane, Error, Karpenter, Nodes, TestFolder};

fn folder(test: &str) -> TestFolder {
    TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test).unwrap_or_else(|error| panic!("{error}"))
}

fn sound<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn nodes(prefix: &str, count: usize) -> Nodes {
    Nodes {
        prefix: prefix.to_owned(),
        count,
        cpu: "8".to_owned(),
        memory: "32Gi".to_owned(),
        labels: vec![("spillway.dev/test".to_owned(), "yes".to_owned())],
    }
}

fn deployment(replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n\
         spec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    \
         spec: {{containers: [{{name: web, image: web, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}]}}\n"
    )
}

fn roll_out(plane: &ControlPlane, replicas: u32) {
    sound(plane.apply("web", &deployment(replicas)));
    sound(plane.kubectl(&["rollout", "status", "deployment/web", "--timeout=180s"]));
}

/// How many pods of the deployment are Ready, and on which nodes.
fn ready_on(plane: &ControlPlane) -> (usize, Vec<String>) {
    let path =
        "-o=jsonpath={range .items[?(@.status.phase==\"Running\")]}{.spec.nodeName}{\"\\n\"}{end}";
    let listed = sound(plane.kubectl(&["get", "pods", "-l", "app=web", path]));
    let mut names: Vec<String> = listed.lines().map(str::to_owned).collect();
    let ready = names.len();
    names.sort();
    names.dedup();
    (ready, names)
}

#[test]
fn two_control_planes_side_by_side_run_pods_of_their_own_and_one_may_hang_or_be_gone() {
    let test = folder("planes");
    let mut home = sound(ControlPlane::start(&test, "home", &[nodes("rack", 2)]));
    let away = sound(ControlPlane::start(&test, "away", &[nodes("zone", 1)]));
    roll_out(&home, 10);
    roll_out(&away, 3);
    let (ready, on) = ready_on(&home);
    assert_eq!(
        (ready, on),
        (10, vec!["rack-1".to_owned(), "rack-2".to_owned()])
    );
    assert_eq!(ready_on(&away), (3, vec!["zone-1".to_owned()]));
    let versions = sound(home.kubectl(&["version"]));
    assert!(versions.contains("Server Version: v1.35.4"), "{versions}");

    let audit = sound(home.audit());
    let write = audit
        .lines()
        .find(|line| line.contains(r#""resource":"deployments""#));
    let write = write.expect("the deployment was written");
    assert!(write.contains(r#""username":"admin""#), "{write}");
    assert!(!audit.contains(r#""verb":"get""#) && !audit.contains(r#""verb":"list""#));

    sound(home.kubeconfig_of("nobody"));
    let kubectl = ["--kubeconfig", "nobody.kubeconfig", "get", "pods"];
    let refused = home
        .kubectl(&kubectl)
        .expect_err("nobody may do nothing")
        .to_string();
    assert!(refused.contains("Forbidden"), "{refused}");

    sound(home.api_server.stop());
    let asked = Instant::now();
    let hanging = ["get", "nodes", "--request-timeout=2s"];
    let said = home.kubectl(&hanging).expect_err("it hangs").to_string();
    assert!(asked.elapsed() >= Duration::from_secs(2), "{said}");
    assert_eq!(ready_on(&away).0, 3, "the other one answers");
    sound(home.api_server.go_on());
    assert_eq!(ready_on(&home).0, 10);

    home.api_server.kill();
    let said = home.kubectl(&hanging).expect_err("it is gone").to_string();
    assert!(said.contains("refused"), "{said}");
    sound(home.restart_api_server());
    assert_eq!(ready_on(&home).0, 10, "what was there is there");
    roll_out(&home, 12);
}

/// Nodes of any type, on demand, which register after two seconds.
const POOL: &str = "\
apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: default}
spec: {nodeRegistrationDelay: 2s}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: default}
spec:
  limits: {cpu: 16}
  template:
    spec:
      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
      requirements:
      - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
";

#[test]
fn karpenter_boots_nodes_of_the_cheapest_type_for_pods_that_pend() {
    let test = folder("karpenter");
    let plane = sound(ControlPlane::start(&test, "eks", &[]));
    let _karpenter = sound(Karpenter::start(&plane));
    sound(plane.apply("pool", POOL));
    roll_out(&plane, 3);
    let (ready, on) = ready_on(&plane);
    assert_eq!(ready, 3);
    let types = "-o=jsonpath={.items[*].metadata.labels.node\\.kubernetes\\.io/instance-type}";
    let types = sound(plane.kubectl(&["get", "nodes", types]));
    assert_eq!(on.len(), 1, "three cores fit one node: {types}");
    // Three pods of 1 core and 1 GiB: 0.17 USD an hour against 0.192 for two nodes of half the size.
    assert_eq!(types, "c6i.xlarge");
}
