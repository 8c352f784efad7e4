"""What counts as digital peer support: the one definition that code, datasets and the help page share."""

from __future__ import annotations

DEFINITION = (
    "An exchange counts as digital peer support when (1) a human wrote each contribution in an "
    "interactive session; (2) the giver takes part on the footing of lived experience, as a peer or a "
    "peer worker, not as clinician, moderator or researcher; (3) it travelled over one of the platform's "
    "channels, synchronous (room, one-to-one) or asynchronous (forum); (4) it is open to mutuality: the "
    "receiver can give, and the giver receive. Platform notices, supervisors' decisions and researchers' "
    "messages are not peer support and are never counted as such."
)
