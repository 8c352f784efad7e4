"""Disclosure control: what may be published, and what else must be hidden so that it stays hidden.

`rules`: single numbers. `cells`, `audit`, `protect`: all numbers of a release together. `t0`: the open
tables.
"""
