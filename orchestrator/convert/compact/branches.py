"""The top levels of trees as C code: a branch a split, and what lies below as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.ctext import literal

MAX_LEVELS = 24  # compilers limit how deep braces nest
REACH = 32  # int16 that a load with a short immediate reaches from one pointer
BASES = 3  # pointers that leave a register free of those which a call passes


@dataclass(frozen=True)
class Branches:
    """`code` has a function `<name>_tree<k>` for each tree; `below` are the subtrees that it leaves to the tables, in the order of their
    roots; `arguments` is what a call passes."""

    code: str
    below: list[Tree]
    parameters: str
    arguments: str


def _subtree(tree: Tree, root: int) -> Tree:
    """The tree below a split; its splits follow each other in preorder."""
    last, to_do = root, [root]
    while to_do:
        at = to_do.pop()
        last = max(last, at)
        to_do += [child for child in (tree.left[at], tree.right[at]) if child >= 0]
    part = slice(root, last + 1)

    def moved(children: Sequence[int]) -> list[int]:
        return [child - root if child >= 0 else child for child in children[part]]

    return Tree(0, tree.feature[part], tree.threshold[part], moved(tree.left), moved(tree.right))


def branches(
    name: str, trees: Sequence[Tree], levels: int, nonnegative: bool, number: Callable[[int], int] = lambda leaf: leaf
) -> Branches:
    """`number` is what the code calls a leaf; `levels` of each tree, at most MAX_LEVELS, as code. `nonnegative` features load in one instruction of ARMv6-M, and others in two."""
    levels = min(levels, MAX_LEVELS)
    widest = max((feature for tree in trees for feature in tree.feature), default=0)
    n_bases = min(widest // REACH + 1, BASES)
    parameters = ", ".join(f"const int16_t *x{k}" for k in range(n_bases))
    below: list[Tree] = []

    def value(feature: int) -> str:
        base = min(feature // REACH, n_bases - 1)
        return f"{'(uint16_t)' if nonnegative else ''}x{base}[{feature - base * REACH}]"

    def write(tree: Tree, at: int, level: int, depth: int) -> list[str]:
        indent = "    " * (depth + 1)
        if at < 0:
            return [f"{indent}return {number(~at)};"]
        if level == levels:
            below.append(_subtree(tree, at))
            root = f"{name}_roots[{len(below) - 1}]"
            return [f"{indent}return {name}_leaf((const ROM uint8_t *){name}_nodes + {root}, x0);"]
        left, right = write(tree, tree.left[at], level + 1, depth + 1), write(tree, tree.right[at], level + 1, depth)
        return [
            f"{indent}if ({value(tree.feature[at])} <= {literal(tree.threshold[at], 'int16_t')}) {{",
            *left,
            f"{indent}}}",
            *right,
        ]

    code = ""
    for k, tree in enumerate(trees):
        unused = [f"    (void)x{b};" for b in range(n_bases)]
        body = "\n".join([*unused, *write(tree, tree.root, 0, 0)])
        code += f"\nSHARED static uint_fast16_t {name}_tree{k}({parameters})\n{{\n{body}\n}}\n"
    arguments = ", ".join(f"features + {REACH * k}" if k else "features" for k in range(n_bases))
    return Branches(code, below, parameters, arguments)
