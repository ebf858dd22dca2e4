#![doc = "Spillway."]

pub mod hpa_conformance;
pub mod hybrid;
pub mod large;
