#![doc = "Spillway."]
