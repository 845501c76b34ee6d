"""Whom to contact and why, found for all clients at once.

Each module has `plan(window, at)`; `sweep.sweep(today, at)` closes what is no longer needed. A found occasion is put in
once, by its unique key: run late, twice or by two at once, each contact is there exactly once.
"""
