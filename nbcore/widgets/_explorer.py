"""The engine under every widget of the course: controls that move a picture.

A widget is a `Scene` (how to draw the arrays) and a pure `simulate(**values)` (how to get them); `Explorer` joins the
two to sliders, a readout and the line of code that reproduces what is seen. It holds no mathematics of any exercise.
The modules beside it build their explorers from it; nobody else calls it.

Speed comes from not drawing: axes, ticks and legend are drawn once and kept as pixels, and a move draws only the few
lines that change on top of them. So the axes are fixed by construction. Only classes of ipywidgets 7.7 are used, which
Colab has; without ipywidgets, or in a page without a kernel, the picture stands still for a few values. Beside the
widget the notebook keeps its last picture, which is seen where the widget is gone with its kernel.
"""

import asyncio
import html
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

import numpy as np

from nbcore.plots import DPI, Picture, image_html, style
from nbcore.probe.page import FULL, LOST, NOTICE, REACHED, live_html, wiring
from nbcore.probe.session import drawn_with, present

if TYPE_CHECKING:  # matplotlib and ipywidgets are slow to load and wait for the first picture
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

Artists = dict[str, "Artist"]

WIDTH, HEIGHT = 8.0, 3.6
"""Inches of every explorer's picture, so that the page keeps its shape when one is exchanged for another."""

RESTARTED = "The kernel has been restarted, so this picture no longer moves. To move it again, run this cell."
REOPENED = "This is the last picture that was seen here. To move it again, run this cell."
LAST_SEEN = f"""<style>
.nbcore-last {{ display: none }}
.jp-OutputArea:has({LOST}) .nbcore-last {{ display: block }}
.jp-OutputArea:has(.nbcore-last) {LOST} {{ display: none }}
</style>"""
"""The last picture is hidden, but stands in place of a widget whose kernel is gone. A page that takes styles away
shows it.
"""

RESTS = 0.5
"""Seconds after the last move until the notebook keeps the picture: it is sent to the page a second time for that."""


P = ParamSpec("P")
E = TypeVar("E", bound="Explorer")


def over_functions(build: Callable[P, E]) -> Callable[P, E]:
    """An explorer over functions of the notebook: each move looks them up, so that a cell that is run again counts."""

    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> E:
        explorer = build(*args, **kwargs)
        explorer._built = (build, args, kwargs)
        return explorer

    return built


class Scene(Protocol):
    """How arrays become a picture: once the frame, then only what moves."""

    def setup(self, fig: "Figure") -> Artists:
        """Make axes with fixed limits, and the artists that will move; these alone are redrawn later."""
        ...

    def update(self, artists: Artists, arrays: Any) -> None:
        """Give the artists the data of one state (`set_data`, `set_text`); create none, touch no axes."""
        ...


@dataclass(frozen=True)
class Slider:
    """A number between `low` and `high` in steps of `step`; with `log`, the step is in decades of the value."""

    name: str
    label: str
    low: float
    high: float
    step: float
    help: str
    integer: bool = False
    log: bool = False

    def clean(self, value: Any) -> Any:
        """The value as state: inside the range, without the rounding noise of a slider. ValueError if no number."""
        if isinstance(value, str) or not np.isfinite(value):
            raise ValueError(f"{self.name} must be a number, got {value!r}")
        value = min(max(float(value), self.low), self.high)
        if self.integer:
            return round(value)
        return float(f"{value:.3g}") if self.log else round(value, 6)

    @property
    def steps(self) -> list[Any]:
        """The values that it can stand at, from low to high."""
        low, high = np.log10([self.low, self.high]) if self.log else (self.low, self.high)
        places = low + self.step * np.arange(np.floor((high - low) / self.step + 1e-9) + 1)
        return [self.clean(value) for value in (10**places if self.log else places)]

    def widget(self, value: Any) -> Any:
        """The ipywidgets control, at this value."""
        import ipywidgets

        common = {"description": self.label, "continuous_update": True}
        if self.log:
            low, high = np.log10([self.low, self.high])
            control = ipywidgets.FloatLogSlider(
                value, min=low, max=high, step=self.step, readout_format=".3g", **common
            )
        elif self.integer:
            control = ipywidgets.IntSlider(value, min=self.low, max=self.high, step=self.step, **common)
        else:
            control = ipywidgets.FloatSlider(value, min=self.low, max=self.high, step=self.step, **common)
        return _labelled(control, self.help)


