"""What is published while the hub runs, opened: the policies, the trust list, declared dialects.

Responsible for each being kept up to date for as long as the hub runs, from this machine's files
and, if other machines have a part in the hub, from the database.
"""

from collections.abc import Callable
from datetime import datetime

from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin_entries import installed
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.background import Background
from tongxing.gateway.operation.declared_dialects import DeclaredDialects
from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.operation.followed_roots import FollowedRoots
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.shared_trust_list import SharedTrustList
from tongxing.gateway.operation.trust_file import TrustFile
from tongxing.gateway.operation.watch import Watch
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.shared_policies import SharedPolicies
from tongxing.gateway.settings import Settings, TrustSettings
from tongxing.gateway.storage import Database, Fact, Facts
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.publications import Publications
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.keys import TrustList, TrustStore
from tongxing.keys.root_keys import ROOT_KEYS_MAX_BYTES, parse_root_keys

LOOK_SECONDS = 5.0
"""Between two looks into the database if others' news is not heard."""


class FollowedPublications:
    """``place`` is that of ``database``: a server's is shared with other machines. ``utc_clock``
    gives aware UTC times, ``clock`` monotonic seconds."""

    def __init__(
        self,
        database: Database,
        place: DatabasePlace,
        *,
        background: Background,
        metrics: Metrics,
        watch: Watch,
        utc_clock: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._background = background
        self._metrics = metrics
        self._watch = watch
        self._is_shared = place.url is not None
        self._facts = Facts(database, SeenVersions(place.file) if self._is_shared else None)
        self._utc_clock = utc_clock
        self._clock = clock

    async def policies(self, settings: Settings) -> PolicyDirectory:
        """The policies in force, and the task that keeps them up to date. Raises as
        ``PolicyDirectory.open``."""
        keys = settings.policy_keys
        policies = await PolicyDirectory.open(
            settings.policies,
            keys=None if keys is None else parse_root_keys(keys.read_bytes()),
            facts=self._facts,
            watch=self._watch,
            clock=self._utc_clock,
            shared=SharedPolicies(*self._shared(Topic.POLICIES)) if self._is_shared else None,
        )
        self._metrics.follows("policies", policies.is_refused)
        self._background.begin(policies.follow)
        return policies

    async def dialects(self, settings: Settings) -> DeclaredDialects | None:
        """The declared dialects, and the task that keeps them up to date; None if the settings name
        no directory. Raises OSError, InvalidRootKeys for the policy keys."""
        if settings.dialects is None:
            return None
        keys = settings.policy_keys
        names = {issuer.dialect for issuer in settings.issuers}
        dialects = DeclaredDialects(
            settings.dialects,
            keys=None if keys is None else parse_root_keys(keys.read_bytes()),
            wanted=[name for name in names if name not in DIALECTS and not installed(name)],
            facts=self._facts,
            watch=self._watch,
            clock=self._utc_clock,
        )
        await dialects.look()
        self._metrics.follows("dialects", dialects.is_refused)
        self._background.begin(dialects.follow)
        return dialects

    async def trust_list(
        self, settings: TrustSettings, check: Callable[[TrustList], None]
    ) -> TrustStore:
        """The trust list in force, and the task that keeps it up to date. Raises as
        ``TrustFile.begin``."""
        roots = parse_root_keys(read_at_most(settings.root_keys, ROOT_KEYS_MAX_BYTES))
        seen = await self._facts.highest(Fact.TRUST_LIST)
        store = TrustStore(roots, at_least_version=0 if seen is None else seen.version)
        file = TrustFile(
            settings.list,
            roots=FollowedRoots(settings.root_keys, self._facts),
            store=store,
            facts=self._facts,
            watch=self._watch,
            clock=self._utc_clock,
            shared=SharedTrustList(*self._shared(Topic.TRUST_LIST)) if self._is_shared else None,
            check=check,
        )
        await file.begin()
        self._metrics.follows("trust_list", file.is_refused)
        self._background.begin(file.follow)
        return store

    def _shared(self, topic: Topic) -> tuple[Publications, NewsEar]:
        ear = NewsEar(self._database.news, topic, LOOK_SECONDS, self._clock)
        return Publications(self._database), ear
