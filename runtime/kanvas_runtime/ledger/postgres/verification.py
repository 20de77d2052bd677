"""Walk every chain of a database, then see that what chains say of each other is so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kanvas_runtime.ledger import anchor as anchors_
from kanvas_runtime.ledger import diagnose
from kanvas_runtime.ledger.anchor import Anchor
from kanvas_runtime.ledger.check import written
from kanvas_runtime.ledger.diagnose import Fault
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.driver import DatabaseFailed
from kanvas_runtime.ledger.postgres.lease import HEAD
from kanvas_runtime.ledger.postgres.records import Chain, reading
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.record import Head
from kanvas_runtime.ledger.verification import Verification, contradiction, walk
from kanvas_runtime.ledger.witness import Testimony

_DATABASE = "the table of chains"


def verify_all(
    address: Address,
    progress: Callable[[int], None] = lambda seq: None,
    sealed: Mapping[str, Head] | None = None,
    anchors: Iterable[Anchor] = (),
) -> list[Verification]:
    """Check every record of every chain, also while processes write them.

    `sealed`: by chain, the last of records that were archived. `anchors` and `progress`: see
    `verify`. Raises `NoLedger` when there is none or it cannot be read.
    """
    sealed, anchors = sealed or {}, list(anchors)
    try:
        with reading(address) as database:
            chains = database.chains()
            heads = (
                database.heads()
            )  # in this order: there may be more chains and records meanwhile
            found = {
                each.chain: _verified(each, heads.get(each.chain), sealed, anchors, progress)
                for each in chains
            }
            _look_beyond(database.heads(), found)
            _compare(chains, found)
    except DatabaseFailed as error:
        raise NoLedger(str(error)) from error
    for anchor in anchors:
        if anchor.chain not in found:
            _blame(found, anchor.chain, _gone(anchor.seq, f"an anchor of {anchor.at}"))
    return [each for each in found.values() if each.head.seq or each.fault]


def _verified(
    records: Chain,
    known: Head | None,
    sealed: Mapping[str, Head],
    anchors: Sequence[Anchor],
    progress: Callable[[int], None],
) -> Verification:
    chain = records.chain
    archived = sealed.get(chain, Head())
    found = Verification(chain, archived)
    walk(records, found, progress)
    if found.ok and known is None:
        found.fault = Fault(
            found.head.seq,
            "dropped",
            f"after record {found.head.seq} some may have been dropped: {_DATABASE} does not have"
            " this one any more, so nobody knows where it ended",
        )
    if found.ok and known is not None and known.seq:
        found.fault = contradiction(records, found.head, Testimony(chain, known), _DATABASE)
    if found.ok:
        own = [each for each in anchors if each.chain == chain]
        found.fault = anchors_.contradiction(records, chain, found.head, archived, own)
    return found


def _look_beyond(heads: Mapping[str, Head], found: Mapping[str, Verification]) -> None:
    """A record is added together with what the table of chains says; these are its words now, after
    the records were read."""
    for chain, each in found.items():
        known = heads.get(chain)
        if each.ok and known is not None and each.head.seq > known.seq:
            due = known.seq + 1
            sentence = f"record {due} was added: {_DATABASE} says that the chain ends before it"
            each.fault = Fault(due, "added", sentence)


def _compare(chains: Sequence[Chain], found: dict[str, Verification]) -> None:
    """What the first record of each chain says of those that were there before it."""
    by_id = {each.chain: each for each in chains}
    for records in chains:
        for other, head in _named(records):
            witness = f"record 1 of the chain {records.chain}"
            if other not in by_id:
                _blame(found, other, _gone(head.seq, witness))
            elif found[other].ok:
                found[other].fault = _difference(by_id[other], found[other], head, witness)


def _named(records: Chain) -> Iterator[tuple[str, Head]]:
    row = records.at(1)
    for name, value in ((row and written(row)) or {}).items():
        if name.startswith(HEAD):
            seq, _, digest = str(value).partition(":")
            yield name.removeprefix(HEAD), Head(int(seq), digest)


def _difference(records: Chain, found: Verification, named: Head, witness: str) -> Fault | None:
    if any(after < named.seq <= after + lost for after, lost in found.lost):
        return None  # which a seal on the chain tells
    if named.seq > found.head.seq:
        return diagnose.missing(found.head.seq + 1, named.seq)
    row = records.at(named.seq)
    if row is None or row.hash == named.hash:
        return None  # it was archived, with a seal, or `walk` would have missed it
    return diagnose.remembered(named.seq, witness)


def _gone(seq: int, witness: str) -> Fault:
    reason = f"all of the chain is missing, of which {witness} knows record {seq}"
    return Fault(1, "dropped", f"record 1 was dropped: {reason}")


def _blame(found: dict[str, Verification], chain: str, fault: Fault) -> None:
    found.setdefault(chain, Verification(chain, fault=fault))
