"""The picture is whole, addressable, and holds nothing unescaped."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import anyio
import pytest

from app.draw.graph import Direction
from app.draw.svg import Theme, stylesheet, tint_class
from app.engine.views import Kind
from app.service import Given, picture, to_svg

NS = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn(analysed, limits):
    def draw(program, theme=Theme.LIGHT, **inputs):
        return anyio.run(to_svg, picture(analysed(program, **inputs)), limits, theme)

    return draw


def test_every_node_edge_and_cell_is_addressable(drawn, seed):
    root = ET.fromstring(drawn(seed["program"], **seed["inputs"]))
    card = root.find(".//*[@data-node='u1']")
    for part in ("value", "gradient"):
        cells = card.findall(f".//*[@data-part='{part}']/*[@data-cell]")
        assert [cell.get("data-cell") for cell in cells] == [f"{r},{c}" for r in range(3) for c in range(3)]
    edges = {edge.get("data-edge") for edge in root.iter() if edge.get("data-edge")}
    assert "u1-u2-0" in edges
    assert len(edges) == 11


def test_it_has_a_title_and_descriptions(drawn, seed):
    root = ET.fromstring(drawn(seed["program"], **seed["inputs"]))
    assert root.get("role") == "img"
    assert root.find(f"{NS}title").text == "MSE = 2.14291"
    assert "12 values" in root.find(f"{NS}desc").text
    u4 = root.find(".//*[@data-node='u4']")
    assert u4.find(f"{NS}title").text == (
        "u4 = y - u3: intermediate value, (3, 1); value −1.93; 0.537; −1.55; gradient −1.29; 0.358; −1.04; made from y and u3; used by u5"
    )
    edge = root.find(".//*[@data-edge='b1-u1-0']")
    assert edge.find(f"{NS}title").text == "The derivative of u1 with respect to b1 is 1, Σ over 3 rows. It sends back 1.11 0.251 0.414."


@pytest.mark.parametrize(("direction", "axis"), [(Direction.DOWN, 1), (Direction.RIGHT, 0)])
def test_tips_point_where_the_edges_go(analysed, limits, seed, direction, axis):
    drawn = picture(analysed(seed["program"], **seed["inputs"]))
    drawn = replace(drawn, frame=replace(drawn.frame, direction=direction))
    root = ET.fromstring(anyio.run(to_svg, drawn, limits, Theme.LIGHT))
    tips = [path.get("d") for path in root.iter(f"{NS}path") if path.get("class") == "tip"]
    assert len(tips) == len(drawn.frame.edges)
    for tip in tips:
        point, corner = (tuple(map(float, place.split())) for place in re.fullmatch(r"M(.*)L(\S+ \S+)[HV].*Z", tip).groups())
        assert point[axis] - corner[axis] == pytest.approx(7)
        assert abs(point[1 - axis] - corner[1 - axis]) == pytest.approx(3.4)


def test_titles_are_typeset(drawn, seed):
    root = ET.fromstring(drawn(seed["program"], **seed["inputs"]))
    title = root.find(".//*[@data-node='u1']").find(f".//{NS}text[@class='title']")
    assert "".join(title.itertext()).replace("\u200b", "") == "𝑢1 = 𝑥 · 𝑤1 + 𝑏13×3"


def test_ids_are_unique(drawn, seed):
    ids = re.findall(r' id="([^"]+)"', drawn(seed["program"], **seed["inputs"]))
    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize("theme", list(Theme))
def test_every_colour_is_written_out(theme):
    css = stylesheet(theme)
    assert "var(" not in css
    assert "light-dark" not in css
    assert ("prefers-color-scheme" in css) == (theme is Theme.AUTO)
    assert ("#ffffff" in css) == (theme is not Theme.DARK)
    assert css.count("{") == css.count("}")


def test_a_page_paints_its_own_picture(drawn, seed):
    root = ET.fromstring(drawn(seed["program"], None, **seed["inputs"]))
    assert root.find(f"{NS}style") is None
    assert root.get("role") == "group"
    assert root.find(".//*[@data-node='x']").get("tabindex") == "0"


def test_tints():
    assert [tint_class(tint) for tint in (-5, -1, 0, 1, 5)] == ["m5", "m1", "t0", "p1", "p5"]


def test_special_numbers_have_their_glyphs(drawn):
    root = ET.fromstring(drawn("a = log(x)\nL = sum(a)", x=[0, 1, "NaN", "Infinity"]))
    value = root.findall(".//*[@data-node='a']/*[@data-part='value']/*[@data-cell]")
    assert ["".join(cell.itertext()) for cell in value] == ["−∞", "0", "NaN", "∞"]
    assert root.find(".//*[@data-node='a']").find(f"{NS}text[@class='kink']") is not None


def test_nothing_a_user_wrote_is_unescaped(drawn):
    text = drawn("ä_ö = x * 2 if_ # <b>".replace(" if_", ""), x=Given(3, Kind.DATA))
    assert "ä_ö" in text
    text = drawn("L = x < 3", x=2)
    assert "x &lt; 3" in text
    ET.fromstring(text)


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_every_tint_has_its_colour(drawn, seed, theme):
    """Each cell is what the style sheet gives its colour to: a class and an element that stand in no rule would be black."""
    root = ET.fromstring(drawn(seed["program"], theme=theme, **seed["inputs"]))
    rules = re.findall(r"\.graph \.([tpm]\d) (\w+) \{ fill: (#\w+); \}", stylesheet(theme))
    assert len({colour for _, _, colour in rules}) == len(rules) == 11
    painted = {(name, element) for name, element, _ in rules}
    cells = root.findall(".//*[@data-cell]")
    assert len(cells) > 50
    for cell in cells:
        _, tint = cell.attrib["class"].split()
        assert (tint, cell[0].tag.removeprefix(NS)) in painted
