"""The connection to a Label Studio server: where it is, whose it is, and what it refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from onrecord.annotation.labelstudio import server
from onrecord.exceptions import ServerError

Client: TypeAlias = Any
"""A ``label_studio_sdk.LabelStudio``; the SDK is imported when it is first used."""


def connect(
    url: str | None = None, token: str | None = None, *, root: str | Path | None = None
) -> Client:
    """A client of a running server.

    Args:
        url: None: ``$LABEL_STUDIO_URL``, else the clone's own server.
        token: None: ``$LABEL_STUDIO_API_KEY``, else, for the clone's own server alone, its user's.
        root: the clone whose own server is meant.

    Raises:
        ServerError: no server is known or none answers, or it refuses the token.
    """
    url, token = _address(url, token, root)
    with spoken(url):
        client = _make_client(url, token)
        client.users.whoami()
    return client


def _make_client(url: str, token: str) -> Client:
    import httpx
    from label_studio_sdk import LabelStudio

    local = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
    http = httpx.Client(
        timeout=60,
        follow_redirects=True,
        trust_env=not local,  # no proxy on the way to this machine itself
        limits=httpx.Limits(max_keepalive_connections=0),  # so that there is nothing to close
    )
    make: Any = LabelStudio  # its constructor has no types
    return make(base_url=url, api_key=token, httpx_client=http)


def is_configured(url: str | None) -> bool:
    """Whether a server is named, by argument or in the environment."""
    return bool(url or os.environ.get("LABEL_STUDIO_URL"))


def _address(url: str | None, token: str | None, root: str | Path | None) -> tuple[str, str]:
    """Where the server is and the token to use; the local token goes to the local server only."""
    url = url or os.environ.get("LABEL_STUDIO_URL")
    token = token or os.environ.get("LABEL_STUDIO_API_KEY")
    folder = None if root is None else server.data_folder(root)
    local = None if folder is None else server.status(folder)
    if url is None and local is not None and local.state == "running":
        url = local.url
    if url is None:
        raise ServerError("Label Studio is not running; `onrecord annotate up` starts it")
    url = url.rstrip("/")
    if token is None and folder is not None and local is not None and local.url == url:
        credentials = server.read_credentials(folder)
        token = None if credentials is None else credentials.token
    if token is None:
        raise ServerError(f"no token for {url}; set LABEL_STUDIO_API_KEY to your access token")
    if not (token.isascii() and token.isprintable()):
        raise ServerError("the token has characters that no token has; copy it again")
    return url, token


@contextmanager
def spoken(to: Client | str) -> Iterator[None]:
    """Turn what the SDK raises into one line that says what to do.

    Raises:
        ServerError: the server does not answer, refuses, or is no Label Studio.
    """
    try:
        from httpx import HTTPError, InvalidURL
        from label_studio_sdk.core.api_error import ApiError
    except ModuleNotFoundError as error:
        raise ServerError(
            f"{error.name} is not installed; pip install 'onrecord[annotate]'"
        ) from None
    url = to if isinstance(to, str) else to._client_wrapper.get_base_url()
    try:
        yield
    except ApiError as error:
        raise ServerError(_refusal(url, error.status_code, error.body)) from None
    except (HTTPError, InvalidURL) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ServerError(
            f"Label Studio does not answer at {url} ({reason}); `onrecord annotate up` starts it"
        ) from None
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise ServerError(f"{url} answers what Label Studio does not: {reason}") from None


def _refusal(url: str, status: int | None, body: object) -> str:
    if status in (401, 403):
        return (
            f"Label Studio at {url} refuses the token ({status}); copy yours from its account page"
        )
    detail = (
        body.get("detail") or body.get("validation_errors") if isinstance(body, Mapping) else body
    )
    words = " ".join(str(detail).split())[:200]
    return f"Label Studio at {url} refuses ({status}): {words}"
