#![doc = "Spillway."]

pub mod hpa;
