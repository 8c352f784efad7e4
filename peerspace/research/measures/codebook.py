"""docs/measures.md, written from the headers of the SQL files.

python -m peerspace.research.measures.codebook > docs/measures.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from peerspace.research.measures.engine import families
from peerspace.research.measures.headers import COLUMNS, MISSING_REASONS, Family, Measure

_INTRODUCTION = """\
# Measures

What PeerSpace measures, and exactly how. This page is written from the headers of the SQL files in
`peerspace/research/measures/` (`python -m peerspace.research.measures.codebook > docs/measures.md`); a test fails when
it differs from them. The SQL below each header is the formula that runs. There is no single engagement score.

## How to read them

- **Own actions** are what sessions, active minutes, active days and attrition stand on: starting a thread, posting,
  sending a message, reacting, opening a thread, joining a room. They are what a person does on purpose and what the
  consent to `usage` alone covers, so they mean the same for everybody. Reading time, heartbeats and leaving a room need
  `time`; reports, blocks, mutes and marks need `experience`; what others do is nobody's own action.
- **Missing is never zero.** A value is empty only with a reason beside it in `missing`, one of
  {reasons}.
  `declined` stands where the consent to the scope was not given in the period, `withdrawn` where it was given only
  before.
- **Consent that stands now decides.** A row captured under a scope counts only while the consent handed to the engine
  covers that scope at the row's time.
- **Rows exist for exposure.** A table by period holds every person in every period in which they took part for any
  time, zeros included. Periods are blocks of 28 days unless a study says otherwise; the last may be incomplete.
- **One person, one row**, however often they stopped and consented again.
- **Ties** join people who both consent to `interactions`. Replies received count whoever answered.
- A number made from a session or a stay belongs to the period in which that began.
- **Tiers**: T0 open aggregates, T1 safeguarded, T2 controlled. **Disclosure**: `visible` is what fellow members can
  see or nearly so, `unseen` what only the platform sees, `sensitive` what may harm if known.

| grain | columns |
| --- | --- |
{grains}

In an `aggregate`, period 0 is the whole window, channel `all` is not split, and `n` is the denominator or the number at
risk.
"""


def markdown(all_families: Sequence[Family] | None = None) -> str:
    """The page, as text that ends with a line break."""
    grains = "\n".join(f"| {grain} | `{'`, `'.join(columns)}` |" for grain, columns in COLUMNS.items())
    reasons = ", ".join(f"`{reason}`" for reason in MISSING_REASONS)
    parts = [_INTRODUCTION.format(reasons=reasons, grains=grains)]
    for family in families() if all_families is None else all_families:
        parts.append(f"## {family.name.capitalize()}\n\n{family.about}\n")
        parts.extend(_entry(measure) for measure in family.measures)
    return "\n".join(parts)


def _entry(measure: Measure) -> str:
    unit = "" if measure.unit == "not applicable" else f", in {measure.unit}"
    row = f"One row per {measure.grain.replace('_', ' x ')}" if measure.grain != "aggregate" else "Aggregate"
    return f"""\
### `{measure.name}`

**{measure.label}**{unit}. Version {measure.version}.

- Formula: {measure.formula}
- Levels: {measure.levels}
- Pitfalls: {measure.pitfalls}
- Source: {measure.source}
- {row}; {measure.type}; consent to {measure.scope}; {", ".join(measure.tiers)}; {measure.disclosure}
"""


if __name__ == "__main__":
    sys.stdout.write(markdown())
