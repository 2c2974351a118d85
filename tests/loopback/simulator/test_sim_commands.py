"""Protocol §3: the six commands, their answers, every rejection code, and the caps."""

from __future__ import annotations

from typing import Any

import pytest

from psdash.simulator.protocol.auth import NO_SCOPE_KEY
from tests.loopback.simulator.rig import MAKER_VAULT, START_MS, VAULT, Client, Rig

UNHEARD_OF = "123456"


async def test_ping(market: Client) -> None:
    assert await market.command("ping") == {"id": 1, "type": "pong", "ts": START_MS, "serverTs": START_MS}


async def test_subscribed_is_top_level_and_numbers_sids_from_one(rig: Rig, market: Client) -> None:
    row = rig.world.row
    ack = await market.subscribe(
        {"channel": "token_trade_matches", "ids": [row.yes_token_id, row.no_token_id]},
        {"channel": "token_trade_matches", "ids": ["not-a-token-id"]},
        {"channel": "condition_lifecycle", "ids": [row.condition_id]},
        {"channel": "system", "ids": ["platform_status"]},
    )
    assert ack == {
        "id": 1,
        "type": "subscribed",
        "accepted": [
            {"sid": 1, "channel": "token_trade_matches", "ids": [row.yes_token_id, row.no_token_id]},
            {"sid": 2, "channel": "condition_lifecycle", "ids": [row.condition_id]},
            {"sid": 3, "channel": "system", "ids": ["platform_status"]},
        ],
        "rejected": [
            {
                "channel": "token_trade_matches",
                "ids": ["not-a-token-id"],
                "code": "invalid_params",
                "message": "invalid tokenId",
            }
        ],
        "serverTs": START_MS,
    }


async def test_each_gateway_numbers_by_itself_and_private_channels_have_no_ids(rig: Rig, user: Client) -> None:
    async with rig.client("market") as market:
        ack = await market.subscribe({"channel": "system", "ids": ["platform_status"]})
        assert ack["accepted"][0]["sid"] == 1
    ack = await user.subscribe(
        {"channel": "user_orders"},
        {"channel": "user_fills"},
        {"channel": "vault_positions", "ids": [VAULT.upper().replace("X", "x")]},
    )
    assert ack["accepted"] == [
        {"sid": 1, "channel": "user_orders"},
        {"sid": 2, "channel": "user_fills"},
        {"sid": 3, "channel": "vault_positions", "ids": [VAULT]},
    ]
    assert ack["rejected"] == []


async def test_ids_are_normalised(rig: Rig, market: Client) -> None:
    token, condition = rig.world.row.yes_token_id, rig.world.row.condition_id
    ack = await market.subscribe(
        {"channel": "token_ohlc", "ids": ["000" + token, token, "0"]},
        {"channel": "condition_lifecycle", "ids": ["0x" + condition[2:].upper()]},
    )
    assert [entry["ids"] for entry in ack["accepted"]] == [[token, "0"], [condition]]


async def test_one_bad_id_refuses_its_entry_and_is_named(rig: Rig, market: Client) -> None:
    ack = await market.subscribe({"channel": "token_book", "ids": [rig.world.row.yes_token_id, "0x12"]})
    assert ack["accepted"] == []
    assert ack["rejected"][0]["ids"] == ["0x12"]


BAD_MARKET_ENTRIES: list[tuple[Any, str]] = [
    ({"channel": "orderbook", "ids": ["1"]}, "invalid_params"),
    ({"ids": ["1"]}, "invalid_params"),
    ("token_book", "invalid_params"),
    ({"channel": "token_book"}, "invalid_params"),
    ({"channel": "token_book", "ids": []}, "invalid_params"),
    ({"channel": "token_book", "ids": "1"}, "invalid_params"),
    ({"channel": "token_book", "ids": [1]}, "invalid_params"),
    ({"channel": "token_book", "ids": ["12a"]}, "invalid_params"),
    ({"channel": "token_book", "ids": ["\u0661"]}, "invalid_params"),
    ({"channel": "condition_lifecycle", "ids": ["0x12"]}, "invalid_params"),
    ({"channel": "system"}, "invalid_params"),
    ({"channel": "system", "ids": ["platform_status", "x"]}, "invalid_params"),
    ({"channel": "user_orders"}, "forbidden"),
    ({"channel": "vault_positions", "ids": [VAULT]}, "forbidden"),
    ({"channel": "token_ohlc", "ids": [str(n) for n in range(101)]}, "subscription_too_many_ids"),
]


