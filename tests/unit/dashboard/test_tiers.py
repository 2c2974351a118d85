"""The arrangement of the screen, at every size."""

from __future__ import annotations

import pytest

from psdash.dashboard import tiers
from psdash.dashboard.tiers import PANES, Plan, Rect, Tier, Wish, arrange, tier_of

SIZES = [(width, height) for width in range(60, 261, 7) for height in range(16, 81, 3)]


def plan_for(width: int, height: int, turn: str = tiers.CHART, *, banner: int = 0) -> Plan:
    return arrange(width, height, header=1, banner=banner, turn=turn)


def cells_of(rects: list[Rect]) -> int:
    return sum(rect.width * rect.height for rect in rects)


def overlaps(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("banner", [0, 1])
@pytest.mark.parametrize("turn", [tiers.CHART, tiers.ORDERS, tiers.VAULT])
def test_the_places_tile_the_terminal(turn: str, banner: int) -> None:
    for width, height in SIZES:
        rects = list(plan_for(width, height, turn, banner=banner).places.values())
        assert cells_of(rects) == width * height, (width, height)
        for at, one in enumerate(rects):
            assert 0 <= one.x <= one.x + one.width <= width
            assert 0 <= one.y <= one.y + one.height <= height
            assert not any(overlaps(one, other) for other in rects[at + 1 :]), (width, height)


def test_every_pane_has_room_for_its_frame_and_a_few_rows() -> None:
    for width, height in SIZES:
        for name, rect in plan_for(width, height).places.items():
            if name in PANES:
                assert rect.width >= 24, (name, width, height)
                assert rect.height >= 5, (name, width, height)


def test_every_pane_can_be_reached_at_every_size() -> None:
    for width, height in SIZES:
        reached = {name for turn in PANES for name in plan_for(width, height, turn).places}
        assert reached >= set(PANES), (width, height)


@pytest.mark.parametrize(
    ("width", "height", "tier"),
    [
        (59, 24, Tier.TOO_SMALL),
        (60, 15, Tier.TOO_SMALL),
        (60, 16, Tier.NARROW),
        (80, 24, Tier.NARROW),
        (120, 40, Tier.WIDE),
        (200, 24, Tier.LOW),
        (200, 50, Tier.FULL),
    ],
)
def test_tiers(width: int, height: int, tier: Tier) -> None:
    assert tier_of(width, height) is tier


def test_what_a_terminal_of_each_size_shows() -> None:
    small, middle, full = plan_for(80, 24), plan_for(120, 40), plan_for(200, 50)
    assert small.tabs == (tiers.CHART, tiers.ORDERS, tiers.FILLS, tiers.VAULT)
    assert middle.tabs == (tiers.ORDERS, tiers.FILLS, tiers.VAULT)
    assert tiers.CHART in middle.places
    assert full.tabs == ()
    assert set(PANES) <= set(full.places)
    assert plan_for(40, 10).places == {tiers.NOTICE: Rect(0, 0, 40, 10)}


def test_a_turn_that_has_a_place_of_its_own_leaves_the_first_tab_on() -> None:
    assert tiers.ORDERS in plan_for(120, 40, tiers.LADDER).places


@pytest.mark.parametrize("wish", Wish)
def test_whatever_columns_are_wanted_every_pane_keeps_its_room(wish: Wish) -> None:
    for width, height in SIZES:
        usual, plan = plan_for(width, height), arrange(width, height, header=1, banner=0, turn=tiers.CHART, wish=wish)
        rects = list(plan.places.values())
        assert cells_of(rects) == width * height, (width, height)
        for name, rect in plan.places.items():
            assert name not in PANES or (rect.width >= 24 and rect.height >= 5), (name, width, height)
        assert {*plan.places, *plan.tabs} >= set(PANES), (width, height)
        ladder, before = plan.places[tiers.LADDER].width, usual.places[tiers.LADDER].width
        assert ladder >= before if wish is Wish.MORE else ladder <= before


@pytest.mark.parametrize("turn", PANES)
def test_a_pane_alone_has_all_the_room_and_the_others_stay_in_reach(turn: str) -> None:
    for width, height in SIZES:
        plan = arrange(width, height, header=1, banner=1, turn=turn, is_alone=True)
        assert plan.tabs == PANES
        assert [name for name in plan.places if name in PANES] == [turn]
        assert (plan.places[turn].width, plan.places[turn].height) == (width, height - 4)
        assert cells_of(list(plan.places.values())) == width * height, (width, height)


def test_wishes_go_round() -> None:
    assert [Wish.AUTO.next, Wish.MORE.next, Wish.FEWER.next] == [Wish.MORE, Wish.FEWER, Wish.AUTO]


def test_without_the_line_of_keys_the_panes_have_its_row() -> None:
    for width, height in SIZES:
        without = arrange(width, height, header=1, banner=0, turn=tiers.CHART, keys=0).places
        assert tiers.KEYLINE not in without
        assert cells_of(list(without.values())) == width * height, (width, height)
        assert without[tiers.LADDER].height == plan_for(width, height).places[tiers.LADDER].height + 1
