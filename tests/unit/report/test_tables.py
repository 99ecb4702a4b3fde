"""Tables of `show` on terminals of 80, 100 and 120 columns, and elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.changes.measurements import combine, measure_run
from registrar.report import Report, render
from registrar.report.layout import Table, display_width, lay_out
from registrar.report.results import Listing
from registrar.report.screen import Screen
from registrar.report.sparkline import draw_sparkline
from registrar.state import ObservedModel, ObservedVersion, RunData, Server
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from registrar.report import Output
    from registrar.report.layout import Cell

SERVER = Server("http://host", "http://host", "3.17.2")
LONG = "Two layers on 8x8 digits, trained on the cleaned data of October\nSee the wiki"
DAY = 86_400_000
CREATED = 1_735_787_045_678  # 2025-01-02 03:04:05.678


def version(number: int, **fields: object) -> ObservedVersion:
    made = ObservedVersion(
        number, f"sha256:{number:064}", "models:/m-783ad00cec884844", f"r{number}"
    )
    tags = {"epochs": "5", "lr": "0.01" if number > 1 else "0.003"}
    return replace(made, tags=tags, created=CREATED + number * DAY, **fields)  # type: ignore[arg-type]


MODEL = ObservedModel(
    "mnist",
    "Handwritten digits of 8x8 pixels, from the UCI repository of machine learning",
    {"team": "vision"},
    (
        version(3, description=LONG, aliases=("champion", "latest-stable")),
        version(2, description="Retrained"),
        version(1, description="First"),
    ),
    owner="vision/models",
)
RUNS = {f"r{number}": RunData({"solver": "lbfgs"}, {}) for number in (1, 2, 3)}
HOLDOUT = '{"accuracy": [{"value": 0.88, "dataset": "holdout"}]}'
METRICS = {
    ("mnist", number): combine(
        {},
        measure_run({"accuracy": 0.9 + number / 100, "loss": 1 / number}),
        HOLDOUT if number == 2 else None,
        None,
    )
    for number in (1, 2, 3)
}
LISTING = Listing(SERVER, (MODEL,), 3, detailed=True, run_data=RUNS, measurements=METRICS)


def show(listing: Listing, width: int | None) -> str:
    return render(Report("show", payload=listing), "text", Screen(width)) + "\n"


SCREENS = {
    80: """\
mnist
    Handwritten digits of 8x8 pixels, from the UCI repository of machine lear...
    team=vision  owner vision/models
VERSION  ALIASES      METRICS           CREATED           DESCRIPTION
3        champion +1  accuracy=0.93 +1  2025-01-05 03:04  Two layers on 8x8 d...
2                     accuracy=0.92 +2  2025-01-04 03:04  Retrained
1                     accuracy=0.91 +1  2025-01-03 03:04  First

3 versions at http://host.
""",
    100: """\
mnist
    Handwritten digits of 8x8 pixels, from the UCI repository of machine learning  team=vision
    owner vision/models
VERSION  ALIASES      METRICS           CREATED           DESCRIPTION
3        champion +1  accuracy=0.93 +1  2025-01-05 03:04  Two layers on 8x8 digits, trained on th...
2                     accuracy=0.92 +2  2025-01-04 03:04  Retrained
1                     accuracy=0.91 +1  2025-01-03 03:04  First

3 versions at http://host.
""",
    120: """\
mnist  Handwritten digits of 8x8 pixels, from the UCI repository of machine learning  team=vision  owner vision/models
VERSION  ALIASES                  METRICS                       CREATED           DESCRIPTION
3        champion, latest-stable  accuracy=0.93, loss=0.333333  2025-01-05 03:04  Two layers on 8x8 digits, trained o...
2                                 accuracy=0.92 +2              2025-01-04 03:04  Retrained
1                                 accuracy=0.91, loss=1         2025-01-03 03:04  First

3 versions at http://host.
""",
}
TURNED = """\
mnist
    Handwritten digits of 8x8 pixels, from the UCI repository of machine
    learning
    team=vision
    owner vision/models
   aliases
    version 3               champion, latest-stable
   params.solver  lbfgs
*  metrics.accuracy            ▁▅█
    version 3               0.93
    version 2               0.92
    version 1               0.91
*  metrics.accuracy (holdout)
    version 2               0.88
*  metrics.loss                █▃▁
    version 3               0.333333
    version 2               0.5
    version 1               1
   metadata.epochs  5
*  metadata.lr
    version 3 to version 2  0.01
    version 1               0.003

3 versions at http://host.
"""
SIDE_BY_SIDE = """\
mnist  Handwritten digits of 8x8 pixels, from the UCI repository of machine learning  team=vision  owner vision/models
                               trend 1-3  version 3                version 2  version 1
   aliases                                champion, latest-stable
   params.solver                          lbfgs                    lbfgs      lbfgs
*  metrics.accuracy            ▁▅█        0.93                     0.92       0.91
*  metrics.accuracy (holdout)                                      0.88
*  metrics.loss                █▃▁        0.333333                 0.5        1
   metadata.epochs                        5                        5          5
*  metadata.lr                            0.01                     0.01       0.003

3 versions at http://host.
"""
BLOCKS = """\
mnist
    Handwritten digits of 8x8 pixels, from the UCI repository of machine
    learning
    team=vision
    owner vision/models
