"""What things cost: each `bench_<subject>.py` is a script with its own options; `python -m benchmarks` runs them all."""
