//! Somebody else scales the target.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use spillway_testbed::{ControlPlane, TestFolder};
use spillway_tests::hybrid::scenario::{
    as_if_came, condition, end_and_replay, place, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, Setup, USER, audited};

use crate::folder;

/// A tick that had begun before counts as well.
const TWO_TICKS: f64 = 3.0;

#[test]
fn whoever_else_scales_the_target_is_reported_in_a_tick_and_not_fought() {
    let _place = place();
    let test = folder("hybrid-others");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(8.0)));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    hybrid.queue.begin();
    let small = |now: u64| (8..=9).contains(&now);
    hybrid.wait_until("what 8 jobs a second need", seconds(120), |now| {
        small(now.private.asked) && now.private.ready >= 8 && hybrid.queue.depth() < 8
    });

    let remedy = "kubectl delete hpa -n work jobs";
    beside_an_hpa(&hybrid, &controller, "", remedy, 3.0);
    hybrid.wait_until("what 24 jobs a second need", seconds(90), |now| {
        (24..=26).contains(&now.private.asked)
    });

    let (labels, remedy) = (
        "scaledobject.keda.sh/name: jobs",
        "kubectl delete scaledobject -n work jobs",
    );
    beside_an_hpa(&hybrid, &controller, labels, remedy, 1.0);
    hybrid.wait_until("what 8 jobs a second need", seconds(90), |now| {
        small(now.private.asked)
    });

    beside_a_healer(&hybrid, &test);
    end_and_replay(controller);
}

/// While there is an HPA on the target nothing is written, although so many times as many jobs seem to come.
fn beside_an_hpa(hybrid: &Hybrid, controller: &Controller, labels: &str, remedy: &str, times: f64) {
    conflict(hybrid, controller, labels, remedy);
    let before = hybrid.moment().private.asked;
    let began = hybrid.now();
    as_if_came(hybrid, times);
    // A fall waits ten seconds, see the setup's behavior.
    sleep(seconds(20));
    let history = hybrid.history().since(began);
    let mut all = history.moments.iter();
    assert!(all.all(|now| now.private.asked == before), "{history:#?}");
    sound(hybrid.private.kubectl(&["delete", "-n=work", "hpa/jobs"]));
}

/// Makes an HPA on the target, and waits until it is reported.
fn conflict(hybrid: &Hybrid, controller: &Controller, labels: &str, remedy: &str) {
    let ticks = || {
        let ticks = controller.metric("spillway_ticks_total{result=\"Done\"}");
        ticks.expect("it ticks")
    };
    let hpa = format!(
        "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: jobs, namespace: work, labels: {{{labels}}}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: jobs}}
  minReplicas: 1
  maxReplicas: 100
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: 50}}}}}}]
"
    );
    sound(hybrid.private.apply("hpa", &hpa));
    let before = ticks();
    let mut after = before;
    hybrid.wait_until("a conflict", seconds(90), |_| {
        after = ticks();
        is_conflict(hybrid, remedy)
    });
    assert!(after - before <= TWO_TICKS, "{before} to {after} ticks");
}

fn is_conflict(hybrid: &Hybrid, remedy: &str) -> bool {
    condition(hybrid, "AbleToScale").is_some_and(|[status, reason, message]| {
        status == "False" && reason == "Conflict" && message.contains(remedy)
    })
}

/// Five are written again and again, where eight are needed.
fn beside_a_healer(hybrid: &Hybrid, test: &TestFolder) {
    let manifest = sound(test.folder("healer")).join("jobs.yaml");
    let five = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: jobs, namespace: work}, spec: {replicas: 5}}";
    fs::write(&manifest, five).expect("a file of the test");
    let manifest = manifest.display().to_string();
    let scales = || {
        let writes = sound(audited(&hybrid.private, USER)).into_iter();
        let scales = writes.filter(|write| write.resource == "deployments/scale");
        scales.collect::<Vec<_>>()
    };
    let before = scales().len();
    let over = AtomicBool::new(false);
    scope(|scope| {
        let _at_the_end = AtTheEnd(&over);
        let healer = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                heal(&hybrid.private, &manifest);
                sleep(Duration::from_millis(200));
            }
        });
        hybrid.wait_until("a conflict", seconds(120), |_| {
            healer.is_finished() || is_conflict(hybrid, "argocd-controller in cluster private")
        });
        sleep(seconds(20));
        assert!(is_conflict(hybrid, "ignoreDifferences"));
        let scales = scales().split_off(before);
        assert!(scales.len() <= 2, "{scales:#?}");
        assert_eq!(hybrid.moment().private.asked, 5);
    });
}

/// Says that it is over, also in a panic: threads are waited for.
struct AtTheEnd<'a>(&'a AtomicBool);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Writes the count in the manifest as Argo CD does, where it is another.
fn heal(plane: &ControlPlane, manifest: &str) {
    let replicas = "-o=jsonpath={.spec.replicas}";
    let replicas = sound(plane.kubectl(&["get", "-n=work", "deployment/jobs", replicas]));
    if replicas != "5" {
        let manager = "--field-manager=argocd-controller";
        let apply = [
            "apply",
            "--server-side",
            "--force-conflicts",
            manager,
            "-f",
            manifest,
        ];
        sound(plane.kubectl(&apply));
    }
}