@pytest.mark.parametrize(("entry", "code"), BAD_MARKET_ENTRIES)
async def test_rejections_of_the_market_gateway(market: Client, entry: Any, code: str) -> None:
    ack = await market.subscribe(entry, {"channel": "system", "ids": ["platform_status"]})
    assert [row["code"] for row in ack["rejected"]] == [code]
    assert ack["rejected"][0]["message"]
    assert len(ack["accepted"]) == 1


BAD_USER_ENTRIES: list[tuple[Any, str]] = [
    ({"channel": "user_orders", "ids": ["x"]}, "invalid_params"),
    ({"channel": "user_fills", "ids": []}, "invalid_params"),
    ({"channel": "vault_positions"}, "invalid_params"),
    ({"channel": "vault_positions", "ids": ["0x12"]}, "invalid_params"),
    ({"channel": "vault_positions", "ids": [VAULT, MAKER_VAULT]}, "forbidden"),
    ({"channel": "token_book", "ids": ["1"]}, "forbidden"),
    ({"channel": "system", "ids": ["platform_status"]}, "forbidden"),
]


@pytest.mark.parametrize(("entry", "code"), BAD_USER_ENTRIES)
async def test_rejections_of_the_user_gateway(user: Client, entry: Any, code: str) -> None:
    ack = await user.subscribe(entry)
    assert ack["accepted"] == []
    assert [row["code"] for row in ack["rejected"]] == [code]


async def test_a_key_without_the_scope_opens_the_gateway_and_nothing_on_it(rig: Rig) -> None:
    async with rig.client("user", {"X-Api-Key": NO_SCOPE_KEY}) as client:
        ack = await client.subscribe({"channel": "user_orders"}, {"channel": "vault_positions", "ids": [VAULT]})
    assert [row["code"] for row in ack["rejected"]] == ["api_key_scope_missing"] * 2
    assert ack["rejected"][0]["message"] == "api_key_scope_missing: channel user_orders needs portfolio:read"


async def test_a_hundred_ids_pass_and_duplicates_do_not_count(market: Client) -> None:
    hundred = [str(n) for n in range(1, 101)]
    ack = await market.subscribe({"channel": "token_ohlc", "ids": hundred + hundred})
    assert ack["accepted"][0]["ids"] == hundred
    refused = await market.command("update_subscription", sid=1, add_ids=["101"])
    assert (refused["type"], refused["code"]) == ("error", "subscription_too_many_ids")
    assert refused["message"] == "subscription accepts at most 100 ids"
    swapped = await market.command("update_subscription", sid=1, add_ids=["101"], remove_ids=["1"])
    assert swapped["ids"] == [*hundred[1:], "101"]


async def test_the_cap_of_256_keeps_what_there_is(market: Client) -> None:
    entry = {"channel": "token_ohlc", "ids": [UNHEARD_OF]}
    ack = await market.subscribe(*[entry] * 257)
    assert [row["sid"] for row in ack["accepted"]] == list(range(1, 257))
    assert [row["code"] for row in ack["rejected"]] == ["subscription_cap_exceeded"]
    assert len((await market.command("list_subscriptions"))["subscriptions"]) == 256
    assert (await market.command("unsubscribe", sids=[7, 7, 999, "x"]))["sids"] == [7]
    ack = await market.subscribe(entry, entry)
    assert [row["sid"] for row in ack["accepted"]] == [257]
    assert [row["code"] for row in ack["rejected"]] == ["subscription_cap_exceeded"]


async def test_update_subscription_changes_the_ids_and_what_is_pushed(rig: Rig, market: Client) -> None:
    yes, no = rig.world.row.yes_token_id, rig.world.row.no_token_id
    await market.subscribe({"channel": "token_book", "ids": [yes]})
    assert (await market.push("book_snapshot"))["id"] == yes
    ack = await market.command("update_subscription", sid=1, add_ids=["00" + no, yes])
    assert {name: ack[name] for name in ("id", "type", "sid", "channel", "ids")} == {
        "id": 2,
        "type": "subscription_updated",
        "sid": 1,
        "channel": "token_book",
        "ids": [yes, no],
    }
    assert (await market.push("book_snapshot"))["id"] == no  # and none for the one it had
    rig.world.place(rig.world.demo.wallet, "buy", "0.41", "7")
    assert [frame["id"] for frame in await market.settle()] == [yes, no]
    await market.command("update_subscription", sid=1, remove_ids=[yes, "5"])
    rig.world.place(rig.world.demo.wallet, "buy", "0.41", "7")
    assert [frame["id"] for frame in await market.settle()] == [no]
    assert (await market.command("update_subscription", sid=1, remove_ids=[no]))["ids"] == []
    rig.world.place(rig.world.demo.wallet, "buy", "0.41", "7")
    assert await market.settle() == []


