"""The threat table of reliability §3.1, row by row: docs/security.md says which test holds which control."""
