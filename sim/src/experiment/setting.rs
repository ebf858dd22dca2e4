//! Fields of the world and of the Kubernetes objects, set by their paths.

use serde::Serialize;
use serde_json::{Map, Value};
use spillway_crds::document::parse_yaml;
use spillway_crds::{Located, Objects, Origin, Problem, SoundPolicy, read_policy};
use spillway_solver::policy::Policy;

use crate::config::World;
use crate::warnings::{Warning, of_objects};

/// What the world is called beside the objects.
pub const WORLD: &str = "World";

/// The world and the objects that a sweep varies, as trees.
#[derive(Clone, Debug)]
pub struct Base {
    world: Value,
    objects: Vec<Part>,
}

/// An object.
#[derive(Clone, Debug)]
struct Part {
    /// What problems call it, such as `HybridAutoscaler/shop/web`.
    label: String,
    tree: Value,
    /// Where it was written, before any field was set.
    origin: Origin,
}

/// A world and a policy with some fields set.
#[derive(Clone, Debug)]
pub struct Varied {
    /// The world.
    pub world: World,
    /// The policy.
    pub policy: Policy,
    /// What of the policy is rarely meant. Fields vary and lists do not, so each has its place in its file.
    pub doubts: Vec<Warning>,
}

/// A field of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `World`, or an object such as `BurstPolicy/default`.
    pub object: String,
    /// Its path, such as `spec.caps.usdPerHour`.
    pub path: String,
}

/// Why a field cannot be set, or what it makes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The field that is to blame, by its place among those set; absent where it is their combination.
    pub field: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Base {
    /// The trees of a world file and of objects that have been read without a problem.
    ///
    /// # Panics
    ///
    /// Never: such a world is YAML, and an object that was read from a tree is one.
    #[must_use]
    pub fn new(world: &str, objects: &Objects) -> Self {
        let world = parse_yaml(world, 1).ok().flatten();
        let clusters = objects.clusters.iter().map(part);
        let policies = objects.burst_policies.iter().map(part);
        let autoscalers = objects.autoscalers.iter().map(part);
        Self {
            world: world.map_or(Value::Null, |node| node.value()),
            objects: clusters.chain(policies).chain(autoscalers).collect(),
        }
    }

    /// All of it as text, for a digest.
    #[must_use]
    pub fn text(&self) -> String {
        let objects = self.objects.iter().map(|part| part.tree.to_string());
        let all: Vec<String> = std::iter::once(self.world.to_string())
            .chain(objects)
            .collect();
        all.join("\n")
    }

    /// The world and the policy with these fields set, read and checked as files are.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn with(&self, settings: &[(&Field, &Value)]) -> Result<Varied, Vec<Refused>> {
        let mut changed = self.clone();
        let mut refused = Vec::new();
        for (index, (field, value)) in settings.iter().enumerate() {
            if let Err(message) = changed.set(field, (*value).clone()) {
                refused.push(Refused {
                    field: Some(index),
                    message,
                });
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        let blame = |object: &str, problem: Problem| {
            let field = settings.iter().position(|(field, _)| {
                field.object == object && touches(&field.path, &problem.path)
            });
            Refused {
                field,
                message: if field.is_some() {
                    problem.message
                } else {
                    let plain = Problem {
                        source_name: None,
                        line: None,
                        column: None,
                        object: object.to_owned(),
                        ..problem
                    };
                    plain.to_string()
                },
            }
        };
        // Each object is a source of its own, so that every problem says whose it is.
        let objects: Vec<(&str, String)> = changed
            .objects
            .iter()
            .map(|part| (part.label.as_str(), part.tree.to_string()))
            .collect();
        let sources = objects.iter().map(|(label, text)| (*label, text.as_str()));
        let SoundPolicy { policy, warnings } = read_policy(sources).map_err(|broken| {
            let problems = broken.problems.into_iter();
            let refused = problems.map(|problem| {
                let object = problem.source_name.clone();
                blame(&object.unwrap_or_else(|| problem.object.clone()), problem)
            });
            refused.collect::<Vec<_>>()
        })?;
        let known = std::slice::from_ref(&policy);
        let world = match World::read(WORLD, &changed.world.to_string()) {
            Ok(world) => world.check(known).map(|()| world),
            Err(broken) => Err(broken.problems(known)),
        };
        let world = world.map_err(|error| {
            let problems = error.0.into_iter();
            let refused = problems.map(|problem| blame(WORLD, problem));
            refused.collect::<Vec<_>>()
        })?;
        let located = warnings.into_iter().map(|warning| self.located(warning));
        Ok(Varied {
            doubts: of_objects(located.collect()),
            world,
            policy,
        })
    }

    /// A warning about an object with the place where that was written.
    fn located(&self, warning: spillway_crds::Warning) -> spillway_crds::Warning {
        let mut parts = self.objects.iter();
        let Some(part) = parts.find(|part| part.label == warning.problem.object) else {
            return warning;
        };
        let Problem { path, message, .. } = warning.problem;
        spillway_crds::Warning {
            problem: Problem {
                object: part.label.clone(),
                ..part.origin.problem(&path, message)
            },
            ..warning
        }
    }

    fn set(&mut self, field: &Field, value: Value) -> Result<(), String> {
        let tree = if field.object == WORLD {
            &mut self.world
        } else {
            let known: Vec<&str> = self
                .objects
                .iter()
                .map(|part| part.label.as_str())
                .collect();
            let known = format!("write one of {WORLD}, {}", known.join(", "));
            let found = self
                .objects
                .iter_mut()
                .find(|part| part.label == field.object);
            let missing = || format!("no object is called `{}`: {known}", field.object);
            &mut found.ok_or_else(missing)?.tree
        };
        put(tree, &steps(&field.path)?, value)
    }
}

/// # Panics
///
/// Never: an object that was read from a tree is one.
fn part<K: Serialize>(located: &Located<K>) -> Part {
    let tree = serde_json::to_value(&located.object);
    let mut tree = tree.expect("an object that was read from a tree is one");
    prune(&mut tree);
    Part {
        label: label(&tree),
        tree,
        origin: located.origin.clone(),
    }
}

/// Whether one path is the other, or leads into it.
fn touches(a: &str, b: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(a, b) && !b.is_empty() || within(b, a)
}

/// `Kind/name` or `Kind/namespace/name`, as problems call an object.
fn label(tree: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, metadata) = (text(&tree["kind"]), &tree["metadata"]);
    let name = text(&metadata["name"]);
    if kind == "HybridAutoscaler" {
        let namespace = metadata["namespace"].as_str().unwrap_or("default");
        format!("{kind}/{namespace}/{name}")
    } else {
        format!("{kind}/{name}")
    }
}