VERSION 3
    ALIASES      champion, latest-stable
    METRICS      accuracy=0.93, loss=0.333333
    CREATED      2025-01-05 03:04
    DESCRIPTION  Two layers on 8x8 digits, trained on the cleaned data of
                 October
                 See the wiki
    METADATA     epochs=5, lr=0.01
    PARAMS       solver=lbfgs
    DIGEST       sha256:0000000000000000000000000000000000000000000000000000000000000003
    SOURCE       models:/m-783ad00cec884844
    RUN          r3

1 of 3 versions at http://host.
"""


@pytest.mark.parametrize("width", SCREENS)
def test_a_table_of_versions_fits_the_terminal(width: int) -> None:
    assert show(LISTING, width) == SCREENS[width]


def test_a_comparison_turns_where_the_columns_do_not_fit() -> None:
    assert show(replace(LISTING, compare=True), 80) == TURNED
    assert show(replace(LISTING, compare=True), 120) == SIDE_BY_SIDE


def test_wide_shortens_nothing_and_turns() -> None:
    last = replace(MODEL, versions=MODEL.versions[:1])
    assert show(replace(LISTING, models=(last,), wide=True), 80) == BLOCKS
    assert len(show(replace(LISTING, wide=True), 400).splitlines()) == 7


@pytest.mark.parametrize("output", ["text", "markdown"])
def test_nothing_is_shortened_where_there_is_no_terminal(output: Output) -> None:
    words = "word " * 2000
    long = replace(MODEL.versions[0], description=words + "end", aliases=("a" * 200, "b" * 200))
    model = replace(MODEL, description=words + "title", versions=(long,), tags={"key": "v" * 500})
    listing = Listing(SERVER, (model,), 1, detailed=True)
    text = render(Report("show", payload=listing), output)
    for part in (words + "end", words + "title", "a" * 200 + ", " + "b" * 200, "v" * 500):
        assert part in text
    models = render(Report("show", payload=replace(listing, detailed=False)), output)
    assert words + "title" in models


def test_a_terminal_that_cannot_draw_gets_no_sparkline() -> None:
    report = Report("show", payload=replace(LISTING, compare=True))
    assert "trend" in render(report, "text")
    assert "trend" not in render(report, "text", Screen(draws=False))


def test_a_sparkline_leaves_out_what_is_no_number() -> None:
    assert draw_sparkline([1, 2, None, 8]) == "▁▂·█"
    assert draw_sparkline([math.nan, 0, -1, -math.inf, 1]) == "·▅▁·█"
    assert draw_sparkline([-1.7e308, 0, 1.7e308]) == "▁▅█"
    assert draw_sparkline([1, 2]) == draw_sparkline([3, 3, 3]) == ""


def test_a_long_text_is_shortened_quickly() -> None:
    text = "数字 " * 100_000
    table = Table(
        ("name", text), (("A", "TEXT", "LIST"), ("1", text, tuple("ab" * 5000))), flexible=ALL
    )
    assert max(map(display_width, [*lay_out(table, 48)][1:])) <= 48


ALL = frozenset({"TEXT", "MORE", "LIST"})
TEXTS = st.text("ab 数\n\u0301", max_size=40)
LISTS = st.lists(st.text("xy数", max_size=20), max_size=5).map(tuple)


@given(
    st.lists(st.tuples(st.text("123", min_size=1, max_size=6), TEXTS, TEXTS, LISTS), min_size=1),
    st.integers(48, 120),
)
def test_a_table_fits_the_terminal(rows: list[tuple[Cell, ...]], width: int) -> None:
    """Of 48 columns, three cells of twelve, a number of six, and the gaps take all."""
    table = Table((), (("ID", "TEXT", "MORE", "LIST"), *rows), flexible=ALL)
    lines = [*lay_out(table, width)]
    assert len(lines) == 1 + len(rows)
    assert max(map(display_width, lines)) <= width


@given(
    st.lists(st.tuples(st.text("123", min_size=1, max_size=6), TEXTS, LISTS), min_size=1),
    st.integers(1, 30),
)
def test_a_turned_table_has_every_word(rows: list[tuple[Cell, ...]], width: int) -> None:
    table = Table((), (("ID", "A LONG HEADING", "ANOTHER LONG ONE"), *rows))
    words = {word for line in lay_out(table, width) for word in line.replace(",", "").split()}
    for row in rows:
        for cell in row:
            parts = (cell,) if isinstance(cell, str) else cell
            assert {word for part in parts for word in part.split()} <= words


def test_numbers_of_different_data_never_stand_in_one_row() -> None:
    """Each version's last number alone would say that version 1 is better."""
    test, small, other = ("test", "d1"), ("small", "d2"), ("test", "d3")
    measured = {
        1: ((0.90, *test), (0.99, *small), (0.5, *other)),
        2: ((0.95, *test), (0.80, *small)),
    }
    metrics = {
        ("m", number): {"accuracy": tuple(Measurement(*item) for item in items)}
        for number, items in measured.items()
    }
    model = ObservedModel("m", versions=(ObservedVersion(2), ObservedVersion(1)))
    listing = Listing(SERVER, (model,), 2, detailed=True, compare=True, measurements=metrics)
    assert show(listing, None).splitlines()[1:6] == [
        "                               version 2  version 1",
        "   aliases",
        "*  metrics.accuracy (small)    0.8        0.99",
        "*  metrics.accuracy (test d1)  0.95       0.9",
        "*  metrics.accuracy (test d3)             0.5",
    ]
