//! Scaling of a fleet, from readings to desired counts.

mod activation;
mod adversarial;
mod fixture;
mod fleet;
mod ladder;
mod learning;
mod noise;
mod properties;
mod rules;
