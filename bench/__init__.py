"""Suites of comparisons with peers: data and small adapters; the machinery is in orchestrator/bench."""
