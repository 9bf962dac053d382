"""Times of pictures, mended as players do where a file repeats them, goes back or says none."""

from collections.abc import Iterable, Iterator
from heapq import heappush, heappushpop
from itertools import chain, pairwise
from typing import TypeVar

_HELD_BACK = 16  # pictures stored before one that is shown earlier, as H.264 and HEVC allow
_BEHIND_AT_MOST = 64  # pictures in a row: twice the longest group of B-frames that encoders make

_T = TypeVar("_T")


def mend_times(pictures: Iterable[tuple[int | None, _T]], step: int) -> Iterator[tuple[int, _T]]:
    """Pictures in the order of showing with times that rise, from those that the file gives.

    pictures: each with its time in ticks, if it has one. step: ticks from one picture to the next
    where no time is given. One that is not after its predecessor, or is after its successor, is put
    a tick behind its predecessor; when there is no room for that, it is left out.
    """
    previous: int | None = None
    for (stamp, picture), coming in _with_next(pictures):
        time = _choose_time(stamp, previous, coming, step)
        if time is not None:
            previous = time
            yield time, picture


def _choose_time(
    stamp: int | None, previous: int | None, coming: int | None, step: int
) -> int | None:
    """A picture's time between its neighbours', None where there is no room for it."""
    if previous is None:
        first = 0 if stamp is None else stamp
        return first if coming is None or coming >= first else coming - step
    time = previous + step if stamp is None else stamp
    limit = coming if coming is not None and coming > previous else None
    if time > previous and (limit is None or time <= limit):
        return time
    time = previous + 1
    return time if limit is None or time < limit else None


def _with_next(
    pictures: Iterable[tuple[int | None, _T]],
) -> Iterator[tuple[tuple[int | None, _T], int | None]]:
    """Each picture and the time of the one after it."""
    last: Iterable[tuple[int | None, _T] | None] = (None,)
    for picture, coming in pairwise(chain(pictures, last)):
        if picture is not None:
            yield picture, None if coming is None else coming[0]


def in_order_of_showing(stamps: Iterable[int]) -> Iterator[int]:
    """Times in the order of storing, sorted as far as a decoder can hold pictures back."""
    waiting: list[int] = []
    for stamp in stamps:
        if len(waiting) < _HELD_BACK:
            heappush(waiting, stamp)
        else:
            yield heappushpop(waiting, stamp)
    yield from sorted(waiting)


def find_return(stamps: Iterable[int]) -> int | None:
    """The time after which more pictures stay behind than can be mended, if there is one.

    stamps: in the order of storing. A single stray one ahead of all others does no harm.
    """
    latest = second = None
    behind = 0
    for stamp in stamps:
        behind = behind + 1 if second is not None and stamp <= second else 0
        if behind > _BEHIND_AT_MOST:
            return second
        if latest is None or stamp >= latest:
            latest, second = stamp, latest
        elif second is None or stamp > second:
            second = stamp
    return None
