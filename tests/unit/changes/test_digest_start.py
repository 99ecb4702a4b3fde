"""The start of a digest names one version, or is refused."""

from __future__ import annotations

import pytest

from registrar.changes.digest_start import choose_by_digest
from registrar.errors import ConfigError, NotFoundError
from registrar.state import ObservedVersion

SAME_START = "sha256:4f8a695d5b08"
VERSIONS = (
    ObservedVersion(4, digest=SAME_START + "11" * 26),
    ObservedVersion(3, digest=SAME_START + "22" * 26),
    ObservedVersion(2, digest=SAME_START + "22" * 26),
    ObservedVersion(1, digest="ref-" + SAME_START + "22" * 26),
    ObservedVersion(5),
)


@pytest.mark.parametrize(("more", "number"), [("1", 4), ("11" * 26, 4), ("2", 2), ("22" * 26, 2)])
def test_the_start_of_one_content_names_its_lowest_version(more: str, number: int) -> None:
    assert choose_by_digest("mnist", SAME_START + more, VERSIONS, "DEV").number == number


def test_a_start_of_no_digest_is_not_found() -> None:
    with pytest.raises(
        NotFoundError, match="mnist has no version with the content sha256:ab on DEV"
    ):
        choose_by_digest("mnist", "sha256:ab", VERSIONS, "DEV")


def test_a_start_of_several_digests_is_refused_and_they_are_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_by_digest("mnist", SAME_START, VERSIONS, "DEV")
    (problem,) = caught.value.problems
    assert problem.code == "ambiguous-digest"
    assert problem.message == (
        "sha256:4f8a695d5b08 is the start of 2 digests of mnist: "
        "sha256:4f8a695d5b0811111111..., sha256:4f8a695d5b0822222222..."
    )
