"""Whom a policy asks, in words, and how one circle of issuers differs from another.

A narrower circle is laxer: what the others would have stated, a red included, is nobody's word. It
makes no answer greener than its evidence, so it takes no second signature; neither does an issuer
that is mandatory no longer, which hides as much (docs/decisions/0027).
"""

from collections.abc import Iterable, Iterator, Mapping

from tongxing.gateway.recognition.circle import Circle
from tongxing.schema import RegionCode, Text, place_name
from tongxing.schema.announced_policy import PolicyDifference, PolicyDirection
from tongxing.schema.issuer import IssuerLevel

EVERYONE = Text(zh="所有已接入的机构", en="every connected issuer")

_LEVELS: Mapping[IssuerLevel, Text] = {
    IssuerLevel.CITY: Text(zh="市级机构", en="issuers of the city"),
    IssuerLevel.PROVINCE: Text(zh="省级机构", en="issuers of the province"),
    IssuerLevel.NATIONAL: Text(zh="国家级机构", en="national issuers"),
}

HOLDER_HOME = Text(zh="旅客户籍地", en="the holder's home")
RECEIVING_PLACE = Text(zh="接收地", en="the receiving place")


def circle_words(circle: Circle) -> Text:
    """Whom it asks about a traveler, as a list."""
    told = [EVERYONE] if circle.everyone else list(_members(circle).values())
    return Text(zh="、".join(each.zh for each in told), en=", ".join(each.en for each in told))


def circle_differences(old: Circle, new: Circle) -> Iterator[PolicyDifference]:
    if old.everyone != new.everyone:
        direction = PolicyDirection.STRICTER if new.everyone else PolicyDirection.LAXER
        was, now = circle_words(old), circle_words(new)
        yield PolicyDifference(
            direction=direction,
            text=Text(zh=f"查询范围：{was.zh} → {now.zh}", en=f"who is asked: {was.en} → {now.en}"),
        )
    elif not new.everyone:
        before, after = _members(old), _members(new)
        yield from _each(after, before, PolicyDirection.STRICTER, "新增查询", "also asked")
        yield from _each(before, after, PolicyDirection.LAXER, "不再查询", "no longer asked")


Member = tuple[str, object]


def _members(circle: Circle) -> Mapping[Member, Text]:
    """Each way in which it asks somebody, in a settled order."""
    found: dict[Member, Text] = {
        ("named", issuer): Text(zh=issuer, en=issuer) for issuer in sorted(circle.named)
    }
    found |= {("party", party): _party(party) for party in sorted(circle.parties)}
    for place, levels in (
        (HOLDER_HOME, circle.holder_home),
        (RECEIVING_PLACE, circle.receiving_place),
    ):
        for level in IssuerLevel:
            if level in levels:
                words = _LEVELS[level]
                text = Text(zh=f"{place.zh}的{words.zh}", en=f"{words.en} of {place.en}")
                found[place.en, level] = text
    return found


def _party(party: RegionCode) -> Text:
    name = place_name(party)
    return Text(zh=f"协议方{name.zh}的机构", en=f"the issuers of the party {name.en}")


def _each(
    these: Mapping[Member, Text],
    without: Iterable[Member],
    direction: PolicyDirection,
    zh: str,
    en: str,
) -> Iterator[PolicyDifference]:
    known = set(without)
    for member, text in these.items():
        if member not in known:
            told = Text(zh=f"{zh}：{text.zh}", en=f"{en}: {text.en}")
            yield PolicyDifference(direction=direction, text=told)
