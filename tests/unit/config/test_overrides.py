"""Overrides: their parts, the scalars in their values, and hints that can be pasted."""

from __future__ import annotations

import doctest
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import QuotedString
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

import registrar.config.quoting
from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.hydra_job import find_hydra_job
from registrar.config.override import parse_override
from registrar.config.override_values import Scalar, list_scalars, quote_scalars, scan_value
from registrar.config.quoting import quote_override, quote_value
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.config.override_values import Node

PASTE = re.compile(r"Quote the value: (.+?)\.( To run a job for each value, add --multirun\.)?")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one model that no command has to look at, as the current directory."""
    folder = tmp_path / "configs" / "model"
    folder.mkdir(parents=True)
    text = "name: m\nuri: s3://b/m\nverify: false\nmetadata: {lr: 1}\naliases: [a]\n"
    (folder / "m.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compose(*overrides: str) -> dict[str, Any]:
    """The valid configuration of the model `m` with these overrides. Raises ConfigError."""
    composition = compose_jobs(parse_arguments(["validate", "model=m", *overrides]))
    validate_jobs(composition.jobs, composition.problems)
    (job,) = composition.jobs
    model: dict[str, Any] = job.config["model"]
    return model


def problems(*overrides: str) -> tuple[Problem, ...]:
    """Everything that is wrong with these overrides."""
    with pytest.raises(ConfigError) as caught:
        compose(*overrides)
    return caught.value.problems


# An override, and what is misread in it: all overrides of a table are composed together.
MISREAD = {
    "+model.metadata.a=1.10": ["model.metadata.a: 1.10"],
    "+model.metadata.b=[1.10]": ["model.metadata.b[0]: 1.10"],
    "+model.metadata.c=[a, 1.5, 1.10]": ["model.metadata.c[2]: 1.10"],
    "+model.metadata.d=[[1.10], 2.50]": ["model.metadata.d[0][0]: 1.10", "model.metadata.d[1]: 2.50"],
    "++model.metadata={sha: 1234567e8}": ["model.metadata.sha: 1234567e8"],
    "+model.metadata.e={g: 1234567e8, n: 1_000}": ["model.metadata.e.g: 1234567e8", "model.metadata.e.n: 1_000"],
    "+model.metadata.f={a: [{b: 1.10}]}": ["model.metadata.f.a[0].b: 1.10"],
    "++model.metadata={g.h: 1.10}": ["model.metadata.g.h: 1.10"],
    "+model.metadata.i=[ 1.10 , '2.50', \"3.50\" ]": ["model.metadata.i[0]: 1.10"],
    "+model.metadata.j=['a, b', 1.10]": ["model.metadata.j[1]: 1.10"],
    "+model.metadata.k=[${model.name}, 1.10]": ["model.metadata.k[1]: 1.10"],
    "+model.metadata.l=str(1.10)": ["model.metadata.l: 1.10"],
    "+model.metadata.m=[str(1.10)]": ["model.metadata.m[0]: 1.10"],
    "+model.registered_model={tags: {v: 1.10}}": ["model.registered_model.tags.v: 1.10"],
}  # fmt: skip


def test_a_number_that_is_misread_in_an_override_is_reported_wherever_it_is(
    repository: Path,
) -> None:
    found: dict[str, list[str]] = {}
    for problem in problems(*MISREAD):
        assert problem.code == "misread-value"
        raw = problem.message.split()[0]
        found.setdefault(str(problem.place.override), []).append(f"{problem.path}: {raw}")

    assert found == MISREAD


KEPT: dict[str, Any] = {
    "+model.metadata.a=[1.5, 2, true, on, 1:30, 010, 0x1F]": [1.5, 2, True, "on", "1:30", "010", "0x1F"],
    "+model.metadata.b=['1.10']": ["1.10"],
    "+model.metadata.c=int(1.10)": 1,
    "+model.metadata.d=[float(1.10)]": [1.1],
    "+model.metadata.e=str(1.5)": "1.5",
    "+model.metadata.f={2026: {7: a}}": {"2026": {"7": "a"}},
    "+model.metadata.g=[{2026: a}]": [{"2026": "a"}],
}  # fmt: skip


def test_what_keeps_its_text_is_not_reported(repository: Path) -> None:
    metadata = compose(*KEPT)["metadata"]

    del metadata["lr"]
    assert metadata == dict(zip("abcdefg", KEPT.values(), strict=True))


def test_a_key_that_hydra_reads_as_something_else_is_reported(repository: Path) -> None:
    keys = ["1.10", "true", "null", "1e3", "1_000"]

    found = problems(*(f"+model.metadata.a{i}={{{key}: a}}" for i, key in enumerate(keys)))

    assert {problem.code for problem in found} == {"key-not-text"}
    assert {problem.message.split(" is ")[0] for problem in found} == {f"the key {k}" for k in keys}


# An override that is refused; the path of its value; the value that its quoted form has.
PASTED: list[tuple[str, tuple[str, ...], Any]] = [
    ("+model.metadata.a=1.10", ("metadata", "a"), "1.10"),
    ("+model.metadata.b=[1.10, 1.5, 2.50]", ("metadata", "b"), ["1.10", 1.5, "2.50"]),
    ("+model.metadata.c={sha: 1234567e8, n: 5}", ("metadata", "c"), {"sha": "1234567e8", "n": 5}),
    ("+model.metadata.d={b: [{c: 1_000}]}", ("metadata", "d"), {"b": [{"c": "1_000"}]}),
    ("+model.metadata.e=[nan, -inf, 1.10]", ("metadata", "e"), ["nan", "-inf", "1.10"]),
    ("+model.metadata.f=nan", ("metadata", "f"), "nan"),
    ("+model.metadata.g=str(1.10)", ("metadata", "g"), "1.10"),
    ("+model.metadata.h=[str(1.10), b]", ("metadata", "h"), ["1.10", "b"]),
    ("model.aliases=[1, true, b]", ("aliases",), ["1", "true", "b"]),
    ("++model.description=7", ("description",), "7"),
]
UNREADABLE: list[tuple[str, tuple[str, ...], Any]] = [
    ("++model.description=a=b", ("description",), "a=b"),
    ('+model.metadata.a=it\'s "so"', ("metadata", "a"), 'it\'s "so"'),
    ("+model.metadata.b=a, b", ("metadata", "b"), "a, b"),
    ("+model.metadata.c=#1\\", ("metadata", "c"), "#1\\"),
]


@pytest.mark.parametrize("cases", [PASTED, UNREADABLE], ids=["read", "unreadable"])
def test_the_quoted_forms_of_hints_work_when_they_are_pasted(
    cases: list[tuple[str, tuple[str, ...], Any]], repository: Path
) -> None:
    hints: dict[str, set[str]] = {override: set() for override, _, _ in cases}
    for problem in problems(*hints):
        pasted = PASTE.fullmatch(problem.hint or "")
        assert pasted, problem.hint
        hints[str(problem.place.override)].add(pasted[1])
    assert [len(texts) for texts in hints.values()] == [1] * len(hints)

    model = compose(
        *(word for texts in hints.values() for text in texts for word in shlex.split(text))
    )

    for _, path, expected in cases:
        value: Any = model
        for part in path:
            value = value[part]
        assert value == expected


@given(st.text(st.sampled_from("ab\\\"'=,#[]{}:() ${")))
def test_a_quoted_value_is_that_text_to_hydra(text: str) -> None:
    (word,) = shlex.split(quote_override(f"key={text}"))
    value: Any = OverridesParser.create().parse_override(word).value()

    assert (value.text if isinstance(value, QuotedString) else value) == text
    assert word == f"key={quote_value(text)}"


SCALARS = st.sampled_from(
    ["1.10", "a", "on", "'q, r'", '"x]"', "1e5", "a\\,b", "int(1.10)", "${oc.env:X,[1]}", "a b", "'it\\'s'"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["a", "b.c", "1", "d e"]), inner, max_size=3).map(
            lambda items: f"{{{','.join(f'{key}: {value}' for key, value in items.items())}}}"
        )
    ),
    max_leaves=6,
)


def shape(value: Any) -> Any:
    """The lists and mappings of a value, or of its nodes, without its scalars."""
    match value:
        case list():
            return [shape(item) for item in value]
        case dict():
            return {str(key): shape(item) for key, item in value.items()}
        case _:
            return "scalar"


@given(VALUES)
def test_a_value_is_scanned_as_hydra_reads_it(text: str) -> None:
    parser = OverridesParser.create()
    node = scan_value(text)
    assert node is not None
    assert shape(node) == shape(parser.parse_override(f"key={text}").value())

    scalars = list(list_scalars(node))
    for scalar in scalars:
        assert text[scalar.start : scalar.end].strip("'\"") == scalar.raw
    unquoted = [scalar for scalar in scalars if not scalar.is_quoted]
    quoted = parser.parse_override(f"key={quote_scalars(text, unquoted)}").value()
    assert shape(quoted) == shape(node)


@pytest.mark.parametrize("text", ["[", "[1", "{a", "{a: 1", "[1,,2]", "{a:}", "[1] x", "a(b"])
def test_text_that_hydra_cannot_read_has_no_nodes(text: str) -> None:
    assert scan_value(text) is None


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", Scalar("", 0, 0, is_quoted=False)),
        (" 1.10 ", Scalar("1.10", 1, 5, is_quoted=False)),
        ("[]", []),
        ("{ }", {}),
    ],
)
def test_a_value_is_scanned_into_its_scalars(text: str, node: Node) -> None:
    assert scan_value(text) == node


@pytest.mark.parametrize(
    ("text", "sign", "key", "package", "value"),
    [
        ("model=mnist", "", "model", None, "mnist"),
        ("+model.metadata.a=b=c", "+", "model.metadata.a", None, "b=c"),
        ("++a=", "++", "a", None, ""),
        ("~model.verify", "~", "model.verify", None, None),
        ("server@promote.to=prod", "", "server", "promote.to", "prod"),
        ("a=b\nc", "", "a", None, "b\nc"),
        ("", "", "", None, None),
    ],
)
def test_the_parts_of_an_override(
    text: str, sign: str, key: str, package: str | None, value: str | None
) -> None:
    override = parse_override(text)

    assert (override.sign, override.key, override.package, override.value) == (
        sign,
        key,
        package,
        value,
    )


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(registrar.config.quoting).failed == 0


def test_an_interpolation_stays_as_it_was_typed(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANY_VARIABLE", "a secret")

    (problem,) = problems("+model.metadata.a=['${oc.env:ANY_VARIABLE}', 1.10]")

    assert "a secret" not in str(problem)
    assert "${oc.env:ANY_VARIABLE}" in str(problem.place.override)


def test_the_overrides_of_a_hydra_application_keep_their_interpolations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    overrides = {"task": ["user=${oc.env:ANY_VARIABLE}", "uri=https://me:secret@host"]}
    node = {"overrides": overrides, "job": {"name": "train"}, "runtime": {"cwd": "/here"}}
    monkeypatch.setenv("ANY_VARIABLE", "a secret")
    monkeypatch.setattr(HydraConfig.instance(), "cfg", OmegaConf.create({"hydra": node}))

    job = find_hydra_job()

    assert job is not None
    assert job.overrides == ("user=${oc.env:ANY_VARIABLE}", "uri=https://***@host")


def test_a_number_that_is_not_finite_is_reported_once(repository: Path) -> None:
    assert [problem.code for problem in problems("+model.metadata.a=[inf]")] == ["not-finite"]


def test_a_number_of_thousands_of_digits_is_no_bug(repository: Path) -> None:
    (problem,) = problems(f"model.metadata.k={'9' * 5000}")
    assert problem.code == "invalid-override"


@pytest.mark.usefixtures("repository")
def test_a_tag_that_a_command_looks_for_is_read_as_it_is_written() -> None:
    (job,) = compose_jobs(parse_arguments(["show", "tags.v=1.10"])).jobs
    assert [path for path, _ in job.find_misread()] == [("show", "tags", "v")]
