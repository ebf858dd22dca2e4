//! Placement through the public interface: small worlds, one tick or many.

mod smoke;
mod world;
