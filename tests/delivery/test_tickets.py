"""Tickets: who waits for what, and when the answer comes."""

from __future__ import annotations

from clippy_otel.delivery.tickets import Tickets


def test_a_ticket_is_answered_when_what_was_accepted_before_it_is_settled() -> None:
    """New ones are to be marked; each is answered by its own mark, and then forgotten."""
    tickets = Tickets()
    one = tickets.take(deadline=100)
    assert tickets.new() == [one]
    one.mark = (5, 0)
    two = tickets.take(deadline=100)
    assert tickets.new() == [two]
    two.mark = (6, 2)
    assert tickets.new() == []
    tickets.answer(settled=(4, 9), possible_from=0)
    assert tickets
    tickets.answer(settled=(5, 1), possible_from=0)
    assert tickets.wait(one, 0.001, lambda: (0,))
    tickets.answer(settled=(6, 2), possible_from=0)
    assert tickets.wait(two, 0.001, lambda: (0,))
    assert not tickets


def test_a_ticket_is_answered_with_no_where_nothing_more_can_happen_in_time() -> None:
    """A pause beyond the deadline is an answer too, once it is known what the ticket waits for."""
    tickets = Tickets()
    ticket = tickets.take(deadline=100)
    tickets.answer(settled=(4,), possible_from=100)
    assert tickets
    ticket.mark = (5,)
    tickets.answer(settled=(4,), possible_from=99)
    assert tickets
    tickets.answer(settled=(4,), possible_from=100)
    assert not tickets.wait(ticket, 0.001, lambda: (0,))
    assert not tickets


def test_a_waiter_that_gives_up_leaves_nothing() -> None:
    """A ticket whose deadline came is dropped by whoever waited for it."""
    tickets = Tickets()
    assert not tickets.wait(tickets.take(deadline=100), 0.001, lambda: (0,))
    assert not tickets


def test_a_ticket_waits_for_what_lies_on_the_disk_as_long_as_that_makes_sense() -> None:
    """It is answered once that is sent, or once no more of it can be before the deadline; it has not failed then."""
    tickets = Tickets()
    for is_all_sent, possible_from in ((True, 0), (False, 100)):
        ticket = tickets.take(deadline=100)
        ticket.mark = (5,)
        tickets.answer(settled=(5,), possible_from=99, is_all_sent=False)
        assert tickets
        tickets.answer(settled=(5,), possible_from=possible_from, is_all_sent=is_all_sent)
        assert tickets.wait(ticket, 0.001, lambda: (0,))


def test_at_the_deadline_it_counts_what_is_settled() -> None:
    """Who is not answered in time looks for himself; what the worker has not marked is not settled."""
    tickets = Tickets()
    ticket = tickets.take(deadline=100)
    assert tickets.deadlines() == [100]
    assert not tickets.wait(ticket, 0.001, lambda: (9,))
    ticket = tickets.take(deadline=100)
    ticket.mark = (5,)
    assert tickets.wait(ticket, 0.001, lambda: (5,))
