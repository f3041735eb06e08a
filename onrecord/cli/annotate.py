"""``onrecord annotate``: the annotation workflow on the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from onrecord.cli import passes
from onrecord.cli.common import Commands, destination, print_warnings, two_passes
from onrecord.corpus.corpus import find_root
from onrecord.exceptions import InvalidInput, ServerError


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("annotate", help="Label Studio: start, fill, bring back")
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    up = actions.add_parser("up", help="start Label Studio on 127.0.0.1, or find it running")
    up.add_argument("--port", type=_port, help="the port (default: a free one)")
    up.add_argument(
        "--database",
        metavar="URL",
        help="postgresql://user:password@host:port/name, the first time "
        "(or in $ONRECORD_DATABASE_URL; default: SQLite)",
    )
    up.set_defaults(command=_up)

    down = actions.add_parser("down", help="stop it; what was annotated is kept")
    down.set_defaults(command=_down)

    status = actions.add_parser("status", help="the server, its login and everybody's project")
    _add_server(status)
    status.set_defaults(command=_status)

    push = actions.add_parser("push", help="give an annotator's project the articles")
    whose = push.add_mutually_exclusive_group(required=True)
    whose.add_argument("--annotator", metavar="NAME", help="whose project; made if there is none")
    whose.add_argument(
        "--all", action="store_true", help="the project of every annotator who has one"
    )
    push.add_argument(
        "--document",
        action="append",
        metavar="DOCUMENT",
        help="only this article, by its id (repeatable)",
    )
    push.add_argument(
        "--annotations", metavar="FILE", help="an export or predictions, put in as annotations"
    )
    push.add_argument(
        "--predictions", metavar="FILE", help="an export or predictions, shown as pre-annotation"
    )
    push.add_argument(
        "--same-rules",
        action="store_true",
        help="the guidelines' words have changed since the project was begun, not their rules",
    )
    push.add_argument(
        "--new",
        action="store_true",
        help="NAME is no slip: make a project of that name, though nobody has such a login",
    )
    push.add_argument(
        "--offer-utterances",
        nargs="?",
        const="own",
        metavar="FILE",
        help="offer the utterance ids that the annotator has submitted in other articles, or those "
        "of FILE, which is recorded as pre-annotation is",
    )
    _add_server(push)
    push.set_defaults(command=_push)

    pull = actions.add_parser("pull", help="bring an annotator's work back as an export")
    pull.add_argument("--annotator", required=True, metavar="NAME", help="whose project")
    pull.add_argument(
        "-o",
        "--output",
        type=destination,
        metavar="FILE",
        help="default: annotation/exports/NAME.json",
    )
    pull.add_argument(
        "--partial",
        action="store_true",
        help="only the articles that are valid; set the others aside, with their faults",
    )
    _add_server(pull)
    pull.set_defaults(command=_pull)

    check = actions.add_parser("check", help="what pull would say of an annotator's work now")
    check.add_argument("--annotator", required=True, metavar="NAME", help="whose project")
    check.add_argument(
        "--document",
        action="append",
        metavar="DOCUMENT",
        help="only this article, by its id (repeatable)",
    )
    _add_server(check)
    check.set_defaults(command=_check)

    account = actions.add_parser("account", help="let an annotator log in to the clone's server")
    account.add_argument("annotator", metavar="NAME", help="whose project it is for")
    account.set_defaults(command=_account)

    config = actions.add_parser("config", help="give label_config.xml the choices of targets.jsonl")
    config.set_defaults(command=_config)
    adjudicate = actions.add_parser(
        "adjudicate", help="make a project in which two passes are adjudicated"
    )
    adjudicate.add_argument("one", metavar="A", help="an export or predictions")
    adjudicate.add_argument("other", metavar="B", help="another")
    adjudicate.add_argument(
        "--annotator", default="adjudication", metavar="NAME", help="default: adjudication"
    )
    adjudicate.add_argument(
        "--document",
        action="append",
        metavar="DOCUMENT",
        help="only this article, by its id (repeatable)",
    )
    _add_server(adjudicate)
    adjudicate.set_defaults(command=_adjudicate)
    passes.add(actions)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", help="another server (its token in $LABEL_STUDIO_API_KEY); default: the clone's"
    )


def _port(value: str) -> int:
    port = int(value)
    if not 0 < port < 65536:
        raise ValueError(value)
    return port


def _up(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    root = find_root()
    if given.database is not None:
        _take_off_the_command_line(given.database)
    workflow.up(root, port=given.port, database=given.database)
    _print_status(root, None)
    return 0


def _take_off_the_command_line(url: str) -> None:
    """Run this command again with the URL in the environment: a list of processes shows arguments."""
    from onrecord.annotation.labelstudio.database import VARIABLE

    kept: list[str] = []
    for argument in sys.orig_argv:
        if argument == url:
            kept.pop()
        elif not argument.endswith(f"={url}"):
            kept.append(argument)
    if kept != sys.orig_argv:
        os.execve(sys.executable, kept, {**os.environ, VARIABLE: url})


def _down(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    before = workflow.down(find_root())
    print("stopped" if before.state in ("starting", "running") else "was not running")
    return 0


def _status(given: argparse.Namespace) -> int:
    _print_status(find_root(), given.url)
    return 0


def _print_status(root: Path, url: str | None) -> None:
    from onrecord.annotation.labelstudio import server, workflow

    status = workflow.status(root, url=url)
    if url is not None:
        print(f"Label Studio at {url}")
    elif status.server.state == "running":
        folder = server.data_folder(root)
        credentials = server.read_credentials(folder)
        print(f"Label Studio: {status.server.url}")
        if credentials is not None:
            file = (folder / "credentials.json").relative_to(root)
            print(f"e-mail:       {credentials.username}, password in {file}")
    else:
        print("Label Studio is not running; start it with `onrecord annotate up`")
    for project in status.projects:
        print(f"{project.annotator}: {project.annotated} of {project.tasks} documents annotated")


def _push(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    root = find_root()
    if given.all:
        if given.annotations is not None:
            raise InvalidInput("is one annotator's work; name whose", field="--annotations")
        done = workflow.push_all(
            root,
            predictions=given.predictions,
            only=given.document,
            same_rules=given.same_rules,
            utterances=given.offer_utterances,
            url=given.url,
        )
    else:
        done = {
            given.annotator: workflow.push(
                root,
                given.annotator,
                annotations=given.annotations,
                predictions=given.predictions,
                only=given.document,
                same_rules=given.same_rules,
                new=given.new,
                utterances=given.offer_utterances,
                url=given.url,
            )
        }
    for annotator, pushed in done.items():
        if isinstance(pushed, ServerError):
            print(f"{annotator}: {pushed}", file=sys.stderr)
            continue
        refreshed = f", {pushed.refreshed} refreshed" if pushed.refreshed else ""
        print(
            f"{annotator}: {pushed.tasks} new tasks, {pushed.annotations} new annotations, "
            f"{pushed.predictions} new pre-annotations{refreshed}"
        )
        if given.offer_utterances is not None:
            print(f"{annotator}: {pushed.utterances} tasks offer other utterances than before")
        if pushed.begun:
            print(
                f"{annotator}: {', '.join(pushed.begun)}: somebody has begun it, so the screen still "
                "shows the title, outlet and zones of then",
                file=sys.stderr,
            )
    for annotator in workflow.without_project(root, url=given.url) if given.all else ():
        only = "".join(f" --document {document}" for document in given.document or ())
        print(
            f"{annotator} can log in and has no project: onrecord annotate push --annotator "
            f"{annotator}{only}",
            file=sys.stderr,
        )
    return 2 if any(isinstance(pushed, ServerError) for pushed in done.values()) else 0


def _pull(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    pulled = workflow.pull(
        find_root(), given.annotator, given.output, partial=given.partial, url=given.url
    )
    if pulled.documents:
        print(f"{given.annotator}: {len(pulled.documents)} documents, written to {pulled.path}")
    if pulled.unfinished:
        print(f"nothing submitted yet: {', '.join(pulled.unfinished)}")
    for one in pulled.set_aside:
        print("\n".join(f"set aside: {fault}" for fault in one.faults))
    if pulled.set_aside:
        print(f"{given.annotator}: {len(pulled.set_aside)} set aside, kept in {pulled.aside}")
    if pulled.missing:
        print(f"not in the project: {', '.join(pulled.missing)}")
    for document, systems in pulled.pre_annotations.items():
        print(f"{document}: was shown pre-annotations of {', '.join(systems)}")
    if pulled.record is not None:
        print(f"{given.annotator}: {len(pulled.decisions)} decisions, written to {pulled.record}")
    for document, count in Counter(one.document for one in pulled.as_opened).items():
        print(f"{document}: {count} stand as the task was opened; look whether you meant that")
        for kept in pulled.as_opened:
            if kept.document == document:
                print(f"  {kept.layer} {kept.field}, ‘{kept.words}’: {kept.stands or 'nothing'}")
    print_warnings(pulled.warnings)
    if not pulled.documents:
        print(f"{given.annotator}: no valid document; no export is written", file=sys.stderr)
        return 2
    return 0


def _check(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    checked = workflow.check(find_root(), given.annotator, only=given.document, url=given.url)
    print("".join(f"{fault}\n" for fault in checked.faults), end="")
    print_warnings(checked.warnings)
    faulty = {fault.document for fault in checked.faults}
    print(f"{given.annotator}: {len(checked.valid)} documents valid, {len(faulty)} not yet")
    return 1 if checked.faults else 0


def _account(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio.accounts import make_account

    root = find_root()
    made = make_account(root, given.annotator)
    what = "new login" if made.new else "login"
    print(f"{given.annotator}: {what} {made.username}, password in {made.path.relative_to(root)}")
    return 0


def _config(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    path, number, changed = workflow.write_config(find_root())
    print(f"{path}: {number} targets{'' if changed else '; nothing written'}")
    return 0


def _adjudicate(given: argparse.Namespace) -> int:
    from onrecord.annotation.labelstudio import workflow

    two_passes(given.one, given.other)
    found = workflow.adjudicate(
        find_root(),
        given.one,
        given.other,
        annotator=given.annotator,
        only=given.document,
        url=given.url,
    )
    print(f"{given.annotator}: {len(found)} conflicts to decide")
    return 0
