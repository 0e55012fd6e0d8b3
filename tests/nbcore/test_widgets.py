"""Every control moves the picture and not the axes, words fit numbers, and nothing breaks where widgets are missing."""

import asyncio
import base64
import builtins
import html
import io
import re
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import IPython.display
import numpy as np
import pytest
from PIL import Image

from nbcore import widgets
from nbcore.experiments.activations import normal, products
from nbcore.plots import Picture
from nbcore.widgets import _explorer, activations
from nbcore.widgets._explorer import Explorer, encode_png


def bump(z: np.ndarray) -> np.ndarray:
    return np.exp(-(z**2))


def bump_prime(z: np.ndarray) -> np.ndarray:
    return -2 * z * np.exp(-(z**2))


def quarter(z: np.ndarray) -> np.ndarray:
    return z / 4


def quarter_prime(z: np.ndarray) -> np.ndarray:
    return np.full_like(z, 0.25)


def bent(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    return np.where(z > 0, z, alpha * z)


def bent_prime(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    return np.where(z > 0, 1.0, alpha)


def stub(z: np.ndarray) -> np.ndarray:
    raise NotImplementedError("write this")


FUNCTIONS: activations.Functions = {
    "bump": (bump, bump_prime),
    "quarter": (quarter, quarter_prime),
    "bent": (bent, bent_prime),
    "stub": (stub, stub),
}
MAKERS: dict[str, Callable[..., Explorer]] = {
    "activation": widgets.activation_explorer,
    "depth": widgets.depth_explorer,
}
every = pytest.mark.parametrize("kind", MAKERS)


def make(kind: str, **values: Any) -> Explorer:
    return MAKERS[kind](FUNCTIONS, **values)


def shown(explorer: Explorer) -> bytes:
    explorer.widget  # noqa: B018  made on first use
    assert explorer._panel is not None
    return bytes(explorer._panel.screen.widget.value)


MOVES = [
    ("activation", {}, "z", 1.5),
    ("activation", {}, "name", "bent"),
    ("activation", {"name": "bent"}, "alpha", 0.5),
    ("depth", {}, "depth", 12),
    ("depth", {"depth": 9}, "std", 4.0),
    ("depth", {"depth": 9}, "name", "quarter"),
]


@pytest.mark.parametrize(("kind", "start", "control", "value"), MOVES)
def test_each_control_moves_the_picture_the_words_and_the_command(
    kind: str, start: dict[str, Any], control: str, value: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = make(kind, **start)
    before, text, alt = shown(explorer), explorer._panel.text.value, explorer.alt
    explorer._panel.controls[control].value = value
    assert shown(explorer) != before
    assert explorer._panel.text.value != text
    assert explorer.alt != alt
    assert explorer.values[control] == value
    assert f"{control}={value!r}" in explorer.command
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("kind", "start", "control", "value"), MOVES)
def test_a_move_and_a_move_back_gives_the_first_frame_again(
    kind: str, start: dict[str, Any], control: str, value: Any
) -> None:
    explorer = make(kind, **start)
    before, first = explorer.frame(), explorer.values[control]
    explorer.set(**{control: value})
    explorer.set(**{control: first})
    assert explorer.frame() == before


@pytest.mark.parametrize(("kind", "start", "control", "value"), MOVES)
def test_the_command_gives_the_same_picture_again(kind: str, start: dict[str, Any], control: str, value: Any) -> None:
    explorer = make(kind, **start)
    explorer.set(**{control: value})
    again = eval(explorer.command, {"widgets": widgets, "functions": FUNCTIONS})
    assert again.values == explorer.values
    assert again.frame() == explorer.frame()
    assert again.picture().png() == explorer.picture().png()


@every
def test_axes_stay_where_they_are_whatever_moves(kind: str) -> None:
    explorer = make(kind)
    axes = explorer._drawn().fig.axes
    before = [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes]
    for moved, _, control, value in MOVES:
        if moved == kind:
            explorer.set(**{control: value})
            explorer.frame()
    assert [(ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds) for ax in axes] == before
    assert len(axes) == 2


@every
def test_a_frame_shows_what_the_still_picture_shows(kind: str) -> None:
    import io

    from PIL import Image

    explorer = make(kind)
    frame, still = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)
        for png in (explorer.frame(), explorer.picture().png())
    )
    assert frame.shape == still.shape
    assert np.abs(frame - still).mean() < 1  # of 255; lines lie above the legend in one and below it in the other


