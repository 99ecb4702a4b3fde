"""Overrides as people type them."""

from __future__ import annotations

import pytest

from registrar.config.arguments import COMMANDS
from registrar.config.command_fields import explain_unused_override
from registrar.config.override import parse_override
from registrar.config.short_forms import command_fields, expand_override, list_command_fields

GROUPS = {"env", "alias"}


@pytest.mark.parametrize(
    ("command", "typed", "text"),
    [
        ("show", "name=iris", "++show.name=iris"),
        ("show", "show.name=iris", "++show.name=iris"),
        ("show", "tags.team=vision", "++show.tags.team=vision"),
        ("delete", "yes=true", "++delete.yes=true"),
        ("delete", "allow_takeover=true", "++apply.allow_takeover=true"),
        ("plan", "allow_protected=champion", "++apply.allow_protected=[champion]"),
        ("promote", "to=server/prod", "server@promote.to=prod"),
        ("promote", "promote.to=prod", "server@promote.to=prod"),
        ("promote", "to=null", "++promote.to=null"),
        ("promote", "aliases=a,b", "++promote.aliases=[a,b]"),
        # Fields of all commands, of other commands and of the user's own groups are what they are.
        ("show", "output=json", "output=json"),
        ("show", "plan=plan.json", "plan=plan.json"),
        ("plan", "name=iris", "name=iris"),
        ("verify", "alias=champion", "alias=champion"),
        ("verify", "verify.alias=champion", "++verify.alias=champion"),
        ("plan", "env=prod", "env=prod"),
    ],
)
def test_a_field_needs_no_prefix_within_its_command(command: str, typed: str, text: str) -> None:
    override = expand_override(typed, command, is_sweep=False, is_group=GROUPS.__contains__)

    assert (override.text, override.typed) == (text, typed)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("model.owner=me", "++model.owner=me"),
        ("model.metadata.lr=0.1", "++model.metadata.lr=0.1"),
        ("model.registered_model.tags.team=a", "++model.registered_model.tags.team=a"),
        ("server.min_version=2.9", "++server.min_version=2.9"),
        # A sign that was typed stays, and so does what the schema does not know.
        ("+model.owner=me", "+model.owner=me"),
        ("~model.owner", "~model.owner"),
        ("model.ownre=me", "model.ownre=me"),
        ("model.uri.x=1", "model.uri.x=1"),
        ("model.versions.0.uri=a", "model.versions.0.uri=a"),
        ("model=mnist", "model=mnist"),
        ("hydra.verbose=true", "hydra.verbose=true"),
        ("=1", "=1"),
    ],
)
def test_a_known_field_is_added_where_it_is_absent(typed: str, text: str) -> None:
    assert expand_override(typed, "plan", is_sweep=False, is_group=bool).text == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("models=a,b", "models=[a,b]"),
        ("models=all", "models=all"),
        ("models=vision-*", "models=vision-*"),
        ("models=[a,b]", "models=[a,b]"),
        ("models=null", "models=null"),
        ("model.aliases=a,b", "++model.aliases=[a,b]"),
        ("model.aliases=a", "++model.aliases=[a]"),
        ('model.aliases="a"', '++model.aliases=["a"]'),
        ("+model.aliases=a", "+model.aliases=[a]"),
        ("model.aliases=[]", "++model.aliases=[]"),
        ("model.aliases=null", "++model.aliases=null"),
        ("model.aliases=${oc.env:USER}", "++model.aliases=${oc.env:USER}"),
        ("model.description=a,b", "++model.description=a,b"),
        ("model=a,b", "model=a,b"),
    ],
)
def test_a_list_needs_no_brackets(typed: str, text: str) -> None:
    assert expand_override(typed, "plan", is_sweep=False, is_group=lambda _: False).text == text


def test_commas_separate_the_jobs_of_a_sweep() -> None:
    override = expand_override("model.aliases=a,b", "plan", is_sweep=True, is_group=bool)

    assert override.text == "++model.aliases=a,b"


def test_the_fields_of_a_command_are_its_own_and_those_of_apply() -> None:
    assert command_fields("delete")[:2] == ["name", "version"]
    assert "allow_takeover" in command_fields("delete")
    assert command_fields("validate") == [f for f in command_fields("apply") if f != "yes"]
    assert "allow_takeover" not in command_fields("show")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_field_is_offered_that_the_command_refuses(command: str) -> None:
    for path in list_command_fields(command):
        assert explain_unused_override(parse_override(f"{'.'.join(path)}=x"), command) is None
