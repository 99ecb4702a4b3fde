"""A stand-in for GitHub's command `gh`: it records each call and answers from a file of JSON.

It is a script, which the shell of the Action calls. `--jq` is evaluated by the real jq.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import jq

STATE = Path(os.environ["STAND_IN_GITHUB"])
VIEWER = "github-actions[bot]"


def main() -> int:
    """Answer one call; the exit code is 1 where GitHub would refuse it."""
    state = json.loads(STATE.read_text())
    method, path, fields, program = read_arguments(sys.argv[1:])
    state["calls"].append(f"{method} {path}")
    code = 0
    if any(re.search(refused, f"{method} {path}") for refused in state["refuses"]):
        print("HTTP 403: Resource not accessible by integration", file=sys.stderr)
        code = 1
    elif path.endswith("/zip"):
        artifact = next(a for a in state["artifacts"] if f"/{a['id']}/" in path)
        sys.stdout.buffer.write(bytes.fromhex(artifact["zip"]))
    else:
        answer = reply(state, method, path, fields)
        for value in jq.compile(program).input(answer).all() if program else ():
            print(value if isinstance(value, str) else json.dumps(value))
    STATE.write_text(json.dumps(state))
    return code


def read_arguments(words: list[str]) -> tuple[str, str, dict[str, str], str]:
    """Return the method, the path, the fields and the jq program of `gh api ...`."""
    assert words.pop(0) == "api"
    fields: dict[str, str] = {}
    method, path, program = "", "", ""
    while words:
        match words.pop(0):
            case "--method":
                method = words.pop(0)
            case "--jq":
                program = words.pop(0)
            case "-f" | "-F" as flag:
                key, _, value = words.pop(0).partition("=")
                is_file = flag == "-F" and value.startswith("@")
                fields[key] = Path(value[1:]).read_text() if is_file else value
            case "--silent" | "--paginate":
                pass
            case word:
                path = word
    return method or ("POST" if fields and path != "graphql" else "GET"), path, fields, program


def reply(state: dict[str, Any], method: str, path: str, fields: dict[str, str]) -> Any:
    """Return what GitHub answers, and change what the call changes."""
    match method, path.split("/"):
        case "GET", ["graphql"]:
            nodes = [
                {
                    "databaseId": comment["id"],
                    "viewerDidAuthor": comment["author"] == VIEWER,
                    "body": comment["body"],
                }
                for comment in state["comments"]
                if comment["pull"] == int(fields["number"])
            ]
            comments = {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}
            return {"data": {"repository": {"pullRequest": {"comments": comments}}}}
        case "GET", ["repos", _, _, "pulls"]:
            return [pull for pull in state["pulls"] if pull["base"]["ref"] == fields["base"]]
        case "GET", ["repos", _, _, "actions", "artifacts"]:
            found = [a for a in state["artifacts"] if a["name"] == fields["name"]]
            return {"total_count": len(found), "artifacts": found}
        case "POST", ["repos", _, _, "issues", number, "comments"]:
            identity = len(state["comments"]) + 1
            new = {"id": identity, "pull": int(number), "author": VIEWER, "body": fields["body"]}
            state["comments"].append(new)
            return new
        case "PATCH", ["repos", _, _, "issues", "comments", identity]:
            changed = next(c for c in state["comments"] if c["id"] == int(identity))
            changed["body"] = fields["body"]
            return changed
        case _:
            raise AssertionError(method, path)


if __name__ == "__main__":
    sys.exit(main())
