"""What operators are told of the trust list and the root keys, and the codes of it that are not
those of ``TrustRefusal``."""

from typing import Protocol

from tongxing.gateway.operation.trust_ending import EndingWatch


class TrustWatch(EndingWatch, Protocol):
    def trust_list_replaced(self, version: int) -> None: ...

    def trust_list_refused(self, code: str) -> None: ...

    def root_keys_replaced(self, version: int) -> None: ...

    def trust_keys_unusable(self, issuer: str, number: int) -> None:
        """``number`` of its listed keys are of suites that the hub does not know; 0 if there were
        some before."""
        ...


IN_THE_DATABASE = "DATABASE_"
"""Begins the code of a refusal of the list that is shared."""

OF_ROOT_KEYS = "ROOT_KEYS_"
"""Begins the code of a refusal of the root keys that are offered."""

WITHOUT_LIST = OF_ROOT_KEYS + "WITHOUT_LIST"
"""They are good, and have not signed a list yet: the earlier ones still count."""
