"""Every route for every role: who is let in, who is refused and how. A route that the table does not name fails.

Inside a page more is decided (whose post, which release); here only the door is tried, with ids of nobody.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from peerspace.accounts.models import RoleGrant
from peerspace.community.service import ensure_defaults
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.uow import Database
from tests.people import People
from tests.web.conftest import sign_in

ROLES: dict[str, frozenset[Role]] = {
    "guest": frozenset(),
    "waiting": frozenset(),
    "suspended": frozenset({Role.MEMBER, Role.SUPERVISOR}),
    "member": frozenset({Role.MEMBER}),
    "peer_worker": frozenset({Role.MEMBER, Role.PEER_WORKER}),
    "supervisor": frozenset({Role.MEMBER, Role.SUPERVISOR}),
    "researcher": frozenset({Role.RESEARCHER}),
    "panel": frozenset({Role.PANEL}),
    "administrator": frozenset({Role.ADMINISTRATOR}),
}
NOT_IN = ("guest", "waiting", "suspended")
IN = tuple(role for role in ROLES if role not in NOT_IN)

LET_IN = {
    "anyone": tuple(ROLES),
    "known": tuple(role for role in ROLES if role != "guest"),
    "account": IN,
    "member": ("member", "peer_worker", "supervisor"),
    "on_duty": ("peer_worker", "supervisor"),
    "supervisor": ("supervisor",),
    "researcher": ("researcher",),
    "panel": ("panel",),
    "administrator": ("administrator",),
    "may_agree_to_a_link": ("supervisor", "administrator"),
}

TABLE: dict[str, str] = {
    # everybody
    "static": "anyone",
    "health.healthz": "anyone",
    "health.readyz": "anyone",
    "health.metrics": "anyone",
    "public.welcome": "anyone",
    "public.help_now": "anyone",
    "public.rules": "anyone",
    "public.about_research": "anyone",
    "public.transparency": "anyone",
    "public.accessibility": "anyone",
    "public.privacy": "anyone",
    "offline.worker": "anyone",
    "offline.offline": "anyone",
    "offline.icon": "anyone",
    "offline.manifest": "anyone",
    "leaving.leave": "anyone",
    "leaving.paused": "anyone",
    "leaving.come_back": "anyone",
    "appearance.look": "anyone",
    "appearance.choose": "anyone",
    "appearance.words": "anyone",
    "studies.register": "anyone",
    "studies.study": "anyone",
    "accounts.join": "anyone",
    "accounts.join_post": "anyone",
    "accounts.join_name": "anyone",
    "accounts.sign_in": "anyone",
    "accounts.sign_in_post": "anyone",
    "accounts.sign_out": "anyone",
    "accounts.recover": "anyone",
    "accounts.recover_post": "anyone",
    "accounts.link": "anyone",
    "accounts.link_post": "anyone",
    # whoever has signed in, admitted or not
    "accounts.waiting": "known",
    "accounts.waiting_post": "known",
    "accounts.waiting_news": "known",
    "settings.codes": "known",
    "settings.new_codes": "known",
    "moderation.my_reports": "known",
    "moderation.contact": "known",
    "moderation.answer_contact": "known",
    # whoever is in, whatever the role
    "today.today": "account",
    "settings.settings": "account",
    "settings.passphrase": "account",
    "settings.end_one": "account",
    "settings.end_others": "account",
    "inbox.inbox": "account",
    "inbox.open_notice": "account",
    "inbox.read_all": "account",
    "mydata.page": "account",
    # who may have a release is decided release by release
    "research.release": "account",
    "research.package": "account",
    "research.download": "account",
    "research.figure": "account",
    # the community
    "settings.block_page": "member",
    "settings.block": "member",
    "settings.unblock": "member",
    "forum.spaces": "member",
    "forum.space": "member",
    "forum.new_thread_form": "member",
    "forum.new_thread": "member",
    "forum.thread": "member",
    "forum.reply": "member",
    "forum.preview": "member",
    "forum.post": "member",
    "forum.edit_form": "member",
    "forum.edit": "member",
    "forum.remove_form": "member",
    "forum.remove": "member",
    "forum.history": "member",
    "forum.open_history": "member",
    "rooms.rooms": "member",
    "rooms.room": "member",
    "rooms.history": "member",
    "rooms.open_history": "member",
    "moderation.report_form": "member",
    "moderation.report": "member",
    "consent.page": "known",
    "consent.choose": "member",
    "consent.decline": "member",
    "consent.renew": "member",
    "consent.stop": "known",
    "consent.ask_erase": "known",
    "consent.erase": "known",
    "consent.receipt": "known",
    "consent.receipt_json": "known",
    # staff
    "rooms.duty": "on_duty",
    "rooms.room_duty": "on_duty",
    "rooms.desk_duty": "supervisor",
    "moderation.queue": "supervisor",
    "moderation.item": "supervisor",
    "moderation.claim": "supervisor",
    "moderation.open_evidence": "supervisor",
    "moderation.let_go": "supervisor",
    "moderation.seen": "supervisor",
    "moderation.note": "supervisor",
    "moderation.decide": "supervisor",
    "moderation.worried_step": "supervisor",
    "moderation.write_to_person": "supervisor",
    "links.overview": "may_agree_to_a_link",
    "links.agree": "may_agree_to_a_link",
    "links.take": "administrator",
    "links.stop": "account",
    "admissions.admissions": "supervisor",
    "admissions.decide": "supervisor",
    "admissions.member": "supervisor",
    "admissions.member_file": "supervisor",
    "parts.parts": "administrator",
    "admin.overview": "administrator",
    "help_lines.overview": "administrator",
    "help_lines.new": "administrator",
    "help_lines.add": "administrator",
    "help_lines.line": "administrator",
    "help_lines.change": "administrator",
    "help_lines.act": "administrator",
    "admin.people": "administrator",
    "admin.change_role": "administrator",
    "admin.ask_for_link": "administrator",
    "admin.spaces": "administrator",
    "admin.new_space": "administrator",
    "admin.rooms": "administrator",
    "admin.new_room": "administrator",
    "admin.set_room": "administrator",
    "admin.rules_form": "administrator",
    "admin.publish_rules": "administrator",
    "admin.settings_form": "administrator",
    "admin.set_setting": "administrator",
    # research
    "research.my_studies": "researcher",
    "research.new_study": "researcher",
    "research.register": "researcher",
    "research.study": "researcher",
    "research.ask": "researcher",
    "research.expire": "researcher",
    "panel.applications": "panel",
    "panel.application": "panel",
    "panel.decide": "panel",
}


def _routes(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def _address(rule: Rule) -> str:
    values = {name: 1 if name.endswith("session_id") else "nobody" for name in rule.arguments}
    built = rule.build(values)
    assert built is not None
    return built[1]


def _person(role: str, people: People, database: Database) -> Actor | None:
    if role == "guest":
        return None
    status = role if role in NOT_IN else "active"
    person = people.add(f"the {role}", *ROLES[role], status=status)
    if Role.MEMBER not in ROLES[role]:
        with database.write(installation(Origin.COMMAND)) as uow:
            uow.session.execute(
                delete(RoleGrant).where(
                    RoleGrant.account_id == person.account_id, RoleGrant.role == Role.MEMBER.value
                )
            )
    return person


def _refused(answer: TestResponse, role: str, method: str) -> bool:
    """Refused in the way that fits the role: guests to sign in, others at the door to the door, the rest by 403."""
    if role in NOT_IN and method == "GET":
        door = "/sign-in?" if role == "guest" else "/waiting"
        return answer.status_code == 303 and answer.headers["Location"].startswith(door)
    return answer.status_code == (401 if role == "guest" else 403)


def _let_in(answer: TestResponse, endpoint: str) -> bool:
    to_sign_in = answer.headers.get("Location", "").startswith("/sign-in?")
    if (
        endpoint == "health.readyz" and answer.status_code == 503
    ):  # it says plainly that this test runs no worker
        return True
    return answer.status_code < 500 and answer.status_code not in (401, 403) and not to_sign_in


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    assert set(app.view_functions) == set(TABLE)


def test_every_view_says_who_may_enter(app: Flask) -> None:
    silent = [name for name, view in app.view_functions.items() if not getattr(view, "needs", None)]
    assert silent == []


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_enters_where_the_table_says(
    app: Flask, people: People, database: Database, role: str
) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
    app.config["WTF_CSRF_ENABLED"] = False  # the doors are tried here; every form's token below
    person = _person(role, people, database)
    client: FlaskClient = app.test_client()
    wrong = []
    for rule, method in _routes(app):
        if person is not None:
            sign_in(client, person)  # again each time: some of these acts end sessions
        answer = client.open(_address(rule), method=method)
        expected = role in LET_IN[TABLE[rule.endpoint]]
        fits = _let_in(answer, rule.endpoint) if expected else _refused(answer, role, method)
        if not fits:
            wrong.append((rule.endpoint, method, answer.status_code, answer.headers.get("Location")))
        answer.close()
    assert wrong == []


def test_every_form_needs_its_token(app: Flask, people: People, database: Database) -> None:
    person = people.add("All", *(role for role in Role if role is not Role.RESEARCHER))
    client = sign_in(app.test_client(), person)
    posts = [(rule, method) for rule, method in _routes(app) if method == "POST"]
    assert len(posts) > 30
    for rule, _ in posts:
        answer = client.post(_address(rule), data={"body": "Words."})
        assert (rule.endpoint, answer.status_code) == (rule.endpoint, 400)
        assert "send it again" in answer.text


def test_no_page_is_broken_by_nobody(app: Flask, people: People) -> None:
    """Ids of nobody, in odd shapes, never make a server fault."""
    person = people.add("All", *(role for role in Role if role is not Role.RESEARCHER))
    client = sign_in(app.test_client(), person)
    broken = []
    for rule, method in _routes(app):
        if method != "GET" or not rule.arguments or rule.endpoint == "static":
            continue
        for odd in ("0", "-1", "9" * 30, "x" * 300, "%F0%9F%95%AF", "'--", "..", "%25", "%00"):
            address = _address(rule).replace("nobody", odd)
            answer = client.get(address + "?page=99999999999999999999&in=%F0%9F%95%AF")
            if answer.status_code >= 500:
                broken.append((address, answer.status_code))
            answer.close()
    assert broken == []
