"""Overrides: their parts, the scalars in their values, and hints that can be pasted."""

from __future__ import annotations

import doctest
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import QuotedString
from hypothesis import given
from hypothesis import strategies as st

import registrar.config.quoting
from registrar.config.arguments import parse_arguments
from registrar.config.compose import compose_jobs
from registrar.config.override import parse_override
from registrar.config.override_values import Scalar, list_scalars, quote_scalars, scan_value
from registrar.config.quoting import quote_override, quote_value
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from registrar.config.override_values import Node

PASTE = re.compile(r"Quote the value: (.+?)\.( For one job each: --multirun\.)?")


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


def problems(*overrides: str) -> list[tuple[str, str | None, str]]:
    """(code, path, message) of everything that is wrong with these overrides."""
    with pytest.raises(ConfigError) as caught:
        compose(*overrides)
    return [(p.code, p.path, p.message) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("override", "misread"),
    [
        ("+model.metadata.id=1.10", ["model.metadata.id: 1.10"]),
        ("+model.metadata.id=[1.10]", ["model.metadata.id[0]: 1.10"]),
        ("+model.metadata.id=[a, 1.5, 1.10]", ["model.metadata.id[2]: 1.10"]),
        ("+model.metadata.id=[[1.10], 2.50]", ["model.metadata.id[0][0]: 1.10", "model.metadata.id[1]: 2.50"]),
        ("+model.metadata={sha: 1234567e8}", ["model.metadata.sha: 1234567e8"]),
        ("+model.metadata.run={sha: 1234567e8, n: 1_000}", ["model.metadata.run.n: 1_000", "model.metadata.run.sha: 1234567e8"]),
        ("+model.metadata.run={a: [{b: 1.10}]}", ["model.metadata.run.a[0].b: 1.10"]),
        ("+model.metadata={a.b: 1.10}", ["model.metadata.a.b: 1.10"]),
        ("+model.metadata.id=[ 1.10 , '2.50', \"3.50\" ]", ["model.metadata.id[0]: 1.10"]),
        ("+model.metadata.id=['a, b', 1.10]", ["model.metadata.id[1]: 1.10"]),
        ("+model.metadata.id=[${model.name}, 1.10]", ["model.metadata.id[1]: 1.10"]),
        ("+model.metadata.id=str(1.10)", ["model.metadata.id: 1.10"]),
        ("+model.metadata.id=[str(1.10)]", ["model.metadata.id[0]: 1.10"]),
        ("+model.registered_model={tags: {v: 1.10}}", ["model.registered_model.tags.v: 1.10"]),
    ],
)  # fmt: skip
def test_a_number_that_is_misread_in_an_override_is_reported_wherever_it_is(
    override: str, misread: list[str], repository: Path
) -> None:
    found = problems(override)

    assert [f"{path}: {message.split()[0]}" for _, path, message in found] == misread
    assert {code for code, _, _ in found} == {"misread-value"}


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("+model.metadata.id=[1.5, 2, true, on, 1:30, 010, 0x1F]", [1.5, 2, True, "on", "1:30", "010", "0x1F"]),
        ("+model.metadata.id=['1.10']", ["1.10"]),
        ("+model.metadata.id=int(1.10)", 1),
        ("+model.metadata.id=[float(1.10)]", [1.1]),
        ("+model.metadata.id=str(1.5)", "1.5"),
        ("+model.metadata.id={2026: {7: a}}", {"2026": {"7": "a"}}),
        ("+model.metadata.id=[{2026: a}]", [{"2026": "a"}]),
    ],
)  # fmt: skip
def test_what_keeps_its_text_is_not_reported(override: str, value: Any, repository: Path) -> None:
    assert compose(override)["metadata"]["id"] == value


@pytest.mark.parametrize("key", ["1.10", "true", "null", "1e3", "1_000"])
def test_a_key_that_hydra_reads_as_something_else_is_reported(key: str, repository: Path) -> None:
    ((code, _, message),) = problems(f"+model.metadata.id={{{key}: a}}")

    assert (code, message.split(" is ")[0]) == ("key-not-text", f"the key {key}")


def test_an_override_after_another_does_not_hide_what_the_first_has_lost(repository: Path) -> None:
    found = problems("+model.metadata={a: 1.10}", "++model.metadata={b: 2}")

    assert [path for _, path, _ in found] == ["model.metadata.a"]


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("+model.metadata.id=1.10", ("metadata", "id"), "1.10"),
        ("+model.metadata.id=[1.10, 1.5, 2.50]", ("metadata", "id"), ["1.10", 1.5, "2.50"]),
        ("+model.metadata={sha: 1234567e8, n: 5}", ("metadata",), {"lr": 1, "sha": "1234567e8", "n": 5}),
        ("+model.metadata.a={b: [{c: 1_000}]}", ("metadata", "a"), {"b": [{"c": "1_000"}]}),
        ("+model.metadata.a=[nan, -inf, 1.10]", ("metadata", "a"), ["nan", "-inf", "1.10"]),
        ("+model.metadata.a=nan", ("metadata", "a"), "nan"),
        ("+model.metadata.a=str(1.10)", ("metadata", "a"), "1.10"),
        ("+model.metadata.a=[str(1.10), b]", ("metadata", "a"), ["1.10", "b"]),
        ("model.aliases=[1, true, b]", ("aliases",), ["1", "true", "b"]),
        ("++model.description=7", ("description",), "7"),
        ("++model.description=a=b", ("description",), "a=b"),
        ("++model.description=it's \"so\"", ("description",), "it's \"so\""),
        ("++model.description=a, b", ("description",), "a, b"),
        ("++model.description=#1\\", ("description",), "#1\\"),
    ],
)  # fmt: skip
def test_the_quoted_form_of_a_hint_works_when_it_is_pasted(
    override: str, path: Sequence[str], value: Any, repository: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        compose(override)

    for problem in caught.value.problems:
        pasted = PASTE.fullmatch(problem.hint or "")
        assert pasted, problem.hint
        model: Any = compose(*shlex.split(pasted[1]))
        for part in path:
            model = model[part]
        assert model == value


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
def test_short_values(text: str, node: Node) -> None:
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


def test_a_number_that_is_not_finite_is_reported_once(repository: Path) -> None:
    assert [code for code, _, _ in problems("+model.metadata.a=[inf]")] == ["not-finite"]
