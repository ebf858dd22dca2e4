//! JSON documents: their shape, and what their sense lacks with the place where it is written.

use serde::de::DeserializeOwned;
use spillway_crds::Problem;
use spillway_crds::document::{Mistake, Node, as_far_as_it_goes, parse_json};
use spillway_solver::validate;

/// The document of a file called `name`, if it makes sense to `sense`.
///
/// # Errors
///
/// All that is wrong with its shape and with its sense.
pub(super) fn read<T: DeserializeOwned>(
    name: &str,
    text: &str,
    sense: impl Fn(&T) -> Vec<validate::Problem>,
) -> Result<T, Vec<Problem>> {
    // A tree is only for what is wrong: a sound document of many megabytes goes without.
    let mistakes = match serde_json::from_str(text) {
        Ok(document) => {
            let problems = sense(&document);
            if problems.is_empty() {
                return Ok(document);
            }
            let tree = parse_json(text);
            tree.map_or_else(
                |mistake| vec![mistake],
                |tree| {
                    problems
                        .into_iter()
                        .map(|problem| placed(problem, &tree))
                        .collect()
                },
            )
        }
        Err(error) => match parse_json(text).map(|tree| (as_far_as_it_goes::<T>(&tree), tree)) {
            Ok((Err(unfinished), tree)) => {
                let senseless = unfinished.sure(sense, |problem| &problem.path);
                let senseless = senseless.into_iter().map(|problem| placed(problem, &tree));
                let mut mistakes: Vec<Mistake> = unfinished
                    .mistakes
                    .iter()
                    .cloned()
                    .chain(senseless)
                    .collect();
                mistakes.sort_by_key(|mistake| mistake.place);
                mistakes
            }
            // What only the parser minds.
            Ok((Ok(_), tree)) => vec![Mistake {
                place: tree.place,
                path: String::new(),
                message: error.to_string(),
                meant: None,
            }],
            Err(mistake) => vec![mistake],
        },
    };
    let problems = mistakes.into_iter().map(|mistake| mistake.in_file(name));
    Err(problems.collect())
}

fn placed(problem: validate::Problem, tree: &Node) -> Mistake {
    Mistake {
        place: tree.place_of(&problem.path),
        path: problem.path,
        message: problem.message,
        meant: None,
    }
}
