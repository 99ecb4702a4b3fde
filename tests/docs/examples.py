"""Run the blocks of one page, and compare what they print with what the page shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docs.markdown import Block
    from tests.docs.shell import Shell

__all__ = ["Examples"]

LANGUAGES = {"bash", "console", "json", "python", "setup", "text", "toml", "yaml"}
# The servers of the examples are databases here: other tests talk to real servers.
SERVERS = {
    "https://mlflow.example.org": "sqlite:///example.db",
    "https://dev.example.org": "sqlite:///dev.db",
    "https://staging.example.org": "sqlite:///staging.db",
}
VARYING = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d\.\d+Z)?"  # a time
    r"|sha256:[0-9a-f]{64}"
    r"|sha256:[0-9a-f]{12}\.\.\."
    r"|(?:m-)?\b[0-9a-f]{32}\b"  # a logged model, a run
    r"|(?<=\"version\": )\"\d[^\"]*\""  # of MLflow
)


class Examples:
    """Runs blocks in turn, in one repository. `wrong` says which do not do what they show.

    With `update`, output that differs from what is shown is not wrong. With "all", output that
    differs in times, ids or digests alone is new, too.
    """

    def __init__(self, shell: Shell, update: str = "") -> None:
        self.shell = shell
        self.update = update
        self.wrong: list[str] = []
        self.names: tuple[dict[str, str], dict[str, str]] = ({}, {})  # of shown, printed values

    def run(self, block: Block) -> str:
        """Run a block. Return its text with the output that its commands print now."""
        if block.reason is not None:
            return block.text
        match block.language:
            case "console":
                return "".join(self._command(block, *pair) for pair in block.commands)
            case "bash" | "setup":
                self._succeeds(block, block.text)
            case "python":
                self._python(block)
            case "yaml" | "toml":
                self._file(block)
            case "json":
                json.loads(block.text)
            case "text":
                if re.search(r"^(\$|(registrar|python|pip) [a-z'])", block.text, re.MULTILINE):
                    self._fail(block, "holds a command; its language is console or bash")
            case other:
                self._fail(block, f"has the language {other!r}, not one of {sorted(LANGUAGES)}")
        return block.text

    def _command(self, block: Block, command: str, shown: str) -> str:
        """Run one command of a console block. Return it with its output."""
        code, output = self._bash(command)
        if code != 0:
            self._fail(block, f"$ {command}\nends with exit code {code}")
        printed = output.strip("\n")
        lines = command.replace("\n", "\n> ")
        if self._same(shown, printed) and self.update != "all":
            return f"$ {lines}\n{shown}\n\n" if shown else f"$ {lines}\n"
        if not self.update:
            self._fail(block, f"$ {command}\n{printed}")
        return f"$ {lines}\n{printed}\n\n" if printed else f"$ {lines}\n"

    def _python(self, block: Block) -> None:
        """Run a script. `print(...)  # text` has to print that text."""
        path = self.shell.repository / (block.file or "example.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_replaced(block.text, SERVERS))
        output = self._succeeds(block, f"python {path.relative_to(self.shell.repository)}")
        shown = re.findall(r"^ *print\(.*\)  # (.*)$", block.text, re.MULTILINE)
        printed = [line for line in output.splitlines() if line] if shown else []
        pairs = [*zip(shown, printed, strict=False)]
        if len(shown) > len(printed) or not all(self._same(*pair) for pair in pairs):
            self._fail(block, f"prints\n{output}")

    def _file(self, block: Block) -> None:
        """Write a file of the repository. Validate what it configures, and run its steps."""
        content = yaml.safe_load(block.text) if block.language == "yaml" else None
        if block.file is None:
            return
        path = self.shell.repository / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_replaced(block.text, SERVERS))
        match block.file.split("/"):
            case ["configs", "model", name] if name.startswith("_") or "???" in block.text:
                pass  # models build on it
            case ["configs", "model", name]:
                self._succeeds(block, f"registrar validate model={name.removesuffix('.yaml')}")
            case ["models", *name, "registrar.yaml"]:
                self._succeeds(block, f"registrar validate model={'/'.join(name)}")
            case ["configs", group, name] if group in {"server", "executor"}:
                option = f"{group}={name.removesuffix('.yaml')}"
                self._succeeds(block, f"registrar validate model=mnist {option}")
            case ["configs", "config.yaml"]:
                self._succeeds(block, "registrar validate model=mnist")
            case [".github" | ".gitlab-ci.yml", *_]:
                variables = "GITHUB_STEP_SUMMARY=summary.md MLFLOW_TRACKING_URI=sqlite:///mlflow.db"
                for step in steps(content):
                    self._succeeds(block, f"export {variables}\n{step}")
            case _:
                pass

    def _succeeds(self, block: Block, script: str) -> str:
        code, output = self._bash(f"set -e\n{script}")
        if code != 0:
            self._fail(block, f"{script}\nends with exit code {code}:\n{output}")
        return output

    def _bash(self, script: str) -> tuple[int, str]:
        code, output = self.shell.run(_replaced(script, SERVERS))
        return code, _replaced(output, {value: key for key, value in SERVERS.items()})

    def _fail(self, block: Block, message: str) -> None:
        self.wrong.append(f"line {block.line}: {message}")

    def _same(self, shown: str, printed: str) -> bool:
        """Return whether two texts differ only in times, ids, digests and the width of columns.

        A digest or an id that is shown several times is printed as often, at the same places.
        """
        expected, actual = (
            _steady(*pair) for pair in zip((shown, printed), self.names, strict=True)
        )
        pattern = re.escape(expected)
        pattern = re.sub(r"(?m)^\\\.\\\.\\\.$", r"(?:.*\n)*.*", pattern)  # a line of its own
        pattern = re.sub(r"(?m)\\\.\\\.\\\.$", r".*", pattern)
        return re.fullmatch(pattern, actual) is not None


def steps(content: Any) -> Iterator[str]:
    """Yield the scripts of a workflow: GitHub's `run`, GitLab's `script`."""
    match content:
        case {"run": str(script)}:
            yield script
        case {"script": [*scripts]}:
            yield "\n".join(scripts)
        case dict():
            for value in content.values():
                yield from steps(value)
        case list():
            for item in content:
                yield from steps(item)
        case _:
            return


def _steady(text: str, names: dict[str, str]) -> str:
    """Return the text with a name in place of each value that differs from run to run."""

    def name(match: re.Match[str]) -> str:
        value = match[0][:19] if match[0].startswith("sha256:") else match[0]
        if value[:4].isdigit() and "-" in value:
            return "TIME"
        return names.setdefault(value, f"VALUE-{len(names)}")

    text = VARYING.sub(name, text)
    return "\n".join(re.sub(r" {2,}", "  ", line).rstrip() for line in text.split("\n"))


def _replaced(text: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text
