"""Nothing that a user writes is ever run: two hundred scripts in every place that takes text, looked at in a real browser.

Each page is looked at as it is served, and once more with its Content-Security-Policy passed over: neither defence may lean on the other.
"""

import json
import re
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import expect
from scripts import IMAGE, SCRIPT, SCRIPTS

SETTLES = 100
"""Milliseconds in which whatever runs by itself would have run."""
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\n|\r|\ud800")
PLAIN = [UNSEEN.sub("", script) for script in SCRIPTS]
"""On one line, without the signs that a program may not hold."""
COMMENTS = "".join(f"# {script}\n" for script in PLAIN)
PROGRAM = f"{COMMENTS}u = 2 * x  {COMMENTS.splitlines()[0]}\nL = sum(u)\n"
TEXTS = "".join(f"a{i} = {script!r}\n" for i, script in enumerate(PLAIN))
NAMES = "\n".join(f"{script} = x" for script in PLAIN)
CSPS = pytest.mark.parametrize("bypass_csp", [False, True], ids=["as served", "without its policy"])
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def portions(most, scripts=SCRIPTS):
    """The scripts, so many at a time."""
    return [scripts[i : i + most] for i in range(0, len(scripts), most)]


@pytest.fixture
def look(browser, server, bypass_csp):
    """A page in which nothing may run; what opens a dialog, or sets the marker in any frame, fails the test."""
    context = browser.new_context(bypass_csp=bypass_csp, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.server = server
    yield page
    is_quiet(page)
    assert dialogs == []
    context.close()


def is_quiet(page):
    """Nothing has run in any frame."""
    page.wait_for_timeout(SETTLES)
    for frame in page.frames:
        assert frame.evaluate("window.marker ?? null") is None, frame.url[:200]


def is_ours(page):
    """Nothing has run, and there is no element that a script has brought with it."""
    is_quiet(page)
    assert len(page.frames) == 1
    assert page.evaluate("document.querySelectorAll('script:not([src]), [src=x], base, object, embed, marquee').length") == 0
    assert (
        page.evaluate("[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]).filter((a) => /^on/i.test(a.name)).length")
        == 0
    )
    assert page.evaluate("[...document.querySelectorAll('[href]')].filter((e) => /script:/i.test(e.getAttribute('href'))).length") == 0


def answers(page, pattern, body, headers, status=200):
    """Answers requests for addresses like this one by itself."""

    def fulfil(route):
        route.fulfill(status=status, body=body, headers=headers)

    page.route(pattern, fulfil)


def shown(page, documents):
    """Documents, each (body, headers), in frames of one bare page of the same origin."""
    frames = "".join(f'<iframe src="/shown/{i}"></iframe>' for i in range(len(documents)))
    bare = (f"<!doctype html><title>x</title>{frames}", {"Content-Type": "text/html"})

    def fulfil(route):
        name = route.request.url.rpartition("/")[2]
        # What a script asks for, such as its image, is nowhere.
        body, headers = bare if name == "all" else documents[int(name)] if name.isdecimal() else ("", {"Content-Type": "text/plain"})
        route.fulfill(body=body, headers=headers)

    page.route("**/shown/*", fulfil)
    page.goto(f"{page.server}/shown/all", wait_until="commit")
    page.wait_for_load_state("load", timeout=20_000)
    page.unroute("**/shown/*")


def opened(page, body, headers):
    """A document by itself."""
    answers(page, "**/opened", body, headers)
    page.goto(f"{page.server}/opened")
    page.unroute("**/opened")


def posted(page, path, data, headers=JSON):
    body = json.dumps(data) if headers is JSON else urlencode(data)
    return page.request.post(page.server + path, data=body.encode("utf-8", "replace"), headers=headers)


def own(response, *without):
    """The headers of an answer, apart from those that say how it travelled."""
    dropped = {"content-length", "content-encoding", "transfer-encoding", "connection", *without}
    return {name: value for name, value in response.headers.items() if name.lower() not in dropped}


# the detector


def test_there_are_two_hundred_and_all_of_them_differ():
    assert len(set(SCRIPTS)) == len(SCRIPTS) >= 200


@pytest.mark.parametrize("script", [SCRIPT, IMAGE])
def test_what_is_really_vulnerable_is_found(browser, server, script):
    page = browser.new_page(bypass_csp=True)
    page.server = server
    opened(page, f"<!doctype html><p>{script}", {"Content-Type": "text/html"})
    with pytest.raises(AssertionError):
        is_quiet(page)
    shown(page, [(f"<!doctype html><p>{script}", {"Content-Type": "text/html"})])
    with pytest.raises(AssertionError):
        is_quiet(page)
    page.close()


def test_many_of_them_run_where_nothing_is_escaped(browser, server):
    """In the text of a page, or in one of three kinds of attributes."""
    page = browser.new_page(bypass_csp=True)
    page.server = server
    found = 0
    for portion in portions(120):
        holes = "<!doctype html><title>x</title><p>{0}</p><p title=\"{0}\"><p title='{0}'><p title={0}>"
        shown(page, [(holes.format(script).encode("utf-8", "replace"), {"Content-Type": "text/html; charset=utf-8"}) for script in portion])
        page.wait_for_timeout(2 * SETTLES)
        found += sum(frame.evaluate("window.marker ?? 0") for frame in page.frames[1:])
    assert found > 120
    page.close()


# the page


def address(**fields):
    return "/#" + "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())


@CSPS
def test_a_program_in_a_link(look):
    look.goto(look.server + address(program=PROGRAM, inputs='{"x": [1, 2]}'))
    expect(look.get_by_role("status").first).to_have_text("L = 6")
    assert look.get_by_role("textbox", name="Program").input_value() == PROGRAM
    is_ours(look)
    for text in (TEXTS, NAMES, f"u = x\n{IMAGE}", f"u = {quote(IMAGE)}(x)"):
        look.goto(look.server + "/problems")
        look.goto(look.server + address(program=text))
        expect(look.get_by_role("alert")).not_to_be_empty()
        is_ours(look)


@CSPS
def test_names_and_numbers_in_a_link(look):
    inputs = dict.fromkeys(PLAIN, 1) | {"x": list(PLAIN), "y": {"value": PLAIN[0], "role": PLAIN[1]}}
    look.goto(look.server + address(program="L = sum(x) + y", inputs=json.dumps(inputs)))
    expect(look.get_by_role("alert")).not_to_be_empty()
    is_ours(look)
    look.goto(look.server + "/problems")
    look.goto(look.server + address(program="L = sum(x)", inputs=json.dumps({"x": list(PLAIN)})))
    expect(look.get_by_role("alert")).not_to_be_empty()
    is_ours(look)


@CSPS
def test_everything_else_in_a_link(look):
    names = ("select", "pair", "step", "notation", "order", "scheme", "hide", "lock", "lesson", "exercise", "detail", "view", "direction",
        "show",
             "digits", "fractions", "sample", "present", "data")  # fmt: skip
    for portion in portions(115):
        fields = {name: portion[i % len(portion)] for i, name in enumerate(names[:-1])} | {
            "open": json.dumps(portion),
            "closed": json.dumps(portion),
        }
        look.goto(look.server + "/problems")
        look.goto(look.server + address(program=SEED, inputs='{"x": 1}', **fields).replace("\ud800", ""))
        look.wait_for_timeout(SETTLES)
        is_ours(look)
    for script in SCRIPTS[::57]:
        # What cannot be read is told in the menu.
        for field in ("example", "data", "inputs", "open"):
            look.goto(look.server + "/" + address(**{field: script})[1:])
            is_quiet_soon(look)
    is_ours(look)


SEED = "u = x ** 2\nL = sum(u)"


def is_quiet_soon(page):
    page.wait_for_timeout(30)
    assert page.evaluate("window.marker ?? null") is None


@CSPS
def test_the_query_of_the_page_and_of_other_pages(look):
    for portion in portions(77):
        script = "".join(portion)
        fields = dict.fromkeys(
            ("select", "detail", "view", "show", "digits", "notation", "order", "element", "epsilon", "framework"), script
        )
        response = look.goto(f"{look.server}/?{urlencode(fields | {'example': 'seed-network', 'listed': '1'})}")
        assert response.status == 200
        is_quiet_soon(look)
    is_ours(look)
    for path in ("/?example=", "/problems?x=", "/api/v1/worksheet?format=html&example=seed-network&x=",
        "/api/v1/worksheet?format=html&example=",
                 "/api/v1/worksheet?example=seed-network&seed=", "/api/v1/examples/", "/static/", "/docs?x="):  # fmt: skip
        for script in (IMAGE, PLAIN[71]):
            look.goto(look.server + path + quote(script))
            is_quiet_soon(look)
    is_quiet(look)


@CSPS
def test_forms_that_are_sent_without_scripts(look):
    """What the server writes then, read by a browser that would run it."""
    cells = {f"cell:x:0,{i}": script for i, script in enumerate(PLAIN)}
    others = {name: "".join(PLAIN[i :: 12]) for i,
        name in enumerate(("select", "example", "element", "epsilon", "framework", "notation", "order",
              "group", "open", "was", "detail", "view"))}  # fmt: skip
    blocks = {"block:x": json.dumps(PLAIN), "literal:x": json.dumps(PLAIN), "role:x": IMAGE}
    unknown = {f"shape:{script}": "" for script in PLAIN}
    for fields in (
        {"program": PROGRAM, "shape:x": "", "cell:x:0,0": "1", "listed": "1"} | others,
        {"program": "L = sum(x)", "shape:x": str(len(PLAIN))} | cells | others,
        {"program": "L = sum(x)"} | blocks | others,
        {"program": "L = sum(x)", "block:x": "".join(SCRIPTS)},
        {"program": TEXTS} | unknown, {"program": NAMES} | unknown, {"program": "".join(SCRIPTS)},
        {"program": f"L = sum({'x' * 30}{IMAGE})"}, {"program": f"L = einsum({IMAGE!r}, x)"}, {"program": f"L = gelu(x, {IMAGE!r})"},
    ):  # fmt: skip
        response = posted(look, "/", fields, FORM)
        assert response.headers["content-type"].startswith("text/html")
        opened(look, response.body(), own(response))
        is_ours(look)


@CSPS
def test_what_a_server_could_say_is_only_text(look):
    """The error part of the page, with a script as every message, hint and repair: the page need not trust what it is told."""
    place = {"line": 1, "column": 1, "end_column": 2}
    for portion in portions(115):
        errors = [place | {"message": script, "hint": script, "repair": place | {"text": script}} for script in portion]
        problem = {"type": "/problems#program", "title": portion[0], "status": 422, "detail": portion[1], "errors": errors}
        look.goto(look.server + "/problems")
        look.add_init_script("window.WebSocket = class { constructor() { this.readyState = 3 } addEventListener() {} close() {} }")
        answers(look, "**/live", json.dumps({"id": 0, "problem": problem}), JSON)
        look.goto(look.server + "/")
        look.get_by_role("textbox", name="Program").fill("u = ")
        expect(look.get_by_role("alert")).not_to_be_empty()
        is_ours(look)
        look.unroute("**/live")


@CSPS
def test_files(look):
    look.goto(look.server + "/")
    header = ",".join('"' + script.replace('"', '""') + '"' for script in PLAIN)
    tables = [f"{header}\n{','.join('1' * 1 for _ in PLAIN)}", f"1,2\n{PLAIN[0]},3", f"1,2\n3,{PLAIN[12]}", "1,2"]
    for i, portion in enumerate(portions(40, [re.sub(r"[/\\]", "\u2215", script) for script in PLAIN])):
        look.get_by_role("button", name="Change x").click()
        with look.expect_file_chooser() as chosen:
            look.get_by_role("button", name="Load a file…").or_(look.get_by_role("menuitem", name="Load a file…")).click()
        name = portion[i % len(portion)][:150] + (".csv" if i % 3 else "")
        with look.expect_response(re.compile("/api/v1/arrays")):
            chosen.value.set_files([{"name": name, "mimeType": "text/csv", "buffer": tables[i % len(tables)].encode()}])
        look.wait_for_timeout(40)
        look.keyboard.press("Escape")
    is_ours(look)


@CSPS
def test_answers_in_practice(look):
    look.goto(look.server + address(exercise="formula-w1"))
    expect(look.locator("#practice")).to_be_visible()
    field = look.locator("#answer input, #answer textarea").first
    expect(field).to_be_visible()
    look.locator("#practice .whole summary").click()
    for portion in portions(115):
        with look.expect_response(re.compile("/api/v1/check")):
            field.fill("\n".join(UNSEEN.sub("", script) for script in portion))
        with look.expect_response(re.compile("/api/v1/check")):
            look.locator("#backward").fill("\n".join(f"w1.g = {script}" for script in portion))
        look.wait_for_timeout(60)
        is_ours(look)


@CSPS
def test_a_file_with_a_state(look):
    state = {"curlyd": 1, "program": PROGRAM, "inputs": {script: script for script in PLAIN} | {"x": [1, 2]}, "example": IMAGE,
        "select": SCRIPT,
             "open": list(PLAIN), "hide": IMAGE, "lesson": SCRIPT, "exercise": IMAGE, "title": SCRIPT}  # fmt: skip
    look.goto(look.server + "/")
    look.locator("summary").get_by_text("Share", exact=True).click()
    with look.expect_file_chooser() as chosen:
        look.get_by_role("button", name="Open a file…").click()
    chosen.value.set_files(
        [{"name": f"{IMAGE}.json".replace("/", ""), "mimeType": "application/json", "buffer": json.dumps(state).encode()}]
    )
    look.wait_for_timeout(2 * SETTLES)
    is_ours(look)


# pictures and documents


@CSPS
def test_the_picture_by_itself_and_in_a_page(look):
    data = {"program": PROGRAM, "inputs": {"x": [1, 2]} | dict.fromkeys(PLAIN, 1), "open": list(PLAIN), "closed": list(PLAIN)}
    for theme in ("auto", "light", "dark"):
        response = posted(look, "/api/v1/graph.svg", data | {"theme": theme})
        assert response.status == 200, response.text()
        assert response.headers["content-type"].startswith("image/svg+xml")
        assert "default-src 'none'" in response.headers["content-security-policy"]
        for headers in (own(response), own(response, "content-security-policy", "x-content-type-options")):
            opened(look, response.body(), headers)
            is_ours(look)
        opened(look, f"<!doctype html><title>x</title>{response.text()}", {"Content-Type": "text/html; charset=utf-8"})
        is_ours(look)
    saved = posted(look, "/graph.svg", {"program": PROGRAM, "shape:x": "", "cell:x:0,0": "1"}, FORM)
    assert saved.headers["content-disposition"].startswith("attachment")
    opened(look, saved.body(), own(saved, "content-disposition"))
    is_ours(look)


@CSPS
def test_problem_documents(look):
    """Opened as documents, with the type that they have."""
    documents = [posted(look, "/api/v1/graph", {"program": SEED, **dict.fromkeys(portion, 1)}) for portion in portions(20, PLAIN)]
    for i, script in enumerate(PLAIN[::2]):
        wanted = (
            {"program": SEED, "inputs": {"x": 1}, "loss": script}, {"program": f"L = {script}(x)"},
            {"program": "L = x", "inputs": {"x": script}},
            {"program": "L = x", "inputs": {"x": {"value": 1, "role": script}}}, {"program": SEED, "inputs": {"x": 1}, "detail": script},
        )[i % 5]  # fmt: skip
        documents.append(posted(look, "/api/v1/graph", wanted))
    for path, more in (("derivation", "target"), ("hints", "variable"), ("code", "framework"), ("paths", "source")):
        documents += [
            posted(look, f"/api/v1/{path}", {"program": SEED, "inputs": {"x": 1}, "target": "L", more: script}) for script in PLAIN[::40]
        ]
    documents += [
        look.request.post(f"{look.server}/api/v1/arrays?filename={quote(script)}", data=script.encode()) for script in PLAIN[::20]
    ]
    assert all(document.status in (200, 422) for document in documents)
    for document in documents:
        if document.status == 422:
            assert document.headers["content-type"] == "application/problem+json"
    shown(look, [(document.body(), own(document, "content-disposition")) for document in documents])


@CSPS
def test_parts_of_the_page_and_documents_of_a_derivation(look):
    """What the page fetches and puts into itself, each in a page of its own."""
    sent = {"program": PROGRAM, "inputs": {"x": [1, 2]}}
    documents = []
    for portion in portions(23, PLAIN):
        explained = {name: portion[i] for i, name in enumerate(("notation", "order", "element", "epsilon", "framework", "listed"))}
        documents.append(posted(look, "/derivation", {"request": sent, "select": "x", "explained": explained}))
        documents.append(posted(look, "/derivation", {"request": sent, "select": portion[6], "explained": explained}))
    documents.append(posted(look, "/paths", sent | {"source": "x", "target": "L"}))
    for kind in (".md", ".tex"):
        documents.append(posted(look, f"/api/v1/derivation{kind}", sent | {"target": "x"}))
    live = posted(look, "/live", {"request": {"program": "L = sum(x)", "inputs": {"x": list(PLAIN)}}, "select": IMAGE, "table": True})
    parts = [(live.json().get("inputs", ""), {"Content-Type": "text/html; charset=utf-8"})]
    live = posted(look, "/live", {"request": sent, "select": IMAGE, "table": True}).json()
    parts += [(live[name], {"Content-Type": "text/html; charset=utf-8"}) for name in ("svg", "inspector", "groups", "table", "inputs")]
    shown(look, [(document.body(), own(document)) for document in documents] + parts)
