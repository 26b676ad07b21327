"""What is known of actions of others. Data that somebody looked up, and every row says where.

`action.yml@1b6cb1ac` is that file at that commit, read on 2026-11-22; without a commit it was read
earlier in that autumn. "use" is what public workflows do. A name that ends in `*` stands for all
that begin so.
"""

from __future__ import annotations

from oidc_enforcer.workflow.known_actions.aws_access import (
    AwsAccess,
    KnownAction,
    Through,
    known_action,
    known_actions,
)
from oidc_enforcer.workflow.known_actions.brokers import Broker, BrokerKind, broker, brokers
from oidc_enforcer.workflow.known_actions.releases import (
    LATEST_MAJOR,
    ReleaseStatus,
    Runs,
    comment_behind,
    release_status,
)
from oidc_enforcer.workflow.known_actions.tables import action_name
from oidc_enforcer.workflow.known_actions.token_users import (
    ABSTAINERS,
    TokenUser,
    mentions_id_token,
    token_users,
    uses_id_token,
)

__all__ = [
    "ABSTAINERS",
    "LATEST_MAJOR",
    "AwsAccess",
    "Broker",
    "BrokerKind",
    "KnownAction",
    "ReleaseStatus",
    "Runs",
    "Through",
    "TokenUser",
    "action_name",
    "broker",
    "brokers",
    "comment_behind",
    "known_action",
    "known_actions",
    "mentions_id_token",
    "release_status",
    "token_users",
    "uses_id_token",
]
