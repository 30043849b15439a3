"""A sentence that people see, in the two languages that they are owed."""

from schema.values import value


@value(description="文本 A sentence in Chinese and in English.")
class Text:
    zh: str
    en: str
