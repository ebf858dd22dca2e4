//! Placement through the public interface: small worlds, one tick or many.

mod eligibility;
mod layout;
mod money;
mod outages;
mod smoke;
mod world;
