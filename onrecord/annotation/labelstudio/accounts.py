"""Accounts of annotators on the clone's own Label Studio.

An account is made by the organisation's invitation link, as a person would, with a password that
was generated; it is kept in ``accounts/<name>.json`` of the data folder, for its owner alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from onrecord.annotation.labelstudio import private, server
from onrecord.annotation.labelstudio.client import project_title
from onrecord.annotation.labelstudio.connection import Client, connect, spoken
from onrecord.exceptions import InvalidInput, ServerError

_DOMAIN = "@example.org"
_LOGIN = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """How an annotator logs in. The repr shows no password."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Account(username={self.username!r})"


class AccountMade(msgspec.Struct, frozen=True, kw_only=True):
    """Who can log in, and the file that has the password; ``new`` if it was made just now."""

    username: str
    path: Path
    new: bool


def login_of(annotator: str) -> str:
    """The address that an annotator logs in with.

    Raises:
        InvalidInput: the name is none of an annotator, or has letters that no address has.
    """
    project_title(annotator)
    if not _LOGIN.fullmatch(annotator):
        reason = (
            f"{annotator!r} cannot be a login; take letters a to z, digits, _ and single . or -"
        )
        raise InvalidInput(reason, field="annotator")
    return f"{annotator.lower()}{_DOMAIN}"


def find_logins(client: Client) -> tuple[str, ...]:
    """The annotators who can log in to a server, by name in small letters; not its first user.

    Raises:
        ServerError: the server refuses.
    """
    with spoken(client):
        addresses = sorted(user.email for user in client.users.list())
    names = (one.removesuffix(_DOMAIN) for one in addresses if one.endswith(_DOMAIN))
    return tuple(name for name in names if name + _DOMAIN != server.FIRST_USER)


def read_account(root: str | Path, annotator: str) -> Account | None:
    """The account that was made for an annotator; None if there is none. Keep it out of output."""
    return private.read(_path(root, annotator), Account)


def make_account(root: str | Path, annotator: str) -> AccountMade:
    """Let an annotator log in to the clone's own server; nothing is changed for one who can.

    Args:
        root: the clone, whose server runs.
        annotator: the name of their project.

    Raises:
        InvalidInput: the name cannot be a login.
        ServerError: the server does not run or refuses; or the account exists and the password
            that is kept for it is missing or another.
    """
    username = login_of(annotator)
    folder = server.data_folder(root)
    running, credentials = server.status(folder), server.read_credentials(folder)
    if running.state != "running" or running.url is None or credentials is None:
        raise ServerError("Label Studio is not running; `onrecord annotate up` starts it")
    client = connect(running.url, credentials.token)
    path = _path(root, annotator)
    account = read_account(root, annotator)
    with spoken(client):
        exists = username in {user.email for user in client.users.list()}
        if account is None:
            if exists or path.exists():
                raise ServerError(
                    f"{path} has not the password of {username}; restore it, or choose another name"
                )
            account = Account(username=username, password=secrets.token_urlsafe(18))
            path.parent.mkdir(mode=0o700, exist_ok=True)
            private.write(path, account)
        if not exists:
            _sign_up(running.url, client.organizations.invites.get_invite_link().token, account)
        elif not _can_log_in(running.url, account):
            raise ServerError(f"{path} has not the password of {username}; set it anew in it")
    return AccountMade(username=username, path=path, new=not exists)


def _path(root: str | Path, annotator: str) -> Path:
    login_of(annotator)
    return server.data_folder(root) / "accounts" / f"{annotator}.json"


def _sign_up(url: str, invitation: str, account: Account) -> None:
    form = {"email": account.username, "password": account.password}
    if not _submit(url, "/user/signup/", form, token=invitation):
        raise ServerError(f"Label Studio at {url} makes no account for {account.username}")


def _can_log_in(url: str, account: Account) -> bool:
    return _submit(url, "/user/login/", {"email": account.username, "password": account.password})


def _submit(url: str, page: str, form: Mapping[str, str], **query: str) -> bool:
    """Send a form of the local server, never by a proxy; whether it logged in.

    The visit that follows makes what Label Studio makes once, at the first visit of anybody: on
    SQLite several first visits at the same time would fail.
    """
    import httpx

    with httpx.Client(base_url=url, timeout=60, trust_env=False) as browser:
        browser.get(page, params=query).raise_for_status()
        given = {**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        answer = browser.post(page, params=query, data=given, headers={"Referer": url})
        if answer.is_redirect:
            browser.get("/api/current-user/whoami").raise_for_status()
        return answer.is_redirect
