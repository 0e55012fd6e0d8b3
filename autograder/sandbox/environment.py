"""Which paths of this machine the Python environment needs: the list of what a submission may see, and nothing else."""

import importlib.util
import os
import site
import sys
from functools import cache
from pathlib import Path
from typing import Final

_SYSTEM: Final = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs",
    "/nix/store",
)
# Threads of the numeric libraries do not survive a fork, and one submission gets one core.
_THREADS: Final = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")


def visible_paths(packages: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Absolute paths to show read-only. `packages` are import packages that live outside the environment's folders.

    Never a home, nor a folder above one: an environment made through a link like `~/bin/python3` needs the link alone.
    """
    paths = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.prefix)]
    paths += [folder for folder in site.getsitepackages() if os.path.isdir(folder)]
    if site.ENABLE_USER_SITE and os.path.isdir(site.getusersitepackages()):
        paths.append(site.getusersitepackages())
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            paths += [os.path.abspath(place) for place in spec.submodule_search_locations]
    # A virtual environment names its interpreter by a link, which may go through further links.
    link = Path(sys.executable)
    while link.is_symlink():
        paths.append(str(link))
        link = Path(os.path.normpath(link.parent / os.readlink(link)))
    paths.append(str(link.parent.parent))
    own = [path for path in paths if os.path.islink(path) or not _shows_a_home(path)]
    return tuple(dict.fromkeys(path for path in (*_SYSTEM, *own) if os.path.lexists(path) and path != "/"))


def _shows_a_home(path: str) -> bool:
    real = Path(path).resolve()
    homes = {Path(os.path.expanduser("~")).resolve(), Path("/root"), Path("/home")}
    return any(home.is_relative_to(real) for home in homes) or real.parent == Path("/home")


@cache
def package_paths(names: tuple[str, ...], visible: tuple[str, ...]) -> tuple[str, ...]:
    """Every place in `visible` where one of these import packages lies, other interpreters' folders included."""
    if not names:
        return ()
    places: list[str] = []
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is not None:
            places += spec.submodule_search_locations or filter(None, [spec.origin])
        for root in visible:
            for pattern in ("lib*/python3*/*-packages/", "local/lib*/python3*/*-packages/", "python3*/*-packages/", ""):
                found = Path(root).glob(f"{pattern}{name}")
                places += (str(path) for path in found)
    # A cache of whole packages, which conda keeps inside its own folder.
    places += (str(path) for root in visible if (path := Path(root) / "pkgs").is_dir())
    return tuple(dict.fromkeys(path for place in places for path in (os.path.abspath(place), os.path.realpath(place))))


def hidden_paths(course: str | None) -> tuple[str, ...]:
    """Folders to cover should they lie inside a visible one."""
    return tuple(path for path in (os.path.expanduser("~"), "/root", "/home", course) if path and path != "/")


def clean_environment(folder: str) -> dict[str, str]:
    """Environment variables for the template: none of the instructor's, which may hold credentials, and no start-up
    files of IPython's. `folder` is an empty one for the template's own use."""
    home = os.path.expanduser("~")
    keep = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
    variables = {name: os.environ[name] for name in keep if name in os.environ}
    bin_folder = os.path.dirname(sys.executable)
    variables |= {f"{name}_NUM_THREADS": "1" for name in _THREADS}
    return variables | {
        "HOME": home if os.access(home, os.W_OK) else folder,
        "IPYTHONDIR": folder,
        "PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
    }