def test_a_still_picture_does_not_move_with_its_explorer() -> None:
    explorer = make("activation")
    picture = explorer.picture()
    before = picture.png()
    explorer.set(z=2.0)
    assert isinstance(picture, Picture)
    assert picture.png() == before != explorer.picture().png()
    assert picture.alt == make("activation").alt


@every
def test_setting_by_code_moves_the_controls_too_and_draws_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = make(kind)
    explorer.widget  # noqa: B018
    calls = []
    frame = Explorer.frame
    monkeypatch.setattr(Explorer, "frame", lambda self: (calls.append(1), frame(self))[1])
    new = {"activation": {"name": "bent", "z": -1.5, "alpha": 0.3}, "depth": {"name": "bent", "depth": 7, "std": 2.0}}[
        kind
    ]
    explorer.set(**new)
    assert {name: control.value for name, control in explorer._panel.controls.items()} == new
    assert len(calls) == 1


def test_the_slider_that_is_dragged_is_not_written_back_to() -> None:
    explorer = make("depth")
    explorer.widget  # noqa: B018
    explorer._panel.controls["std"].value = 10**0.05
    assert explorer.values["std"] == 1.12
    assert explorer._panel.controls["std"].value == 10**0.05


@pytest.mark.parametrize(
    ("given", "state"), [({"z": 0.1 * 3}, 0.3), ({"z": 99}, 6.0), ({"z": -99}, -6.0), ({"z": np.float64(2)}, 2.0)]
)
def test_values_are_cleaned(given: dict[str, Any], state: float) -> None:
    value = make("activation", **given).values["z"]
    assert value == state
    assert type(value) is float


def test_the_depth_is_a_whole_number() -> None:
    assert make("depth", depth=np.int64(7)).command.endswith("depth=7, std=1.0)")
    assert make("depth", depth=99).values["depth"] == 30


@pytest.mark.parametrize("wrong", [{"name": "no such"}, {"z": float("nan")}, {"z": "1"}])
def test_unfit_values_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        make("activation", **wrong)
    with pytest.raises(ValueError, match="must be"):
        make("activation").set(**wrong)


def test_an_unknown_control_and_an_empty_dict_are_refused() -> None:
    with pytest.raises(TypeError, match=r"no control named y; there are name, z, alpha"):
        make("activation").set(y=1)
    for maker in MAKERS.values():
        with pytest.raises(ValueError, match="empty"):
            maker({})


# What is shown -------------------------------------------------------------------------------------------------------


@every
def test_every_control_has_a_name_a_tooltip_and_moves_while_dragged(kind: str) -> None:
    explorer = make(kind)
    explorer.widget  # noqa: B018
    for control in explorer._panel.controls.values():
        assert control.description
        assert control.tooltip if control.has_trait("tooltip") else control.description_tooltip  # ipywidgets 8, 7
        assert getattr(control, "continuous_update", True)


@every
def test_only_widget_classes_of_ipywidgets_7_are_used(kind: str) -> None:
    explorer = make(kind)
    panel = explorer.widget and explorer._panel
    names = {type(widget).__name__ for widget in (panel.box, panel.screen.widget, panel.text, *panel.controls.values())}
    assert names <= {"VBox", "Image", "HTML", "Dropdown", "FloatSlider", "FloatLogSlider", "IntSlider"}


@every
def test_the_picture_has_a_fixed_size_and_is_a_png_of_that_size(kind: str) -> None:
    explorer = make(kind)
    png = shown(explorer)
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    image = explorer._panel.screen.widget
    assert (int(image.width), int(image.height)) == (width, height) == (840, 378)


@every
def test_the_readout_is_a_live_region_and_the_command_is_outside_it(kind: str) -> None:
    explorer = make(kind)
    explorer.widget  # noqa: B018
    readout, command = explorer._panel.text.value.split("</div></div>")
    assert 'aria-live="polite"' in readout
    assert "<code>widgets." in command


def test_names_and_messages_are_escaped() -> None:
    def rude(z: np.ndarray) -> np.ndarray:
        raise ValueError("<script>")

    explorer = widgets.activation_explorer({"<b>": (rude, rude)})
    explorer.widget  # noqa: B018
    assert "<script>" not in explorer._panel.text.value
    assert "<b>" not in explorer._panel.text.value


@every
def test_the_display_holds_the_widget_and_three_still_pictures_with_alt_text(kind: str) -> None:
    explorer = make(kind)
    bundle = explorer._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view == {"version_major": 2, "version_minor": 0, "model_id": explorer.widget.model_id}
    alts = re.findall(r'<img alt="([^"]+)"', bundle["text/html"])
    assert len(set(alts)) == 3
    assert len(set(re.findall(r'src="([^"]+)"', bundle["text/html"]))) == 3
    assert explorer.command in bundle["text/plain"]


