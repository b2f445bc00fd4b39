"""Trees as C code: a branch a split, ends where branches reach them, and as tables what is left to those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.ctext import literal

LOAD_REACH = 32  # int16 that a load with a short immediate reaches from one pointer
MOST_BASES = 3  # pointers, with which registers are left for values
BRANCH_REACH = 230  # bytes that a short conditional branch of Thumb reaches, less what an estimate may be off
NEXT_END = 100  # bytes after which code has come to another end, mostly
END_BYTES, JUMP_BYTES = 4, 2
MOST_HELD = 31  # features: what a load from the stack reaches
HOLDING = 3  # instructions that hold a feature; each split that reads it then takes one less
MOST_INLINE = 2000  # splits in one function: more take compilers long


@dataclass(frozen=True)
class Ends:
    """What trees return. `kind` is the functions' type, `leaf` what they return for a leaf, as C, and `below` for a subtree in the tables, whose
    number is in the variable `part`."""

    kind: str
    leaf: Callable[[int], str]
    below: str


@dataclass(frozen=True)
class Branches:
    """`code` has a function `<name>_tree<k>` for each tree, which `call` calls; `below` are the subtrees that it leaves to the tables, in the
    order of their numbers. `begin` goes before the first call, `again` between two: with it what one tree has loaded does not take the
    registers of the next."""

    code: str
    below: list[Tree]
    call: str
    begin: str
    again: str


@dataclass(frozen=True)
class Loads:
    """How a tree's code reads a feature. `held` are the features that are read once, before the first tree; without any each split reads
    its own, from `n_bases` pointers. `nonnegative` features load in one instruction of ARMv6-M, and others in two."""

    held: Sequence[int]
    n_bases: int
    nonnegative: bool

    def value(self, feature: int) -> str:
        """Of int16, as C."""
        if self.held:
            return f"x0[{self.held.index(feature)}]"
        base = min(feature // LOAD_REACH, self.n_bases - 1)
        return f"{'(uint16_t)' if self.nonnegative else ''}x{base}[{feature - base * LOAD_REACH}]"

    def split_bytes(self, threshold: int) -> int:
        """Of Thumb, about: load, compare and branch, and a wide threshold."""
        return (6 if self.held or self.nonnegative else 8) + (0 if 0 <= threshold <= 255 else 4)

    @property
    def bases(self) -> list[str]:
        """The trees' arguments."""
        return ["x0", "features"] if self.held else [f"x{k}" for k in range(self.n_bases)]

    @property
    def features(self) -> str:
        """All features, as int16, in a tree's function."""
        return "features" if self.held else "x0"

    @property
    def parameters(self) -> str:
        """Of a tree's function."""
        if self.held:
            return "const int_fast16_t *x0, const int16_t *features"
        return ", ".join(f"const int16_t *{base}" for base in self.bases)

    @property
    def begin(self) -> str:
        """What declares them."""
        if self.held:
            values = ", ".join(f"features[{feature}]" for feature in self.held)
            return f"    const int_fast16_t x0[{len(self.held)}] = {{{values}}};\n"
        lines = [f"    const int16_t *x{k} = features + {LOAD_REACH * k};\n" for k in range(self.n_bases)]
        return "".join(lines) + self.again

    @property
    def again(self) -> str:
        """Between two trees: what one has loaded does not take the registers of the next."""
        return "" if self.held else "".join(f"    CPU_KEEP({base});\n" for base in self.bases)


