"""A page: its template, its texts in the reader's language, and the rules that it is sent under.

Every value is escaped by the template engine; a name that a template does not get is an error.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tongxing.gateway.pages.enum_words import word
from tongxing.gateway.pages.languages import (
    LANGUAGE_COOKIE,
    Language,
    chosen_in,
    in_language,
    language_of,
)
from tongxing.gateway.pages.page_rules import PLAIN, PageRules, headers_of
from tongxing.gateway.pages.page_texts import texts_of
from tongxing.schema import length_words, to_the_second
from tongxing.schema.place_names import place_name

_A_YEAR_SECONDS = 31_536_000

_ENVIRONMENT = Environment(
    loader=PackageLoader("tongxing.gateway.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def _moment(stated: str, language: Language) -> str:
    """A moment of GraphQL's as people read it."""
    return in_language(to_the_second(datetime.fromisoformat(stated)), language)


def _place(code: str, language: Language) -> str:
    return in_language(place_name(code), language)


def _seconds(stated: float, language: Language) -> str:
    """A length of time; less than a second as a number of them."""
    if 0 < stated < 1:
        return f"{stated:g} {'秒' if language is Language.ZH else 's'}"
    return in_language(length_words(timedelta(seconds=round(stated))), language)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


_ENVIRONMENT.filters |= {
    "base64": _base64,
    "moment": _moment,
    "place_name": _place,
    "seconds": _seconds,
    "word": lambda value, enum, language: word(enum, value, language),
}


def page(
    request: Request,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    rules: PageRules = PLAIN,
    status: int = 200,
    address: str | None = None,
) -> HTMLResponse:
    """``templates/NAME.html`` with ``values``, in the language of the request. A language that the
    address names is kept for the next page. ``address`` is where the page is found in the other
    language, if not where it was asked for: what a form has sent is shown once."""
    language = language_of(request)
    text = rendered(
        name, language, values or {}, _asked_for(request) if address is None else address
    )
    response = HTMLResponse(text, status, headers=dict(headers_of(rules)))
    if chosen_in(request) is not None:
        response.set_cookie(
            LANGUAGE_COOKIE, language, max_age=_A_YEAR_SECONDS, httponly=True, samesite="strict"
        )
    return response


def rendered(name: str, language: Language, values: Mapping[str, Any], address: str = "") -> str:
    """The markup of a page. In a template, ``t`` are the texts, ``language`` is the page's."""
    template = _ENVIRONMENT.get_template(f"{name}.html")
    other = f"{address}{'&' if '?' in address else '?'}lang={language.other}"
    return template.render(
        values, t=texts_of(name, language), language=language, other_language=other
    )


def _asked_for(request: Request) -> str:
    """With all that was chosen but the language."""
    chosen = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{urlencode(chosen)}" if chosen else request.url.path
