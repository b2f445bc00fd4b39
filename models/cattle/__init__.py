"""The Python side of the app cattle: physics, real data, training and metrics."""
