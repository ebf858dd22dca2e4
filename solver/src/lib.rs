#![doc = "Spillway."]

pub mod schedule;
