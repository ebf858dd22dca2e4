use serde_json::{Value, json};
use spillway_solver::units::UnixMs;

use super::*;
use crate::plans::Plans;
use crate::plugin::print::Paint;

/// Two workloads; the plan of one changed a minute after that of the other.
fn plans() -> Plans {
    let plan = |since: Value, replicas: Value| json!({"sinceMs": since, "replicas": replicas});
    serde_json::from_value(json!({
        "shop/web": [
            {"replicas": {"home": 2}},
            plan(json!(60_000), json!({"home": 8})),
            plan(json!(120_000), json!({"home": 8, "eks": 12}))
        ],
        "shop/mail": [{"replicas": {"home": 1}}, plan(json!(60_000), json!({"home": 3}))]
    }))
    .expect("plans")
}

fn objects(modes: [&str; 2]) -> Vec<HybridAutoscaler> {
    let object = |name: &str, mode: &str| {
        let object = json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
            "metadata": {"namespace": "shop", "name": name, "resourceVersion": "7"},
            "spec": {"scaleTargetRef": {"name": name}, "maxReplicas": 90, "replicas": 3, "mode": mode}
        });
        serde_json::from_value(object).expect("an autoscaler")
    };
    vec![object("web", modes[0]), object("mail", modes[1])]
}

/// Who goes back to what.
fn back(only: Option<&str>, goal: Goal) -> Vec<(String, Value)> {
    let (back, refused) = rollback(&plans(), &objects(["Active", "Paused"]), only, goal);
    assert_eq!(refused, [""; 0]);
    let each = back.into_iter();
    each.map(|back| (back.workload, json!(back.then))).collect()
}

#[test]
fn without_a_workload_the_last_change_is_undone_or_all_since_a_time() {
    let web = |then: Value| ("shop/web".to_owned(), then);
    let mail = |then: Value| ("shop/mail".to_owned(), then);
    assert_eq!(back(None, Goal::Previous), [web(json!({"home": 8}))]);
    assert_eq!(
        back(Some("shop/mail"), Goal::Previous),
        [mail(json!({"home": 1}))]
    );
    let before_both = Goal::At(UnixMs(59_999));
    assert_eq!(
        back(None, before_both),
        [mail(json!({"home": 1})), web(json!({"home": 2}))]
    );
    assert_eq!(
        back(None, Goal::At(UnixMs(60_000))),
        [web(json!({"home": 8}))],
        "the other has not changed since"
    );
}

#[test]
fn what_cannot_go_back_says_why() {
    let refused = |only: &str, goal, modes| rollback(&plans(), &objects(modes), Some(only), goal).1;
    let active = ["Active", "Active"];
    let observed = refused("shop/web", Goal::Previous, ["Observe", "Active"]);
    assert!(observed[0].contains("it is observed"), "{observed:?}");
    let same = refused("shop/mail", Goal::At(UnixMs(70_000)), active);
    assert!(same[0].contains("has not changed since"), "{same:?}");
    let unknown = refused("shop/other", Goal::Previous, active);
    assert!(
        unknown[0].contains("no plan of it is remembered"),
        "{unknown:?}"
    );
}

#[test]
fn all_clusters_are_pinned_also_those_that_are_left() {
    let (back, _) = rollback(
        &plans(),
        &objects(["Active", "Active"]),
        Some("shop/web"),
        Goal::Previous,
    );
    assert_eq!(
        back[0].patch(Some("7")),
        json!({
            "metadata": {"resourceVersion": "7"},
            "spec": {
                "mode": "Paused",
                "pause": {"pins": [{"name": "eks", "replicas": 0}, {"name": "home", "replicas": 8}]}
            }
        })
    );
    let view = Rollback {
        back,
        refused: Vec::new(),
        notes: Vec::new(),
        dry_run: true,
    };
    let page = page(&view, Paint(false));
    let expected = " WORKLOAD  CLUSTER  NOW  THEN  NOW SINCE
 shop/web  eks       12     0  1970-01-01T00:02:00Z
           home       8     8
Each is paused with these counts as pins, which go before metrics, prices and money caps, until: kubectl spillway resume \
NAMESPACE/NAME
";
    assert_eq!(page, expected);
}

#[test]
fn the_plans_that_are_remembered_are_listed() {
    let text = history(&plans(), Some("shop/web"), UnixMs(180_000));
    let expected = " WORKLOAD  IN FORCE SINCE                    PLANNED
 shop/web  1970-01-01T00:02:00Z   1 min ago  eks 12, home 8
           1970-01-01T00:01:00Z   2 min ago  home 8
           before the first plan             home 2
";
    assert_eq!(text, expected);
}
