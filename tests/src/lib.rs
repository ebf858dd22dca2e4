#![doc = "Spillway."]

pub mod hpa_conformance;
