"""Which environment a job names: a name, one of several, a name with open parts, or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer import yaml_tree
from oidc_enforcer.expression import Expression, Template, template
from oidc_enforcer.expression.values import Unknown, as_string
from oidc_enforcer.iam.patterns import EVERYTHING, StringSet
from oidc_enforcer.iam.tokens import Hole, Run, Word, joined
from oidc_enforcer.workflow.frames import Frame
from oidc_enforcer.workflow.guards import REF_NAME, constant_path, values
from oidc_enforcer.workflow.model import Job

#: The holes of parts of a name that no file tells; they count from 1.
OPEN_PART = "open part "


class Environment(NamedTuple):
    """An environment (`word` is None: none), and the refs on which it may be named."""

    word: Word | None
    refs: StringSet = EVERYTHING
    unknown: str = ""


def environment_name(job: Job) -> yaml_tree.Scalar | None:
    """What stands for the name of a job's environment: the value itself, or its `name`."""
    node = job.environment
    if isinstance(node, yaml_tree.Mapping):
        node = node.get("name")
    return node if isinstance(node, yaml_tree.Scalar) and not node.is_null else None


def written_environment(job: Job) -> str | None:
    """The environment that a job names, "" for none; None where only the run can tell."""
    name = environment_name(job)
    text = template(name.text).literal if name is not None else ""
    return None if text is None else text.strip()


def environments(frame: Frame) -> Iterator[Environment]:
    """Every environment that the job may name on this occasion.

    A name that comes out empty means none.
    """
    scalar = environment_name(frame.job)
    if scalar is None:
        yield Environment(None)
        return
    name = template(scalar.text)
    for value, refs in values(name, frame.guard()):
        if not isinstance(value, Unknown):
            text = as_string(value)
            yield Environment((text,) if text else None, refs)
            continue
        word, is_open = _word(name, frame)
        is_any = word == (Hole("environment"),)
        reason = f"the environment `{scalar.text.strip()}` is not known" if is_open else ""
        reason += ", and may be empty" if is_any else ""
        yield Environment(word, refs, reason)
        if is_any:
            yield Environment(None, refs, reason)


def _word(name: Template, frame: Frame) -> tuple[Word, bool]:
    """The name with a hole for each part that is not known, and whether there are any.

    The ref's name is known in a way: it is the same as in the subject's other claims.
    """
    hole = {Run.BRANCH: Hole("branch"), Run.TAG: Hole("tag")}.get(frame.known.occasion.run)
    pieces: list[str | Hole] = []
    is_open = False
    for part in name.parts:
        if isinstance(part, str):
            pieces.append(part)
        elif hole is not None and _is_ref_name(part, frame):
            pieces.append(hole)
        else:
            value = frame.text(part.source)
            if isinstance(value, Unknown):
                is_open = True
                pieces.append(Hole(f"{OPEN_PART}{len(pieces) + 1}"))
            else:
                pieces.append(as_string(value))
    if is_open and len(pieces) == 1:
        return (Hole("environment"),), True
    return joined(pieces), is_open


def _is_ref_name(part: Expression, frame: Frame) -> bool:
    """Whether an expression is `github.ref_name`, be it through the inputs of calls."""
    if part.tree is None:
        return False
    path = constant_path(part.tree)
    if path == REF_NAME:
        return True
    if path[:1] != ("inputs",) or len(path) != 2 or frame.below is None:
        return False
    given = frame.below.job.inputs.get(path[1])
    parts = template(given.value.text).parts if given else ()
    passed = parts[0] if len(parts) == 1 else ""
    return isinstance(passed, Expression) and _is_ref_name(passed, frame.below)
