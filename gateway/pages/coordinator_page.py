"""``/coordinator``: how recognition works between places, for those who look after it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tongxing.gateway.pages.asking import PageQuestions
from tongxing.gateway.pages.page_questions import question
from tongxing.gateway.pages.rendering import page
from tongxing.gateway.pages.sign_in import SIGN_IN_PATH, SignIn

COORDINATOR_PATH = "/coordinator"


def coordinator_route(sign_in: SignIn, questions: PageQuestions) -> Route:
    async def coordinator(request: Request) -> Response:
        person = await sign_in.person(request)
        if person is None:
            return RedirectResponse(SIGN_IN_PATH, 303)
        answered = await questions.ask(request, person, question("coordinator"))
        return page(request, "coordinator", {"seen": answered.data, "codes": answered.codes})

    return Route(COORDINATOR_PATH, coordinator)
