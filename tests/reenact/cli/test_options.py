"""reenact/cli/*.py: every option of every verb is explained, and read by its function."""

import argparse
import re
from collections.abc import Callable
from functools import partial

import pytest

from reenact.cli.main import VERBS, Verb
from tests.support.option_reads import UntraceableUse, read_options

OF_THE_COMMAND = {"verbose"}
"""Options that stand before the verb."""


def actions(verb: Verb) -> list[argparse.Action]:
    parser = argparse.ArgumentParser(add_help=False)
    if verb.add_options is not None:
        verb.add_options(parser)
    return parser._actions


def taken_options(verb: Verb) -> set[str]:
    return {action.dest for action in actions(verb)}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)
def test_verb_has_a_sentence_and_each_of_its_options_a_phrase(verb: Verb) -> None:
    sentence = (verb.run.__doc__ or "").partition("\n")[0]
    phrases = [action.help or "" for action in actions(verb)]

    assert re.fullmatch(r"[A-Z].+ .+\.", sentence)
    assert [phrase for phrase in phrases if not re.fullmatch(r"\S+ .+[^.]", phrase)] == []


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)
def test_verb_reads_the_options_it_takes_and_no_others(verb: Verb) -> None:
    assert read_options(verb.run) - OF_THE_COMMAND == taken_options(verb)


def weigh(options: argparse.Namespace) -> object:
    return options.weights, choose_size("x", options)


def choose_size(_: str, options: argparse.Namespace) -> object:
    return options.size or options.other_size


def choose_later(options: argparse.Namespace) -> object:
    return partial(choose_size, "x", options)


def weigh_inside(options: argparse.Namespace) -> object:
    return lambda: options.weights


def throw_away(options: argparse.Namespace) -> object:
    options.weights  # noqa: B018
    return None


def forget(options: argparse.Namespace) -> int:
    """Speaks of options.weights, and does not read it."""
    return len(options.folder)


READS = {
    weigh: {"weights", "size", "other_size"},
    choose_later: {"size", "other_size"},
    weigh_inside: {"weights"},
    throw_away: set(),
    forget: {"folder"},
}


@pytest.mark.parametrize("function", READS, ids=lambda function: function.__name__)
def test_only_true_reads_are_found(function: Callable[..., object]) -> None:
    assert read_options(function) == READS[function]


def take_by_name(options: argparse.Namespace) -> object:
    return [getattr(options, name) for name in ("weights", "size")]


def take_all(options: argparse.Namespace) -> object:
    return vars(options)


def unpack(options: argparse.Namespace) -> object:
    return forget(**vars(options))


def rename(options: argparse.Namespace) -> object:
    given = options
    return given.weights


def write(options: argparse.Namespace) -> None:
    options.weights = 1


@pytest.mark.parametrize(
    "function",
    [take_by_name, take_all, unpack, rename, write],
    ids=lambda function: function.__name__,
)
def test_use_that_hides_what_is_read_is_refused(function: Callable[..., object]) -> None:
    with pytest.raises(UntraceableUse):
        read_options(function)


def test_planted_option_that_is_not_read_is_found() -> None:
    def add_options(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--folder")
        parser.add_argument("--weights")

    verb = Verb("planted", forget, add_options)

    assert taken_options(verb) - read_options(verb.run) == {"weights"}
