"""The benchmark of scale: it runs, and every way to predict gives the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_of_predicting_runs() -> None:
    command = [sys.executable, "tests/benchmarks/scale.py", "predict", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    ways = ["one process", "two processes", "Ray, two workers"]
    assert [row["name"] for row in rows] == ways * 2
    assert all(row["rate"] > 0 and row["megabytes"] > 0 for row in rows)
