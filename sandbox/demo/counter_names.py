"""The Chinese names of what the story counts; the English name is the key itself.

Refuses to count: ``actions``, ``events`` and ``looking_back`` do.
"""

from collections.abc import Mapping
from types import MappingProxyType

COUNTER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "rules_that_did_not_apply": "已对照、不适用的规则",
        "needs": "须改变的事项",
        "green_without_a_network": "断网时核验为绿色",
        "green_of_an_altered_pass": "被改动的凭证核验为绿色",
        "decisions_handed_in": "上交的离线处置",
        "handed_in_again": "重复上交的处置",
        "green_after_the_withdrawal": "撤销后仍为绿色",
        "parts_shown": "网页显示的内容",
        "shown_for_a_number": "只凭证件号码显示的内容",
        "green_against_red": "绿码与红码不一致",
        "admitted_on_the_green": "不一致时凭绿码放行",
        "conversions": "转码次数",
        "states_learned_twice": "重复记录的状态",
        "refused_to_the_station": "车站被拒绝的次数",
        "withdrawn": "撤销的到达登记",
        "handed_in": "交来的到达登记",
        "arrivals": "到达登记",
        "noticed": "区里收到的通知",
        "left_to_acknowledge": "尚未确认的通知",
        "asked": "查询人数",
        "answered": "答复人数",
        "greener_than_the_evidence": "比所依据的更宽的答复",
        "another_color_than_stated": "与机构所报颜色不同的答复",
        "colors": "颜色",
        "decisions": "处置",
        "red_for_the_wrong_box": "因误选转为红码",
        "red_until_the_day_is_over": "当日仍为红码",
        "green_the_next_day": "次日转绿码",
        "admitted": "放行",
        "cleared_by_who_set_no_color": "由未赋码机构更改的红码",
        "named_who_can": "指明可更改的机构",
        "reached_the_issuer": "送达发码机构的纠错",
        "accepted": "被采纳的纠错",
        "crossings": "人次",
        "refused_for_today": "以今日记录预演被拒绝的次数",
        "somebody_more_inspected": "有人改为核查",
        "more_let_in": "多放行的人次",
        "turned_red_and_not_passed_on": "转红码而没有照报的人数",
        "alarms": "预警",
        "people": "预警所见人数",
        "known_to_the_issuer": "机构所知人数",
        "receipts": "回执",
        "decided_otherwise": "重新判定后不同的",
        "answers": "答复",
        "answers_without_their_entry": "没有审计记录的答复",
        "documents_in_the_clear": "明文出现的证件",
        "entries": "审计记录",
        "entries_by_kind": "各类审计记录",
    }
)
