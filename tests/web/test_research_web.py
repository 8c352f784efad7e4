"""From registering a study to downloading its dataset, in the browser; and who may not."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from peerspace.accounts.models import RoleGrant
from peerspace.config import Config
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from peerspace.research import releases
from peerspace.research.models import Download, Release, Study
from tests.people import People
from tests.research.studies import ANSWERS, approved, registered
from tests.web.conftest import browser, send

JOB = installation(Origin.JOB)


@pytest.fixture
def rea(people: People) -> Actor:
    return people.add("rea", Role.RESEARCHER)


@pytest.fixture
def pan(people: People) -> Actor:
    return people.add("pan", Role.PANEL)


@pytest.fixture
def slug(database: Database, rea: Actor, pan: Actor) -> str:
    return approved(database, rea, pan)


def _text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.get_data(as_text=True)[:400])
    return answer.get_data(as_text=True)


def _ask(client: FlaskClient, slug: str, **changes: str) -> str:
    asked = {"first_day": "2026-02-01", "last_day": "2026-03-01", "client_id": new_client_id()} | changes
    answer = send(client, f"/research/studies/{slug}", **asked)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:400]
    return answer.headers["Location"].rsplit("/", 1)[-1]


FILES = {
    "datapackage.json": json.dumps(
        {
            "peerspace": {"citation": "Marsh (2026). Nights."},
            "resources": [
                {
                    "name": "totals",
                    "title": "Totals",
                    "description": "What people wrote.",
                    "path": "data/totals.csv",
                }
            ],
        }
    ),
    "disclosure.json": json.dumps(
        {
            "checks": [
                {
                    "rule": "Small counts are hidden.",
                    "threshold": "at least 10",
                    "value": "15",
                    "passed": True,
                }
            ]
        }
    ),
    "data/totals.csv": "channel,contributions\nforum,120\n",
    "codebook.html": "<h1>Codebook</h1>",
    "figures/retention_curve.svg": '<svg xmlns="http://www.w3.org/2000/svg"><title>Curve</title></svg>',
}


def _make_ready(database: Database, config: Config, public_id: str) -> Path:
    """Put a small package in place, as the builder would."""
    with database.write(JOB) as uow:
        claimed = releases.claim_next(uow, "test")
        assert claimed is not None
        assert claimed.public_id == public_id
        folder = f"{uow.session.get_one(Study, claimed.study_id).slug}/{public_id}"
        sums = "".join(
            f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in FILES.items()
        )
        manifest = hashlib.sha256(sums.encode()).hexdigest()
        releases.finish(uow, claimed.id, "test", folder=folder, manifest_hash=manifest, members=())
    root = config.export_dir / folder
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "CHECKSUMS.sha256").write_text(sums)
    return root


@pytest.mark.invariant(13)
def test_a_study_goes_from_the_form_to_the_register(
    app: Flask, rea: Actor, pan: Actor, client: FlaskClient
) -> None:
    rea_here, pan_here = browser(app, rea), browser(app, pan)
    form = _text(rea_here, "/research/studies/new")
    for name in ANSWERS:
        assert f'name="{name}"' in form, name
    answer = send(rea_here, "/research/studies/new", **(ANSWERS | {"orcid": "0000", "aim": ""}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "This is not an ORCID iD" in page
    assert "Please fill this in" in page
    assert ANSWERS["intended_why"] in page
    answer = send(rea_here, "/research/studies/new", **ANSWERS)
    assert answer.headers["Location"] == "/research/studies/nights-and-mutual-support"
    assert (
        send(rea_here, "/research/studies/new", **ANSWERS).headers["Location"] == answer.headers["Location"]
    )
    assert "The panel reads your study next" in _text(rea_here, answer.headers["Location"])
    assert "Ask for a dataset" not in _text(rea_here, answer.headers["Location"])
    public = _text(client, "/studies/nights-and-mutual-support")
    for said in (ANSWERS["question"], ANSWERS["ethics_reference"], ANSWERS["refused"], "has not decided yet"):
        assert said in public
    assert "nights-and-mutual-support" in _text(client, "/studies")

    listed = _text(pan_here, "/panel")
    assert "/panel/nights-and-mutual-support" in listed
    assert 'name="version" value="1"' in _text(pan_here, "/panel/nights-and-mutual-support")
    decision = {"decision": "approved_with_conditions", "reasons": "We want to know.", "version": "1"}
    answer = send(pan_here, "/panel/nights-and-mutual-support", **decision)
    assert answer.status_code == 400
    assert "Please say which conditions" in answer.get_data(as_text=True)
    assert "We want to know." in answer.get_data(as_text=True)
    decision["conditions"] = "Show us first."
    assert send(pan_here, "/panel/nights-and-mutual-support", **decision).status_code == 303
    assert send(pan_here, "/panel/nights-and-mutual-support", **decision).status_code == 409
    public = _text(client, "/studies/nights-and-mutual-support")
    for said in ("Approved with conditions", "We want to know.", "Show us first."):
        assert said in public
    assert "Ask for a dataset" in _text(rea_here, "/research/studies/nights-and-mutual-support")
    _text(client, "/studies/nothing", 404)


def test_nobody_on_the_panel_decides_about_their_own(app: Flask, database: Database, people: People) -> None:
    both = people.add("both", Role.RESEARCHER, Role.PANEL)
    slug = registered(database, both)
    here = browser(app, both)
    assert "somebody else on the panel decides" in _text(here, f"/panel/{slug}")
    answer = send(here, f"/panel/{slug}", decision="approved", reasons="Good.", version="1")
    assert answer.status_code == 403


ADDRESSES = ("/research", "/research/studies/new", "/research/studies/{slug}", "/panel", "/panel/{slug}")


def test_each_page_is_for_its_role(
    app: Flask, database: Database, people: People, slug: str, client: FlaskClient, rea: Actor
) -> None:
    here = {
        "member": browser(app, people.add("ash")),
        "supervisor": browser(app, people.add("ines", Role.SUPERVISOR)),
        "researcher": browser(app, people.add("other", Role.RESEARCHER)),
        "panel": browser(app, people.add("pan2", Role.PANEL)),
    }
    for address in ADDRESSES:
        place = address.format(slug=slug)
        assert "/sign-in" in client.get(place).headers["Location"]
        for role, visitor in here.items():
            allowed = role == ("panel" if place.startswith("/panel") else "researcher")
            status = visitor.get(place).status_code
            if allowed and place == f"/research/studies/{slug}":
                assert status == 404  # another researcher's study
            else:
                assert status == (200 if allowed else 403), (role, place)
    asked = {"first_day": "2026-02-01", "last_day": "2026-03-01", "client_id": new_client_id()}
    assert send(here["member"], f"/research/studies/{slug}", **asked).status_code == 403
    assert send(here["researcher"], f"/research/studies/{slug}", **asked).status_code == 404
    assert send(here["member"], f"/panel/{slug}", decision="approved", reasons="x").status_code == 403


def test_a_researcher_sees_no_community_content(app: Flask, people: People) -> None:
    people.space("nights")
    only = people.add("only", Role.RESEARCHER)
    visitor = browser(app, only)
    with app.extensions["peerspace"].database.write(JOB) as uow:
        grant = uow.session.scalars(
            select(RoleGrant).where(RoleGrant.account_id == only.account_id, RoleGrant.role == "member")
        ).one()
        grant.ended_at = uow.now
    for address in ("/spaces", "/spaces/nights"):
        assert visitor.get(address).status_code == 403
    # Somebody who took part before can still take it back; nothing is offered.
    assert "Record my choices" not in visitor.get("/my/consent").text
    assert send(visitor, "/my/consent", usage="yes", age="yes", notice="1").status_code == 403
    assert visitor.get("/research").status_code == 200
    assert visitor.get("/my/data").status_code == 200


def test_asking_says_what_is_wrong_and_once_is_once(
    app: Flask, database: Database, rea: Actor, slug: str
) -> None:
    here = browser(app, rea)
    once = new_client_id()
    first = _ask(here, slug, client_id=once)
    assert _ask(here, slug, client_id=once) == first
    answer = send(
        here,
        f"/research/studies/{slug}",
        first_day="2026-02-01",
        last_day="2027-01-01",
        client_id=new_client_id(),
    )
    assert answer.status_code == 400
    assert "cannot end in the future" in answer.get_data(as_text=True)
    assert 'value="2027-01-01"' in answer.get_data(as_text=True)
    assert send(here, f"/research/studies/{slug}", first_day="2026-02-01", client_id="no").status_code == 400
    page = _text(here, f"/research/releases/{first}")
    assert "<progress" in page
    assert "See how far it is now" in page
    assert "http-equiv" not in page
    with database.write(JOB) as uow:
        claimed = releases.claim_next(uow, "test")
        assert claimed is not None
        releases.renew_claim(uow, claimed.id, "test", "tables")
    assert "Hiding small numbers" in _text(here, f"/research/releases/{first}")
    with database.write(JOB) as uow:
        number = uow.session.scalars(select(Release.id)).one()
        releases.fail(uow, number, "test", "release_disk_full")
    assert "no room left on the machine&#39;s disk" in _text(here, f"/research/releases/{first}")
    assert here.get(f"/research/releases/{first}/package.zip").status_code == 409


def test_a_ready_release_is_seen_downloaded_and_logged(
    app: Flask, database: Database, config: Config, rea: Actor, slug: str, people: People, client: FlaskClient
) -> None:
    here = browser(app, rea)
    public_id = _ask(here, slug)
    base = f"/research/releases/{public_id}"
    root = _make_ready(database, config, public_id)
    page = _text(here, base)
    assert page.index("<img") < page.index("totals.csv")
    for said in (
        "1 of 1 check passed",
        "Marsh (2026). Nights.",
        f"{base}/package.zip",
        "What people wrote.",
    ):
        assert said in page
    for name in (*FILES, "CHECKSUMS.sha256"):
        assert f'href="{base}/files/{name}"' in page, name
        answer = here.get(f"{base}/files/{name}")
        assert answer.status_code == 200
        assert answer.data == (root / name).read_bytes()
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
    answer = here.get(f"{base}/figures/retention_curve.svg")
    assert answer.mimetype == "image/svg+xml"
    packed = here.get(f"{base}/package.zip")
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        inside = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    assert inside == {name: (root / name).read_bytes() for name in (*FILES, "CHECKSUMS.sha256")}
    assert here.get(f"{base}/package.zip").data == packed.data
    member = browser(app, people.add("ash"))  # open tables are open
    assert member.get(base).status_code == 200
    assert member.get(f"{base}/files/data/totals.csv").status_code == 200
    assert "/sign-in" in client.get(base).headers["Location"]
    with database.read(JOB) as uow:
        logged = list(uow.session.scalars(select(Download).order_by(Download.id)))
        assert [row.file for row in logged[:6]] == [*FILES, "CHECKSUMS.sha256"]
        assert [row.file for row in logged[6:]] == ["package.zip", "package.zip", "data/totals.csv"]
        assert logged[0].sha256 == hashlib.sha256(FILES["datapackage.json"].encode()).hexdigest()
        assert logged[6].sha256 == hashlib.sha256(packed.data).hexdigest()
        audited = list(
            uow.session.scalars(select(AuditEntry).where(AuditEntry.action == "release_downloaded"))
        )
        assert len(audited) == 9
    assert "Downloaded 9 times" in _text(client, f"/studies/{slug}")


def test_only_listed_and_unchanged_files_leave(
    app: Flask, database: Database, config: Config, rea: Actor, slug: str
) -> None:
    here = browser(app, rea)
    public_id = _ask(here, slug)
    root = _make_ready(database, config, public_id)
    (root / "notes.txt").write_text("not listed")
    (config.export_dir / "secret.txt").write_text("outside")
    base = f"/research/releases/{public_id}/files"
    for path in (
        "notes.txt",
        "../../secret.txt",
        "..%2f..%2fsecret.txt",
        "data/../../../secret.txt",
        "%2e%2e/%2e%2e/secret.txt",
        "/etc/passwd",
        "data",
        "data/totals.csv/",
        "data%00.csv",
    ):
        assert here.get(f"{base}/{path}", follow_redirects=True).status_code in (400, 404), path
    assert here.get(f"/research/releases/{public_id}/figures/..%2f..%2fx.svg").status_code == 404
    (root / "data/totals.csv").write_text("channel,contributions\nforum,121\n")
    assert here.get(f"{base}/data/totals.csv").status_code == 409
    assert here.get(f"/research/releases/{public_id}/package.zip").status_code == 409
    shutil.rmtree(root)
    answer = here.get(f"/research/releases/{public_id}")
    assert answer.status_code == 409
    with database.read(JOB) as uow:
        assert list(uow.session.scalars(select(Download))) == []


def test_a_package_whose_sums_were_changed_too_does_not_leave(
    app: Flask, database: Database, config: Config, rea: Actor, slug: str
) -> None:
    here = browser(app, rea)
    public_id = _ask(here, slug)
    root = _make_ready(database, config, public_id)
    base = f"/research/releases/{public_id}"
    changed = "channel,contributions\nforum,121\n"
    (root / "data/totals.csv").write_text(changed)
    sums = (root / "CHECKSUMS.sha256").read_text().splitlines(keepends=True)
    sums = [line for line in sums if "data/totals.csv" not in line]
    sums.append(f"{hashlib.sha256(changed.encode()).hexdigest()}  data/totals.csv\n")
    (root / "CHECKSUMS.sha256").write_text("".join(sums))
    for path in (
        f"{base}/files/data/totals.csv",
        f"{base}/files/CHECKSUMS.sha256",
        f"{base}/package.zip",
        base,
    ):
        assert here.get(path).status_code == 409, path


def test_sums_that_name_a_place_outside_open_nothing(
    app: Flask, database: Database, config: Config, rea: Actor, slug: str
) -> None:
    here = browser(app, rea)
    public_id = _ask(here, slug)
    root = _make_ready(database, config, public_id)
    (config.export_dir / "secret.txt").write_text("outside")
    with (root / "CHECKSUMS.sha256").open("a") as sums:
        sums.write(f"{hashlib.sha256(b'outside').hexdigest()}  ../../secret.txt\n")
    manifest = hashlib.sha256((root / "CHECKSUMS.sha256").read_bytes()).hexdigest()
    with database.write(JOB) as uow:
        uow.session.scalars(select(Release)).one().manifest_hash = manifest
    assert here.get(f"/research/releases/{public_id}/package.zip").status_code == 409


def test_who_sees_a_release_that_is_not_ready(
    app: Flask, rea: Actor, pan: Actor, slug: str, people: People
) -> None:
    public_id = _ask(browser(app, rea), slug)
    address = f"/research/releases/{public_id}"
    assert browser(app, pan).get(address).status_code == 200
    for person in (people.add("ash"), people.add("other", Role.RESEARCHER), people.add("i", Role.SUPERVISOR)):
        assert browser(app, person).get(address).status_code == 404
    assert browser(app, rea).get("/research/releases/unknown").status_code == 404


def test_a_release_can_be_ended(
    app: Flask, database: Database, config: Config, rea: Actor, slug: str, people: People
) -> None:
    here = browser(app, rea)
    public_id = _ask(here, slug)
    _make_ready(database, config, public_id)
    ash_here = browser(app, people.add("ash"))
    assert send(ash_here, f"/research/releases/{public_id}/expire").status_code == 403
    assert send(here, f"/research/releases/{public_id}/expire").status_code == 303
    assert "no longer kept" in _text(here, f"/research/releases/{public_id}")
    assert here.get(f"/research/releases/{public_id}/files/codebook.html").status_code == 409
    assert re.search("No longer kept", _text(ash_here, f"/studies/{slug}"))
