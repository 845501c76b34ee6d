"""The table that is printed.

The bar of 1.5 x bare speaks of pages. An act (completing a checkout) has its ratio printed; only the peer judges it.
"""

import unicodedata
from dataclasses import dataclass, field
from statistics import median, quantiles

from benchmarks.server import Answer
from benchmarks.works import Peer

MOST_OF_BARE = 1.5  # DESIGN §6: a page's p50 against a bare page of the same kind
MOST_QUERIES = 12
TIMES_FASTER = 4  # than the best of the other systems, which were measured on another day
LARGE = 20_000  # clients, above which the times of the other systems at 100,000 hold
COLUMNS = (
    "work",
    "p50",
    "p95",
    "quer.",
    "app",
    "pg",
    "kB",
    "bare",
    "quer.",
    "/bare",
    "cpu",
    "/empty",
    "SQL",
    "/SQL",
    "peer/",
    "cpu",
    "",
)
WIDTHS = (20, 7, 7, 5, 6, 6, 5, 7, 5, 6, 5, 7, 6, 6, 6, 5, 0)


@dataclass
class Measured:
    """All rounds of one work."""

    name: str
    peer: Peer
    size: int
    is_page: bool = True
    ours: list[Answer] = field(default_factory=list)
    bare: list[Answer] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    wrong: set[int] = field(default_factory=set)

    @property
    def p50(self) -> float:
        return median(answer.wall for answer in self.ours)

    @property
    def over_bare(self) -> float:
        return self.p50 / median(answer.wall for answer in self.bare)

    @property
    def times_peer(self) -> float:
        """How many times faster than the best peer, by p50 as DESIGN §6 asks; at the larger size by its time there."""
        return (self.peer.p50_large if self.size > LARGE and self.peer.p50_large else self.peer.p50) / self.p50

    @property
    def cpu(self) -> float:
        """CPU ms of the application and of Postgres."""
        return median(one.app + one.postgres for one in self.ours)

    @property
    def cpu_over_bare(self) -> float:
        """The same by CPU time, which a busy machine disturbs less; 0 where the system does not tell."""
        bare = median(one.app + one.postgres for one in self.bare)
        return self.cpu / bare if bare else 0.0

    @property
    def queries(self) -> int:
        return max(answer.queries for answer in self.ours)

    def faults(self) -> list[str]:
        """What misses its mark, in words; empty when all is well."""
        found = [f"answered {status}" for status in sorted(self.wrong)]
        if self.is_page and self.over_bare > MOST_OF_BARE:
            found.append(f"over {MOST_OF_BARE} x bare")
        if self.is_page and self.queries > MOST_QUERIES:
            found.append(f"over {MOST_QUERIES} queries")
        if self.times_peer < TIMES_FASTER:
            found.append(f"less than {TIMES_FASTER} x faster than the best peer")
        return found

    def row(self, empty: float) -> list[str]:
        """The cells of this work; `empty` is the p50 of an empty view in ms."""
        walls, bare, sql = [one.wall for one in self.ours], [one.wall for one in self.bare], median(self.sql)
        cpu = [median(one.app for one in self.ours), median(one.postgres for one in self.ours)]
        return [
            self.name,
            *(f"{self.p50:.1f}", f"{quantiles(walls, n=20)[-1]:.1f}", str(self.queries)),
            *(f"{part:.1f}" for part in cpu),
            f"{median(one.size for one in self.ours) / 1000:.0f}",
            *(f"{median(bare):.1f}", str(max(one.queries for one in self.bare))),
            *(
                f"{self.over_bare:.2f}",
                f"{self.cpu_over_bare:.2f}",
                f"{self.p50 / empty:.1f}",
                f"{sql:.2f}",
                f"{self.p50 / sql:.0f}",
            ),
            *(f"{self.times_peer:.1f}", f"{self.peer.cpu / self.cpu:.1f}" if self.cpu else "-"),
            "; ".join(self.faults()) or "ok",
        ]


def printed(measured: list[Measured], empty: float) -> str:
    """The table, times in ms."""
    rows = [list(COLUMNS), *(one.row(empty) for one in measured)]
    return "\n".join(_line(row) for row in rows)


def _line(cells: list[str]) -> str:
    first, *rest = (
        _padded(cell, width, left=at == 0) for at, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    return " ".join([first, *rest]).rstrip()


def _padded(text: str, width: int, *, left: bool) -> str:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return text.ljust(width - wide) if left else text.rjust(width - wide)
