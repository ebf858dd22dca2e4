//! Placement through the public interface: small worlds, one tick or many.

mod answers;
mod audit;
mod counterfactuals;
mod decided;
mod dice;
mod displacement;
mod eligibility;
mod instances;
mod layout;
mod many_ticks;
mod money;
mod monotone;
mod oracle;
mod outages;
mod properties;
mod random;
mod recall;
mod smoke;
mod totality;
mod world;
