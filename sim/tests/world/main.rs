//! The world as a whole: small worlds worked by hand, laws that every world obeys, theory.

mod all_baselines;
mod baselines;
mod bound;
mod by_hand;
mod classes;
mod demo;
mod dns;
mod faults;
mod fixture;
mod laws;
mod metrics;
mod modes;
mod node_autoscalers;
mod spot_share;
mod theory;
mod whole_nodes;
