"""The help on each command, without its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registrar.config.arguments import Command

__all__ = ["ABOUT", "CHOICES", "EXIT_CODES", "FILES", "FIRST_STEPS", "FLAGS", "Topic"]

EXIT_CODES = {
    0: "done, or nothing to do",
    1: "a bug in registrar",
    2: "the command line or a file is wrong, or names what does not exist; nothing was written",
    3: "the registry differs from the configuration, or apply would be refused",
    4: "the server cannot be reached, or refuses the credentials",
    5: "stopped midway; running it again can finish the work",
    6: "refused by a guard, a checksum, a digest or the server",
    130: "interrupted",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """The help on a command: `summary` in lists, `more` on its own page."""

    summary: str
    more: str
    examples: tuple[str, ...]
    exit_codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A command that needs no configuration; `words` are what may follow it."""

    topic: Topic
    usage: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FileTopic:
    """The help on the files of a group."""

    summary: str
    example: str


ABOUT: dict[Command, Topic] = {
    "apply": Topic(
        "changes the registry until it matches the configuration",
        "It does not ask, unless the server has confirm=true. Run plan first to see the changes.",
        ("registrar apply model=mnist", "registrar apply plan=plan.json"),
        (0, 2, 4, 5, 6, 130),
    ),
    "plan": Topic(
        "prints what apply would change, with a checksum; writes nothing",
        "The exit code is 0 also when there are changes; check exits with 3 then.",
        ("registrar plan models=all out=plan.json", "registrar plan model=mnist output=markdown"),
        (0, 2, 4, 6, 130),
    ),
    "check": Topic(
        "does the same as plan, and exits with 3 when the registry differs",
        "A job that runs every night finds with it what somebody changed by hand.",
        ("registrar check models=all", "registrar check model=mnist server=prod"),
        (0, 2, 3, 4, 6, 130),
    ),
    "validate": Topic(
        "reports every problem of the configuration; contacts no server",
        "It judges the rules that need no server.",
        ("registrar validate models=all", "registrar validate models=changed since=origin/main"),
        (0, 2, 6, 130),
    ),
    "show": Topic(
        "lists models, the versions of a model, or one version",
        "Without a name it lists the models; with a name, the versions; with version= or alias= it "
        "shows all that the registry holds of one.",
        ("registrar show name=mnist alias=champion", "registrar show name=mnist compare=true"),
        (0, 2, 4, 6, 130),
    ),
    "history": Topic(
        "tells what each alias pointed to, since when, by whom and why",
        "Moves that others made are inferred from what the aliases point to: nobody recorded when they "
        "were.",
        (
            "registrar history name=mnist",
            "registrar history name=mnist alias=champion at=2026-10-15",
        ),
        (0, 2, 4, 6, 130),
    ),
    "dump": Topic(
        "writes configuration files for what the registry holds",
        "A model that a file declares already is left alone.",
        ("registrar dump", "registrar dump name='vision-*' dir=configs/model"),
        (0, 2, 4, 6, 130),
    ),
    "delete": Topic(
        "deletes a version or a model, after asking",
        "Where nobody can answer, as in CI, it needs yes=true. Uploaded files stay unless "
        "files=true.",
        (
            "registrar delete name=mnist version=3",
            "registrar delete undeclared=true owner=team/repository",
        ),
        (0, 2, 4, 5, 6, 130),
    ),
    "verify": Topic(
        "hashes the stored files again and compares them with the registered digest",
        "It reads every file of the chosen versions. Of a version that was registered by reference, it "
        "reads the MLmodel alone.",
        ("registrar verify name=mnist", "registrar verify name=mnist alias=champion"),
        (0, 2, 4, 6, 130),
    ),
    "promote": Topic(
        "registers a version under another name or on another server",
        "To another server it copies and verifies the files. Run again, it has nothing to do.",
        (
            "registrar promote name=mnist alias=champion to=server/prod",
            "registrar promote name=mnist version=3 as=mnist-prod dry_run=true",
        ),
        (0, 2, 4, 5, 6, 130),
    ),
    "pin": Topic(
        "writes the digest of each chosen model into its file",
        "Once the content is registered, plan and check need no files of the model, also after a git "
        "revert.",
        ("registrar pin model=mnist", "registrar pin models=all"),
        (0, 2, 4, 6, 130),
    ),
    "catalogue": Topic(
        "writes the registry as pages of HTML, which open in any browser",
        "The pages load nothing from elsewhere. The folder is replaced as a whole.",
        ("registrar catalogue", "registrar catalogue name='vision-*' dir=public"),
        (0, 2, 4, 6, 130),
    ),
    "evidence": Topic(
        "prints what is known of each declared version, as the rules of a policy see it",
        "It is a JSON list of documents, which registrar schema evidence describes.",
        ("registrar evidence model=mnist", "registrar evidence models=all"),
        (0, 2, 4, 6, 130),
    ),
}
FIRST_STEPS: dict[str, FirstStep] = {
    "init": FirstStep(
        Topic(
            "writes a first configuration file for each model below this folder, or [DIR ...]",
            "A model is a folder with a file MLmodel. No file is overwritten.",
            ("registrar init", "registrar init uri=models:/iris/3 ci=github"),
            (0, 2, 6),
        ),
        "registrar init [DIR ...] [FIELD=VALUE ...]",
        (
            ("DIR", "A folder to look in; left out, it is the current folder."),
            ("uri=URI", "A model that lies elsewhere, such as runs:/RUN_ID/model."),
            ("name=NAME", "The name of that model; a models:/ URI holds one already."),
            (
                "ci=SYSTEM",
                "Write also the pipeline of a CI system. Values: github, gitlab.",
            ),
            (
                "--config-dir DIR",
                "The folder that gets model/NAME.yaml; left out, it is configs.",
            ),
        ),
    ),
    "schema": FirstStep(
        Topic(
            "prints a JSON Schema: model, server, policy, evidence, plan or report",
            "An editor checks files by it, a script the JSON output.",
            ("registrar schema > model.json", "registrar schema report"),
            (0, 2),
        ),
        "registrar schema [NAME]",
        (
            ("model", "Files configs/model/NAME.yaml; this one is printed when NAME is left out."),
            ("server", "Files configs/server/NAME.yaml."),
            ("policy", "Files configs/policy/NAME.yaml."),
            ("evidence", "The documents that evidence prints, and that rules are judged on."),
            ("plan", "Plan files, which plan out= writes."),
            ("report", "What output=json prints."),
        ),
    ),
    "completion": FirstStep(
        Topic(
            "prints the completion script of bash, zsh or fish",
            "Write the line of your shell into its start-up file. The TAB key then completes "
            "commands, fields, values and names.",
            ('eval "$(registrar completion bash)"', "registrar completion fish | source"),
            (0, 2),
        ),
        "registrar completion SHELL",
        (
            ("bash", 'eval "$(registrar completion bash)", in ~/.bashrc'),
            ("zsh", 'eval "$(registrar completion zsh)", in ~/.zshrc after compinit'),
            ("fish", "registrar completion fish | source, in ~/.config/fish/config.fish"),
        ),
    ),
}
FILES = {
    "model": FileTopic(
        "A file configs/model/NAME.yaml declares one registered model.",
        """\
# configs/model/iris.yaml
name: iris
uri: models/iris
description: Logistic regression on the iris data
metadata: {max_iter: 500}
aliases: [champion]
registered_model:
  description: Species of iris flowers
  tags: {team: botany}""",
    ),
    "server": FileTopic(
        "A file configs/server/NAME.yaml declares one MLflow server.",
        """\
# configs/server/prod.yaml
tracking_uri: https://mlflow.example.org
credentials: {username: REGISTRAR_PROD_USER, password: REGISTRAR_PROD_PASSWORD}   # variables""",
    ),
}
CHOICES = (
    ("model=NAME", "one model, from configs/model/NAME.yaml"),
    ("models=all", "all models; also a list (a,b), a pattern ('vision-*'), or changed"),
    (
        "server=NAME",
        "from configs/server/NAME.yaml; else MLFLOW_TRACKING_URI, else sqlite:///mlflow.db",
    ),
    (
        "FIELD=VALUE",
        "any field, such as model.description=Checked or model.aliases=a,b; ~FIELD removes one",
    ),
)
FLAGS = (
    ("-h, --help", "this text; after a command, the help on it"),
    ("--version", "the version of registrar"),
    ("--config-dir DIR", "the folder of the configurations, in place of configs"),
    ("--hydra-help", "the flags of Hydra, such as --cfg job and --multirun"),
)