def loads(trees: Sequence[Tree], nonnegative: bool) -> Loads:
    """Features are held where that takes less instructions than are saved at the splits that a row comes to."""
    used = sorted({feature for tree in trees for feature in tree.feature})
    visits = sum(sum(tree.share) for tree in trees)
    held = used if len(used) <= MOST_HELD and visits > HOLDING * len(used) else []
    return Loads(held, min(max(used, default=0) // LOAD_REACH + 1, MOST_BASES), nonnegative)


class _Body:
    """The lines of one tree's function.

    A branch to a leaf's end takes no bytes but its own while the end is within its reach; so an end is written where code arrives at
    it without a branch, again where the last one is too far, and before what waits for it is too far back.
    """

    def __init__(self, tree: Tree, coded: Sequence[bool], ends: Ends, loads: Loads, first_part: int) -> None:
        self._tree, self._coded, self._ends, self._loads = tree, coded, ends, loads
        self._part = first_part
        self.below: list[int] = []
        self._lines: list[tuple[str, str]] = []  # a label, and what follows it
        self._used: set[str] = set()
        self._at = 0
        self._made: dict[int, tuple[int, str]] = {}  # end: where it was last written, its label
        self._asked: dict[int, tuple[int, str]] = {}  # end: since where a branch waits for it, its label

    def _end(self, child: int) -> bool:
        return child < 0 or not self._coded[child]

    def _near(self, end: int) -> bool:
        return end in self._made and self._at - self._made[end][0] < BRANCH_REACH

    def _goto(self, end: int) -> str:
        if not self._near(end):
            self._asked.setdefault(end, (self._at, f"end{len(self._lines)}_{len(self._asked)}"))
        _, label = self._made[end] if self._near(end) else self._asked[end]
        self._used.add(label)
        return f"goto {label};"

    def _write_end(self, end: int) -> None:
        _, label = self._asked.pop(end, (0, f"end{len(self._lines)}"))
        if end < 0:
            text = f"CPU_APART({len(self._lines)});\n    return {self._ends.leaf(~end)};"
        else:
            self.below.append(end)
            text = f"part = {self._part + len(self.below) - 1}U;\n    goto tables;"
        self._lines.append((label, text))
        self._made[end] = (self._at, label)
        self._at += END_BYTES

    def _arrive(self, end: int) -> None:
        """Code comes to an end; what waits for others gets them here, where no code runs into them."""
        if self._near(end):
            self._lines.append(("", self._goto(end)))
            self._at += JUMP_BYTES
        else:
            self._write_end(end)
        self._due(BRANCH_REACH - NEXT_END)

    def _due(self, limit: int) -> None:
        for end in [end for end, (at, _) in self._asked.items() if self._at - at >= limit]:
            self._write_end(end)

    def _branch(self, at: int, to_left: bool, where: str) -> None:
        """Continues the line with what is to be done on that side."""
        sign = "<=" if to_left else ">"
        value, threshold = self._loads.value(self._tree.feature[at]), self._tree.threshold[at]
        self._lines.append(("", f"if ({value} {sign} {literal(threshold, 'int16_t')}) {{{where}"))

    def write(self, bytes_below: Sequence[int]) -> str:
        """From the root, which is code, on. The smaller side of a split stands in braces, which so nest no deeper than the logarithm of the tree's
        splits."""
        tree, to_do = self._tree, [0]
        while to_do:
            at = to_do.pop()
            if at < 0:
                self._lines.append(("", "}"))
                continue
            left, right = tree.left[at], tree.right[at]
            self._at += self._loads.split_bytes(tree.threshold[at])
            if self._end(left) and self._end(right):
                skip_left = self._near(left) or not self._near(right)
                self._branch(at, skip_left, f"\n        {self._goto(left if skip_left else right)}\n    }}")
                self._arrive(right if skip_left else left)
            elif self._end(left) or self._end(right):
                self._branch(at, self._end(left), f"\n        {self._goto(left if self._end(left) else right)}\n    }}")
                to_do.append(right if self._end(left) else left)
            else:
                small = left if bytes_below[left] <= bytes_below[right] else right
                self._branch(at, small == left, "")
                to_do += [left + right - small, -1, small]
        self._due(0)
        text = "".join((f"{label}:\n" if label in self._used else "") + f"    {line}\n" for label, line in self._lines)
        return text + (f"tables:\n    return {self._ends.below};\n" if self.below else "")


def subtree(tree: Tree, root: int) -> Tree:
    """The tree below a split; its splits follow each other in preorder."""
    last, to_do = root, [root]
    while to_do:
        at = to_do.pop()
        last = max(last, at)
        to_do += [child for child in (tree.left[at], tree.right[at]) if child >= 0]
    part = slice(root, last + 1)

    def moved(children: Sequence[int]) -> list[int]:
        return [child - root if child >= 0 else child for child in children[part]]

    return Tree(0, tree.feature[part], tree.threshold[part], moved(tree.left), moved(tree.right), tree.share[part])


def _bytes_below(tree: Tree, coded: Sequence[bool], loads: Loads) -> list[int]:
    below = [0] * len(tree)
    for at in reversed(range(len(tree))):
        children = [c for c in (tree.left[at], tree.right[at]) if c >= 0 and coded[c]]
        below[at] = loads.split_bytes(tree.threshold[at]) + sum(below[c] for c in children)
        below[at] += END_BYTES if not children else 0
    return below


def branches(name: str, trees: Sequence[Tree], coded: Sequence[Sequence[bool]], ends: Ends, loads: Loads) -> Branches:
    """Trees as functions; `coded` says which of their splits are code: with a split those above it. They become part of what calls them
    while that is of a length that compilers take well."""
    unused = "".join(f"    (void){base};\n" for base in loads.bases)
    how = "static INLINE" if sum(map(sum, coded)) <= MOST_INLINE else "SHARED static"
    below: list[Tree] = []
    code = ""
    for k, (tree, which) in enumerate(zip(trees, coded, strict=True)):
        if not len(tree):
            text = f"    return {ends.leaf(~tree.root)};\n"
        elif not which[0]:
            text = f"    const uint_fast16_t part = {len(below)}U;\n    return {ends.below};\n"
            below.append(tree)
        else:
            body = _Body(tree, which, ends, loads, len(below))
            text = body.write(_bytes_below(tree, which, loads))
            text = ("    uint_fast16_t part;\n" if body.below else "") + text
            below += [subtree(tree, at) for at in body.below]
        code += f"\n{how} {ends.kind} {name}_tree{k}({loads.parameters})\n{{\n{unused}{text}}}\n"
    return Branches(code, below, f"{name}_tree{{}}({', '.join(loads.bases)})", loads.begin, loads.again)
