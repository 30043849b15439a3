"""The story: one row per step, told in two languages, with what it should come to."""

from dataclasses import dataclass

from tongxing.sandbox.demo.actions import (
    Action,
    by_code,
    by_document,
    manifest,
    turned_red,
    while_stalled,
)
from tongxing.sandbox.demo.cities import asked_through_two_cities
from tongxing.sandbox.demo.doors import asks_at_the_travelers_page, finds_a_disagreement
from tongxing.sandbox.demo.events import arrives, converted, corrected, flapping
from tongxing.sandbox.demo.expectations import Counted, Expectation, Recognized
from tongxing.sandbox.demo.gate import offline_and_back
from tongxing.sandbox.demo.looking_back import (
    audit_of_all,
    explained,
    history_of,
    previewed,
    replayed,
)
from tongxing.sandbox.town.records import IssuerName

MANIFEST_TRAVELERS = 200
FLIPPED_TRAVELERS = 1_000
DEADLINE_SECONDS = 3.0
ON_THE_WAY_SECONDS = 0.5
"""Added to the hub's deadline for the client's own work and the token."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    zh: str
    en: str
    action: Action
    expected: Expectation


STORY = (
    Step(
        "green_everywhere",
        "一位旅客进入镇江，三个系统的码都是绿色。",
        "A traveler comes to Zhenjiang; all three systems say green.",
        by_document("green_everywhere"),
        Recognized(
            "GREEN",
            "ADMIT",
            sources={
                "zhenjiang": "VERIFIED",
                "sukangma": "VERIFIED",
                "national": "VERIFIED",
            },
        ),
    ),
    Step(
        "fresh_conversion",
        "镇江今天刚把他的红码转为绿码，苏康码还是昨天的红码：不能按绿码放行，并说明原因。",
        "Zhenjiang turned his red code green today; the province still holds yesterday's red. "
        "Not green, and the answer says why.",
        by_document("freshly_converted"),
        Recognized("RED", "INSPECT", reasons=frozenset({"CONFLICT"})),
    ),
    Step(
        "why",
        "为什么？平台说明是哪条规则、哪家机构、什么事实，以及怎样才会改变。",
        "Why? The hub names the rule, the issuer and the fact, and what would change the answer.",
        explained("freshly_converted"),
        Counted({"rules_that_did_not_apply": 2, "needs": 1}),
    ),
    Step(
        "at_the_travelers_page",
        "他自己也可以查：用手机上的健康码登录 /me，看到各机构怎么说、各地会怎样、谁查询过他；"
        "只知道证件号码的人什么也看不到。",
        "He can look himself: with the code on his phone he opens /me and sees what each issuer "
        "says, what it means in each place and who asked; a number alone opens nothing.",
        asks_at_the_travelers_page("freshly_converted"),
        Counted({"parts_shown": 4, "shown_for_a_number": 0}),
    ),
    Step(
        "history",
        "他的变色记录：城市系统看得到转码的经过，车站没有这项权限。每种状态只记一次。",
        "His history: the city sees the conversion, the station has no right to; each state is "
        "kept once.",
        history_of("freshly_converted"),
        Counted({"conversions": 1, "states_learned_twice": 0, "refused_to_the_station": 1}),
    ),
    Step(
        "national_yellow",
        "国家码的这个黄码只表示现场测温异常，与苏康码的黄码含义不同；苏康码为绿码：核查。",
        "This national yellow means a high temperature at a gate, which is not Jiangsu's yellow; "
        "Sukangma is green. Inspect: measure again.",
        by_document("national_yellow"),
        Recognized("YELLOW", "INSPECT"),
    ),
    Step(
        "scanned_at_the_gate",
        "镇江南站出站口扫描镇江健康码。",
        "At the exit of Zhenjiang South Station a Zhenjiang code is scanned.",
        by_code(IssuerName.ZHENJIANG, "green_everywhere"),
        Recognized("GREEN", "ADMIT", sources={"zhenjiang": "VERIFIED"}),
    ),
    Step(
        "gate_without_a_network",
        "查验点断网：凭平台公钥和状态名录核验她的通行凭证，为绿色；被改动过的凭证不认。恢复联网后上交这次处置，"
        "重复上交只记1次；凭证撤销后，不再是绿色。",
        "The gate has no network: with the hub's keys and its status list it verifies her pass and "
        "says green; an altered one it does not. Back on the network it hands in what it decided, "
        "which counts once; after the pass was withdrawn it is green no more.",
        offline_and_back,
        Counted(
            {
                "green_without_a_network": 1,
                "green_of_an_altered_pass": 0,
                "decisions_handed_in": 1,
                "handed_in_again": 1,
                "green_after_the_withdrawal": 0,
            }
        ),
    ),
    Step(
        "arrival",
        "她要去京口区：查验点先误登记到丹阳市，撤销后凭同一回执登记到京口区，区里收到通知并确认；"
        "同一回执交两次只算一次到达。",
        "She goes on to Jingkou district: the gate records her for Danyang by mistake, withdraws "
        "that, and records her for Jingkou with the same receipt; the district is told and "
        "acknowledges; the same receipt twice is one arrival.",
        arrives,
        Counted(
            {"withdrawn": 1, "handed_in": 2, "arrivals": 1, "noticed": 1, "left_to_acknowledge": 0}
        ),
    ),
    Step(
        "expired_code",
        "出示的是已过期的动态码。",
        "The code shown has run out.",
        by_code(IssuerName.ZHENJIANG, "green_passport", expired=True),
        Recognized(
            "UNKNOWN",
            "INSPECT",
            reasons=frozenset({"CODE_EXPIRED"}),
            sources={"zhenjiang": "CODE_EXPIRED"},
        ),
    ),
    Step(
        "forged_signature",
        "有人冒用别处的密钥为苏康码签名：必查机构的信息不可信，不放行。",
        "Somebody signed for Sukangma with another issuer's key: a mandatory issuer that cannot be "
        "believed admits nobody.",
        by_document("other_issuers_key"),
        Recognized(
            "UNKNOWN",
            "INSPECT",
            reasons=frozenset({"EVIDENCE_INVALID"}),
            sources={"sukangma": "BAD_SIGNATURE"},
        ),
    ),
    Step(
        "signed_for_another",
        "镇江健康码返回了另一个人的记录：不予采信并预警；它不是必查机构，以必查机构的绿码为准。",
        "The Zhenjiang code sent another person's record: it is not believed and raises an alarm; "
        "as it is not mandatory, the greens of the mandatory issuers decide.",
        by_document("another_holder"),
        Recognized(
            "GREEN",
            "ADMIT",
            reasons=frozenset({"EVIDENCE_INVALID"}),
            sources={"zhenjiang": "WRONG_HOLDER"},
        ),
    ),
    Step(
        "national_stalled",
        "国家平台没有响应：在时限内如实答复“未知”。",
        "The national platform stalls: an honest UNKNOWN within the deadline.",
        while_stalled(IssuerName.NATIONAL, by_document("green_hk_macao")),
        Recognized(
            "UNKNOWN",
            "INSPECT",
            reasons=frozenset({"ISSUER_UNAVAILABLE"}),
            sources={"national": "TIMED_OUT"},
            within_seconds=DEADLINE_SECONDS + ON_THE_WAY_SECONDS,
        ),
    ),
    Step(
        "nobody_knows",
        "证件有效，但没有任何系统登记过此人。",
        "A valid document of somebody whom no system knows.",
        by_document("unknown"),
        Recognized("UNKNOWN", "INSPECT", reasons=frozenset({"NO_RECORD"})),
    ),
    Step(
        "manifest",
        f"客运公司一次提交{MANIFEST_TRAVELERS}名旅客的名单。",
        f"A coach company hands in a manifest of {MANIFEST_TRAVELERS} travelers.",
        manifest(MANIFEST_TRAVELERS),
        Counted(
            {
                "asked": MANIFEST_TRAVELERS,
                "answered": MANIFEST_TRAVELERS,
                "greener_than_the_evidence": 0,
                "another_color_than_stated": 0,
            }
        ),
    ),
    Step(
        "conversion",
        "有人误选了“去过重点地区”，转为红码：向村（社区）申请转码，村（社区）确认，重新申报，"
        "次日转绿码，放行。",
        "Somebody ticked the wrong box and is red. He applies to the community, it confirms, he "
        "declares again, and is green and admitted the next day.",
        converted,
        Counted(
            {
                "red_for_the_wrong_box": 1,
                "red_until_the_day_is_over": 1,
                "green_the_next_day": 1,
                "admitted": 1,
            }
        ),
    ),
    Step(
        "flapping",
        "有人的码7天内3次由绿码转红码、又转绿码：这次是绿码，但先核查。",
        "Somebody's code turned red and back three times within the week. It is green now, and "
        "inspected all the same.",
        flapping,
        Recognized("GREEN", "INSPECT", reasons=frozenset({"RULE"})),
    ),
    Step(
        "correction",
        "有人申请纠错：红码不是镇江赋的，镇江无权更改，并指明应找苏康码；苏康码受理并采纳。",
        "Somebody says his red is a mistake. Zhenjiang did not set it and cannot clear it, and the "
        "answer says who can; Sukangma takes the report and accepts it.",
        corrected(not_by=IssuerName.ZHENJIANG, by=IssuerName.SUKANGMA),
        Counted(
            {
                "cleared_by_who_set_no_color": 0,
                "named_who_can": 1,
                "reached_the_issuer": 1,
                "accepted": 1,
            }
        ),
    ),
    Step(
        "preview",
        "协调人员预演一份草案：14天内曾为红码的，现为绿码也要核查。拿虚拟旅客试，多少人的处置结果会改变？"
        "拿今天通过查验的人试则被拒绝：那会显露个人的处置结果。",
        "The coordinators try a draft on invented travelers: anybody who was red within fourteen "
        "days is inspected. How many would come out otherwise? Those who came through today are "
        "not shown: a preview of them could tell what a single person got.",
        previewed,
        Counted({"somebody_more_inspected": 1, "more_let_in": 0, "refused_for_today": 1}),
    ),
    Step(
        "mass_flip",
        "镇江半小时内大批人员集中转红码：红码照样算数，协调人员随即看到预警。",
        "Within half an hour Zhenjiang turns a crowd of people red. The reds are passed on as they "
        "are, and the coordinators see an alarm.",
        turned_red(IssuerName.ZHENJIANG, FLIPPED_TRAVELERS),
        Counted({"turned_red_and_not_passed_on": 0, "alarms": 1}),
    ),
    Step(
        "disagreement",
        "协调人员查看哪里结果不一致：镇江的绿码和苏康码的红码说的是同一个人，没有一次凭绿码放行。",
        "The coordinator looks where issuers disagree: Zhenjiang's green and Sukangma's red are "
        "about one person, and nobody was admitted on the green.",
        finds_a_disagreement,
        Counted({"green_against_red": 1, "admitted_on_the_green": 0}),
    ),
    Step(
        "through_two_cities",
        "省级平台经两个市的平台查询：红码只有镇江的平台知道。省级平台得到机构签名的原文，自行验签，判定为红码；"
        "答复写明路径。另一市平台转递的绿码不能证明是关于此人的，不予采信。",
        "The province's hub asks through two cities' hubs; only Zhenjiang's knows of a red. The "
        "province gets the issuers' own statements, verifies them itself and says red; the road is "
        "in the answer. The greens that the other city passes on prove nothing of this person.",
        asked_through_two_cities("false_declaration"),
        Counted(
            {
                "red_at_the_province": 1,
                "cities_asked": 2,
                "reds_known_to_one_city": 1,
                "greens_on_a_hubs_word": 0,
            }
        ),
    ),
    Step(
        "replay",
        "凭回执和政策文件，把每个答复重新判定一遍：结果全都相同。",
        "Every answer is decided again from its receipt and the policy's file: all come out the "
        "same.",
        replayed,
        Counted({"receipts": MANIFEST_TRAVELERS + 9, "decided_otherwise": 0}),
    ),
    Step(
        "audit",
        "省级协调人员查看全部审计记录：每个答复都在其中，没有姓名和证件号码。",
        "A provincial coordinator reads the audit of it all: every answer is there, no name and "
        "no number is.",
        audit_of_all,
        Counted(
            {
                "answers": MANIFEST_TRAVELERS + 9,
                "answers_without_their_entry": 0,
                "documents_in_the_clear": 0,
            }
        ),
    ),
)
