"""What a signer has to be warned of: each by a stable name, which the signer repeats to go on.

A list or root keys of which one of these is true may be meant so, and is more often a mistake, or
somebody's trick. Refuses to read a clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongxing.gateway.ceremony.changes import material, said
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.trust_list import ListedKey, TrustedIssuer, TrustList
from tongxing.schema.values import Text

SOON = timedelta(days=7)
"""As long before its end as operators are told of it: the next signing would be due at once."""

LONG = timedelta(days=400)
"""A list that is withheld from a hub is believed there until its end."""


@dataclass(frozen=True, slots=True)
class Concern:
    name: str
    why: Text


def list_concerns(before: TrustList | None, after: TrustList, at: datetime) -> Iterator[Concern]:
    yield from _of_time(before, after, at)
    old = {} if before is None else before.issuers
    if before is not None:
        yield from _of_revoked(before, after)
    for id_ in old.keys() - after.issuers.keys():
        yield Concern(
            "ISSUER_GONE", said(f"{id_} 将不再被采信", f"{id_} will not be believed any more")
        )
    for issuer in after.issuers.values():
        yield from _of_issuer(old.get(issuer.id), issuer, at)


def _of_time(before: TrustList | None, after: TrustList, at: datetime) -> Iterator[Concern]:
    if before is not None and after.expires_at < before.expires_at:
        yield Concern(
            "ENDS_SOONER", said("比现行列表更早到期", "it ends sooner than the list in force")
        )
    if after.expires_at - at < SOON:
        yield Concern("ENDS_SOON", said("7天内到期", "it ends within 7 days"))
    if after.expires_at - at > LONG:
        yield Concern(
            "LASTS_LONG",
            said(
                "有效期超过400天：收不到新列表的平台会一直采信它",
                "it lasts more than 400 days, and so does a hub that is kept from newer lists",
            ),
        )


def _of_issuer(
    before: TrustedIssuer | None, after: TrustedIssuer, at: datetime
) -> Iterator[Concern]:
    good = [key for key in after.keys.values() if key.not_before <= at < key.end]
    if not after.channel_only and not good:
        yield Concern(
            "NO_KEY_IN_FORCE",
            said(f"{after.id} 没有现时有效的公钥", f"{after.id} has no key in force now"),
        )
    if before is None:
        return
    if after.channel_only and not before.channel_only:
        yield Concern(
            "SIGNS_NOTHING",
            said(f"{after.id} 改为不签名", f"{after.id} is to sign nothing from now on"),
        )
    if set(after.regions) - set(before.regions):
        yield Concern(
            "MORE_REGIONS",
            said(f"{after.id} 代表的地区增多", f"{after.id} is to speak for more regions"),
        )
    yield from _of_keys(before, after)


def _of_keys(before: TrustedIssuer, after: TrustedIssuer) -> Iterator[Concern]:
    now = {key.key_id: key for key in after.listed_keys()}
    for was in before.listed_keys():
        key = now.get(was.key_id)
        if key is not None and material(key) != material(was):
            about = f"{after.id} {key.key_id}"
            yield Concern(
                "KEY_REPLACED",
                said(f"{about} 同一编号换了公钥", f"{about} is another key under the same id"),
            )


def _of_revoked(before: TrustList, after: TrustList) -> Iterator[Concern]:
    """By the key itself: under another id, or of another issuer, it is the one that was stolen."""
    revoked = {
        material(key): key.revoked_at for _, key in _listed(before) if key.revoked_at is not None
    }
    for issuer, key in _listed(after):
        was = revoked.get(material(key))
        if was is not None and (key.revoked_at is None or key.revoked_at > was):
            about = f"{issuer} {key.key_id}"
            yield Concern(
                "NOT_REVOKED_ANY_MORE",
                said(
                    f"{about} 已吊销，将重新采信",
                    f"{about} was revoked, and is to be believed again",
                ),
            )


def _listed(trust_list: TrustList) -> Iterator[tuple[str, ListedKey]]:
    """Each key with the id of its issuer."""
    for issuer in trust_list.issuers.values():
        for key in issuer.listed_keys():
            yield issuer.id, key


def root_concerns(before: RootKeys | None, after: RootKeys) -> Iterator[Concern]:
    if before is not None and after.threshold < before.threshold:
        yield Concern(
            "FEWER_MUST_SIGN", said("须签名的人数减少", "fewer people than before must sign")
        )
    if after.threshold == 1:
        yield Concern(
            "ONE_IS_ENOUGH",
            said(
                "一人即可签发：一把密钥被盗，平台就会采信盗用者",
                "one person is enough: whoever steals one key decides whom hubs believe",
            ),
        )
    if after.threshold == len(after.keys):
        yield Concern(
            "ALL_ARE_NEEDED",
            said(
                "缺一不可：丢失一把密钥，就再也不能更换",
                "all are needed: if one key is lost, nothing can be changed any more",
            ),
        )
