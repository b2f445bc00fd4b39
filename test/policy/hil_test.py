"""Our own runner has boards and a machine of ours: no workflow may let others' code onto it, or two jobs at once."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from orchestrator.project import ROOT

WORKFLOWS = {path.name: path for path in sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))}
TRIGGERS = {"push", "workflow_dispatch"}  # neither of them can come from a fork or carry a pull request
LABELS = {"self-hosted", "linux", "fieldmouse-rig"}
# What must hold for the job, all of it: not in a fork, pushed by the owner, and started again by nobody else.
CONDITIONS = {
    "github.event.repository.fork == false",
    "github.actor == github.repository_owner",
    "github.triggering_actor == github.repository_owner",
}
ACTION = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
TEST = re.compile(r"^\./inv test --on rig\b", re.MULTILINE)


def read(name: str) -> dict[str, Any]:
    document = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}  # YAML 1.1 reads `on` as true


def is_bounded(row: dict[str, Any], most: int) -> bool:
    minutes = row.get("timeout-minutes")
    return isinstance(minutes, int) and 0 < minutes <= most


def on_our_runner(job: dict[str, Any]) -> bool:
    """Whether a job may run on a machine of ours: whatever is not plainly one of GitHub's."""
    runs_on = job.get("runs-on")
    return not (isinstance(runs_on, str) and re.fullmatch(r"(ubuntu|macos|windows)-[\w.-]+", runs_on))


def step_faults(step: dict[str, Any], job_minutes: int) -> list[str]:
    faults = []
    if "uses" in step and not ACTION.fullmatch(step["uses"]):
        faults.append(f"{step['uses']} is not pinned by a full SHA")
    if "${{" in step.get("run", ""):
        faults.append("an expression within a script: give it through env")
    if step.get("continue-on-error") or "|| true" in step.get("run", ""):
        faults.append("a failure is let go")
    if not is_bounded(step, job_minutes):
        faults.append("a step without its own timeout-minutes")
    return faults


def job_faults(job: dict[str, Any]) -> list[str]:
    faults = []
    if set(job["runs-on"] if isinstance(job["runs-on"], list) else ()) != LABELS:
        faults.append(f"runs-on is not {sorted(LABELS)}")
    if {part.strip() for part in str(job.get("if", "")).split("&&")} != CONDITIONS:
        faults.append("if is not the owner and no fork")
    if not is_bounded(job, 360):
        faults.append("no timeout-minutes")
    if job.get("continue-on-error"):
        faults.append("a failure is let go")
    if "permissions" in job or "concurrency" in job or "strategy" in job or "container" in job:
        faults.append("the job has settings of its own")
    if "secrets." in str(job) or "github.token" in str(job):
        faults.append("a secret beside the boards")
    steps = job.get("steps", [])
    if not any(TEST.search(step.get("run", "")) for step in steps):
        faults.append("it does not test the rig")
    return faults + [fault for step in steps for fault in step_faults(step, job.get("timeout-minutes", 0))]


def hil_faults(document: dict[str, Any]) -> list[str]:
    """What in a workflow for our runner breaks a rule; an empty list for none."""
    faults = []
    triggers = document["on"] if isinstance(document["on"], dict) else dict.fromkeys(document["on"])
    if set(triggers) != TRIGGERS:
        faults.append(f"started by {sorted(triggers)}, not {sorted(TRIGGERS)}")
    if not (triggers.get("push") or {}).get("branches") or "**" in triggers["push"]["branches"]:
        faults.append("pushes to any branch")
    if document.get("permissions") != {"contents": "read"}:
        faults.append("permissions are not contents: read alone")
    if document.get("concurrency") != {"group": "hil", "cancel-in-progress": False}:
        faults.append("not one at a time, or what runs is cancelled")
    return faults + [fault for job in document["jobs"].values() for fault in job_faults(job)]


def test_the_workflow_of_the_rig_keeps_its_rules() -> None:
    assert hil_faults(read("hil.yml")) == []


@pytest.mark.parametrize("name", sorted(set(WORKFLOWS) - {"hil.yml"}))
def test_no_other_workflow_uses_our_runner(name: str) -> None:
    assert not any(on_our_runner(job) for job in read(name)["jobs"].values())


def job(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda document: change(document["jobs"]["rig"])


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "pull requests": (lambda d: d["on"].update(pull_request=None), "started by"),
    "pull requests with our rights": (lambda d: d["on"].update(pull_request_target=None), "started by"),
    "after another workflow": (lambda d: d["on"].update(workflow_run={"workflows": ["check"]}), "started by"),
    "a list of triggers": (lambda d: d.update(on=["push", "pull_request"]), "started by"),
    "every branch": (lambda d: d["on"].update(push=None), "pushes to any branch"),
    "every branch by a pattern": (lambda d: d["on"]["push"]["branches"].append("**"), "pushes to any branch"),
    "rights by default": (lambda d: d.pop("permissions"), "permissions"),
    "more rights": (lambda d: d["permissions"].update(packages="write"), "permissions"),
    "two at a time": (lambda d: d.pop("concurrency"), "one at a time"),
    "a group for each branch": (lambda d: d["concurrency"].update(group="hil-${{ github.ref }}"), "one at a time"),
    "cancelled while it flashes": (lambda d: d["concurrency"].update({"cancel-in-progress": True}), "cancelled"),
    "no condition": (job(lambda j: j.pop("if")), "no fork"),
    "or instead of and": (job(lambda j: j.update({"if": j["if"].replace("&&", "||")})), "no fork"),
    "everybody": (job(lambda j: j.update({"if": "github.event.repository.fork == false"})), "no fork"),
    "any runner of ours": (job(lambda j: j.update({"runs-on": "self-hosted"})), "runs-on"),
    "no end": (job(lambda j: j.pop("timeout-minutes")), "timeout-minutes"),
    "a step with no end": (job(lambda j: j["steps"][1].pop("timeout-minutes")), "timeout-minutes"),
    "rights of a job": (job(lambda j: j.update(permissions="write-all")), "settings of its own"),
    "an action by its tag": (job(lambda j: j["steps"].append({"uses": "a/b@v4", "timeout-minutes": 1})), "full SHA"),
    "a name of a branch in a script": (
        job(lambda j: j["steps"][0].update(run="git fetch ${{ github.ref_name }}")),
        "an expression within a script",
    ),
    "a failure let go": (job(lambda j: j["steps"][1].update({"continue-on-error": True})), "let go"),
    "a failure let go in a script": (job(lambda j: j["steps"][1].update(run="./inv test --on rig || true")), "let go"),
    "a secret": (job(lambda j: j["steps"][1].update(env={"KEY": "${{ secrets.KEY }}"})), "a secret"),
    "nothing tested": (job(lambda j: j["steps"].pop()), "does not test the rig"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_each_rule_is_checked(case: str) -> None:
    change, said = BROKEN[case]
    document = copy.deepcopy(read("hil.yml"))
    change(document)
    assert any(said in fault for fault in hil_faults(document)), hil_faults(document)


def test_a_runner_of_ours_is_known_in_every_form() -> None:
    for runs_on in ("self-hosted", ["self-hosted", "linux"], {"group": "ours"}, "${{ matrix.os }}", "rig", None):
        assert on_our_runner({"runs-on": runs_on})
    assert not on_our_runner({"runs-on": "ubuntu-24.04"})
