import re
import xml.etree.ElementTree as ET

import pytest

from kodonb.display import chart, graph_svg, timeline_svg
from kodonb.display.theme import LOOKS, SHARE, TONES
from kodonb.display.timeline import MAX_ROWS, ticks
from tests.display.stories import Story, error, everything

PICTURES = pytest.mark.parametrize("draw", [graph_svg, timeline_svg])


@PICTURES
def test_a_picture_is_well_formed_and_says_what_it_shows(draw):
    root = ET.fromstring(draw(everything().view))
    assert root.get("role") == "img"
    assert [child.tag.rpartition("}")[2] for child in root[:2]] == ["title", "desc"]
    assert "Model search" in root[0].text and root[1].text


@PICTURES
def test_a_picture_has_no_ids_scripts_or_addresses(draw):
    svg = draw(everything().view)
    assert not re.search(r"\sid=|<script|href|url\(|https?://(?!www\.w3\.org/2000/svg)", svg)


@PICTURES
def test_a_run_without_steps_has_no_picture(draw):
    assert draw(Story().begin().view) == ""


@PICTURES
def test_names_of_steps_are_escaped(draw):
    story = Story().begin(title="<script>alert(1)</script>").step("<script>#1").step("a&b#2", "<script>#1")
    svg = draw(story.view)
    assert "<script" not in svg
    ET.fromstring(svg)


def test_a_state_is_told_by_symbol_word_shape_and_colour():
    svg = graph_svg(
        Story().step("a#1").step("b#2", end="error", error=error()).step("c#3", end="running").view
    )
    for state in ("finished", "error", "running"):
        look = LOOKS[state]
        assert look.symbol in svg and look.word in svg and look.shape in svg and f"kn-{look.tone}" in svg
    assert len({look.shape for look in LOOKS.values()}) == len(LOOKS) - 1, "starting and submitted look alike"


def test_calls_that_did_not_overlap_share_a_row():
    story = Story()
    for number in range(1, 6):
        story.step(f"train#{number}")
    rows = chart(story.view).rows
    assert [(row.label, len(row.spans)) for row in rows] == [("train \u00d7 5", 5)]


def test_calls_at_the_same_time_have_rows_of_their_own():
    story = Story()
    for number in (1, 2):
        story.step(f"train#{number}", end="running")
    assert [row.label for row in chart(story.view).rows] == ["train \u00d7 2", ""]


def test_a_second_attempt_is_a_bar_of_its_own():
    story = Story().step("a#1", end="error", error=error()).step("a#1", attempt=2)
    (row,) = chart(story.view).rows
    assert [(span.number, span.state) for span in row.spans] == [(1, "error"), (2, "finished")]
    assert "try 2" in timeline_svg(story.view)


def test_waiting_for_an_answer_is_seen_in_the_timeline():
    story = everything()
    ((start, end),) = chart(story.view).waits
    assert end - start == pytest.approx(2.1)
    assert "‖ awaiting an answer, 2.1 s" in timeline_svg(story.view)


def test_a_timeline_of_too_many_rows_says_how_many_attempts_it_leaves_out():
    story = Story()
    for number in range(MAX_ROWS + 3):
        story.step(f"s{number}#{number}")
    found = chart(story.view)
    assert (len(found.rows), found.cut) == (MAX_ROWS, 3)


@pytest.mark.parametrize("length", [0.001, 0.7, 3, 59, 61, 600, 3600, 40_000, 90_000, 5_000_000])
def test_the_axis_has_a_handful_of_round_times(length):
    found = ticks(length)
    assert found[0] == 0 and found[-1] <= length and 2 <= len(found) <= 8


def _channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _over(colour, alpha, page):
    return [alpha * c + (1 - alpha) * p for c, p in zip(colour, page, strict=True)]


def _luminance(colour):
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a, b):
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _mixed(colour, share, ink, alpha, page):
    """What `color-mix(in srgb, colour share%, ink)` shows on a page; `ink` has an alpha of its own."""
    total = share + (1 - share) * alpha
    blend = [(share * c + (1 - share) * alpha * i) / total for c, i in zip(colour, ink, strict=True)]
    return _over(blend, total, page)


THEMES = {
    "JupyterLab light": (
        "#ffffff",
        "#000000",
        0.87,
        {"ok": "#388e3c", "bad": "#d32f2f", "live": "#1976d2", "wait": "#f57c00"},
    ),
    "JupyterLab dark": (
        "#111111",
        "#ffffff",
        0.87,
        {"ok": "#4caf50", "bad": "#f44336", "live": "#2196f3", "wait": "#ff9800"},
    ),
    "light page": ("#ffffff", "#1a1a1a", 1.0, {tone: fallback for tone, (_, fallback) in TONES.items()}),
    "dark page": ("#111111", "#dddddd", 1.0, {tone: fallback for tone, (_, fallback) in TONES.items()}),
}


@pytest.mark.parametrize("theme", THEMES)
def test_words_in_the_colour_of_a_state_can_be_read(theme):
    page, ink, alpha, colours = THEMES[theme]
    for tone, colour in colours.items():
        on_page = _mixed(_channels(colour), SHARE[tone] / 100, _channels(ink), alpha, _channels(page))
        tinted = _over(on_page, 0.08, _channels(page))
        assert _contrast(on_page, tinted) >= 4.5, tone


@pytest.mark.parametrize("theme", THEMES)
def test_small_print_can_be_read(theme):
    page, ink, alpha, _ = THEMES[theme]
    muted = _over(_channels(ink), 0.72 * alpha, _channels(page))
    assert _contrast(muted, _channels(page)) >= 4.5
