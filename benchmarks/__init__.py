"""Where the figures in the README come from: run `python -m benchmarks`."""
