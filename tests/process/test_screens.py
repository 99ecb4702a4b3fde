"""What a person sees on a terminal of 80 and of 120 columns, with colours and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.screen import show_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registrar_process import ForkServer

FILL = """
from mlflow import MlflowClient
client = MlflowClient()
client.create_registered_model("mnist", {"team": "vision"}, "Handwritten digits")
for number in (1, 2, 3):
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "accuracy", 0.9 + number / 100)
    client.log_metric(run.info.run_id, "loss", 1 / number)
    client.create_model_version(
        "mnist", "s3://bucket/" + "folder/" * 9, run_id=run.info.run_id, tags={"epochs": "5"},
        description="Two layers, trained on the cleaned data of October", await_creation_for=0,
    )
client.set_registered_model_alias("mnist", "champion", "3")
"""
VERSIONS = {
    80: """\
mnist  Handwritten digits  team=vision
VERSION  ALIASES   METRICS                       CREATED           DESCRIPTION
3        champion  accuracy=0.93, loss=0.333333  2026-11-26 08:17  Two layers...
2                  accuracy=0.92, loss=0.5       2026-11-26 08:17  Two layers...
1                  accuracy=0.91, loss=1         2026-11-26 08:17  Two layers...
3 versions at sqlite:///mlflow.db.
""",
    120: """\
mnist  Handwritten digits  team=vision
VERSION  ALIASES   METRICS                       CREATED           DESCRIPTION
3        champion  accuracy=0.93, loss=0.333333  2026-11-26 08:17  Two layers, trained on the cleaned data of October
2                  accuracy=0.92, loss=0.5       2026-11-26 08:17  Two layers, trained on the cleaned data of October
1                  accuracy=0.91, loss=1         2026-11-26 08:17  Two layers, trained on the cleaned data of October
3 versions at sqlite:///mlflow.db.
""",
}
LAST = """\
mnist  Handwritten digits  team=vision
VERSION 3
    ALIASES      champion
    METRICS      accuracy=0.93, loss=0.333333
    CREATED      2026-11-26 08:17
    DESCRIPTION  Two layers, trained on the cleaned data of October
    METADATA     epochs=5
    SOURCE       s3://bucket/folder/folder/folder/folder/folder/folder/folder/fo
lder/folder/
    RUN          ID
1 of 3 versions at sqlite:///mlflow.db.
"""


def test_screens_of_show_and_plan(fork_server: ForkServer, repository: Path, database: str) -> None:
    """Only the marks of changes have colours."""
    filled = fork_server.start([], repository, code=FILL, MLFLOW_TRACKING_URI=database).wait()
    assert filled.err == ""

    def see(width: int, *words: str, no_colour: str = "") -> tuple[str, frozenset[str]]:
        shown = show_on_terminal(fork_server, repository, width, *words, NO_COLOR=no_colour)
        text = "".join(f"{line}\n" for line in shown.last)
        text = re.sub(r"\b[0-9a-f]{32}\b", "ID", text)
        return re.sub(r"2\d{3}-\d\d-\d\d \d\d:\d\d", "2026-11-26 08:17", text), shown.colours

    for width, screen in VERSIONS.items():
        assert see(width, "show", "name=mnist") == (screen, frozenset())
    assert see(80, "show", "name=mnist", "wide=true", "limit=1") == (LAST, frozenset())
    compared, _ = see(80, "show", "name=mnist", "compare=true")
    assert "*  metrics.loss      █▃▁        0.333333   0.5        1\n" in compared
    planned, colours = see(80, "plan", "model=mnist")
    assert colours == {"green", "brown", "cyan"}
    assert see(80, "plan", "model=mnist", no_colour="1") == (planned, frozenset())
