"""The task that follows the files of secrets, and the figure that says whether one is refused."""

from collections.abc import Sequence
from functools import partial

from tongxing.gateway.operation.followed_secret import (
    FollowedSecret,
    are_refused,
    follow_secrets,
)
from tongxing.gateway.wiring.ground import Ground, utc_now


def begin_following_secrets(ground: Ground, word: str, secrets: Sequence[FollowedSecret]) -> None:
    """``word`` is how the figure names these files."""
    ground.metrics.follows(word, partial(are_refused, secrets))
    ground.background.begin(partial(follow_secrets, secrets, ground.watch, utc_now))