@every
def test_showing_the_stills_leaves_the_state_alone(kind: str) -> None:
    explorer = make(kind)
    before = explorer.values, explorer.frame()
    explorer.still_html()
    assert (explorer.values, explorer.frame()) == before


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """What the notebook is given: the widget, and each picture that it is to keep beside."""
    given: dict[str, list[dict[str, Any]]] = {"widget": [], "last": []}

    class Handle:
        def update(self, data: dict[str, Any], raw: bool) -> None:
            given["last"].append(data)

    def display(data: dict[str, Any], raw: bool, display_id: str = "") -> Handle:
        given["last" if display_id else "widget"].append(data)
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    return given


def is_kept(explorer: Explorer, last: dict[str, Any]) -> bool:
    """True if the notebook was given the explorer's present picture with its words."""
    page = last["text/html"]
    picture = base64.b64encode(shown(explorer)).decode()
    return picture in page and f'alt="{html.escape(explorer.alt)}"' in page and "run this cell" in page


def elsewhere(run: Callable[[], None]) -> None:
    """In a thread, as the tests of the browser leave a running loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_the_notebook_keeps_the_last_picture_beside_the_widget(outputs: dict[str, list[dict[str, Any]]]) -> None:
    def run() -> None:
        explorer = make("activation", z=0.5)
        explorer.set(z=1.0)
        assert outputs == {"widget": [], "last": []}
        explorer._ipython_display_()
        assert outputs["widget"] == [explorer._repr_mimebundle_()]
        assert is_kept(explorer, outputs["last"][-1])
        explorer.set(z=1.5)
        assert len(outputs["last"]) == 2
        assert is_kept(explorer, outputs["last"][-1])

    elsewhere(run)


def test_in_a_kernel_the_picture_is_kept_once_the_controls_rest(
    outputs: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_explorer, "RESTS", 0.05)
    explorer = make("activation", z=0.5)

    async def move() -> None:
        explorer._ipython_display_()
        for z in (1.0, 1.5, 2.0):
            explorer.set(z=z)
        assert len(outputs["last"]) == 1
        while len(outputs["last"]) == 1:  # ends by the limit of every test
            await asyncio.sleep(0.01)

    elsewhere(lambda: asyncio.run(move()))
    assert len(outputs["last"]) == 2
    assert is_kept(explorer, outputs["last"][-1])


def test_where_styles_are_taken_away_the_last_picture_is_shown() -> None:
    explorer = make("activation")
    explorer.widget  # noqa: B018
    assert explorer._panel is not None
    left = explorer._panel._last(explorer)["text/html"].partition("</style>")[2]
    assert "hidden" not in left
    assert "none" not in left


@every
def test_without_ipywidgets_the_still_pictures_remain(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "ipywidgets":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    explorer = make(kind)
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"].count("<img alt=") == 3
    explorer.set(name="bent")
    assert explorer.picture().png()


# The activation explorer ---------------------------------------------------------------------------------------------


def test_the_simulation_gives_the_students_numbers_and_the_slope_measured_beside_them() -> None:
    curve = activations.simulate_activation(FUNCTIONS, name="bump", z=0.5, alpha=0.01)
    assert np.array_equal(curve.value, bump(activations.GRID))
    assert curve.value_at_z == bump(np.array(0.5))
    assert curve.slope_at_z == bump_prime(np.array(0.5))
    assert curve.measured == pytest.approx([curve.slope_at_z] * 2, abs=1e-5)
    assert (curve.uses_alpha, curve.trouble) == (False, "")


def test_a_wrong_derivative_is_seen_in_the_readout_and_the_tangent() -> None:
    explorer = widgets.activation_explorer({"f": (quarter, bump_prime)}, z=1.0)
    assert "f'(z) = -0.7358" in explorer.lines[0]
    assert explorer.lines[1] == "Slope measured on the function: 0.2500."


def test_alpha_goes_to_the_functions_that_take_it_and_its_slider_is_off_for_the_others() -> None:
    explorer = make("activation", name="bent", alpha=0.4, z=-2.0)
    assert "f(z) = -0.8000, f'(z) = 0.4000." in explorer.lines[0]
    explorer.widget  # noqa: B018
    assert not explorer._panel.controls["alpha"].disabled
    explorer.set(name="bump")
    assert explorer._panel.controls["alpha"].disabled


def test_a_function_without_a_signature_is_taken_as_one_of_z_alone() -> None:
    assert not activations.takes_alpha(np.maximum.reduce)
    assert not activations.takes_alpha(dict)
    explorer = widgets.activation_explorer({"np.tanh": (np.tanh, np.cos)}, z=0.0)
    assert "f(z) = 0.0000, f'(z) = 1.0000." in explorer.lines[0]


def test_a_kink_is_said_and_a_jump_is_not_joined() -> None:
    explorer = make("activation", name="bent", z=0.0)
    assert explorer.lines[1] == "Slope measured on the function: 0.010 on the left and 1.000 on the right: a kink."
    explorer.frame()
    x = explorer._drawn().artists["slope"].get_xdata()
    assert np.flatnonzero(np.isnan(x)).tolist() == [301]
    explorer.set(name="bump")
    explorer.frame()
    assert not np.isnan(explorer._drawn().artists["slope"].get_xdata()).any()


def wrong_shape(z: np.ndarray) -> np.ndarray:
    return z[:2]


def nothing(z: np.ndarray) -> None:
    return None


def broken(z: np.ndarray) -> np.ndarray:
    return z.no_such_thing


def missing(z: np.ndarray) -> np.ndarray:
    return np.full_like(z, np.nan)


def endless(z: np.ndarray) -> np.ndarray:
    return np.full_like(z, -np.inf)


@pytest.mark.parametrize(("function", "said"), [(missing, "nan, which is no"), (endless, "-inf, which is no")])
@every
def test_numbers_that_are_not_finite_are_named(
    kind: str, function: Callable[..., Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    explorer = MAKERS[kind]({"this": (function, function)})
    assert said in explorer.alt
    assert shown(explorer)
    assert explorer.picture().png()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (stub, "stub is not written yet."),
        (wrong_shape, "wrong_shape gives shape (2,) for an input of shape"),
        (broken, "broken raises AttributeError:"),
        (nothing, "nothing gives None: a return is missing."),
    ],
)
@every
def test_code_that_gives_no_numbers_is_named_and_the_rest_works(
    kind: str, function: Callable[..., Any], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for pair in ((function, function), (bump, function), (function, bump_prime)):
        if kind == "depth" and pair[1] is bump_prime:
            continue
        explorer = MAKERS[kind]({"this": pair, "bump": (bump, bump_prime)}, name="this")
        assert said in explorer.alt
        assert explorer.alt.count(said) == 1
        assert shown(explorer)
        explorer.set(name="bump")
        assert shown(explorer)
        assert "nan" not in explorer.alt
    assert capfd.readouterr() == ("", "")


def test_the_students_function_gets_its_own_copy() -> None:
    def spoil(z: np.ndarray) -> np.ndarray:
        z *= 0
        return z

    widgets.activation_explorer({"spoil": (spoil, spoil)})
    assert activations.GRID[0] == -6


# The depth explorer --------------------------------------------------------------------------------------------------


def test_the_products_are_those_of_the_students_derivatives() -> None:
    stack = activations.simulate_depth(FUNCTIONS, name="quarter", depth=3, std=1.0)
    assert stack.largest == pytest.approx([np.sqrt(2 / np.e), 0.25, 1.0, np.nan], abs=1e-3, nan_ok=True)
    assert stack.best.shape == stack.typical.shape == (4, 31)
    assert stack.best[1] == pytest.approx(0.25 ** np.arange(31))
    assert stack.typical[1] == pytest.approx(0.25 ** np.arange(31))
    factor = np.sqrt((bent_prime(normal()) ** 2).mean())
    assert stack.typical[2] == pytest.approx(factor ** np.arange(31))
    assert np.isnan(stack.best[3, 1:]).all()


def test_the_typical_product_depends_on_the_spread_and_the_best_one_does_not() -> None:
    one, spread = (activations.simulate_depth(FUNCTIONS, name="bump", depth=5, std=std) for std in (1.0, 2.0))
    assert np.array_equal(one.best[:3], spread.best[:3])
    assert one.typical[0, 5] != spread.typical[0, 5]


def test_the_explorer_and_the_table_give_the_same_product() -> None:
    def typical(slope: Callable[..., Any], z: np.ndarray) -> float:
        return float(np.sqrt(np.mean(slope(z) ** 2)) ** 20)

    pairs = {"bump": (bump, bump_prime)}
    stack = activations.simulate_depth(pairs, name="bump", depth=20, std=2.0)
    assert stack.typical[0, 20] == pytest.approx(products(pairs, typical).product["bump"][1])


def test_no_tangent_is_drawn_at_a_kink() -> None:
    def hinge(z: np.ndarray) -> np.ndarray:
        return np.maximum(z, 0)

    def steep(z: np.ndarray) -> np.ndarray:
        return np.where(z > 0, 1.0, 0.0)

    for z, points in ((0.0, 0), (1.0, 2)):
        explorer = widgets.activation_explorer({"hinge": (hinge, steep)}, z=z)
        explorer.frame()
        lines = {line.get_label(): line for line in explorer._drawn().fig.axes[0].lines}
        assert len(lines["tangent of slope f'(z)"].get_xdata()) == points


@pytest.mark.parametrize(
    ("name", "depth", "reached", "note"),
    [
        ("quarter", 9, False, ""),
        ("quarter", 10, True, ""),
        ("quarter", 11, False, "smallest"),
        ("bent", 30, False, "another activation"),
        ("stub", 10, False, ""),
    ],
)
def test_the_target_is_reached_at_the_smallest_depth_only(name: str, depth: int, reached: bool, note: str) -> None:
    explorer = make("depth", name=name, depth=depth)
    target = activations.depth_target(explorer.arrays)
    assert target.reached is reached
    assert note in target.note
    said = "Reached." if reached else "Not yet." if name != "bent" else "No target here: the best case of bent is not"
    assert said in explorer.lines[-1]


def test_the_target_is_about_the_sigmoid_where_there_is_one() -> None:
    assert (
        widgets.depth_explorer({"a": (bump, bump_prime), "sigmoid": (quarter, quarter_prime)}).values["name"]
        == "sigmoid"
    )
    assert make("depth").values["name"] == "bump"


def test_a_huge_wrong_derivative_warns_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def huge(z: np.ndarray) -> np.ndarray:
        return 1e300 * z * z

    explorer = widgets.depth_explorer({"huge": (huge, huge)}, depth=30)
    assert shown(explorer)
    assert shown(widgets.activation_explorer({"huge": (huge, huge)}, z=6.0))
    assert capfd.readouterr() == ("", "")


# Speed ---------------------------------------------------------------------------------------------------------------


@every
def test_a_move_takes_the_kernel_a_fraction_of_the_time_of_a_full_drawing(kind: str) -> None:
    explorer = make(kind)
    explorer.widget  # noqa: B018
    control, values = {"activation": ("z", np.linspace(-3, 3, 20)), "depth": ("depth", range(1, 21))}[kind]

    def seconds(action: Callable[[], Any]) -> float:
        start = time.process_time()  # not by the clock: other programs may want the processor too
        action()
        return time.process_time() - start

    moves = [seconds(lambda value=value: explorer.set(**{control: value})) for value in values]
    whole = [seconds(lambda: explorer.picture().png()) for _ in range(3)]
    assert statistics.median(moves) < 0.5 * statistics.median(whole)
    assert statistics.median(moves) < 0.25  # about 0.01 on an idle machine


def test_the_engine_names_no_activation() -> None:
    from pathlib import Path

    source = Path(_explorer.__file__).read_text().lower()
    assert not re.search(r"sigmoid|tanh\(|relu|softmax", source)


def test_a_target_that_was_reached_stays_so_in_words_and_colour_above_the_picture() -> None:
    explorer = widgets.depth_explorer({"sigmoid": (quarter, quarter_prime)})
    box = explorer.widget
    panel = explorer._panel
    assert panel is not None
    assert box.children.index(panel.text) < box.children.index(panel.screen.widget)
    assert _explorer.REACHED not in panel.text.value
    explorer.set(depth=10)
    assert "Reached." in explorer.alt
    explorer.set(depth=11)
    assert "Reached. Now: Below, but not at the smallest depth." in explorer.alt
    assert _explorer.REACHED in panel.text.value


def test_a_slider_is_wide_enough_to_choose_a_value() -> None:
    explorer = widgets.depth_explorer({"sigmoid": (quarter, quarter_prime)})
    control = explorer.widget.children[1]
    em = 13  # pixels, of ipywidgets
    width, label = (
        float(text.removesuffix("em")) * em for text in (control.layout.width, control.style.description_width)
    )
    assert width - label - 90 >= 400  # 90: the number beside the slider


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (50, 70)])
def test_a_png_of_ours_is_read_as_what_went_in(shape: tuple[int, int]) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (*shape, 4), dtype=np.uint8)
    with Image.open(io.BytesIO(encode_png(rgba))) as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), rgba[:, :, :3])
