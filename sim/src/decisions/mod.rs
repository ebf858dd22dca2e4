//! What a run decided, as its readers ask for it: by change, and by moment. The records themselves are
//! [`spillway_records`].

mod changes;
mod moment;

pub use changes::{Change, ChangeLog, ClusterChange, Code, Why, why_of};
pub use moment::{Moment, MomentError, When, WhichTick, moment};