@dataclass(frozen=True)
class Choice:
    """One of several names."""

    name: str
    label: str
    options: tuple[str, ...]
    help: str

    def clean(self, value: Any) -> Any:
        """The value itself. ValueError if it is not among the options."""
        if value not in self.options:
            raise ValueError(f"{self.name} must be one of {', '.join(map(repr, self.options))}, got {value!r}")
        return value

    def widget(self, value: Any) -> Any:
        """The ipywidgets control, at this value."""
        import ipywidgets

        return _labelled(ipywidgets.Dropdown(options=self.options, value=value, description=self.label), self.help)


Control = Slider | Choice


@dataclass(frozen=True)
class Target:
    """Something to reach with the controls, and whether the present state does.

    possible: whether any state with the same choices does; where none does, nothing is asked for.
    """

    goal: str
    reached: bool
    note: str = ""
    possible: bool = True

    def __str__(self) -> str:
        if not self.possible and not self.reached:
            return f"No target here: {self.note}"
        return f"Target: {self.goal} {'Reached.' if self.reached else 'Not yet.'} {self.note}".rstrip()


@dataclass(eq=False, repr=False)
class Explorer:
    """A picture, the controls that move it, and words that say what it shows.

    The last line of a cell shows it. In code: `explorer.set(z=1.5)` moves it, `explorer.values` is the state,
    `explorer.picture()` a still `nbcore.plots.Picture` of it for export and print, `explorer.command` the call that
    gives this state again.

    Args:
        call: how the notebook calls it, up to the first keyword, as in "widgets.activation_explorer(functions".
        controls: in the order in which they are shown.
        values: the first state, one value per control.
        simulate: pure; takes the values as keywords, returns what `scene.update`, `describe` and `target` read.
        describe: the state in words and numbers, one line each. It is the text alternative of the picture.
        stills: states to show where nothing can move, each as the values that differ from the first state.
        target: something to reach, or None.
        enabled: which controls have an effect in the present state; all of them unless given.
    """

    call: str
    controls: Sequence[Control]
    values: dict[str, Any]
    scene: Scene
    simulate: Callable[..., Any]
    describe: Callable[[Any], Sequence[str]]
    stills: Sequence[Mapping[str, Any]]
    target: Callable[[Any], Target] | None = None
    enabled: Callable[[Any], Mapping[str, bool]] | None = None
    _stage: "Stage | None" = field(default=None, init=False)
    _panel: "Panel | None" = field(default=None, init=False)
    _reached: set[str] = field(default_factory=set, init=False)  # goals of targets
    _built: tuple[Callable[..., "Explorer"], tuple[Any, ...], dict[str, Any]] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.values = {control.name: control.clean(self.values[control.name]) for control in self.controls}
        self._move()

    def set(self, **values: Any) -> None:
        """Move controls to new values. TypeError for a control that is not there, ValueError for an unfit value."""
        known = {control.name: control for control in self.controls}
        if unknown := values.keys() - known.keys():
            raise TypeError(f"no control named {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        self.values = self.values | {name: known[name].clean(value) for name, value in values.items()}
        self._renew()
        self._move()
        if self._panel is not None:
            self._panel.show(self)

    def _move(self) -> None:
        """Compute the present state; a target that it reaches stays reached."""
        self.arrays = self.simulate(**self.values)
        self.aim = self.target(self.arrays) if self.target else None
        if self.aim is not None and self.aim.reached:
            self._reached.add(self.aim.goal)
        elif self.aim is not None and self.aim.goal in self._reached:
            self.aim = replace(self.aim, reached=True, note=self.aim.note and f"Now: {self.aim.note}")

    def _renew(self) -> None:
        """Where the notebook has defined a function anew since, what is computed with it is built anew."""
        if self._built is None:
            return
        build, args, kwargs = self._built
        now = present(args), present(kwargs)
        if now[0] is not args or now[1] is not kwargs:
            self._built = (build, *now)
            new = build(*now[0], **now[1])
            for name in ("simulate", "describe", "target", "enabled"):
                setattr(self, name, getattr(new, name))

    @property
    def lines(self) -> list[str]:
        """The readout: the state in words and numbers, then the target if there is one, then what fails its test."""
        said = drawn_with(self._built[1:]) if self._built else ""
        return [*self.describe(self.arrays), *([str(self.aim)] if self.aim else []), *([said] if said else [])]

    @property
    def alt(self) -> str:
        """The readout as one text. Lines that only keep a place are left out."""
        return " ".join(line for line in self.lines if line.strip())

    @property
    def command(self) -> str:
        """The line of code that gives this state again."""
        return ", ".join([self.call, *(f"{name}={value!r}" for name, value in self.values.items())]) + ")"

    def frame(self) -> bytes:
        """The present state as PNG, by the fast way: only what moves is drawn."""
        return self._drawn().frame(self.arrays)

    def _drawn(self) -> "Stage":
        if self._stage is None:
            self._stage = Stage(self.scene)
        return self._stage

    def picture(self) -> Picture:
        """The present state as a still picture of its own, which later moves do not change."""
        fig, artists = _empty(self.scene)
        with style(), np.errstate(all="ignore"):
            self.scene.update(artists, self.arrays)
        return Picture(fig, self.alt)

    @property
    def widget(self) -> Any:
        """The ipywidgets box that is shown, made when first asked for. ImportError without ipywidgets."""
        if self._panel is None:
            self._panel = Panel(self)
        return self._panel.box

    def still_html(self) -> str:
        """The picture for the values of `stills`, each with its readout: what a page without a kernel shows."""
        states = [replace(self, values=self.values | dict(still)) for still in self.stills]
        width = round(WIDTH * DPI)
        return "".join(
            f"<p>{image_html(self._drawn().frame(state.arrays), state.alt, width)}</p>{_readout_html(state)}"
            for state in states
        )

    def __repr__(self) -> str:
        return self.command

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        if self._panel is not None:
            self._panel.display_last(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.still_html(), "text/plain": f"{self.alt}\n{self.command}"}
        try:
            model = self.widget.model_id
        except ImportError:
            return bundle
        view = {"version_major": 2, "version_minor": 0, "model_id": model}
        return {"application/vnd.jupyter.widget-view+json": view, **bundle}


class Stage:
    """A canvas that keeps the still part of a scene as pixels and draws only what moves."""

    def __init__(self, scene: Scene) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.scene = scene
        self.fig, self.artists = _empty(scene)
        self.moving = sorted(self.artists.values(), key=lambda artist: artist.get_zorder())
        for artist in self.moving:
            artist.set_animated(True)
        self.canvas = FigureCanvasAgg(self.fig)
        with style():
            self.canvas.draw()
        self.fig.set_layout_engine("none")  # the layout was settled in this one draw; to settle it again costs 50 ms
        self.still = self.canvas.copy_from_bbox(self.fig.bbox)

    def frame(self, arrays: Any) -> bytes:
        """The scene with these arrays as PNG."""
        with style(), np.errstate(all="ignore"):  # a wrong function may be infinite
            self.scene.update(self.artists, arrays)
            self.canvas.restore_region(self.still)
            for artist in self.moving:
                self.fig.draw_artist(artist)
        return encode_png(np.asarray(self.canvas.buffer_rgba()))


def encode_png(rgba: np.ndarray) -> bytes:
    """`(height, width, 4)` uint8 as an opaque PNG. Unlike Pillow it tries no filters, which takes twice as long."""
    height, width, _ = rgba.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each begins with its filter: 0, none
    for channel in range(3):
        rows[:, 1 + channel :: 3] = rgba[:, :, channel]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits each of red, green and blue
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.data, level=1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


class Panel:
    """The ipywidgets of one explorer, kept in step with it in both directions."""

    def __init__(self, explorer: Explorer) -> None:
        import ipywidgets

        self.screen = Screen(explorer.frame())
        self.text = ipywidgets.HTML(live_html(RESTARTED, _readout_html(explorer)))
        self.controls = {c.name: c.widget(explorer.values[c.name]) for c in explorer.controls}
        self._following = False
        self._kept: Any = None  # the handle of the last picture, once it is displayed
        self._timer: asyncio.TimerHandle | None = None
        for control in explorer.controls:
            moved = partial(self._moved, explorer, control)
            self.controls[control.name].observe(lambda change, moved=moved: moved(change["new"]), names="value")
        self._enable(explorer)
        # Room for every line of the readout and the command, so that the page does not jump when a number gets longer.
        height = f"{1.5 * (len(explorer.lines) + 1) + 1.5:g}em"
        self.text.layout = ipywidgets.Layout(width=FULL, max_width=f"{WIDTH * DPI:g}px", min_height=height)
        # The words stand above the picture, where a target that is reached is in view while its controls are moved.
        self.box = ipywidgets.VBox([*self.controls.values(), self.text, self.screen.widget, wiring()])

    def show(self, explorer: Explorer) -> None:
        """Bring controls, picture and text to the explorer's state."""
        with self._follow():
            for control in explorer.controls:
                widget, value = self.controls[control.name], explorer.values[control.name]
                if control.clean(widget.value) != value:  # the slider under the user's finger keeps its own digits
                    widget.value = value
        self.screen.show(explorer.frame())
        self.text.value = live_html(RESTARTED, _readout_html(explorer))
        self._enable(explorer)
        self._keep(explorer)

    def display_last(self, explorer: Explorer) -> None:
        """Put the present picture into the notebook too, as an output that is seen where the widget is not."""
        from IPython.display import display

        # One name for all places where the explorer is shown, so that each of them is renewed.
        self._kept = display(self._last(explorer), raw=True, display_id=f"last-{self.box.model_id}")

    def _last(self, explorer: Explorer) -> dict[str, str]:
        picture = image_html(self.screen.widget.value, explorer.alt, round(WIDTH * DPI))
        words = f"<p{NOTICE}>{REOPENED}</p>{_readout_html(explorer)}"
        return {"text/html": f'{LAST_SEEN}<div class="nbcore-last">{words}<p>{picture}</p></div>'}

    def _keep(self, explorer: Explorer) -> None:
        """Renew the picture that the notebook keeps, when the controls rest."""
        if self._kept is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        renew = partial(self._renew, explorer)
        try:
            self._timer = asyncio.get_running_loop().call_later(RESTS, renew)
        except RuntimeError:  # not in a kernel
            renew()

    def _renew(self, explorer: Explorer) -> None:
        self._kept.update(self._last(explorer), raw=True)

    def _moved(self, explorer: Explorer, control: Control, value: Any) -> None:
        """Follows the reader, not the page, which sends a value that the kernel has set back with all its digits."""
        if not self._following and control.clean(value) != explorer.values[control.name]:
            explorer.set(**{control.name: value})

    @contextmanager
    def _follow(self) -> Iterator[None]:
        self._following = True
        try:
            yield
        finally:
            self._following = False

    def _enable(self, explorer: Explorer) -> None:
        if explorer.enabled is not None:
            for name, enabled in explorer.enabled(explorer.arrays).items():
                self.controls[name].disabled = not enabled


class Screen:
    """Where the frames are shown: an ipywidgets `Image`, which gets the PNG as binary.

    Some front ends (Colab, at times) do not pass binary messages to widgets. This class is the only place that knows;
    an `HTML` widget with the image as base64 is the way around, at a third more bytes.
    """

    def __init__(self, png: bytes) -> None:
        import ipywidgets

        width, height = round(WIDTH * DPI), round(HEIGHT * DPI)
        layout = ipywidgets.Layout(width=f"{width}px", max_width=FULL, height="auto", flex="0 0 auto")
        self.widget = ipywidgets.Image(value=png, format="png", width=width, height=height, layout=layout)

    def show(self, png: bytes) -> None:
        """Put this PNG in the place of the one before."""
        self.widget.value = png


def _empty(scene: Scene) -> tuple["Figure", Artists]:
    """A new figure with the scene set up, and nothing in it that moves yet."""
    from matplotlib.figure import Figure

    with style():
        fig = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
        return fig, scene.setup(fig)


def _labelled(control: Any, tooltip: str) -> Any:
    """The control with a description that is not cut off, and a tooltip (whose name changed with ipywidgets 8)."""
    setattr(control, "tooltip" if control.has_trait("tooltip") else "description_tooltip", tooltip)
    control.style.description_width = "11em"
    control.layout.width = "52em"  # of which a slider has 400 pixels and more
    control.layout.max_width = FULL
    return control


def _readout_html(explorer: Explorer) -> str:
    """The readout, which a screen reader speaks when it changes, and below it the command, which it does not."""
    reached = str(explorer.aim) if explorer.aim is not None and explorer.aim.reached else None
    lines = "".join(f"<div{REACHED if line == reached else ''}>{html.escape(line)}</div>" for line in explorer.lines)
    return (
        f'<div role="status" aria-live="polite" style="line-height: 1.5">{lines}</div>'
        f'<div aria-live="off" style="line-height: 1.5"><code>{html.escape(explorer.command)}</code></div>'
    )
