"""What psdash costs, as ratios: `python -m benchmarks` (docs/performance.md says how each figure is taken)."""
