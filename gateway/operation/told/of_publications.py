"""What is published to the hub: whether it is taken, and when it ends."""

from datetime import datetime

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class PublicationFigures:
    def __init__(self, declare: Declaring) -> None:
        self._file_refused = declare.gauge(
            "tongxing_file_refused",
            "1 while a file that the hub follows holds what the hub does not take",
            OfWorkers.MOST,
            ["file"],
        )
        self._trust_list_ends = declare.gauge(
            "tongxing_trust_list_expires_timestamp_seconds",
            "When the trust list ends, in Unix time",
            OfWorkers.LEAST,
        )
        self._certificate_ends = declare.gauge(
            "tongxing_certificate_expires_timestamp_seconds",
            "When a certificate of the hub's, or one of its chain, ends, in Unix time",
            OfWorkers.LEAST,
            ["certificate"],
        )
        self._trust_list_version = declare.gauge(
            "tongxing_trust_list_version", "Number of the trust list in force", OfWorkers.EACH
        )
        self._issuer_keys_end = declare.gauge(
            "tongxing_issuer_keys_expire_timestamp_seconds",
            "When the last key ends that the trust list has of a connected issuer, in Unix time",
            OfWorkers.LEAST,
            ["issuer"],
        )
        self._policy_ends = declare.gauge(
            "tongxing_policy_expires_timestamp_seconds",
            "When the last policy of a region ends, in Unix time",
            OfWorkers.LEAST,
            ["region"],
        )
        self._unusable_keys = declare.gauge(
            "tongxing_unusable_keys",
            "Listed keys of suites that this hub does not know",
            OfWorkers.MOST,
            ["issuer"],
        )
        self._news_unheard = declare.gauge(
            "tongxing_news_unheard",
            "1 while a worker does not hear at once what others change in the database",
            OfWorkers.MOST,
        )
        self._hub_key_missing = declare.gauge(
            "tongxing_hub_key_missing",
            "1 while the key that the hub signs with is not on a worker's machine",
            OfWorkers.MOST,
        )

    def file_refused(self, file: str, *, refused: bool) -> None:
        """``file`` is one of a few words."""
        self._file_refused.labels(file).set(int(refused))

    def trust_list_ends(self, at: datetime) -> None:
        self._trust_list_ends.set(at.timestamp())

    def certificate_ends(self, at: datetime) -> None:
        self._certificate_ends.labels("listen").set(at.timestamp())

    def trust_list_is(self, version: int) -> None:
        self._trust_list_version.set(version)

    def issuer_keys_end(self, issuer: str, at: datetime) -> None:
        self._issuer_keys_end.labels(issuer).set(at.timestamp())

    def policy_ends(self, region: str, at: datetime) -> None:
        self._policy_ends.labels(region).set(at.timestamp())

    def unusable_keys(self, issuer: str, number: int) -> None:
        self._unusable_keys.labels(issuer).set(number)

    def news_unheard(self, *, unheard: bool) -> None:
        self._news_unheard.set(int(unheard))

    def hub_key_missing(self, *, is_missing: bool) -> None:
        self._hub_key_missing.set(int(is_missing))
