"""The language that a page comes in: its reader's choice, else the browser's, else Chinese."""

from enum import StrEnum, unique

from starlette.requests import Request

from tongxing.schema.values import Text

LANGUAGE_COOKIE = "tongxing-language"
LANGUAGE_PARAMETER = "lang"


@unique
class Language(StrEnum):
    """A language of the pages, as BCP 47 names it in short."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> str:
        """For the ``lang`` attribute, by which a screen reader chooses its voice."""
        return "zh-CN" if self is Language.ZH else "en"

    @property
    def other(self) -> "Language":
        return Language.EN if self is Language.ZH else Language.ZH


def in_language(text: Text, language: Language) -> str:
    return text.zh if language is Language.ZH else text.en


def language_of(request: Request) -> Language:
    """The language that the address names, then the one chosen before, then the first of the
    browser's that there is (RFC 9110 §12.5.4, without weights: browsers send them in order)."""
    preferred = request.headers.get("accept-language", "").split(",")
    wishes = [chosen_in(request), request.cookies.get(LANGUAGE_COOKIE), *preferred]
    return next((found for wish in wishes if (found := _named(wish))), Language.ZH)


def chosen_in(request: Request) -> Language | None:
    """The language that the address of the request names, if it names one."""
    return _named(request.query_params.get(LANGUAGE_PARAMETER))


def _named(wish: str | None) -> Language | None:
    primary = (wish or "").strip().split(";")[0].split("-")[0].lower()
    return Language(primary) if primary in set(Language) else None
