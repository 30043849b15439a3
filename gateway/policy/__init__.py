"""Recognition policies as data: a file, its checks, its publication, and what a draft changes.

Responsible for a policy leaving this wing only whole: read, checked, covered and tested. Refuses to
judge a real traveler.

The road of a file: ``text`` → ``shape`` → ``sense`` → ``coverage`` (over ``finding_classes``, in
the words of ``case_words``) → ``self_tests``, each within the bounds of ``effort``. ``policy_file``
takes it all the way, in a running hub behind a ``fence``; ``refusal`` says where and why it
stopped. Then ``published`` (who signed) → ``in_force`` (one set of policies)
→ ``directory`` (kept up to date). Beside the road, a draft: ``differences`` compares it,
``preview`` counts what it would change, ``workshop`` does that inside a running hub.
"""
