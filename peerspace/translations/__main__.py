"""`make words`: read the words to translate from code, templates and scripts, and bring every catalogue up to date.

A new message stands in a `.po` file without a translation; one that is gone, or whose English changed, is dropped.
The compiled `.mo` files are committed too, so that PeerSpace starts from a checkout without another step.
With `--check` nothing is written; exit status 1 when something is missing, fuzzy or not compiled.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from peerspace.config import ROOT

FOLDER = Path(__file__).parent
DOMAINS = {"messages": "babel.cfg", "script": "script.cfg"}
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
NOTES = ("Translators:",)
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# The words of PeerSpace. docs/localisation.md says how they are kept in step with the code."


def written(domain: str) -> Catalog:
    """Every message of `domain` as the code has it now."""
    with (FOLDER / DOMAINS[domain]).open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(project="PeerSpace", charset="utf-8")
    found = extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, comment_tags=NOTES, strip_comment_tags=True,
        directory_filter=_is_ours,
    )  # fmt: skip
    for path, line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        del line  # a place without a line: moving code does not change the catalogue
        catalogue.add(message, locations=[(path, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    return catalogue


def _is_ours(folder: str) -> bool:
    path = Path(folder)
    return path.name not in ("vendor", "node_modules") and not path.name.startswith((".", "_"))


def languages() -> list[str]:
    """The codes of all languages that there is a folder for."""
    return sorted(path.name for path in FOLDER.iterdir() if (path / "LC_MESSAGES").is_dir())


def po_file(code: str, domain: str) -> Path:
    """Where the words of a language are written."""
    return FOLDER / code / "LC_MESSAGES" / f"{domain}.po"


def read(code: str, domain: str) -> Catalog:
    """A language's catalogue as it stands on the disk, empty before its first time."""
    path = po_file(code, domain)
    if not path.exists():
        return Catalog(
            locale=code,
            domain=domain,
            project="PeerSpace",
            charset="utf-8",
            fuzzy=False,
            header_comment=HEADER,
        )
    with path.open("rb") as file:
        return read_po(file, locale=code, domain=domain)


def compiled(catalogue: Catalog) -> bytes:
    """The `.mo` file of a catalogue. Fuzzy messages are left out: readers see English there."""
    made = io.BytesIO()
    catalogue.creation_date = catalogue.revision_date = UNDATED  # the same words make the same file
    write_mo(made, catalogue)
    return made.getvalue()


def problems(code: str, domain: str) -> list[str]:
    """What keeps a catalogue from being whole: missing, fuzzy, left over, not compiled."""
    now, kept = written(domain), read(code, domain)
    asked = {message.id for message in now if message.id}
    there = {message.id: message for message in kept if message.id}
    found = [f"not in the catalogue: {one!r}" for one in asked - set(there)]
    found += [f"no longer in the code: {one!r}" for one in set(there) - asked]
    for one in asked & set(there):
        message = there[one]
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        if message.fuzzy:
            found.append(f"fuzzy: {one!r}")
        elif not all(forms):
            found.append(f"not translated: {one!r}")
    mo = po_file(code, domain).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(kept):
        found.append("the compiled file is not of this catalogue: run `make words`")
    return sorted(found)


def update(code: str, domain: str) -> None:
    """Bring a language's catalogue up to date and compile it."""
    catalogue = read(code, domain)
    catalogue.update(written(domain), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path = po_file(code, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = io.BytesIO()
    write_po(made, catalogue, width=110, omit_header=False, ignore_obsolete=True, sort_output=True)
    dated = (b'"POT-Creation', b'"PO-Revision')
    lines = [line for line in made.getvalue().splitlines(keepends=True) if not line.startswith(dated)]
    path.write_bytes(b"".join(lines))
    path.with_suffix(".mo").write_bytes(compiled(read(code, domain)))


def main(arguments: list[str]) -> int:
    """Update every catalogue, or with `--check` say what is amiss. Returns the exit status."""
    amiss = 0
    for code in languages():
        for domain in DOMAINS:
            if "--check" not in arguments:
                update(code, domain)
            found = problems(code, domain)
            amiss += len(found)
            sys.stdout.write(f"{code} {domain}: {len(found)} to do\n")
            sys.stdout.writelines(f"  {one}\n" for one in found)
    return 1 if amiss and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
