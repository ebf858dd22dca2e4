//! Which workloads and classes a trace means.

use super::enter::Enter;
use super::{Run, RunError};
use crate::engine::Source;

impl<S: Source<Item: Enter>> Run<'_, S> {
    #[cold]
    pub(super) fn resolve(&mut self, number: usize) -> Result<usize, RunError> {
        let names = self.timeline.source().origin().workloads();
        let name = names.get(number).cloned().unwrap_or_default();
        let setup = &self.state.setup;
        let Some(workload) = setup.workload_called(&name) else {
            let source = self.timeline.source().origin();
            let file = source.notes().source;
            let place = match source.workload_line(number) {
                Some(line) => format!("{file}:{line}: "),
                None if file.is_empty() => file,
                None => format!("{file}: "),
            };
            let known = setup
                .workloads
                .iter()
                .flat_map(|workload| &workload.trace_names);
            let known: Vec<&str> = known.map(String::as_str).collect();
            let known = known.join(", ");
            return Err(RunError::UnknownWorkload { place, name, known });
        };
        if self.workload_of.len() <= number {
            self.workload_of.resize(number + 1, None);
        }
        self.workload_of[number] = Some(workload);
        Ok(workload)
    }

    /// Tells a workload's queue which of the classes that the trace has named so far go first.
    #[cold]
    pub(super) fn rank_classes(&mut self, workload: usize) {
        let names = self.timeline.source().origin().classes();
        let ranked = &self.state.setup.workloads[workload].classes;
        self.state.queues[workload].rank_classes(names, ranked);
    }
}
