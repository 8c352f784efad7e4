"""Why rows stay, where several tables stay for one reason, and what takes rows out that is no job."""

from __future__ import annotations

WEB_PROCESS = "every web process"
"""Sweeps what is about sockets and processes every few seconds (peerspace.realtime.attendance)."""

PEOPLE = "what members wrote and keep, and what others read of it"
EVIDENCE = "shows what was decided on which ground; outlives what was reported"
RESEARCH = "what a dataset is made of; goes with the participant's erasure"
REGISTER = "the public register of studies and releases, and who took what"
HISTORY = "which version held when"
SMALL = "does not grow: as many rows as places, settings or processes"
