"""A command with verbs, as a table: what a row is, and the parser that a table makes."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from reenact.arguments import Add, HelpWithDefaults


class Verb(NamedTuple):
    """One thing to do.

    words: how it is called, "bench" or "train avatars". add: puts its options into a parser.
    run: does it and returns the exit status. extra: the extra of ours that it needs, if any.
    """

    words: str
    help: str
    add: tuple[Add, ...]
    run: Callable[[argparse.Namespace], int]
    extra: str = ""


def add_verbs(
    parser: argparse.ArgumentParser, verbs: Iterable[Verb], groups: Mapping[str, str]
) -> None:
    """Make `parser` take one of `verbs`; the parsed options hold it as `verb`.

    groups: help for each first word of verbs of two words.
    """
    below = {"": parser.add_subparsers(metavar="VERB", required=True)}
    for verb in verbs:
        group, _, name = verb.words.rpartition(" ")
        if group not in below:
            node = below[""].add_parser(group, help=groups[group], description=groups[group])
            below[group] = node.add_subparsers(metavar="VERB", required=True)
        leaf = below[group].add_parser(
            name, help=verb.help, description=verb.help, formatter_class=HelpWithDefaults
        )
        for add in verb.add:
            add(leaf)
        leaf.set_defaults(verb=verb)
