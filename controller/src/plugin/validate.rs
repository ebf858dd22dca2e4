//! `validate`: files of objects, read offline with all their problems.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use spillway_crds::{Problem, read_policy};
use spillway_solver::policy::Policy;

use super::Outcome;
use super::print::{Paint, Printer};
use super::words::count;

const EXAMPLES: &str = "\
Examples:
  kubectl spillway validate clusters.yaml policy.yaml workloads.yaml
  kubectl get clusters.spillway.dev,burstpolicies,hybridautoscalers -A -o yaml | kubectl spillway validate -

Objects may refer to each other, so name all files at once. Exits with 1 where there is a problem.";

/// Says all that is wrong with files of objects, with their lines, and asks no cluster
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// YAML or JSON files; - is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What is fine and what is not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    /// Objects without a problem, as `Kind/name`.
    sound: Vec<String>,
    pub(super) problems: Vec<Place>,
    /// What is accepted and rarely meant.
    warnings: Vec<Place>,
    /// What only the clusters can say.
    open: Vec<Place>,
}

/// A problem with its place.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    file: Option<String>,
    line: Option<u32>,
    object: String,
    path: String,
    message: String,
    /// All of it in one line.
    pub(super) text: String,
}

impl From<&Problem> for Place {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.source_name.clone(),
            line: problem.line,
            object: problem.object.clone(),
            path: problem.path.clone(),
            message: problem.message.clone(),
            text: problem.to_string(),
        }
    }
}

/// Files as text, with the names that people know them by; `-` is the standard input.
pub(super) fn texts(files: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for file in files {
        let (name, text) = if file.as_os_str() == "-" {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            ("standard input".to_owned(), read.map(|_| text))
        } else {
            (file.display().to_string(), fs::read_to_string(file))
        };
        let text = text.with_context(|| format!("{name}: cannot be read"))?;
        texts.push((name, text));
    }
    Ok(texts)
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Outcome> {
    let texts = texts(&args.files)?;
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let verdict = judge(&texts);
    printer.show(&verdict, page)?;
    Ok(if verdict.problems.is_empty() {
        Outcome::Done
    } else {
        Outcome::Problems
    })
}

pub(super) fn judge(texts: &[(&str, &str)]) -> Verdict {
    let (policy, found, warnings) = match read_policy(texts.iter().copied()) {
        Ok(sound) => (Some(sound.policy), Vec::new(), sound.warnings),
        Err(broken) => {
            let policy = broken.readings.map(|readings| {
                let [policy, _] = *readings;
                policy
            });
            (policy, broken.problems, Vec::new())
        }
    };
    // In a cluster the controller reads it from the pod template.
    let (open, problems): (Vec<_>, Vec<_>) = found.into_iter().partition(|problem| {
        problem.path == "spec.replicaRequests" && problem.message.starts_with("is missing")
    });
    let is_sound = |name: &String| !problems.iter().any(|problem| problem.object == *name);
    let objects = policy.iter().flat_map(names);
    Verdict {
        sound: objects.filter(is_sound).collect(),
        problems: problems.iter().map(Place::from).collect(),
        warnings: warnings
            .iter()
            .map(|warning| Place::from(&warning.problem))
            .collect(),
        open: open.iter().map(Place::from).collect(),
    }
}

/// As problems call them.
fn names(policy: &Policy) -> Vec<String> {
    let clusters = policy.clusters.iter();
    let clusters = clusters.map(|cluster| format!("Cluster/{}", cluster.name));
    let rules = policy.burst_policies.iter();
    let rules = rules.map(|rules| format!("BurstPolicy/{}", rules.name));
    let workloads = policy.workloads.iter();
    let workloads = workloads.map(|workload| format!("HybridAutoscaler/{}", workload.id));
    clusters.chain(rules).chain(workloads).collect()
}

fn page(verdict: &Verdict, paint: Paint) -> String {
    let mut page = String::new();
    let mut say = |line: String| {
        page += &line;
        page.push('\n');
    };
    for problem in &verdict.problems {
        say(paint.alarm(&problem.text));
    }
    for warning in &verdict.warnings {
        say(format!("Rarely meant: {}", warning.text));
    }
    for open in &verdict.open {
        say(format!(
            "Not checked: {} {}: it is read from the pod template in the cluster",
            open.object, open.path
        ));
    }
    for object in &verdict.sound {
        say(format!("Fine: {object}"));
    }
    let problems = u64::try_from(verdict.problems.len()).unwrap_or(u64::MAX);
    say(match problems {
        0 => "No problem was found.".to_owned(),
        _ => paint.alarm(&format!("{}.", count(problems, "problem", "problems"))),
    });
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTERS: &str = "\
apiVersion: spillway.dev/v1alpha1
kind: Cluster
metadata: {name: home}
spec:
  tier: Private
  nodeGroups:
  - {name: rack, allocatable: {cpu: '4', memory: 8Gi}, maxNodes: 2}
---
apiVersion: spillway.dev/v1alpha1
kind: BurstPolicy
metadata: {name: default}
spec: {caps: {usdPerHour: '1'}}
";

    const WORKLOAD: &str = "\
apiVersion: spillway.dev/v1alpha1
kind: HybridAutoscaler
metadata: {namespace: shop, name: web}
spec:
  scaleTargetRef: {name: web}
  maxReplicas: 9
  metrics:
  - {name: load, prometheus: {query: load}, target: {averageValue: '1'}}
";

    fn texts(places: &[Place]) -> Vec<&str> {
        places.iter().map(|place| place.text.as_str()).collect()
    }

    #[test]
    fn every_problem_has_its_line_and_what_is_fine_is_said_too() {
        let broken = WORKLOAD.replace(
            "maxReplicas: 9",
            "maxReplicas: 9\n  minReplicas: 10\n  colour: red",
        );
        let verdict = judge(&[("c.yaml", CLUSTERS), ("w.yaml", &broken)]);
        let lines: Vec<_> = verdict
            .problems
            .iter()
            .map(|problem| problem.line)
            .collect();
        assert!(lines.contains(&Some(8)), "{:?}", texts(&verdict.problems));
        assert!(lines.len() >= 2, "{:?}", texts(&verdict.problems));
        assert!(
            verdict
                .problems
                .iter()
                .all(|problem| problem.file.as_deref() == Some("w.yaml"))
        );
        let page = page(&verdict, Paint(false));
        assert!(page.contains("Fine: Cluster/home\n"), "{page}");
        assert!(!page.contains("Fine: HybridAutoscaler"), "{page}");
    }

    #[test]
    fn what_a_replica_asks_for_may_be_left_to_the_pod_template() {
        let verdict = judge(&[("c.yaml", CLUSTERS), ("w.yaml", WORKLOAD)]);
        assert_eq!(texts(&verdict.problems), [""; 0]);
        assert_eq!(verdict.open[0].object, "HybridAutoscaler/shop/web");
        assert_eq!(
            verdict.sound,
            [
                "Cluster/home",
                "BurstPolicy/default",
                "HybridAutoscaler/shop/web"
            ]
        );
    }
}
