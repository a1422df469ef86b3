"""Annotators' accounts: made by signing up, kept with their passwords in the project's private folder.

Label Studio's own call for making a user makes one that cannot log in; its sign-up form makes one that can. A password
is written down before the account is made, and the account's number after: an interruption loses neither.
"""

from __future__ import annotations

import html
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from wortlaut.annotation.studio import census
from wortlaut.annotation.studio.client import RefusedError, Studio, UnreachableError, connect
from wortlaut.annotation.studio.home import Home, studio_home
from wortlaut.annotation.studio.link import read_link, read_remote
from wortlaut.annotation.studio.server import SERVER, ServerState
from wortlaut.annotation.studio.steps import OnStep, Step
from wortlaut.schema.errors import UsageError
from wortlaut.schema.lock import locked
from wortlaut.schema.printable import quoted
from wortlaut.schema.project import Project

if TYPE_CHECKING:
    import httpx

__all__ = ["PEOPLE", "Invitation", "People", "Person", "as_invited", "email_of", "invite", "known_people"]

PEOPLE = "people.json"
_DOMAIN = "wortlaut.local"
_FORMER = "Deleted"
# So many accounts are made in a moment.
_QUIETLY = 5
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
_FIELD_ERROR = re.compile(r'class="field_errors">(.*?)</ul>', flags=re.DOTALL)
_LETTERS: dict[str, str | int | None] = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An account that ``invite`` made. ``server`` is the address of its server, empty for the project's own.

    ``user_id`` is its number there, which annotations bear; None until the account is known to exist.
    """

    name: str
    email: str
    password: str
    server: str = ""
    user_id: int | None = None


class People(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``people.json``."""

    people: tuple[Person, ...] = ()


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What an annotator needs: how to log in, and where to. ``made`` is false for an account that was there.

    ``pushed`` is false where the corpus is not on the server (any more): then ``link`` is the server's address alone.
    """

    name: str
    email: str
    password: str
    user_id: int
    link: str
    made: bool
    pushed: bool


class _Made(msgspec.Struct):
    id: int


class _Invite(msgspec.Struct):
    invite_url: str


def invite(project: Project, names: tuple[str, ...], on_step: OnStep = lambda _: None) -> tuple[Invitation, ...]:
    """Give each of the people an account that can log in: a new one, or the one that they were given before.

    A name is one, or an e-mail address. Raises UsageError for names that cannot be used, and, before anything is
    made, outside a project, and where an account exists that this project did not make.
    """
    project.require("run it in the project whose annotators they are: their passwords are kept there")
    wanted = _wanted(names)
    home = studio_home(project)
    with connect(project) as studio:
        server = "" if studio.own else studio.url
        home.make()
        text = "waiting for another wortlaut studio invite of this project"
        waiting = Step(text=text, told=text)
        with locked(home.path(".people.lock"), lambda: on_step(waiting)):
            known = {person.email: person for person in _read(home) if person.server == server}
            there = _users(studio)
            _refuse_strangers([email for email in wanted if email in there and email not in known], studio)
            made = {email for email in wanted if email not in there}
            told = f"making {len(made)} accounts" if len(made) > _QUIETLY else ""
            on_step(Step(text="making accounts", told=told))
            people = [
                _account(studio, home, known.get(email) or _new(name, email, server), there)
                for email, name in wanted.items()
            ]
            if made and studio.own:
                # The link to sign up stands in the server's log, where each request does: it ends here.
                studio.call("POST", "/api/invite/reset-token", doing="close the sign-up link")
        link, pushed = _link(project, studio)
    return tuple(
        Invitation(
            name=person.name, email=person.email, password=person.password, user_id=user_id, link=link,
            made=person.email in made, pushed=pushed,
        )
        for person, user_id in people
    )  # fmt: skip


def known_people(project: Project, studio: Studio) -> tuple[census.Person, ...]:
    """Give the users of the server, by id, with the names under which they were invited.

    Former users are left out: the server lists them, and gives the word Deleted for each of their names.
    """
    users = [one for one in census.read_people(studio) if (one.email, one.username) != (_FORMER, _FORMER)]
    # When somebody was last seen changes all the time and says nothing of who they are.
    return as_invited(project, [msgspec.structs.replace(one, last_activity=None) for one in users])


def as_invited(project: Project, people: Iterable[census.Person]) -> tuple[census.Person, ...]:
    """Give people with the names under which they were invited, at whichever address the server was then."""
    names = {person.email: unicodedata.normalize("NFC", person.name) for person in _read(studio_home(project))}
    return tuple(
        msgspec.structs.replace(one, also=(names[one.email.lower()],)) if one.email.lower() in names else one
        for one in people
    )


def email_of(name: str) -> str:
    """Give the address that a person logs in with. Raises UsageError for a name that cannot make one.

    No mail is ever sent to it.

    >>> email_of("Jörg Weiß"), email_of("Anna@example.org")
    ('joerg.weiss@wortlaut.local', 'anna@example.org')
    """
    folded = unicodedata.normalize("NFC", name.strip()).lower()
    if "@" not in folded:
        plain = unicodedata.normalize("NFKD", folded.translate(str.maketrans(_LETTERS)))
        folded = re.sub(r"[^a-z0-9_-]+", ".", plain.encode("ascii", "ignore").decode()).strip(".-") + f"@{_DOMAIN}"
    if not _EMAIL.fullmatch(folded) or len(folded) > 250:
        hint = "Take a name such as anna, or an e-mail address"
        if re.search(r"[^\W\d_]", name) and "@" not in name and not re.search(r"[a-z]", folded.partition("@")[0]):
            hint = "It has no Latin letter: give an e-mail address instead, such as anna@example.org"
        raise UsageError(f"{quoted(name)} makes no address to log in with", hint=hint)
    return folded


def _wanted(names: tuple[str, ...]) -> dict[str, str]:
    """Give the names by their addresses, in order."""
    wanted: dict[str, str] = {}
    for name in names:
        email = email_of(name)
        shown = name.strip().partition("@")[0]
        if wanted.setdefault(email, shown).casefold() != shown.casefold():
            raise UsageError(
                f"{wanted[email]!r} and {shown!r} both make {email}", hint="Tell them apart, or give their e-mails"
            )
    return wanted


def _refuse_strangers(emails: list[str], studio: Studio) -> None:
    if emails:
        have = "has an account" if len(emails) == 1 else "have accounts"
        raise UsageError(
            f"{', '.join(emails)} {have} that this project did not make: the password is not known here",
            where=studio.url,
            hint="They log in with it as they are, no invitation is needed; or take another name. No account was made",
        )


def _account(studio: Studio, home: Home, person: Person, there: dict[str, int]) -> tuple[Person, int]:
    """See that an account exists, and give it with its number."""
    user_id = there.get(person.email)
    if user_id is None:
        _keep(home, person)
        user_id = _sign_up(studio, person)
    if user_id != person.user_id:
        _keep(home, msgspec.structs.replace(person, user_id=user_id))
    return person, user_id


def _new(name: str, email: str, server: str) -> Person:
    return Person(name=name, email=email, password=secrets.token_urlsafe(9), server=server)


def _read(home: Home) -> tuple[Person, ...]:
    return (home.read(PEOPLE, People) or People()).people


def _keep(home: Home, person: Person) -> None:
    """Write a person down, in the place of what was known of the same account."""
    others = [one for one in _read(home) if (one.server, one.email) != (person.server, person.email)]
    home.write(PEOPLE, People(people=(*others, person)))


def _users(studio: Studio) -> dict[str, int]:
    return {user.email.lower(): user.id for user in census.read_people(studio)}


def _sign_up(studio: Studio, person: Person) -> int:
    """Make an account through the form that annotators would fill in, and give its number."""
    doing = f"make an account for {person.email}"
    try:
        address = studio.call("GET", "/api/invite", doing=doing, type=_Invite).invite_url
    except RefusedError as error:
        if error.status in {403, 404}:
            raise UsageError(
                f"the token may not make accounts (the server answered {error.status})",
                where=studio.url,
                hint="Take the token of an administrator, or let one make the accounts",
            ) from error
        raise
    with _visitor(studio, doing) as visitor:
        page = visitor.get(address)
        page.raise_for_status()
        form = {
            "email": person.email,
            "password": person.password,
            "allow_newsletters": "false",
            "csrfmiddlewaretoken": visitor.cookies.get("csrftoken", ""),
        }
        answer = visitor.post(address, data=form, headers={"Referer": str(page.url)})
        if not answer.has_redirect_location:
            answer.raise_for_status()
            raise UsageError(f"cannot {doing}: {_said(answer.text)}", where=studio.url)
        # The sign-up logs in: whom it made is asked in the new session.
        who = visitor.get("/api/current-user/whoami")
        who.raise_for_status()
        try:
            user_id = msgspec.json.decode(who.content, type=_Made).id
        except msgspec.DecodeError as error:
            raise UsageError(
                f"cannot {doing}: the form was taken, but nobody is logged in",
                where=studio.url,
                hint="Look there whether the account was made; is this the address of a Label Studio server?",
            ) from error
        _introduce(visitor, user_id, person)
        return user_id


def _introduce(visitor: httpx.Client, user_id: int, person: Person) -> None:
    """Tell the server the name of somebody who was invited by it. Where it does not take it, nothing is lost."""
    if person.email.endswith(f"@{_DOMAIN}"):
        first, _, last = unicodedata.normalize("NFC", person.name).rpartition(" ")
        names = {"first_name": first or last, "last_name": last if first else ""}
        headers = {"X-CSRFToken": visitor.cookies.get("csrftoken") or "", "Referer": str(visitor.base_url)}
        visitor.patch(f"/api/users/{user_id}/", json=names, headers=headers)


@contextmanager
def _visitor(studio: Studio, doing: str) -> Iterator[httpx.Client]:
    """Give an HTTP client with cookies of its own and without the lead's token."""
    import httpx

    with (
        studio.talking(doing),
        httpx.Client(base_url=studio.url, timeout=studio.http.timeout, trust_env=studio.http.trust_env) as client,
    ):
        yield client


def _said(page: str) -> str:
    """Give what a form says is wrong, as text."""
    errors = _FIELD_ERROR.findall(page)
    text = re.sub(r"<[^>]+>", " ", " ".join(errors))
    return " ".join(html.unescape(text).split()) or "the form was not taken, without a reason"


def _link(project: Project, studio: Studio) -> tuple[str, bool]:
    """Give the address that annotators open, and whether it is that of the label stream of the corpus's project."""
    state = studio_home(project).read(SERVER, ServerState) if studio.own else None
    server = (state.shared_url if state else "") or studio.url
    link = read_link(project)
    try:
        remote = read_remote(studio, link.project_id) if link else None
    except UnreachableError:
        raise
    except UsageError:
        remote = None  # of others, on another server than the one that the corpus was pushed to
    # On another server, or after the project was deleted, another one may bear its number.
    if link is None or remote is None or remote.created_at != link.created_at:
        return server, False
    # The stream gives each annotator articles of their own, pre-annotated; the list of tasks shows others' work.
    return f"{server}/projects/{link.project_id}/data?labeling=1", True
