"""Which cells of the matrix a filter keeps: one rule for the page and the API."""

from dataclasses import dataclass, field

from tracker.rules.answers import Answer
from tracker.store.grid import Cell


@dataclass(frozen=True)
class CellFilter:
    """What a cell must be; an empty condition lets every cell pass.

    `evidence` is what `grid.evidence_kinds` says, needed for `kind` and `confidence`.
    `away` is the word of the level that one more element would lift the answer to.
    """

    answers: frozenset[Answer] = frozenset()
    kinds: frozenset[str] = frozenset()
    confidences: frozenset[str] = frozenset()
    away: str = ""
    evidence: dict[tuple[str, str], tuple[str, frozenset[str]]] = field(
        default_factory=dict
    )

    def keeps(self, cell: Cell) -> bool:
        if self.answers and cell.derived.answer not in self.answers:
            return False
        if self.kinds or self.confidences:
            sure, kinds = self.evidence.get(
                (cell.country.iso3, cell.criterion.key), ("", frozenset())
            )
            if self.kinds and not self.kinds & kinds:
                return False
            if self.confidences and sure not in self.confidences:
                return False
        if self.away:
            return any(step.target.word == self.away for step in cell.steps)
        return True
