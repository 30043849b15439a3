"""The table of the checks of what an issuer offers besides (docs/wire-formats.md)."""

from tongxing.conformance.check import Check
from tongxing.conformance.issuer.change_feed import (
    FEED,
    feed_is_signed,
    is_without_gaps,
    names_nobody,
    of_feed,
)
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.published import (
    DAILY_LISTS,
    FILTERS,
    filter_goes_forward,
    filter_holds_them,
    filter_is_made_right,
    filter_is_signed,
    list_goes_forward,
    list_holds_them,
    list_is_signed,
    list_is_whole,
    of_filter,
    of_list,
)
from tongxing.conformance.issuer.reported import (
    CORRECTIONS,
    does_not_know_the_reference,
    has_one_reference,
    is_taken,
    of_corrections,
    says_how_it_stands,
    takes_none_about_nobody,
)
from tongxing.schema import Text

CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "corrections.taken",
        Text(zh="受理纠错", en="A report of a mistake is taken"),
        CORRECTIONS,
        Text(zh="请答出受理编号", en="Answer with a reference"),
        of_corrections(is_taken),
    ),
    Check(
        "corrections.once",
        Text(zh="同一申请编号相同", en="The same report again has the same reference"),
        CORRECTIONS,
        Text(
            zh="答复可能丢失：重发的申请不得另立一件",
            en="An answer can be lost: a report that comes again is no second one",
        ),
        of_corrections(has_one_reference),
    ),
    Check(
        "corrections.state",
        Text(zh="可查询纠错状态", en="The state of a report can be asked for"),
        CORRECTIONS,
        Text(
            zh="状态为 received、accepted 或 rejected；决定后才有 decided_at",
            en="The state is received, accepted or rejected; decided_at is set once it is decided",
        ),
        of_corrections(says_how_it_stands),
    ),
    Check(
        "corrections.unknown",
        Text(zh="不存在的编号得到明确答复", en="A reference that nobody gave is told apart"),
        CORRECTIONS,
        Text(zh="请答 404 unknown_reference", en="Answer 404 unknown_reference"),
        of_corrections(does_not_know_the_reference),
    ),
    Check(
        "corrections.nobody",
        Text(zh="无码人员的申请不予受理", en="No report is taken about somebody without a code"),
        CORRECTIONS,
        Text(zh="请答 404 no_color", en="Answer 404 no_color"),
        of_corrections(takes_none_about_nobody),
    ),
    Check(
        "list.signed",
        Text(zh="每日名单已签名且在有效期内", en="The daily list is signed, and of its time"),
        DAILY_LISTS,
        Text(
            zh="请核对头部、密钥和 as_of、next_at、valid_until",
            en="Check the head, the key, and as_of, next_at and valid_until",
        ),
        of_list(list_is_signed),
    ),
    Check(
        "list.whole",
        Text(zh="名单各行与头部一致", en="The lines of the list are those that its head names"),
        DAILY_LISTS,
        Text(
            zh="请核对 sha256、entries、次序和每行的写法",
            en="Check sha256, entries, the order, and how each line is written",
        ),
        of_list(list_is_whole),
    ),
    Check(
        "list.persons",
        Text(zh="名单含黄码和红码，不含绿码", en="The list has the yellows and reds, and no green"),
        DAILY_LISTS,
        Text(zh="请核对摘要的算法和名单范围", en="Check how the digest is made, and who is listed"),
        of_list(list_holds_them),
    ),
    Check(
        "list.forward",
        Text(zh="名单不倒退", en="The list never goes back"),
        DAILY_LISTS,
        Text(zh="后取的名单不得早于先取的", en="Never hand out an older list after a newer one"),
        of_list(list_goes_forward),
    ),
    Check(
        "filter.signed",
        Text(
            zh="筛查名录已签名且在有效期内", en="The membership filter is signed, and of its time"
        ),
        FILTERS,
        Text(
            zh="请核对头部、密钥和 as_of、next_at、valid_until",
            en="Check the head, the key, and as_of, next_at and valid_until",
        ),
        of_filter(filter_is_signed),
    ),
    Check(
        "filter.made",
        Text(zh="名录以约定的密钥制成", en="The filter is made with the agreed key"),
        FILTERS,
        Text(
            zh="请核对密钥、位序、bits、hashes、sha256 和八个校验项",
            en="Check the key, the order of bits, bits, hashes, sha256, and the eight canaries",
        ),
        of_filter(filter_is_made_right),
    ),
    Check(
        "filter.persons",
        Text(zh="名录含全部有码人员", en="Everybody with a code is in the filter"),
        FILTERS,
        Text(zh="须先加入名录，再予确认", en="Put everybody in before you would confirm them"),
        of_filter(filter_holds_them),
    ),
    Check(
        "filter.forward",
        Text(zh="名录不倒退", en="The filter never goes back"),
        FILTERS,
        Text(
            zh="后取的名录不得更旧，增量须接在所示头部之后",
            en="What comes later is not older, and a delta follows the head that was named",
        ),
        of_filter(filter_goes_forward),
    ),
    Check(
        "changes.signed",
        Text(zh="变更流每条均已签名", en="Every change of the feed is signed"),
        FEED,
        Text(zh="请为每条变更签名", en="Sign each change"),
        feed_is_signed,
    ),
    Check(
        "changes.numbered",
        Text(zh="变更编号连续", en="Changes are numbered without a gap"),
        FEED,
        Text(
            zh="编号从 1 起连续，last 为末条编号，编号不变",
            en="Number from 1 without a gap; last is the last number; a number never changes",
        ),
        of_feed(is_without_gaps),
    ),
    Check(
        "changes.nameless",
        Text(zh="变更流不含个人信息", en="The feed names nobody"),
        FEED,
        Text(zh="变更中只有 sub，不得有证件", en="A change has a sub and no document"),
        of_feed(names_nobody),
    ),
)
