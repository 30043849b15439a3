"""Why a policy file is refused, and how it is mended, in the words of those who write one.

A refusal has the file, the line, a stable code and the reason. Each code has one row that says what
is wrong and what to do, in Chinese and in English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

from tongxing.schema import Text


@unique
class PolicyFault(StrEnum):
    """Stable names for programs and for the guide to writing a policy."""

    NO_POLICIES = "NO_POLICIES"
    TOO_LARGE = "TOO_LARGE"
    TOO_DEEP = "TOO_DEEP"
    TOO_COSTLY = "TOO_COSTLY"
    NOT_UTF8 = "NOT_UTF8"
    NOT_TOML = "NOT_TOML"
    UNSEEN_CHARACTER = "UNSEEN_CHARACTER"
    SHAPE = "SHAPE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    TEXT_MISSING = "TEXT_MISSING"
    VALIDITY = "VALIDITY"
    ANNOUNCED_TOO_LATE = "ANNOUNCED_TOO_LATE"
    IN_THE_PAST = "IN_THE_PAST"
    REPLACES = "REPLACES"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    HOME_ISSUER = "HOME_ISSUER"
    ASKED = "ASKED"
    LISTS = "LISTS"
    DUPLICATE_RULE = "DUPLICATE_RULE"
    HISTORY_TOO_SHORT = "HISTORY_TOO_SHORT"
    RULE_WITHOUT_TESTS = "RULE_WITHOUT_TESTS"
    ADMITS_WITHOUT_GREEN = "ADMITS_WITHOUT_GREEN"
    MAKES_GREENER = "MAKES_GREENER"
    INVENTS_COLOR = "INVENTS_COLOR"
    RELAXES_NOTHING = "RELAXES_NOTHING"
    RELAXES_MANDATORY = "RELAXES_MANDATORY"
    UNREACHABLE = "UNREACHABLE"
    UNDECIDED = "UNDECIDED"
    TOO_MANY_COMBINATIONS = "TOO_MANY_COMBINATIONS"
    TOO_MANY_TESTS = "TOO_MANY_TESTS"
    TEST_FAILS = "TEST_FAILS"
    VERSION_DOES_NOT_RISE = "VERSION_DOES_NOT_RISE"
    OVERLAP = "OVERLAP"
    WITHDRAWN = "WITHDRAWN"
    NOT_SIGNED = "NOT_SIGNED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    OF_ANOTHER_REGION = "OF_ANOTHER_REGION"
    ALREADY_PUBLISHED = "ALREADY_PUBLISHED"
    NOTHING_BEFORE = "NOTHING_BEFORE"


REASON_MAX_CHARACTERS = 2_000
LINE_MAX_CHARACTERS = 400
"""What is shown of a reason or of a line; both may repeat what the file says, in any length."""


class PolicyRefused(ValueError):
    """A policy that does not come into force. ``line`` counts from 1, and ``text`` is that line; 0
    is the file as a whole. ``region`` is empty if the file was not read far enough to know it."""

    def __init__(
        self,
        file: str,
        line: int,
        code: PolicyFault,
        reason: str,
        text: str = "",
        *,
        region: str = "",
    ) -> None:
        reason = _cut(reason, REASON_MAX_CHARACTERS)
        self.place = f"{file}:{line}" if line else file
        super().__init__(f"{self.place}: {code.value}: {reason}")
        self.file = file
        self.line = line
        self.code = code
        self.reason = reason
        self.region = region
        self.text = _cut(text, LINE_MAX_CHARACTERS)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[:characters]}…"


@dataclass(frozen=True, slots=True)
class Mending:
    wrong: Text
    mend: Text


def _row(wrong_zh: str, wrong_en: str, mend_zh: str, mend_en: str) -> Mending:
    return Mending(Text(zh=wrong_zh, en=wrong_en), Text(zh=mend_zh, en=mend_en))


MENDINGS: Mapping[PolicyFault, Mending] = MappingProxyType(
    {
        PolicyFault.NO_POLICIES: _row(
            "目录里没有政策文件",
            "there is no policy file here",
            "放入以 .toml 结尾的文件，或改正路径",
            "put a file that ends in .toml here, or mend the path",
        ),
        PolicyFault.TOO_LARGE: _row(
            "文件过大",
            "the file is too large",
            "请删减规则，没有人能读完这么长的政策",
            "shorten it: nobody can read a policy of that length",
        ),
        PolicyFault.TOO_DEEP: _row(
            "键或括号层层相套，过深",
            "keys or brackets lie too deep in one another",
            "照 [[rules]]、[[rules.tests]] 的层次写：政策不需要更深的嵌套",
            "write it as [[rules]] and [[rules.tests]] do: no policy needs more levels",
        ),
        PolicyFault.TOO_COSTLY: _row(
            "检查这份文件超出了允许的时间或内存",
            "checking the file takes more time or memory than it may",
            "删减规则、条件和测试，分步加回，找出过于繁复的一处",
            "take out rules, conditions and tests, and put them back step by step, until the one "
            "that is too elaborate is found",
        ),
        PolicyFault.NOT_UTF8: _row(
            "文件不是 UTF-8 编码",
            "the file is not UTF-8 text",
            "在编辑器里另存为 UTF-8",
            "save it as UTF-8 in your editor",
        ),
        PolicyFault.NOT_TOML: _row(
            "这一行不符合 TOML 的写法",
            "this line is not written as TOML asks",
            "检查引号、括号、逗号是否成对、是否为半角，同一张表里是否有重复的键，文字是否在引号里，"
            "规则与测试的标题是否为双括号 [[rules]]、[[rules.tests]]",
            "look for a quotation mark, bracket or comma that is missing or full-width, and for a "
            "key that stands twice; texts stand in quotation marks; rules and tests begin with "
            "[[rules]] and [[rules.tests]], in double brackets",
        ),
        PolicyFault.UNSEEN_CHARACTER: _row(
            "文字里有看不见的字符，或改变书写方向的字符",
            "a text has a character that does not show, or that turns the direction of writing",
            "删去该字符，重新键入这一行：所见须即所写",
            "take the character out, or type the line anew: what is read must be what is written",
        ),
        PolicyFault.SHAPE: _row(
            "此处的值不合要求，或缺少一项",
            "the value here is not what is expected, or a key is missing",
            "照原因一行所列的写法改写",
            "write it as the reason says",
        ),
        PolicyFault.UNKNOWN_KEY: _row(
            "没有这个键",
            "there is no such key",
            "多半是拼写有误；不需要的就删去",
            "it is probably misspelt; leave it out if it is not needed",
        ),
        PolicyFault.TEXT_MISSING: _row(
            "文字缺少一种语言",
            "a text is missing in one language",
            "中文 zh、英文 en 都要写",
            "write both zh and en",
        ),
        PolicyFault.VALIDITY: _row(
            "有效期不成立",
            "the dates of validity make no sense",
            "valid_until 须晚于 valid_from，年份须在 2000 至 2199 之间",
            "valid_until is later than valid_from, the years between 2000 and 2199",
        ),
        PolicyFault.ANNOUNCED_TOO_LATE: _row(
            "公布得太晚",
            "it is announced too late",
            "推迟 valid_from，使其至少晚于 announced_at 48小时；确属紧急，加一行 "
            'urgent = { zh = "理由", en = "why" }',
            "let valid_from be at least 48 hours after announced_at, or, where it is urgent, add "
            'urgent = { zh = "理由", en = "why" }',
        ),
        PolicyFault.IN_THE_PAST: _row(
            "生效日期已经过去",
            "the date on which it comes into force has passed",
            "把 valid_from 改到将来：已经作出的答复不能事后换一套规则",
            "move valid_from into the future: answers that were given keep their rules",
        ),
        PolicyFault.REPLACES: _row(
            "replaces 所指的版本不对",
            "replaces names the wrong version",
            "写紧接在前面的那个版本号，它必须小于本文件的 version",
            "name the version just before this one; it is lower than this file's version",
        ),
        PolicyFault.UNKNOWN_ISSUER: _row(
            "没有登记这个发码机构",
            "this issuer is not listed",
            "在 [issuers.known] 里加上它的中英文名称，或改正拼写",
            "add it with both names under [issuers.known], or mend the spelling",
        ),
        PolicyFault.HOME_ISSUER: _row(
            "home 与冲突次序不相配",
            "home and the order of conflicts do not fit",
            'order = "home-issuer-first" 时须在 [issuers] 下写 home = "本地机构短名"，否则不写',
            'write home = "…" below [issuers] with order = "home-issuer-first", and only then',
        ),
        PolicyFault.ASKED: _row(
            "查询范围 [asked] 自相矛盾",
            "whom the place asks ([asked]) does not fit the rest of the file",
            "照原因改 [asked] 下的这一行；协议方写行政区划代码，国家码写在 receiving_place 里",
            "mend the line under [asked] as the reason says; a party is the code of a division, "
            "and the national code a level of receiving_place",
        ),
        PolicyFault.LISTS: _row(
            "名单与互认方式不相配，或测试用了未列入的名单",
            "lists do not fit the mode, or a test uses one that is not named",
            "只有互认方式为 SHARE 才写 [lists]；测试里的名单须列入 from，且只能是黄码或红码",
            "write [lists] in mode SHARE only; a test's list is named in from, and yellow or red",
        ),
        PolicyFault.DUPLICATE_RULE: _row(
            "两条规则同名",
            "two rules have one name",
            "给其中一条换一个 id",
            "give one of them another id",
        ),
        PolicyFault.HISTORY_TOO_SHORT: _row(
            "规则回看的时间超过变色记录留存的时间",
            "a rule looks further back than the history is kept",
            "延长 history_kept，或缩短规则里的 within",
            "let history_kept be longer, or within shorter",
        ),
        PolicyFault.RULE_WITHOUT_TESTS: _row(
            "这条规则没有测试",
            "this rule has no tests",
            "在它下面加一段 [[rules.tests]]：哪个机构答复什么，应得出什么颜色、什么处置",
            "add [[rules.tests]] below it: who answers what, which color and decision come out",
        ),
        PolicyFault.ADMITS_WITHOUT_GREEN: _row(
            "不是绿码却放行",
            "it admits without a green",
            "放行 ADMIT 只能与 GREEN 同写；否则改为 INSPECT 或 REFUSE",
            "ADMIT goes with GREEN only; write INSPECT or REFUSE",
        ),
        PolicyFault.MAKES_GREENER: _row(
            "比所依据的更宽，却没有写明",
            "it is greener than its evidence and does not say so",
            "若确要放宽，写 relaxes = true（公布须两人签名）；否则照原来的颜色写",
            "if it is meant, write relaxes = true (it takes two signatures to publish); else keep "
            "the color that was stated",
        ),
        PolicyFault.INVENTS_COLOR: _row(
            "没有机构报过这个颜色",
            "no issuer stated this color",
            "没有答复、没有记录的，颜色只能写 UNKNOWN",
            "where nobody stated a color, write UNKNOWN",
        ),
        PolicyFault.RELAXES_NOTHING: _row(
            "写了放宽，其实没有放宽",
            "it is marked as a relaxation and relaxes nothing",
            "删去 relaxes = true",
            "leave relaxes = true out",
        ),
        PolicyFault.RELAXES_MANDATORY: _row(
            "放宽不能及于必查机构",
            "a relaxation cannot reach a mandatory issuer",
            "加一行 when.mandatory = false",
            "add when.mandatory = false",
        ),
        PolicyFault.UNREACHABLE: _row(
            "这条规则永远轮不到",
            "this rule is never reached",
            "把它移到更宽泛的规则前面，或删去；条件互相矛盾的，改正条件",
            "move it before the broader rule, or leave it out; mend conditions that exclude one "
            "another",
        ),
        PolicyFault.UNDECIDED: _row(
            "有一种情形没有任何规则处置",
            "no rule decides on one case",
            "为该情形加一条规则，或在最后加一条条件更少的规则兜底",
            "add a rule for that case, or a last one with fewer conditions",
        ),
        PolicyFault.TOO_MANY_COMBINATIONS: _row(
            "规则区分的情形太多，无法逐一检查",
            "the rules tell too many cases apart to be checked one by one",
            "减少不同的时限、地区、机构和依据",
            "name fewer lengths of time, places, issuers and bases",
        ),
        PolicyFault.TOO_MANY_TESTS: _row(
            "测试太多，无法在时限内全部运行",
            "there are too many tests to run them all in time",
            "每条规则留下几条有代表性的测试；一条测试里只写与它有关的答复",
            "keep a few telling tests for each rule, and in a test only the answers it is about",
        ),
        PolicyFault.TEST_FAILS: _row(
            "一条测试没有通过",
            "a test fails",
            "先想清楚哪一边对：规则错了改规则，期望错了改 expect",
            "settle which side is right: mend the rule, or what the test expects",
        ),
        PolicyFault.VERSION_DOES_NOT_RISE: _row(
            "版本号没有增加",
            "the version does not rise",
            "把 version 写成比上一版大的数；已公布的版本不能改，只能由新版替换",
            "give it a higher version; what was published is not changed, a new one replaces it",
        ),
        PolicyFault.OVERLAP: _row(
            "两个版本同时有效",
            "two versions are in force together",
            "在新版里写 replaces = 上一版的版本号，或从上一版结束时开始",
            "write replaces = the version before, or begin where that one ends",
        ),
        PolicyFault.WITHDRAWN: _row(
            "已公布而尚未到期的版本不见了",
            "a version that was published and has not ended is gone",
            "放回该文件；要停用它，公布一个替换它的新版",
            "put the file back; to end it, publish a version that replaces it",
        ),
        PolicyFault.NOT_SIGNED: _row(
            "签名不足",
            "it is short of signatures",
            "用 tongxing policy sign 签名：一般一人，含放宽规则的须两人",
            "sign it with tongxing policy sign: one person, two where it relaxes anything",
        ),
        PolicyFault.BAD_SIGNATURE: _row(
            "签名文件与政策文件不符，或签名有误",
            "the signatures are not of this file, or not valid",
            "文件签名后改动过：重新签名",
            "the file was changed after it was signed: sign it again",
        ),
        PolicyFault.OF_ANOTHER_REGION: _row(
            "草案不是所查地区的",
            "the draft is for another region than the one that was asked about",
            "把草案的 region 改为该地区，或改查草案所写的地区",
            "write that region into the draft, or ask about the region that the draft names",
        ),
        PolicyFault.ALREADY_PUBLISHED: _row(
            "这就是已公布的一版，在它之前没有可比的政策",
            "this is a version that is published, and no policy came before it to compare it with",
            "先改动规则，写更大的 version，并把 valid_from 改到以后",
            "change a rule, give it a higher version, and let valid_from be later",
        ),
        PolicyFault.NOTHING_BEFORE: _row(
            "草案生效之前，该地区没有可比的互认政策",
            "no policy is in force in the region just before the draft begins, so there is nothing "
            "to compare it with",
            "把 valid_from 改到该地区有现行政策的时候；首版政策请用 tongxing policy check 检查",
            "move valid_from into a time in which the region has a policy; check a region's first "
            "policy with tongxing policy check",
        ),
    }
)