@pytest.mark.parametrize(
    ("cmd", "params"),
    [
        ("update_subscription", {"sid": 1, "add_ids": ["x"]}),
        ("update_subscription", {"sid": 1}),
        ("update_subscription", {"sid": 99, "add_ids": ["1"]}),
        ("update_subscription", {"add_ids": ["1"]}),
        ("update_subscription", {"sid": 1, "add_ids": "1"}),
        ("subscribe", {"subscriptions": []}),
        ("subscribe", {"subscriptions": {}}),
        ("unsubscribe", {"sids": 1}),
        ("unsubscribe", {"sid": 1}),
        ("get_book_snapshot", {"sid": 99}),
        ("get_book_snapshot", {"sid": 1, "id": "77"}),
        ("get_book_snapshot", {"sid": 2, "id": "77"}),
    ],
)
async def test_bad_params_get_an_error_frame(market: Client, cmd: str, params: dict[str, Any]) -> None:
    await market.subscribe({"channel": "token_book", "ids": [UNHEARD_OF]}, {"channel": "token_ohlc", "ids": ["77"]})
    await market.push("book_snapshot_failed")
    answer = await market.command(cmd, **params)
    assert (answer["type"], answer["code"]) == ("error", "invalid_params")
    assert answer["message"]
    assert len((await market.command("list_subscriptions"))["subscriptions"]) == 2


async def test_update_is_refused_on_channels_without_ids(user: Client) -> None:
    await user.subscribe({"channel": "user_orders"}, {"channel": "vault_positions", "ids": [VAULT]})
    answer = await user.command("update_subscription", sid=1, add_ids=["1"])
    assert (answer["type"], answer["code"]) == ("error", "invalid_params")
    answer = await user.command("update_subscription", sid=2, add_ids=[MAKER_VAULT])
    assert (answer["type"], answer["code"]) == ("error", "forbidden")


async def test_unsubscribe_and_list(rig: Rig, market: Client) -> None:
    token = rig.world.row.yes_token_id
    await market.subscribe(
        {"channel": "token_ohlc", "ids": [token]},
        {"channel": "token_trade_matches", "ids": [token]},
        {"channel": "system", "ids": ["platform_status"]},
    )
    ack = await market.command("unsubscribe", sids=[2, 50])
    assert ack == {"id": 2, "type": "unsubscribed", "sids": [2], "serverTs": START_MS}
    listed = await market.command("list_subscriptions")
    assert listed == {
        "id": 3,
        "type": "subscriptions",
        "subscriptions": [
            {"sid": 1, "channel": "token_ohlc", "ids": [token]},
            {"sid": 3, "channel": "system", "ids": ["platform_status"]},
        ],
        "serverTs": START_MS,
    }


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', "[" * 100_000, '{"id":1e999', "\x00"])
async def test_what_is_no_command_gets_an_error_without_id(market: Client, text: str) -> None:
    await market.socket.send(text)
    answer = await market.frame()
    assert (answer["type"], answer["code"]) == ("error", "invalid_json")
    assert "id" not in answer
    assert (await market.command("ping"))["type"] == "pong"  # and the socket stays open


async def test_a_binary_frame_is_read_like_text(market: Client) -> None:
    await market.socket.send(b'{"id":5,"cmd":"ping"}')
    assert (await market.frame())["type"] == "pong"
    await market.socket.send(b"\xff\xfe\xfd")
    assert (await market.frame())["code"] == "invalid_json"


@pytest.mark.parametrize(
    ("text", "echoed"),
    [
        ('{"id":9,"cmd":"dance"}', 9),
        ('{"id":"mine","cmd":null}', "mine"),
        ('{"id":true,"cmd":"dance"}', None),
        ('{"id":{},"cmd":["ping"]}', None),
        ("{}", None),
    ],
)
async def test_an_unknown_command_is_named_and_survived(market: Client, text: str, echoed: object) -> None:
    await market.socket.send(text)
    answer = await market.frame()
    assert (answer["type"], answer["code"]) == ("error", "unknown_command")
    assert answer.get("id") == echoed
    assert (await market.command("ping"))["type"] == "pong"


async def test_params_must_be_an_object(market: Client) -> None:
    await market.socket.send('{"id":4,"cmd":"subscribe","params":[]}')
    answer = await market.frame()
    assert (answer["id"], answer["code"]) == (4, "invalid_params")


async def test_a_string_id_is_echoed(market: Client) -> None:
    await market.socket.send('{"id":"a-1","cmd":"ping"}')
    assert (await market.frame())["id"] == "a-1"
