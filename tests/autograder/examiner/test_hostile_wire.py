"""The examiner against a process that writes whatever it likes onto the wire: every time a clean end, and no marks."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.examiner.examine import Verdict, examine
from autograder.examiner.session import Session
from autograder.limits import Limits, Stop
from autograder.wire import Channel, WireLimits

LIMITS = Limits(cell=60.0, call=60.0, grace=0.2, wall=300.0)
SHORT = replace(LIMITS, cell=1.0, call=1.0)  # for an end that never answers
Peer = Callable[[socket.socket], None]


class Control:
    """Stands in for the process: a kill closes its end."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._used = 0.0
        self.killed: Stop | None = None

    def interrupt(self) -> None: ...

    def cpu(self) -> float:
        """As of a process that never rests, so that no call is given more time."""
        self._used += 100.0
        return self._used

    def kill(self, stop: Stop) -> None:
        self.killed = stop
        self._sock.shutdown(socket.SHUT_RDWR)


def framed(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def pack(*parts: object) -> bytes:
    return b"".join(msgpack.packb(part, strict_types=False, unicode_errors="surrogatepass") for part in parts)


def receive(sock: socket.socket) -> tuple[object, ...]:
    (length,) = struct.unpack("<I", sock.recv(4, socket.MSG_WAITALL))
    unpacker = msgpack.Unpacker(use_list=False)
    unpacker.feed(sock.recv(length, socket.MSG_WAITALL))
    return tuple(unpacker)


def answer(
    head: tuple[object, ...],
    body: object,
    *,
    kind: str = "return",
    dropped: object = (),
    declared: object = (),
    changed: object = (),
) -> bytes:
    return framed(pack((kind, head[1]), dropped, declared, changed, body))


over = threading.Event()  # the examination is


def examined(
    peer: Peer, hidden: str = "assert f(1) == 2\nassert f(2) == 3", limits: Limits = LIMITS
) -> tuple[Verdict, Session, float]:
    over.clear()
    ours, theirs = socket.socketpair()
    control = Control(ours)
    session = Session(Channel(ours, WireLimits().frame_bytes), control, limits)

    def run() -> None:
        with contextlib.suppress(OSError, struct.error, ValueError):
            peer(theirs)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started = time.monotonic()
    verdict = examine(session, hidden, [], [], 3 * limits.call)
    seconds = time.monotonic() - started
    over.set()
    session.close()
    theirs.close()
    thread.join(60)
    return verdict, session, seconds


def function_named_f(head: tuple[object, ...]) -> bytes:
    handle = msgpack.ExtType(11, msgpack.packb((1, "function", "f", None)))
    return answer(head, ((("f", handle),), (), ()))


def after_names(reply: Callable[[tuple[object, ...]], bytes]) -> Peer:
    """A peer that describes f as it should, then answers every call with `reply(head)`."""

    def peer(sock: socket.socket) -> None:
        sock.sendall(function_named_f(receive(sock)[0]))  # type: ignore[arg-type]
        while True:
            sock.sendall(reply(receive(sock)[0]))  # type: ignore[arg-type]

    return peer


ARRAY = b"\x0b\x01" + struct.pack("<q", 2) + bytes(16)
REPLIES: dict[str, Callable[[tuple[object, ...]], bytes]] = {
    "no frame": lambda head: b"\xff" * 100,
    "a frame of 4 GiB": lambda head: b"\xff\xff\xff\xff" + bytes(1000),
    "an empty frame": lambda head: framed(b""),
    "random bytes": lambda head: framed(bytes(range(256))),
    "no head": lambda head: framed(pack(1, (), (), (), 0)),
    "another token": lambda head: answer(("call", b"00000000"), (2, (), ())),
    "an output instead": lambda head: answer(head, ("stream", "stdout", "x"), kind="output"),
    "a body too short": lambda head: answer(head, (2,)),
    "a warning that is none": lambda head: answer(head, (2, ((1, 2),), ())),
    "a thousand warnings": lambda head: answer(head, (2, (("UserWarning", "x"),) * 1000, ())),
    "a rebound name that is none": lambda head: answer(head, (2, (), ((1, 2),))),
    "a map": lambda head: answer(head, ({"a": 1}, (), ())),
    "bytes after the end": lambda head: framed(pack(("return", head[1]), (), (), (), (2, (), ())) + b"\x00"),
    "a slot that nobody sent": lambda head: answer(head, (msgpack.ExtType(5, struct.pack("<q", 999)), (), ())),
    "a slot of ours": lambda head: answer(head, (2, (), ()), declared=((2, "l", None),)),
    "a change to nothing": lambda head: answer(head, (2, (), ()), changed=((3, (1,)),)),
    "a list that holds itself": lambda head: answer(
        head,
        (msgpack.ExtType(5, struct.pack("<q", 3)), (), ()),
        declared=((3, "l", None),),
        changed=((3, (msgpack.ExtType(5, struct.pack("<q", 3)),)),),
    ),
    "an array with a shape too large": lambda head: answer(
        head, (2, (), ()), declared=((3, "a", b"\x0b\x01" + struct.pack("<q", 1 << 39)),)
    ),
    "an array of a negative length": lambda head: answer(
        head, (2, (), ()), declared=((3, "a", b"\x0b\x01" + struct.pack("<q", -1)),)
    ),
    "an array of no dtype": lambda head: answer(head, (2, (), ()), declared=((3, "a", b"\xff\x00"),)),
    "a random generator out of bounds": lambda head: answer(
        head, (2, (), ()), declared=((3, "g", ("MT19937", 1, 1, 0, 0)),)
    ),
    "a tuple 900 deep": lambda head: nested(head, 900),
    "a tuple 5000 deep": lambda head: nested(head, 5000),
    "an object never described": lambda head: answer(head, (msgpack.ExtType(11, msgpack.packb((7,))), (), ())),
    "a function never handed out": lambda head: answer(head, (-1, (1,), ()), kind="callback"),
    "an unknown named type": lambda head: answer(head, (msgpack.ExtType(6, b"os.system"), (), ())),
    "an unknown extension": lambda head: answer(head, (msgpack.ExtType(99, b""), (), ())),
    "a pickle": lambda head: answer(head, (msgpack.ExtType(0, b"cos\nsystem\n(S'true'\ntR."), (), ())),
    "an exception that is none": lambda head: answer(head, ("os.system", "os.system", "x", "", (), ()), kind="error"),
    "an exception that ends the process": lambda head: answer(
        head, ("SystemExit", "SystemExit", "0", "", (), ()), kind="error"
    ),
    "a huge integer": lambda head: answer(head, (msgpack.ExtType(1, b"\x7f" * 100_000), (), ())),
    "a range without end as a number": lambda head: answer(
        head, (msgpack.ExtType(9, msgpack.packb((0, 1 << 60, 1))), (), ())
    ),
    "nothing at all": lambda head: b"",
    "half a frame": lambda head: struct.pack("<I", 1000) + b"x",
}


def nested(head: tuple[object, ...], depth: int) -> bytes:
    """An answer with 0 in so many tuples, byte by byte: msgpack reads more levels than some of its versions write."""
    return framed(pack(("return", head[1]), (), (), ()) + b"\x93" + b"\x91" * depth + b"\x00" + b"\x90\x90")


# The others are breaches of the protocol.
ENDS_OTHERWISE = {"nothing at all": "call", "half a frame": "call", "a range without end as a number": None}


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_that_is_none_of_ours_ends_cleanly_and_earns_nothing(name: str) -> None:
    limits = SHORT if ENDS_OTHERWISE.get(name) == "call" else LIMITS
    verdict, session, seconds = examined(after_names(REPLIES[name]), limits=limits)
    assert not verdict.passed
    assert verdict.title
    assert seconds < LIMITS.call
    assert (session.dead.kind if session.dead else None) == ENDS_OTHERWISE.get(name, "protocol")


def test_a_head_that_cannot_be_compared_is_a_breach_like_any_other() -> None:
    array = msgpack.ExtType(5, struct.pack("<q", 2))  # the one that the test hands over
    peer = after_names(lambda head: framed(pack(("return", array), (), (), (), (2, (), ()))))
    verdict, session, _ = examined(peer, "import numpy as np\nf(np.zeros(3))")
    assert not verdict.passed
    assert session.dead is not None
    assert session.dead.kind == "protocol"


def test_a_reply_before_the_question_ends_the_conversation() -> None:
    def eager(sock: socket.socket) -> None:
        head = receive(sock)[0]
        sock.sendall(function_named_f(head) + answer(head, (2, (), ())) + answer(head, (3, (), ())))  # type: ignore[arg-type]
        over.wait(60)

    verdict, session, _ = examined(eager)
    assert not verdict.passed
    assert session.dead


def test_a_name_of_the_tests_cannot_be_overwritten_from_outside() -> None:
    peer = after_names(lambda head: answer(head, (5, (), (("expected", 5), ("check", 5)))))
    hidden = "expected = 2\ndef check(a, b): assert a == b\ncheck(f(1), expected)"
    verdict, _, _ = examined(peer, hidden)
    assert not verdict.passed
    peer = after_names(lambda head: answer(head, (2, (), (("expected", 5), ("other", 5)))))
    assert examined(peer, hidden)[0].passed


def test_a_flood_before_the_first_question_is_noticed() -> None:
    verdict, session, _ = examined(lambda sock: sock.sendall(bytes(1 << 20)), "assert f(1) == 2")
    assert not verdict.passed
    assert session.dead


FLOODS: dict[str, object] = {
    "text": ("stream", "stdout", "x" * 10_000),
    "displays": ("display", (("text/plain", "x"),), "{}", None, False),
    "results": ("result", 1, (("text/plain", "1"),), "{}"),
    "errors": ("error", "E", "m", ("line " * 1000,) * 100),
    "clearing": ("clear", False),
    "nothing that we know": ("x",),
}


@pytest.mark.parametrize("name", FLOODS)
def test_outputs_without_end_are_ended_by_time_and_few_are_kept(name: str) -> None:
    ours, theirs = socket.socketpair()
    session = Session(Channel(ours, WireLimits().frame_bytes), Control(ours), SHORT)

    def flood() -> None:
        with contextlib.suppress(OSError):
            frame = answer(receive(theirs)[0], FLOODS[name], kind="output")  # type: ignore[arg-type]
            while True:
                theirs.sendall(frame)

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    started = time.monotonic()
    result = session.run_cell("x")
    assert time.monotonic() - started < LIMITS.call
    assert session.dead is not None
    assert session.dead.kind == "cell"
    assert result.error is not None
    assert sum(len(str(output)) for output in result.outputs) < 8 * LIMITS.cell_output
    assert len(result.outputs) <= LIMITS.outputs_per_cell + 5
    session.close()
    theirs.close()
    thread.join(60)


SLOT = msgpack.ExtType(5, struct.pack("<q", 3))
OBJECT = msgpack.ExtType(11, msgpack.packb((1, "object", "x", None)))
OUTPUTS: dict[str, tuple[object, dict[str, object], bool]] = {  # what is sent, and whether it is a breach
    "no event": (None, {}, False),
    "an event without a kind": ((), {}, False),
    "a kind alone": (("stream",), {}, False),
    "to clear what": (("clear",), {}, False),
    "a kind that is no text": ((7, 7), {}, False),
    "an error without an end": (("error", "E"), {}, False),
    "a display of a number": (("display", 7, "{}", None, False), {}, False),
    "data nested too deeply": (
        ("display", (("application/json", "[" * 900 + "]" * 900),), "{}", None, False),
        {},
        False,
    ),
    "an object": (OBJECT, {}, True),
    "an object for a kind": ((OBJECT, "x"), {}, True),
    "an object for a trace": (("error", "E", "m", OBJECT), {}, True),
    "a list": (("stream", SLOT), {"declared": ((3, "l", None),)}, True),
    "an array beside it": (("stream", "stdout", "x"), {"declared": ((3, "a", ARRAY),)}, True),
    "a change beside it": (("stream", "stdout", "x"), {"changed": ((3, (1,)),)}, True),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_is_none_costs_its_cell_at_most_and_never_the_examiner(name: str) -> None:
    ours, theirs = socket.socketpair()
    session = Session(Channel(ours, WireLimits().frame_bytes), Control(ours), LIMITS)
    event, beside, breach = OUTPUTS[name]

    def say() -> None:
        with contextlib.suppress(OSError):
            head = receive(theirs)[0]
            theirs.sendall(answer(head, event, kind="output", **beside))  # type: ignore[arg-type]
            theirs.sendall(answer(head, (1, None)))  # type: ignore[arg-type]

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    result = session.run_cell("x")
    assert (session.dead is not None and session.dead.kind == "protocol") == breach
    assert bool(result.dropped) == (not breach)
    session.close()
    theirs.close()
    thread.join(60)


def test_a_reason_that_people_read_is_none_of_the_processs_own_words() -> None:
    def peer(reason: object) -> Peer:
        return after_names(lambda head: answer(head, reason, kind="too-large"))

    assert "more than 5000000 values in one message" in str(examined(peer(("values", 5_000_000)))[0])
    words = "give all points"
    for reason in (words, (words,), (words, 3), ("values", words), ("values", 3, words), ("cycle", words), [words], ()):
        assert words not in str(examined(peer(reason))[0])
    assert "in one message" not in str(examined(peer(("values", (1 << 64) - 1)))[0])


def test_a_process_that_does_not_read_does_not_stop_the_examiner() -> None:
    def deaf(sock: socket.socket) -> None:
        sock.sendall(function_named_f(receive(sock)[0]))  # type: ignore[arg-type]
        over.wait(60)

    hidden = "import numpy as np\nf(np.zeros(4_000_000))"
    verdict, _, seconds = examined(deaf, hidden, SHORT)
    assert not verdict.passed
    assert seconds < LIMITS.call


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_in_answer_to_a_call_end_in_a_verdict(data: bytes) -> None:
    verdict, _, _ = examined(after_names(lambda head: framed(data)))
    assert not verdict.passed
