"""The `reenact` command: its verbs, its parser, and how a failure becomes one sentence.

Nothing heavy is imported here or at the top of a verb's file: each verb imports what it needs
inside its function, so that `reenact --help` is quick and works without any extra.
"""

import argparse
import logging
import sys
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from reenact import __version__
from reenact.cli import bench, convert, evaluate, identity, models, serve, train, webcam
from reenact.cli.terminal import NoteFormatter, has_lost_reader, note, open_terminal
from reenact.printable import printable

logger = logging.getLogger(__name__)

FAILED, INTERRUPTED = 1, 130


class Verb(NamedTuple):
    """One thing that the command does."""

    words: str
    """The words that call it: "bench", or "train avatars"."""
    run: Callable[[argparse.Namespace], int]
    """Does it and returns the exit status; the first line of its docstring is the verb's help."""
    add_options: Callable[[argparse.ArgumentParser], None] | None = None
    """Adds its options to a parser; it takes none when None."""
    extra: str = ""
    """The extra of ours that it needs, if any."""


VERBS = (
    Verb("convert", convert.convert, convert.add_options),
    Verb("webcam", webcam.webcam, webcam.add_options, extra="camera"),
    Verb("identity list", identity.list_identities, identity.add_list_options),
    Verb("identity show", identity.show_identity, identity.add_show_options),
    Verb("identity add", identity.add_identity, identity.add_photo_options, extra="train"),
    Verb("identity random", identity.random_identity, identity.add_random_options),
    Verb("identity remove", identity.remove_identity, identity.add_remove_options),
    Verb("identity rename", identity.rename_identity, identity.add_rename_options),
    Verb("models list", models.list_models),
    Verb("models import", models.import_models, models.add_import_options, extra="export"),
    Verb(
        "models landmarker",
        models.convert_landmarker,
        models.add_landmarker_options,
        extra="export",
    ),
    Verb("models verify", models.verify_models, models.add_verify_options),
    Verb("models check", models.check_models, models.add_check_options),
    Verb("models remove", models.remove_models, models.add_remove_options),
    Verb("doctor", bench.doctor, bench.add_doctor_options),
    Verb("bench", bench.bench, bench.add_bench_options, extra="export"),
    Verb("serve", serve.serve, serve.add_options),
    Verb("train avatars", train.train_avatars, train.add_train_options, extra="train"),
    Verb("export avatars", train.export_avatars, train.add_export_options, extra="export"),
    Verb("export onnx", models.export_onnx, models.add_precision_options, extra="export"),
    Verb("evaluate avatars", evaluate.evaluate_avatars, evaluate.add_avatar_options, extra="train"),
    Verb("evaluate videos", evaluate.evaluate_videos, evaluate.add_video_options, extra="evaluate"),
    Verb("avatars sheet", train.draw_avatars, train.add_sheet_options, extra="train"),
)
"""Everything that the command can do; a new verb is two functions in a file here and one row."""

GROUPS = {
    "identity": "List, show, add, rename and remove the identities of a pack.",
    "models": "List, import, check and remove packs and the public weights they are made of.",
    "train": "Train the weights of a pack.",
    "export": "Turn weights into a pack.",
    "evaluate": "Measure how faithful a pack is.",
    "avatars": "Draw the people that the bundled pack is trained on.",
}
"""The help of each first word of verbs of two words."""


def main(words: list[str] | None = None) -> int:
    """Run a command line; returns the exit status: 0 done, 1 failed. Misuse exits with 2."""
    with open_terminal():
        return _run(words)


def _run(words: list[str] | None) -> int:
    from engines.base import EngineError
    from reenact.errors import ReenactError

    extra = ""
    try:
        options = build_parser().parse_args(words)
        _configure_log(verbose=options.verbose)
        extra = options.verb.extra
        status: int = options.verb.run(options)
        return status
    except (ReenactError, EngineError, ValueError, OSError) as error:
        if isinstance(error, BrokenPipeError) and has_lost_reader():
            raise
        logger.debug("this is where it failed", exc_info=True)
        note(_describe(error))
    except ModuleNotFoundError as error:
        if not extra:
            raise
        note(f"this needs {error.name}: pip install 'reenact[{extra}]'")
    except KeyboardInterrupt:
        note("stopped")
        return INTERRUPTED
    return FAILED


def _configure_log(*, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(NoteFormatter())
    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, handlers=[handler])


def build_parser() -> argparse.ArgumentParser:
    """The command line of all `VERBS`; the parsed options hold the chosen one as `verb`."""
    parser = _Parser(prog="reenact", description="A person in a video drives a synthetic portrait.")
    parser.add_argument("--version", action="version", version=f"reenact {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say more, with tracebacks")
    below = {"": parser.add_subparsers(metavar="VERB", required=True)}
    for verb in VERBS:
        group, _, name = verb.words.rpartition(" ")
        if group not in below:
            node = below[""].add_parser(group, help=GROUPS[group], description=GROUPS[group])
            below[group] = node.add_subparsers(metavar="VERB", required=True)
        text = (verb.run.__doc__ or "").partition("\n")[0]
        leaf = below[group].add_parser(
            name, help=text, description=text, formatter_class=_HelpWithDefaults
        )
        if verb.add_options is not None:
            verb.add_options(leaf)
        leaf.set_defaults(verb=verb)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser that repeats what it does not understand in signs that a terminal only shows."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


class _HelpWithDefaults(argparse.ArgumentDefaultsHelpFormatter):
    """Help that says the default of every option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False, []):
            return action.help
        return super()._get_help_string(action)


def _describe(error: Exception) -> str:
    """One sentence, which the system's own errors lack."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
