"""What a proposal changes, as its signers read it: each change in Chinese and English.

Responsible for nothing being left out: whatever differs between two lists, or two versions of the
root keys, has a line.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tongxing.keys.root_keys import RootKeys
from tongxing.keys.trust_list import ListedKey, TrustedIssuer, TrustedKey, TrustList
from tongxing.schema import to_the_second
from tongxing.schema.values import Text


def said(zh: str, en: str) -> Text:
    """With every character that does not show written out: a name could turn round what is read
    after it."""
    return Text(zh=_shown(zh), en=_shown(en))


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def list_changes(before: TrustList | None, after: TrustList) -> Iterator[Text]:
    old = {} if before is None else before.issuers
    was = 0 if before is None else before.version
    yield said(f"版本：{was} → {after.version}", f"version: {was} → {after.version}")
    yield _span(before, after)
    for id_ in sorted(old.keys() - after.issuers.keys()):
        yield said(f"- 删去机构 {id_}", f"- issuer removed: {id_}")
    for id_, issuer in after.issuers.items():
        yield from _issuer_changes(old.get(id_), issuer)


def _span(before: TrustList | None, after: TrustList) -> Text:
    now = _until((after.issued_at, after.expires_at))
    if before is None:
        return said(f"有效期：{now.zh}", f"in force: {now.en}")
    was = _until((before.issued_at, before.expires_at))
    return said(f"有效期：{was.zh} → {now.zh}", f"in force: {was.en} → {now.en}")


def _until(span: tuple[datetime, datetime]) -> Text:
    begin, end = map(to_the_second, span)
    return said(f"{begin.zh}至{end.zh}", f"{begin.en} to {end.en}")


def _issuer_changes(before: TrustedIssuer | None, after: TrustedIssuer) -> Iterator[Text]:
    if before is None:
        yield said(f"+ 新增机构 {after.id}", f"+ issuer added: {after.id}")
    was = ("",) * len(_NAMES) if before is None else _properties(before)
    for (zh, en), old, new in zip(_NAMES, was, _properties(after), strict=True):
        if before is None:
            yield said(f"  {zh}：{new}", f"  {en}: {new}")
        elif old != new:
            yield said(f"~ {after.id} {zh}：{old} → {new}", f"~ {after.id} {en}: {old} → {new}")
    yield from _key_changes(after.id, {} if before is None else _keys(before), _keys(after))


_NAMES = (
    ("中文名", "name in Chinese"),
    ("英文名", "name in English"),
    ("层级", "level"),
    ("地区", "regions"),
    ("码前缀", "code prefix"),
    ("签名", "signs"),
    ("可担保持码人的平台", "hubs that bind its holders"),
)


def _properties(issuer: TrustedIssuer) -> Sequence[str]:
    """In the order of their names."""
    signs = "否 no" if issuer.channel_only else "是 yes"
    regions = ", ".join(issuer.regions)
    names = issuer.name_zh, issuer.name_en
    bound_by = ", ".join(issuer.bound_by) or "无 none"
    return (*names, issuer.level, regions, issuer.code_prefix, signs, bound_by)


def _keys(issuer: TrustedIssuer) -> Mapping[str, ListedKey]:
    return {key.key_id: key for key in issuer.listed_keys()}


def _key_changes(
    issuer: str, before: Mapping[str, ListedKey], after: Mapping[str, ListedKey]
) -> Iterator[Text]:
    for key_id in sorted(before.keys() - after.keys()):
        yield said(f"- {issuer} 删去公钥 {key_id}", f"- {issuer} key removed: {key_id}")
    for key_id, key in after.items():
        was = before.get(key_id)
        if was is None:
            yield _added(issuer, key)
        else:
            yield from _changed(issuer, was, key)


def _added(issuer: str, key: ListedKey) -> Text:
    window = _until((key.not_before, key.not_after))
    return said(
        f"+ {issuer} 新增公钥 {key.key_id} {material(key)}：{window.zh}{_revocation(key).zh}",
        f"+ {issuer} key added: {key.key_id} {material(key)}: {window.en}{_revocation(key).en}",
    )


def _revocation(key: ListedKey) -> Text:
    if key.revoked_at is None:
        return said("", "")
    at = to_the_second(key.revoked_at)
    return said(f"，自{at.zh}起吊销", f", revoked from {at.en} on")


def _changed(issuer: str, before: ListedKey, after: ListedKey) -> Iterator[Text]:
    about = f"{issuer} {after.key_id}"
    if material(before) != material(after):
        yield said(
            f"! {about} 同一编号换了公钥：{material(before)} → {material(after)}",
            f"! {about} another key under the same id: {material(before)} → {material(after)}",
        )
    was, now = ((key.not_before, key.not_after) for key in (before, after))
    if was != now:
        yield said(
            f"~ {about} 有效期：{_until(was).zh} → {_until(now).zh}",
            f"~ {about} window: {_until(was).en} → {_until(now).en}",
        )
    if before.revoked_at == after.revoked_at:
        return
    if after.revoked_at is None:
        yield said(f"! {about} 撤销吊销，重新采信", f"! {about} no longer revoked: believed again")
    else:
        at = to_the_second(after.revoked_at)
        yield said(f"~ {about} 自{at.zh}起吊销", f"~ {about} revoked from {at.en} on")


def material(key: ListedKey) -> str:
    """Its suite and its thumbprint (RFC 7638), to be compared over the telephone."""
    if isinstance(key, TrustedKey):
        return f"{key.public_key.suite} {key.public_key.thumbprint()}"
    return f"{key.suite} {key.digest}"


def root_changes(before: RootKeys, after: RootKeys) -> Iterator[Text]:
    was, now = (
        said(f"{len(keys.keys)}人中的{keys.threshold}人", f"{keys.threshold} of {len(keys.keys)}")
        for keys in (before, after)
    )
    if was != now:
        yield said(f"~ 门限：{was.zh} → {now.zh}", f"~ who must sign: {was.en} → {now.en}")
    for key_id, key in before.keys.items():
        if key_id not in after.keys:
            yield said(
                f"- 删去根公钥 {key_id} {key.thumbprint()}",
                f"- root key removed: {key_id} {key.thumbprint()}",
            )
    for key_id, key in after.keys.items():
        if key_id not in before.keys:
            yield said(
                f"+ 新增根公钥 {key_id} {key.suite} {key.thumbprint()}",
                f"+ root key added: {key_id} {key.suite} {key.thumbprint()}",
            )
