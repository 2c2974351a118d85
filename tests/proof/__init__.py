"""The proof of "it never lies": invariants judged against the exchange's own ledger, in named and seeded scenarios.

`truth.py` says what must hold, `arena.py` and `faults.py` make the weather, `scenarios.py` has the names. Whatever
fails says its scenario and seed; `python -m tests.proof.replay SCENARIO SEED` plays that pair again, and
`python -m tests.proof.soak` plays many of them. What was measured stands in docs/reliability.md.
"""
