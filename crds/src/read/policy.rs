//! The policy of several YAML streams: what is wrong with the shape of its objects and with their
//! values, all at once.

use spillway_solver::policy::Policy;

use super::{Reading, lists};
use crate::convert::{Warning, convert_beside, warnings};
use crate::document::touched;
use crate::problem::Problem;

/// A policy that can be used.
#[derive(Debug)]
pub struct SoundPolicy {
    /// What the objects say.
    pub policy: Policy,
    /// What of it is rarely meant.
    pub warnings: Vec<Warning>,
}

/// A policy that cannot be used.
#[derive(Debug)]
pub struct BrokenPolicy {
    /// All that is wrong with it, file by file in the order of their lines.
    pub problems: Vec<Problem>,
    /// What it says as far as it goes, with small and with large values in place of what could
    /// not be read; what refers to it can be checked, where both say the same. `None` where
    /// there are objects of which not even the name is known.
    pub readings: Option<Box<[Policy; 2]>>,
}

/// The policy of the objects in several YAML streams, each with its name, which may refer to each
/// other.
///
/// # Errors
/// All problems of all documents: of shape as in [`read_yaml`], and of value as in [`convert()`],
/// but for values that follow from what could not be read.
///
/// [`read_yaml`]: crate::read_yaml
/// [`convert()`]: crate::convert()
pub fn read_policy<'t>(
    sources: impl IntoIterator<Item = (&'t str, &'t str)>,
) -> Result<SoundPolicy, BrokenPolicy> {
    let mut reading = Reading::default();
    let mut names = Vec::new();
    for (name, text) in sources {
        reading.add(name, text);
        names.push(name);
    }
    let [(small, of_small), (large, of_large)] = reading
        .readings
        .each_ref()
        .map(|objects| convert_beside(objects, &reading.unread));
    let sure = of_small
        .into_iter()
        .filter(|problem| of_large.contains(problem) && !reading.follows(problem));
    let mut problems = reading.problems.clone();
    problems.extend(sure);
    if problems.is_empty() {
        let [objects, _] = &reading.readings;
        return Ok(SoundPolicy {
            policy: small,
            warnings: warnings(objects),
        });
    }
    problems.sort_by_key(|problem| {
        let source = problem.source_name.as_deref();
        let file = names.iter().position(|name| Some(*name) == source);
        (file, problem.line)
    });
    let mut large = large;
    lists::lengthen(&mut large, &reading.unknown);
    Err(BrokenPolicy {
        problems,
        readings: (!reading.incomplete).then(|| Box::new([small, large])),
    })
}

impl Reading {
    /// Whether a problem is about what could not be read, which has been said.
    fn follows(&self, problem: &Problem) -> bool {
        self.unknown.iter().any(|unknown| {
            problem.source_name.as_ref() == Some(&unknown.source_name)
                && problem.object == unknown.object
                && touched(&problem.path, &unknown.paths)
        })
    }
}
