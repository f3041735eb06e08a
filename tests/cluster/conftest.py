"""A cluster of Ray on this machine: a head without a processor, and two nodes with one each."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import processes_of, wait_until_none

from onrecord.systems.ray_engine import LOCAL

STORE = 80 * 1024 * 1024
"""Bytes of each node's object store: Ray wants no fewer than 75 MiB."""

# before Ray is imported: the loopback interface alone, and a token of these tests' own
os.environ.update(
    LOCAL, RAY_AUTH_TOKEN=secrets.token_hex(32), PYTHONPATH=str(Path(__file__).parents[1])
)


@pytest.fixture(scope="session")
def short() -> Iterator[Path]:
    """A folder with a short path, as Ray's sockets want."""
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


@pytest.fixture
def ray_folder(short: Path) -> Iterator[Path]:
    """A folder for the temporary files of a Ray."""
    with tempfile.TemporaryDirectory(dir=short, prefix="", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def whole(short: Path) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    folder = short / "cluster"
    # where it notes its address, whatever its own folder is; on a machine new to Ray there is none
    (Path(tempfile.gettempdir()) / "ray").mkdir(exist_ok=True)
    started = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 0,
            "object_store_memory": STORE,
            "include_dashboard": False,
            "temp_dir": str(folder),
        },
    )
    yield started
    assert processes_of(folder)
    started.shutdown()
    wait_until_none(folder)


@pytest.fixture
def cluster(whole: Any) -> Any:
    while len(whole.worker_nodes) < 2:
        whole.add_node(num_cpus=1, object_store_memory=STORE)
    return whole
