"""Which model to build: candidates from an app's SPACE, each scored by groups and measured on the boards' cores."""
