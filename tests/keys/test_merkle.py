"""Trees and proofs against the definition of RFC 9162 §2.1, written down here once more."""

import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.keys.merkle import (
    EMPTY_ROOT,
    Frontier,
    Growth,
    ProofRefused,
    check_consistency,
    check_inclusion,
    consistency_path,
    frontier_of,
    inclusion_path,
    leaf_hash,
    root_of,
)

MOST = 70


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, over the data of leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    halves = root_by_definition(leaves[:split]) + root_by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + halves).digest()


LEAVES = [bytes([number]) for number in range(MOST)]


def find_in(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Nodes by their definition; only complete subtrees are asked for."""

    def find(level: int, number: int) -> bytes:
        subtree = leaves[number << level : (number + 1) << level]
        assert len(subtree) == 1 << level
        return root_by_definition(subtree)

    return find


find = find_in(LEAVES)


@pytest.mark.parametrize("size", range(MOST))
def test_a_root_is_the_one_of_the_definition(size: int) -> None:
    assert root_of(size, find) == root_by_definition(LEAVES[:size])


def test_every_leaf_of_every_tree_is_proven() -> None:
    for size in range(1, MOST):
        for index in range(size):
            path = inclusion_path(index, size, find)
            leaf = leaf_hash(LEAVES[index])
            check_inclusion(leaf, index, size, path, root_by_definition(LEAVES[:size]))


def test_every_tree_is_shown_to_begin_every_larger_one() -> None:
    for new in range(MOST):
        for old in range(new + 1):
            path = consistency_path(old, new, find)
            roots = (root_by_definition(LEAVES[:size]) for size in (old, new))
            check_consistency(old, next(roots), new, next(roots), path)


@given(st.integers(0, MOST), st.integers(0, MOST))
def test_a_tree_that_grew_in_two_pieces_is_the_same(first: int, second: int) -> None:
    leaves = [bytes([number % 256, number // 256]) for number in range(first + second)]
    growth = Growth(Frontier())
    for leaf in leaves[:first]:
        growth.append(leaf_hash(leaf))
    growth = Growth(growth.frontier())
    for leaf in leaves[first:]:
        growth.append(leaf_hash(leaf))
    whole = find_in(leaves)
    assert growth.frontier() == frontier_of(len(leaves), whole)
    assert growth.frontier().root == root_by_definition(leaves)
    for index in range(first, len(leaves)):
        assert growth.path(index) == inclusion_path(index, len(leaves), whole)


def test_a_tree_that_grew_tells_which_nodes_it_completed() -> None:
    growth = Growth(frontier_of(5, find))
    for leaf in LEAVES[5:17]:
        growth.append(leaf_hash(leaf))
    assert list(growth.made(2)) == [(number, find(2, number)) for number in (1, 2, 3)]
    assert list(growth.made(4)) == [(0, find(4, 0))]
    assert list(growth.made(5)) == []


def test_a_leaf_that_was_there_before_has_no_path_in_what_was_added() -> None:
    growth = Growth(frontier_of(5, find))
    growth.append(leaf_hash(LEAVES[5]))
    with pytest.raises(ValueError, match="before"):
        growth.path(4)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_path_to_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no tree"):
        inclusion_path(index, size, find)
    with pytest.raises(ProofRefused):
        check_inclusion(bytes(32), index, size, [], bytes(32))


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_no_tree_begins_with_a_larger_one(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="larger"):
        consistency_path(old, new, find)
    with pytest.raises(ProofRefused):
        check_consistency(old, bytes(32), new, bytes(32), [])


_trees = st.integers(1, MOST).flatmap(
    lambda size: st.tuples(st.integers(0, size - 1), st.just(size))
)
_changes = st.tuples(st.integers(0, 20), st.integers(0, 255))


@given(_trees, _changes)
def test_a_path_with_one_bit_changed_proves_nothing(
    tree: tuple[int, int], change: tuple[int, int]
) -> None:
    index, size = tree
    path = inclusion_path(index, size, find)
    if not path:
        return
    place, bit = change[0] % len(path), change[1]
    octets = bytearray(path[place])
    octets[bit // 8] ^= 1 << bit % 8
    changed = [*path[:place], bytes(octets), *path[place + 1 :]]
    with pytest.raises(ProofRefused):
        check_inclusion(leaf_hash(LEAVES[index]), index, size, changed, root_of(size, find))


@given(_trees, st.integers(0, MOST), st.integers(1, MOST))
def test_a_path_proves_one_index_in_one_size(
    tree: tuple[int, int], other_index: int, other_size: int
) -> None:
    """A path says nothing of another size but where RFC 9162 hashes both trees alike there."""
    index, size = tree
    if other_index == index:
        return
    path = inclusion_path(index, size, find)
    with pytest.raises(ProofRefused):
        check_inclusion(leaf_hash(LEAVES[index]), other_index, size, path, root_of(size, find))
    if other_size != size:
        with pytest.raises(ProofRefused):
            check_inclusion(
                leaf_hash(LEAVES[index]), index, other_size, path, root_of(other_size, find)
            )


def test_a_path_of_no_hashes_or_too_many_is_refused() -> None:
    for path in ([b"short"], [bytes(32)] * 65):
        with pytest.raises(ProofRefused):
            check_inclusion(bytes(32), 0, 2, path, bytes(32))
        with pytest.raises(ProofRefused):
            check_consistency(1, bytes(32), 2, bytes(32), path)


def test_the_empty_tree_begins_every_tree_and_has_one_root() -> None:
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    check_consistency(0, EMPTY_ROOT, 3, root_of(3, find), [])
    for old_root, new, new_root, path in (
        (bytes(32), 3, root_of(3, find), []),
        (EMPTY_ROOT, 0, bytes(32), []),
        (EMPTY_ROOT, 3, root_of(3, find), [bytes(32)]),
    ):
        with pytest.raises(ProofRefused):
            check_consistency(0, old_root, new, new_root, path)
