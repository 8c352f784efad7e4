"""`peerspace release`: asking for, checking and ending datasets from the machine PeerSpace runs on."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from peerspace.cli.common import answer, as_json, fail, opened
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import from_us
from peerspace.research import releases
from peerspace.research.building import build_due
from peerspace.research.models import Release, Study
from peerspace.research.package.verify import verify_package

ME = installation(Origin.COMMAND)


@click.group()
def release() -> None:
    """Releases: build, verify, list, expire."""


@release.command()
@as_json
def build(wants_json: bool) -> None:
    """Build every release that researchers asked for and nobody builds yet."""
    built = 0
    with opened() as (config, database):
        while done := build_due(config, database):
            built += done
    answer({"built": built}, wants_json, f"{built} built." if built else "Nothing was waiting to be built.")


@release.command()
@click.argument("package", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--manifest",
    metavar="SHA256",
    help="What the SHA-256 of its CHECKSUMS.sha256 must be; `list --json` tells it.",
)
@click.option(
    "--private",
    is_flag=True,
    help="Also look whether others on this machine could read it (where PeerSpace keeps it).",
)
@as_json
def verify(package: Path, manifest: str | None, private: bool, wants_json: bool) -> None:
    """Check a package from its files alone: sums, schemas, disclosure rules; exit status 1 if anything is wrong."""
    expected = manifest.strip().lower() if manifest is not None else None
    findings = [str(finding) for finding in verify_package(package, expected, private=private)]
    answer({"findings": findings}, wants_json, "\n".join(findings) or "The package is sound.")
    if findings:
        fail(f"{len(findings)} findings.")


@release.command("list")
@as_json
def list_(wants_json: bool) -> None:
    """Every release with its study, state and folder."""
    with opened() as (_, database), database.read(ME) as uow:
        rows = [
            {
                "id": found.public_id,
                "study": slug,
                "tier": found.tier,
                "state": found.state,
                "first_day": from_us(found.window_from_us).date().isoformat(),
                "last_day": from_us(found.cut_us - 1).date().isoformat(),
                "asked": found.requested_at.isoformat(),
                "failure": found.failure,
                "folder": found.folder,
                "manifest": found.manifest_hash,
            }
            for found, slug in uow.session.execute(
                select(Release, Study.slug).join(Study, Study.id == Release.study_id).order_by(Release.id)
            )
        ]
    lines = [
        f"{row['id']}  {row['tier']}  {row['first_day']} to {row['last_day']}  {row['state']:<10} {row['study']}  "
        f"{row['failure']}".rstrip()
        for row in rows
    ]
    answer(rows, wants_json, "\n".join(lines) or "There is no release yet.")


@release.command()
@click.argument("release_id")
def expire(release_id: str) -> None:
    """End a release: its files go with the next sweep, its entry in the register stays."""
    with opened() as (_, database), database.write(ME) as uow:
        releases.expire_release(uow, release_id)
    click.echo(f"{release_id} is ended.")
