"""Pseudonyms: what may be one, and which two are too alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.accounts.names import check_pseudonym, fold, fold_capitals
from peerspace.kernel.errors import Invalid


@pytest.mark.parametrize(
    "name", ["Moth", "Jo", "river-stone", "Ana María", "Ольга", "夜の鳥", "l" * 30, "O'Neil 2"]
)
def test_names_that_may_be_used(name: str) -> None:
    assert check_pseudonym(name) == name


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("", "pseudonym_length"),
        ("   ", "pseudonym_length"),
        ("x", "pseudonym_length"),
        ("l" * 31, "pseudonym_length"),
        ("l" * 100_000, "pseudonym_length"),
        (None, "pseudonym_length"),
        (17, "bad_request"),
        (["Moth"], "bad_request"),
        ("Moth\x00", "bad_characters"),
        ("Moth\x1b[31m", "bad_characters"),
        ("\u202egnp.exe", "bad_characters"),
        ("Mo\ufffdth", "bad_utf8"),
        ("<script>alert(1)</script>", "pseudonym_letters"),
        ("[Moth](javascript:x)", "pseudonym_letters"),
        ("Moth\u200bs", "pseudonym_letters"),
        ("12345", "pseudonym_letters"),
        ("...", "pseudonym_letters"),
        ("moth@example.org", "pseudonym_identifies"),
        ("07700 900123", "pseudonym_identifies"),
        ("www.moth.example", "pseudonym_identifies"),
        ("Admin", "pseudonym_reserved"),
        ("P e e r S p a c e", "pseudonym_reserved"),
        ("m0derator", "pseudonym_reserved"),
        ("Former member", "pseudonym_reserved"),
        ("Supervisorin Kim", "pseudonym_reserved"),
        ("Genesungsbegleiter Kim", "pseudonym_reserved"),
        ("ehemaliges Mitglied", "pseudonym_reserved"),
        ("Verwaltung", "pseudonym_reserved"),
    ],
)
def test_names_that_may_not(name: object, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pseudonym(name)
    assert refused.value.fields == {"pseudonym": key}


def test_the_command_line_may_use_reserved_names() -> None:
    assert check_pseudonym("Supervisor", invented_or_staff=True) == "Supervisor"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moth", "MOTH"),
        ("Moth", "m o t h"),
        ("Moth", "M.o-t_h"),
        ("Moth", "M\u00f6th"),
        ("Moth", "\uff2d\uff4f\uff54\uff48"),
        ("Moth", "M0th"),
        ("Saml", "Sam1"),
        ("Peter", "\u0420\u0435t\u0435r"),
    ],
)
def test_names_too_alike_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("Moth", "Mouth"), ("Moth 1", "Moth 2"), ("Вера", "Бера")])
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=400))
def test_folding_holds_for_any_text(text: str) -> None:
    for key in (fold(text), fold_capitals(text)):
        assert len(key) <= 80
        assert "\x00" not in key


@given(st.text(max_size=60))
def test_an_accepted_name_fits_its_columns(text: str) -> None:
    try:
        name = check_pseudonym(text)
    except Invalid:
        return
    assert 2 <= len(name) <= 30
    assert 2 <= len(fold(name)) <= 80
    assert 2 <= len(fold_capitals(name)) <= 80
    assert check_pseudonym(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Supervisor Kim", "Kim the supervisor", "PeerSpace Team", "Peer Space Team", "Samaritans UK", "Peer-Worker Jo",
        "Kim.Admin", "Kim_staff", "SupervisorKim", "supervisor7", "Our Supervisors",
        "Support Jo",
    ],
)  # fmt: skip
def test_no_word_of_a_name_speaks_for_the_place(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pseudonym(name)
    assert refused.value.fields == {"pseudonym": "pseudonym_reserved"}
    assert check_pseudonym(name, invented_or_staff=True)


@pytest.mark.parametrize(
    "name", ["Stafford", "Supportive Owl", "Panelope", "Night Owl", "Rooted", "Nobody Special", "Kim"]
)
def test_words_that_only_hold_such_a_word_are_fine(name: str) -> None:
    assert check_pseudonym(name) == name


WELCOME = [
    "Łukasz", "Zoë", "小雨", "Олена", "김민준", "محمد", "שרה", "अनीता", "தமிழ்", "Νίκος", "Ђорђе", "Đorđe", "Nguyễn",
    "Søren", "Þóra", "Ağa", "Ilgın", "Əli", "ʻIolani", "نیلوفر", "می‌خواهم", "Gal·la", "O'Neil", "Nuñez-Ruiz",
    "Straße", "Kıvanç", "Ƙasim", "ประเสริฐ", "سارا ۲", "Անի", "თამარი", "ሰላም", "Œuvre", "Ștefan", "Żaneta",
    "María José", "Ольга 2", "さくら", "アヤ", "陳大文", "Čeněk", "Ōmi", "Ðóra", "Mairéad", "Ngọc", "ᏣᎳᎩ",
    "Bernice", "Warren", "Claire", "Mordern", "Illy", "Lil", "Will2", "Adminah", "Rooty", "Grandad Ern", "Wvette",
]  # fmt: skip


@pytest.mark.parametrize("name", WELCOME)
def test_names_of_the_world_are_welcome(name: str) -> None:
    """Łukasz and 小雨 are names; so is a name with an invisible letter that its own script needs."""
    assert check_pseudonym(name) == name


def test_names_of_the_world_stay_apart() -> None:
    for key in (fold, fold_capitals):
        assert len({key(name) for name in WELCOME}) == len(WELCOME)


FILLERS = [
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\u2800",
    "\u17b4",
    "\u034f",
    "\u00ad",
    "\u2060",
    "\ufe0f",
    "\u180b",
]


@pytest.mark.parametrize("filler", FILLERS)
@pytest.mark.parametrize("name", ["Moth{}", "Mo{}th", "{}Moth", "Supervisor{}", "Super{}visor", "Wren{}Wren"])
def test_nothing_invisible_stands_in_a_name(name: str, filler: str) -> None:
    with pytest.raises(Invalid):
        check_pseudonym(name.format(filler))


@pytest.mark.parametrize(
    "name",
    [
        "Superv1sor", "Supеrvisor Kim",
        "5upervisor", "5upervi5or7", "Sup3rvisor", "SUPERVIS0R", "Moder4tor", "4dmin", "Adm1n", "5t4ff",
        "rnoderator", "Supervisоr", "Ѕupervisor", "Supervіsor", "Suρervisor", "ꓢꓴꓑꓰꓣꓦꓲꓢꓳꓣ", "ꓢUPERVISOR",
        "Sսpervisor", "Superviѕor", "sᴜᴘᴇʀᴠɪꜱᴏʀ", "ꜱᴛᴀꜰꜰ", "ᴀᴅᴍɪɴ", "ᴍᴏᴅᴇʀᴀᴛᴏʀ", "ᴘᴇᴇʀꜱᴘᴀᴄᴇ", "Supervısor", "ɑdmin",
        "Ađmin", "Suꝑervisor", "Śuṕervísor", "S̶taff", "Ｓｕｐｅｒｖｉｓｏｒ", "𝐒𝐮𝐩𝐞𝐫𝐯𝐢𝐬𝐨𝐫", "Ⓢⓤⓟⓔⓡⓥⓘⓢⓞⓡ",
        "S.u.p.e.r.v.i.s.o.r", "Kimsupervisor", "supervisorkim", "TheSupervisor", "xXmoderatorXx", "Pеer Worker",
        "PeerVVorker", "Peer-vvorker", "Ꮪupport", "Ꭺdmin", "SÜPPORT", "Staḟf", "offıcial", "OfficiaI",
        "0fficial", "Rооt", "p4nel", "Verwaltunɡ", "Beıraт", "You", "Yοu", "System", "Sуstem", "n0body", "Guеst",
        "Former-mernber", "PеerSpace", "PeerSpaⅽe", "Ꮲeerspace", "Samaritanѕ", "5amaritans",
    ],
)  # fmt: skip
def test_a_role_in_disguise_is_no_name(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pseudonym(name)
    assert refused.value.fields["pseudonym"] in {
        "pseudonym_reserved",
        "pseudonym_scripts",
        "pseudonym_letters",
    }


@pytest.mark.parametrize(
    "name",
    [
        "Wreո",
        "Mоth",
        "Mοth",
        "Олeна",
        "Ꮃren",
        "moꓦe",
        "ана a",
        "Kim 小雨",
        "سارا abc",
        "Moth १२ 3",
        "मीरा 3 १",
    ],
)
def test_a_name_is_written_in_one_script(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pseudonym(name)
    assert refused.value.fields == {"pseudonym": "pseudonym_scripts"}


@pytest.mark.parametrize(
    ("present", "twin"),
    [
        ("Ines", "lnes"), ("Ines", "1nes"), ("Ines", "lNES"), ("Wren", "VVren"), ("Wren", "vvren"), ("Wren", "ᴡʀᴇɴ"),
        ("Wren", "Wrɛn"[:2] + "en"), ("Marigold", "Marig0ld"), ("Marigold", "rnarigold"), ("Moth", "Mөth"[:1] + "oth"),
        ("Hopa", "НОРА"), ("Hopa", "Нора"), ("Poca", "Роса"), ("Hawthorn", "Hawthom"), ("Lil", "Iil"), ("Lil", "LlL"),
        ("Dorde", "Đorđe"), ("tidepool", "tidepooI"), ("slow river", "sIow.river"), ("Aga", "Ağa"), ("NIKH", "ΝΙΚΗ"),
        ("Coco", "Ⲥⲟⲥⲟ"), ("Pim", "Pirn"), ("Quill", "Quiil"), ("Sopa", "ꓢꓳꓑꓮ"), ("Oda", "0da"), ("Rue", "ɌUE"),
    ],
)  # fmt: skip
def test_a_twin_of_somebody_present_is_told(present: str, twin: str) -> None:
    """By one of the two keys that an account is looked up by."""
    assert fold(present) == fold(twin) or fold_capitals(present) == fold_capitals(twin)
