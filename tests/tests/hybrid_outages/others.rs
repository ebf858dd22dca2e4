//! Somebody else scales the target.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use spillway_testbed::ControlPlane;
use spillway_tests::hybrid::scenario::{condition, end_and_replay, place, seconds, sound};
use spillway_tests::hybrid::{Controller, Hybrid, Setup, USER, audited};

use crate::{as_if_came, folder};

/// A tick that had begun before counts as well.
const TWO_TICKS: f64 = 3.0;

#[test]
fn beside_an_hpa_or_a_scaled_object_nothing_is_written_until_it_is_deleted() {
    let _place = place();
    let test = folder("hybrid-hpa");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(8.0)));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    hybrid.queue.begin();
    let small = |now: u64| (8..=9).contains(&now);
    hybrid.wait_until("what 8 jobs a second need", seconds(120), |now| {
        small(now.private.asked) && now.private.ready >= 8 && hybrid.queue.depth() < 8
    });

    conflict(&hybrid, &controller, "", "kubectl delete hpa -n work jobs");
    let before = hybrid.moment().private.asked;
    let began = hybrid.now();
    as_if_came(&hybrid, 3.0);
    sleep(seconds(15));
    let history = hybrid.history().since(began);
    assert!(
        history
            .moments
            .iter()
            .all(|now| now.private.asked == before),
        "{history:#?}"
    );
    sound(hybrid.private.kubectl(&["delete", "-n=work", "hpa/jobs"]));
    hybrid.wait_until("what 24 jobs a second need", seconds(90), |now| {
        (24..=26).contains(&now.private.asked)
    });

    conflict(
        &hybrid,
        &controller,
        "scaledobject.keda.sh/name: jobs",
        "kubectl delete scaledobject -n work jobs",
    );
    let before = hybrid.moment().private.asked;
    let began = hybrid.now();
    as_if_came(&hybrid, 1.0);
    sleep(seconds(30));
    let history = hybrid.history().since(began);
    assert!(
        history
            .moments
            .iter()
            .all(|now| now.private.asked == before),
        "{history:#?}"
    );
    sound(hybrid.private.kubectl(&["delete", "-n=work", "hpa/jobs"]));
    hybrid.wait_until("what 8 jobs a second need", seconds(90), |now| {
        small(now.private.asked)
    });
    end_and_replay(controller);
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

#[test]
fn a_manager_that_heals_the_count_is_reported_and_not_fought() {
    let _place = place();
    let test = folder("hybrid-healed");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(20.0)));
    let manifest = sound(test.folder("healer")).join("jobs.yaml");
    let five = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: jobs, namespace: work}, spec: {replicas: 5}}";
    fs::write(&manifest, five).expect("a file of the test");
    let manifest = manifest.display().to_string();
    let over = AtomicBool::new(false);
    scope(|scope| {
        let _at_the_end = AtTheEnd(&over);
        let healer = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                heal(&hybrid.private, &manifest);
                sleep(Duration::from_millis(200));
            }
        });
        hybrid.wait_until("the healer's count", seconds(60), |now| {
            now.private.asked == 5
        });
        let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
        hybrid.queue.begin();
        hybrid.wait_until("a conflict", seconds(120), |_| {
            healer.is_finished() || is_conflict(&hybrid, "argocd-controller in cluster private")
        });
        sleep(seconds(30));
        assert!(is_conflict(&hybrid, "ignoreDifferences"));
        let writes = sound(audited(&hybrid.private, USER));
        let scales = writes
            .iter()
            .filter(|write| write.resource == "deployments/scale");
        let scales: Vec<_> = scales.collect();
        assert!((1..=2).contains(&scales.len()), "{scales:#?}");
        end_and_replay(controller);
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
