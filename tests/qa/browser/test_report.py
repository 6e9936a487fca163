"""The report in a real browser: it opens, filters and finds, without complaint or request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes.cli.report import read_assets
from kubectl_routes.model.message import Language
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.report import report
from kubectl_routes.render.text import plain
from tests.qa.browser.chromium import Chromium, Page
from tests.render.examples import NOTHING
from tests.render.reports import CLEAN, FULL, HOSTILE_TEXTS, contents, hostile, large

NODES = 5_000
TABLES = 8
ROWS = "[...document.querySelectorAll('#grid tbody tr[role=row]')]"
COUNT = "document.getElementById('count').textContent"
Open = Callable[[Contents], Page]


@pytest.fixture
def opened(browser: Chromium, tmp_path: Path) -> Open:
    """Opens a report in a new tab."""

    def open_report(some: Contents) -> Page:
        file = tmp_path / "report.html"
        file.write_text(report(some, read_assets()), encoding="utf-8")
        page = browser.page()
        page.open(file)
        return page

    return open_report


@pytest.fixture(scope="module")
def big(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """One tab with 5,000 nodes × 8 tables."""
    file = tmp_path_factory.mktemp("large") / "report.html"
    file.write_text(report(large(NODES, TABLES), read_assets()), encoding="utf-8")
    page = browser.page()
    page.open(file)
    return page


@pytest.fixture
def fresh(big: Page) -> Page:
    """The large report without any filter, from its top."""
    big.run("document.getElementById('reset').click(); document.activeElement.blur()")
    return big


def first_names(page: Page) -> list[str]:
    names: list[str] = page.run(f"{ROWS}.slice(0, 3).map(row => row.cells[0].textContent)")
    return names


def choose(page: Page, field: str, value: str) -> None:
    page.run(
        f"(field => {{ field.value = '{value}'; field.dispatchEvent(new Event('change')); }})"
        f"(document.getElementById('{field}'))"
    )


@pytest.mark.parametrize("some", [FULL, contents(NOTHING, CLEAN), hostile()])
def test_it_opens_without_a_complaint_and_without_a_request(opened: Open, some: Contents) -> None:
    page = opened(some)
    assert page.complaints() == []
    assert [url for url in page.requests() if not url.startswith("data:")] == page.requests()[:1]
    assert page.requests()[0].startswith("file:")
    assert page.run("document.title").startswith("VPC routes: ")


def test_hostile_names_are_shown_and_do_nothing(opened: Open) -> None:
    page = opened(hostile())
    names = page.run(f"{ROWS}.map(row => row.cells[0].textContent)")
    assert names[:4] == list(map(plain, HOSTILE_TEXTS))
    assert page.run("document.querySelectorAll('img').length") == 0
    page.run("document.getElementById('search').focus()")
    page.type("<img src=x")
    assert page.run(COUNT) == "1 of 5 nodes"
    assert page.complaints() == []


def test_the_policy_stops_what_was_not_written_by_us(opened: Open) -> None:
    page = opened(FULL)
    page.run(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'document.title = 1'}))"
    )
    page.run("fetch('https://example.com/').catch(() => 0)")
    assert page.run("document.title") == "VPC routes: prod"
    assert [url for url in page.requests() if url.startswith("http")] == []
    complaints = " ".join(page.complaints())
    assert "script-src" in complaints
    assert "Content Security Policy" in complaints


def test_few_of_many_rows_are_in_the_page_and_scrolling_brings_others(fresh: Page) -> None:
    assert fresh.run(COUNT) == "5,000 of 5,000 nodes"
    assert fresh.run("document.getElementById('grid').getAttribute('aria-rowcount')") == "5001"
    assert 10 < fresh.run(f"{ROWS}.length") < 100
    fresh.run("document.getElementById('scroller').scrollTop = 1e7")
    fresh.wait(
        lambda: fresh.run(f"{ROWS}.at(-1).cells[0].textContent") == "cn-hangzhou.10.0.19.249"
    )
    assert fresh.run(f"{ROWS}.at(-1).getAttribute('aria-rowindex')") == "5001"


def test_search_finds_a_node_among_thousands(fresh: Page) -> None:
    fresh.press("/")
    fresh.type("i-bp1 hangzhou.10.0.7.77")
    assert fresh.run(COUNT) == "1 of 5,000 nodes"
    assert first_names(fresh) == ["cn-hangzhou.10.0.7.77"]
    fresh.type("nonsense")
    assert fresh.run(COUNT) == "0 of 5,000 nodes"
    assert fresh.run("document.querySelector('#grid tbody').textContent") == (
        "No node matches the filter."
    )


def test_states_tables_and_vswitches_filter_together(fresh: Page) -> None:
    assert fresh.run("document.querySelector('#states .conflict').textContent") == "≠ conflict 800"
    choose(fresh, "table", "2")
    fresh.run("document.querySelector('#states .conflict').click()")
    assert fresh.run(COUNT) == "100 of 5,000 nodes"
    assert fresh.run("document.querySelector('#states .conflict').ariaPressed") == "true"
    assert fresh.run(f"{ROWS}.every(row => row.cells[3].className.includes('conflict'))")
    assert fresh.run(f"{ROWS}[0].cells.length") == 4
    choose(fresh, "vswitch", "0")
    assert fresh.run(COUNT) == "25 of 5,000 nodes"
    fresh.run("document.getElementById('reset').click()")
    assert fresh.run(COUNT) == "5,000 of 5,000 nodes"


def test_a_click_on_a_head_sorts_and_again_turns_it_round(fresh: Page) -> None:
    head = "document.querySelector('#grid thead th.node')"
    fresh.run(f"{head}.querySelector('button').click()")
    assert first_names(fresh) == [f"cn-hangzhou.10.0.0.{n}" for n in range(3)]
    assert fresh.run(f"{head}.ariaSort") == "ascending"
    fresh.run(f"{head}.querySelector('button').click()")
    assert first_names(fresh)[0] == "cn-hangzhou.10.0.19.249"
    fresh.run(f"{head}.querySelector('button').click()")
    assert fresh.run(f"{head}.ariaSort") is None


def test_the_keyboard_moves_in_the_matrix_and_tells_the_cell(fresh: Page) -> None:
    fresh.run("document.getElementById('grid').focus({preventScroll: true})")
    fresh.press("End", ctrl=True)
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp"):
        fresh.press(key)
    active = "document.getElementById('active')"
    assert fresh.run(f"{active}.parentElement.getAttribute('aria-rowindex')") == "5000"
    assert fresh.run(f"{active}.cellIndex") == 3
    assert fresh.run("document.getElementById('grid').getAttribute('aria-activedescendant')")
    assert fresh.run(f"getComputedStyle({active}).outlineWidth") == "3px"
    detail = fresh.run("document.getElementById('detail').innerText")
    assert "cn-hangzhou.10.0.19.248" in detail
    assert "i-bp1" in detail
    fresh.press("Home", ctrl=True)
    assert fresh.run("document.getElementById('scroller').scrollTop") == 0


def test_enter_goes_to_the_finding_that_explains_a_cell(opened: Open) -> None:
    page = opened(FULL)
    page.run("document.getElementById('grid').focus({preventScroll: true})")
    for key in ("ArrowDown",) * 3 + ("ArrowRight",) * 3 + ("Enter",):
        page.press(key)
    assert "RT103" in page.run("document.getElementById('detail').innerText")
    page.wait(lambda: page.run("location.hash") == "#finding-0")


def test_signs_and_words_tell_the_states_apart_without_colour(fresh: Page) -> None:
    signs = fresh.run(
        "[...document.querySelectorAll('.legend .sample')].map(one => one.textContent)"
    )
    assert len(set(signs)) == 8
    seen = fresh.run(
        f"[...new Set({ROWS}.flatMap(row => [...row.querySelectorAll('.sign')]))].length"
    )
    assert seen > 100
    words = "document.querySelector('#grid .say').getBoundingClientRect().left"
    assert fresh.run(words) < 0
    fresh.run("document.getElementById('signs').click()")
    assert fresh.run(words) > 0
    fresh.run("document.getElementById('signs').click()")


def test_the_glance_has_a_lane_a_table_and_a_click_goes_there(fresh: Page) -> None:
    assert fresh.run("document.querySelectorAll('#overview canvas').length") == TABLES
    fresh.run(
        "(lane => lane.dispatchEvent(new MouseEvent('click', {clientX: lane.getBoundingClientRect()"
        ".right - 2})))(document.querySelector('#overview canvas'))"
    )
    fresh.wait(lambda: fresh.run("document.getElementById('scroller').scrollTop") > 10_000)


def test_a_finding_leads_to_its_nodes_and_a_command_can_be_copied(opened: Open) -> None:
    page = opened(FULL)
    page.run("document.querySelector('[data-finding]').click()")
    assert page.run(COUNT) == "2 of 11 nodes, only nodes of RT103"
    page.run("document.querySelector('.copy').click()")
    page.wait(lambda: page.run("document.querySelector('.copy').textContent") == "Copied")
    page.run("document.querySelector('[data-vswitch=vsw-bp11]').dispatchEvent(new Event('click'))")
    assert page.run("document.getElementById('vswitch').value") == "1"
    assert page.complaints() == []


def test_without_a_script_verdict_findings_and_rows_are_there(opened: Open) -> None:
    page = opened(large(150, 2))
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.call("Page.reload")
    page.wait(lambda: page.run("document.readyState") == "complete")
    seen = page.run("document.body.innerText")
    for told in ("1 error, 1 warning", "Rewrite the list.", "only the first 100 of 150 nodes"):
        assert told in seen
    assert page.run("document.querySelectorAll('#grid tbody tr').length") == 100
    assert page.run("document.getElementById('tools').offsetHeight") == 0


def test_dark_and_light_pages_are_readable(opened: Open) -> None:
    page = opened(FULL)
    for dark in (False, True):
        page.dark(dark)
        assert page.run(CONTRAST) == []


def test_a_narrow_screen_scrolls_the_matrix_and_not_the_page(opened: Open) -> None:
    page = opened(FULL)
    page.resize(390, 800)
    assert page.run("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("some", "width"),
    [(FULL, 1100), (large(60, 4), 1100), (large(60, 8), 1100), (large(60, 2), 800)],
)
def test_nothing_is_wider_than_its_place(opened: Open, some: Contents, width: int) -> None:
    page = opened(some)
    page.resize(width, 800)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.run(CUT) == []


def test_the_contents_stay_in_view_and_lead_below_themselves(opened: Open) -> None:
    page = opened(large(60, 4))
    page.run("document.querySelector('nav a[href=\"#tables\"]').click()")
    page.wait(lambda: page.run("scrollY") > 0)
    bottom = "document.querySelector('nav').getBoundingClientRect().bottom"
    assert page.run("document.querySelector('nav').getBoundingClientRect().top") == 0
    assert page.run(f"document.querySelector('#tables h2').getBoundingClientRect().top >= {bottom}")


def test_a_chinese_report_is_chinese_in_what_the_script_writes_too(opened: Open) -> None:
    page = opened(replace(FULL, diagnosis=replace(FULL.diagnosis, language=Language.CHINESE)))
    assert page.run("document.documentElement.lang") == "zh-CN"
    assert page.run(COUNT) == "11 / 11 个节点"
    assert page.run("document.querySelector('#states .missing').textContent") == "✗ 缺失 18"
    assert page.run("document.querySelector('.copy').textContent") == "复制"


def test_paper_has_no_contents_and_no_tools(opened: Open) -> None:
    page = opened(FULL)
    page.call("Emulation.setEmulatedMedia", media="print")
    seen = "one => one.checkVisibility()"
    assert page.run(f"[...document.querySelectorAll('nav, .copy, #tools')].some({seen})") is False
    assert page.run(f"[...document.querySelectorAll('#verdict, .finding')].every({seen})")


def test_paper_shows_every_row_and_no_tools(opened: Open) -> None:
    page = opened(large(120, 2))
    page.run("addEventListener('afterprint', () => { window.printed = true; })")
    page.run(
        "addEventListener('beforeprint', () => { window.rows ="
        " document.querySelectorAll('#grid tbody tr').length; })"
    )
    assert page.pdf().startswith(b"%PDF-")
    assert page.run("window.rows") == 120
    page.wait(lambda: page.run("window.printed"))
    assert page.run("[...document.querySelectorAll('main details')].every(one => !one.open)")


# Elements that are wider than their place, or than the window.
CUT = """[...document.querySelectorAll("body *")].filter((one) => {
  if (!one.checkVisibility() || one.closest("svg") || one.classList.contains("skip")) return false;
  const cut = one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1;
  return cut || one.getBoundingClientRect().right > innerWidth + 1;
}).map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`)"""

# Texts with less contrast to what is behind them than WCAG asks for (4.5 to 1).
CONTRAST = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!own || !element.checkVisibility() || element.closest("svg, script, style")) continue;
    const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
})()"""
