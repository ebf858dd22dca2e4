#![doc = "Spillway."]

pub mod schedule;
pub mod traffic;
