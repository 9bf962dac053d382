"""server/web/tickets.py: a ticket is traded for the token once, in time, and by nobody else."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.limits import DoorLimits
from server.web.app import error_middleware
from server.web.tickets import PATH, Tickets

LIMITS = DoorLimits()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def trade(tickets: Tickets, *given: object) -> list[tuple[int, str | None]]:
    """Statuses and tokens of the answers, in turn."""

    async def run() -> list[tuple[int, str | None]]:
        app = web.Application(middlewares=[error_middleware])
        app.add_routes(tickets.routes())
        async with TestClient(TestServer(app)) as client:
            answers = []
            for ticket in given:
                async with client.post(PATH, json={"ticket": ticket}) as answer:
                    answers.append((answer.status, (await answer.json()).get("token")))
            return answers

    return asyncio.run(run())


def test_ticket_is_good_once() -> None:
    tickets = Tickets("the token")
    ticket = tickets.issue()

    assert trade(tickets, ticket, ticket) == [(200, "the token"), (403, None)]


def test_ticket_is_good_for_a_minute() -> None:
    clock = Clock()
    tickets = Tickets("the token", clock)
    ticket = tickets.issue()
    clock.now = LIMITS.ticket_s

    assert trade(tickets, ticket) == [(403, None)]


def test_guess_is_worth_nothing_and_uses_nothing_up() -> None:
    tickets = Tickets("the token")
    ticket = tickets.issue()
    guesses = ["", "x", "ticket", "\udcff", ticket[:-1], None, 7]

    statuses = [status for status, _ in trade(tickets, *guesses, ticket)]
    assert statuses == [403, 403, 403, 403, 403, 400, 400, 200]


def test_long_guess_is_not_read() -> None:
    assert trade(Tickets("the token"), "x" * LIMITS.ticket_bytes) == [(413, None)]
