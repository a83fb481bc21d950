"""What stands around the course: documents, citation, continuous integration, hooks."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from conftest import ROOT

from qa_course import cli

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCUMENTS = ["README.md", "LEEME.md", "CONTRIBUTING.md", "CONTRIBUIR.md", "CHANGELOG.md"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
COMMANDS = next(action.choices for action in cli._parser()._actions if action.dest == "command")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_exists(name):
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]*`", text(name), re.S))
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= TARGETS
    assert set(re.findall(r"qa-course ([a-z]+)", code)) <= COMMANDS.keys()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text(name)):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CONTRIBUIR.md"])
def test_the_guide_names_files_that_are_there(name):
    named = set(re.findall(r"(?<![\w/])((?:qa_course|tests|data|notebooks)/[\w./*-]+)", text(name)))
    for path in {path.rstrip(".") for path in named}:
        if not re.search(r"NN|14", path):
            assert list(ROOT.glob(path)), path


def test_both_guides_show_the_same_code():
    blocks = [re.findall(r"^(```+)(?!bash)(\w+)\n(.*?)^\1$", text(name), re.M | re.S) for name in DOCUMENTS[2:4]]
    assert blocks[0] == blocks[1] and len(blocks[0]) == 3


def test_windows_has_the_commands_of_make():
    """The PowerShell lines of both READMEs: what `make -n` prints, in the words of that system."""
    if not shutil.which("make"):
        pytest.skip("no make")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    for name in ("README.md", "LEEME.md"):
        lines = re.search(r"```powershell\n(.*?)```", text(name), re.S)[1]
        given = {" ".join(line.partition("#")[0].split()) for line in lines.splitlines()}
        for target in ("setup", "execute-all", "test"):
            command = ["make", "-n", "--always-make", target]
            said = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True).stdout
            for line in said.replace("\\\n", "").splitlines():
                if not line.startswith(".venv/bin/"):
                    continue
                plain = line.partition("||")[0].replace("--quiet --disable-pip-version-check ", "").replace("'", '"')
                assert " ".join(plain.replace(".venv/bin/", ".venv\\Scripts\\").split()) in given, (name, line)


def test_the_citation_is_of_this_version():
    cited = yaml.safe_load(text("CITATION.cff"))
    assert cited["cff-version"] == "1.2.0" and {"message", "title", "authors"} <= cited.keys()
    assert cited["version"] == PROJECT["version"] and cited["repository-code"] == PROJECT["urls"]["Repository"]
    assert re.search(r"^## (\S+?),? ", text("CHANGELOG.md"), re.M)[1] == PROJECT["version"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_a_workflow_calls_what_there_is_and_changes_nothing(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    runs = [step["run"] for step in steps if "run" in step]
    assert all(step.keys() & {"run", "uses"} for step in steps) and runs
    for run in runs:
        assert set(re.findall(r"\bmake ([a-z-]+)", run)) <= TARGETS
        assert set(re.findall(r"qa-course ([a-z]+)", run)) <= COMMANDS.keys()
        assert "git push" not in run and "git commit" not in run


def test_hooks_fetch_nothing():
    (repository,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    assert [hook["language"] for hook in repository["hooks"]] == ["system"] * 3