/// Takes out what is null: a field that is not there.
fn prune(tree: &mut Value) {
    match tree {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[derive(Debug)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn steps(path: &str) -> Result<Vec<Step<'_>>, String> {
    let refuse =
        || format!("`{path}` is no path: write one like spec.metrics[0].target.averageValue");
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if key.is_empty() {
            return Err(refuse());
        }
        steps.push(Step::Key(key));
        while !rest.is_empty() {
            let (index, left) = rest
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
                .ok_or_else(refuse)?;
            steps.push(Step::Index(index.parse().map_err(|_| refuse())?));
            rest = left;
        }
    }
    Ok(steps)
}

/// Sets what is at a path. Objects on the way are made where they are not there; items of lists are not.
fn put(tree: &mut Value, steps: &[Step<'_>], value: Value) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *tree = value;
        return Ok(());
    };
    match (step, tree) {
        (Step::Key(key), tree @ (Value::Object(_) | Value::Null)) => {
            if tree.is_null() {
                *tree = Value::Object(Map::new());
            }
            put(&mut tree[*key], rest, value)
        }
        (Step::Index(index), Value::Array(items)) => {
            let many = items.len();
            let item = items.get_mut(*index).ok_or_else(|| {
                format!("there is no [{index}]: the list has {many} items, counted from 0")
            })?;
            put(item, rest, value)
        }
        (Step::Key(key), _) => Err(format!(
            "there is no object in which `{key}` could be: look at the path"
        )),
        (Step::Index(index), _) => Err(format!(
            "there is no list in which [{index}] could be: look at the path"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo;
    use serde_json::json;
    use spillway_crds::read_yaml;

    fn base() -> Base {
        let mut objects = Objects::default();
        for (file, text) in demo::OBJECTS {
            objects.extend(read_yaml(file, text).expect("the demo's objects"));
        }
        Base::new(demo::WORLD.1, &objects)
    }

    fn set(object: &str, path: &str, value: &Value) -> Result<Varied, Vec<Refused>> {
        let field = Field {
            object: object.into(),
            path: path.into(),
        };
        base().with(&[(&field, value)])
    }

    #[test]
    fn the_base_is_what_the_files_say() {
        let Varied { world, policy, .. } = base().with(&[]).expect("sound");
        let demo = demo::config("demo");
        assert_eq!(policy, demo.policy);
        assert_eq!(
            format!("{:?}", world.clusters),
            format!("{:?}", demo.world.clusters)
        );
    }

    #[test]
    fn a_field_is_set_also_where_nothing_was_written_around_it() {
        let path = "spec.behavior.scaleDown.stabilizationWindowSeconds";
        let changed = set("HybridAutoscaler/shop/orders", path, &json!(60)).expect("sound");
        assert_ne!(changed.policy, demo::config("demo").policy);
        let path = "clusters[0].groups[0].initialNodes";
        let changed = set("World", path, &json!(3)).expect("sound");
        assert_eq!(changed.world.clusters[0].groups[0].initial_nodes, 3);
    }

    #[test]
    fn what_a_setting_makes_doubtful_has_its_place_in_the_file() {
        let changed = set("BurstPolicy/default", "spec.caps", &json!({})).expect("sound");
        let told: Vec<String> = changed.doubts.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "examples/demo/policy.yaml:6: BurstPolicy/default spec.caps: bounds no money: only maxReplicas bounds what a wrong metric costs [noMoneyCap]"
            ]
        );
    }

    #[test]
    fn what_cannot_be_set_is_refused_and_its_field_blamed() {
        for (object, path, value, says) in [
            (
                "BurstPolicy/defalt",
                "spec",
                json!(1),
                "no object is called `BurstPolicy/defalt`: write one of World, Cluster/home",
            ),
            (
                "HybridAutoscaler/shop/orders",
                "spec.behaviour.x",
                json!(1),
                "did you mean `behavior`?",
            ),
            (
                "HybridAutoscaler/shop/orders",
                "spec.maxReplicas",
                json!("many"),
                "write a whole number",
            ),
            (
                "HybridAutoscaler/shop/orders",
                "spec.metrics[3].name",
                json!("a"),
                "the list has 1 items",
            ),
            (
                "BurstPolicy/default",
                "spec.caps[0]",
                json!("a"),
                "there is no list",
            ),
            ("World", "tick", json!("0s"), "must be above zero"),
            ("World", "tik", json!("15s"), "did you mean `tick`?"),
            ("World", "clusters..name", json!("a"), "is no path"),
        ] {
            let refused = set(object, path, &value).expect_err(path);
            assert_eq!(refused[0].field, Some(0), "{refused:?}");
            assert!(refused[0].message.contains(says), "{path}: {refused:?}");
        }
    }
}
