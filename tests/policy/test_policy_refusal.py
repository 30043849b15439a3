"""Every refusal says in two languages how it is mended."""

import re

from tongxing.gateway.policy.policy_refusal import MENDINGS, PolicyFault


def test_every_code_has_a_row_and_no_row_is_left_over() -> None:
    assert set(MENDINGS) == set(PolicyFault)


def test_every_row_speaks_chinese_and_english() -> None:
    texts = [text for row in MENDINGS.values() for text in (row.wrong, row.mend)]
    assert all(re.search(r"[\u4e00-\u9fff]", text.zh) for text in texts)
    assert all(re.search(r"[a-z]{3}", text.en) for text in texts)
