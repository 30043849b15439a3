"""The offline check of the library for TypeScript, in a browser: it judges as on Node, and asks
nobody.

The page's files are handed to the browser by the test; there is no server.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.clients.programs import NODE_MODULES, ROOT
from tests.pages.browser import browser_with

pytestmark = pytest.mark.processes

SITE = "http://localhost"
PAGE = """<!doctype html><title>gate</title>
<script type="importmap">{"imports": {"jose": "/jose/dist/webapi/index.js"}}</script>"""
JUDGE = """async (vectors) => {
  const { judgePass } = await import("/src/gate/index.js");
  const { readSnapshot } = await import("/src/gate/status_lists.js");
  const { readJwks } = await import("/src/index.js");
  const verdicts = {};
  for (const each of vectors.passes) {
    const keys = await readJwks(JSON.stringify(vectors.jwks[each.jwks]));
    const readAt = each.keys_read_at ?? each.at;
    const hub = { hubId: vectors.hub_id, keys, readAt, revoked: new Set(each.revoked) };
    const states = await Promise.all(each.lists.map((text) => readSnapshot(text, hub)));
    const lists = new Map(states.map((state) => [state.head.uri, state]));
    const known = { hub, lists, newest: each.newest };
    const { opens, status, fault } = await judgePass(each.pass, known, each.at);
    verdicts[each.name] = [opens, status, fault];
  }
  return verdicts;
}"""


def test_it_judges_passes_in_a_browser(typescript_home: Path) -> None:
    vectors = json.loads((ROOT / "tests" / "keys" / "pass_vectors.json").read_text("utf-8"))
    folders = {"src": typescript_home / "dist" / "src", "jose": NODE_MODULES / "jose"}
    outside: list[str] = []

    def answer(route: Route) -> None:
        site, _, path = route.request.url.removeprefix("http://").partition("/")
        folder, _, file = path.partition("/")
        if f"http://{site}" != SITE:
            outside.append(site)
            route.abort()
        elif folder in folders:
            script = (folders[folder] / file).read_text("utf-8")
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    with browser_with() as browser:
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto(SITE)
        # Signatures are checked by WebCrypto, which pages have over HTTPS and on this machine.
        verdicts = page.evaluate(JUDGE, vectors)
    assert verdicts == {
        each["name"]: [
            each["expected"]["status"] == "GREEN",
            each["expected"]["status"],
            each["expected"]["fault"],
        ]
        for each in vectors["passes"]
    }
    assert outside == []
