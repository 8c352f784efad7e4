"""What is typed at the door and in a person's own settings. A passphrase or code never stands in a `repr`."""

from __future__ import annotations

from dataclasses import dataclass, field

from peerspace.web.forms import Form


@dataclass(frozen=True, slots=True)
class JoinForm(Form):
    """The joining form. `rules_read`: the version of the rules that it showed; `go`: Enter was pressed half way."""

    pseudonym: str = ""
    own_words: str = ""
    symbol: str = ""
    colour: str = ""
    adult: bool = False
    agreed: bool = False
    rules_read: str = ""
    go: str = ""
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignInForm(Form):
    """Signing in. `next`: where to go then."""

    name: str = ""
    next: str = ""
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RecoverForm(Form):
    """Getting back in with a recovery code and a new passphrase."""

    name: str = ""
    code: str = field(default="", repr=False)
    new: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PassphraseForm(Form):
    """Another passphrase. By a one-time link there is no old one."""

    old: str = field(default="", repr=False)
    new: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AdmissionForm(Form):
    """A supervisor's answer to somebody who waits: admit, ask or decline, with words to them."""

    what: str = ""
    words: str = ""
