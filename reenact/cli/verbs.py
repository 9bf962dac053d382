"""A command with verbs, as a table: what a row is, and the parser that a table makes."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from reenact.cli.arguments import Add, HelpWithDefaults


class Verb(NamedTuple):
    """One thing to do.

    words: how it is called, "bench" or "train avatars". run: does it and returns the exit status;
    the first line of its docstring is its help. options: each puts one or more into a parser.
    extra: the extra of ours that it needs, if any.
    """

    words: str
    run: Callable[[argparse.Namespace], int]
    options: tuple[Add, ...]
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
        text = (verb.run.__doc__ or "").partition("\n")[0]
        leaf = below[group].add_parser(
            name, help=text, description=text, formatter_class=HelpWithDefaults
        )
        for add in verb.options:
            add(leaf)
        leaf.set_defaults(verb=verb)
