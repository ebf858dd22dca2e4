#![doc = "Spillway."]

pub mod alone;
pub mod hpa_conformance;
pub mod hybrid;
pub mod large;
