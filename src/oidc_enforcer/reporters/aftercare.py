"""After-care: what is to be done with the old keys, in an order that always has a way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oidc_enforcer.fixes.aftercare import Aftercare
from oidc_enforcer.reporters.visible import shown


def render(left: Aftercare, *, say: Callable[[str], str] = shown) -> Iterator[str]:
    """The steps, as text that also is Markdown; `say` shows what comes of the repository."""
    if not left.unused and not left.read:
        yield (
            "These workflows read no stored key, so there is nothing to clear away.\n"
            "If the fixes are applied already, ask a checkout from before them:\n"
            "`git worktree add ../before COMMIT`, then `oidc-enforcer fix --aftercare ../before`.\n"
        )
        return
    if left.unused:
        yield "With the fixes applied, no workflow reads these any more:\n\n"
        yield from (f"- {say(f'`{name}`')}\n" for name in left.unused)
        yield "\n"
    if left.read:
        yield "These are still read, so their keys must stay as they are:\n\n"
        yield from (f"- {say(f'`{name}`, in `{path}`')}\n" for name, path in left.read)
        yield "\n"
    for doubt in left.doubts:
        yield f"Take care: {say(doubt)}.\n\n"
    if left.unused:
        yield from _steps(left)


def _steps(left: Aftercare) -> Iterator[str]:
    """Deactivate before deleting: an inactive key comes back in a second, a deleted one never."""
    yield (
        "In this order, each step with its way back:\n\n"
        "1. Let the changed workflows run once from the branch that deploys, and see in\n"
        "   CloudTrail that `AssumeRoleWithWebIdentity` succeeded. Way back: revert the change.\n"
        "2. Find the IAM user and its keys, and when each was last used:\n\n"
        "       aws iam list-access-keys --user-name USER\n"
        "       aws iam get-access-key-last-used --access-key-id KEY_ID\n\n"
        "3. Deactivate the key. Nothing is lost yet:\n\n"
        "       aws iam update-access-key --user-name USER --access-key-id KEY_ID \\\n"
        "           --status Inactive\n\n"
        "   Way back: the same command with `--status Active`.\n"
        "4. Wait for as long as the rarest of its jobs takes to come round, a fortnight at least.\n"
        "   Who else used the key fails now, and the way back is one command.\n"
        "5. Delete what GitHub keeps. There is no way back: nobody can read the values again.\n\n"
    )
    for reference in left.unused:
        kind, _, name = reference.partition(".")
        command = "variable" if kind == "vars" else "secret"
        yield f"       gh {command} delete {shown(name)}\n"
    yield (
        "\n   (with `--org ORG` or `--env ENVIRONMENT` where they are kept there)\n"
        "6. Delete the key, and the user if this was all it was for. There is no way back:\n\n"
        "       aws iam delete-access-key --user-name USER --access-key-id KEY_ID\n"
    )
