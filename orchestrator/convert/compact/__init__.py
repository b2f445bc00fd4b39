"""Pieces for our own engine, lib/compact: one module a family of estimators."""
