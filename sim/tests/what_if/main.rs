//! A run that goes on from a recorded moment: how it equals the run that was recorded, and how it may not.

mod continuation;
mod fixture;
mod options;
mod random;
mod state;
