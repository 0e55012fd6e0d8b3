"""Calls functions of `jax_oracle` in a process of their own, without importing JAX here."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

Oracle = Callable[..., Any]


@contextmanager
def oracle_process() -> Iterator[Oracle]:
    """Gives `oracle(name, *args)`, which calls the function of that name and waits for its result."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield lambda name, *args: pool.submit(_call, name, args).result(timeout=600)


def _call(name: str, args: tuple[Any, ...]) -> Any:
    import jax_oracle

    return getattr(jax_oracle, name)(*args)
