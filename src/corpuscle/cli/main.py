"""The command: which verbs there are, and what becomes of a mistake."""

import signal
import sys
from typing import Annotated

import typer

from corpuscle.cli.compare import compare
from corpuscle.cli.console import fail
from corpuscle.cli.convert import convert
from corpuscle.cli.cost import cost
from corpuscle.cli.demo import demo
from corpuscle.cli.export import export
from corpuscle.cli.fit import fit
from corpuscle.cli.identify import identify
from corpuscle.cli.link import link
from corpuscle.cli.methods import methods
from corpuscle.cli.motion import motion
from corpuscle.cli.perturb import perturb
from corpuscle.cli.score import score
from corpuscle.cli.simulate import simulate
from corpuscle.cli.study import study
from corpuscle.cli.trackable import trackable
from corpuscle.cli.train import train
from corpuscle.cli.tune import tune

MISTAKE = 2
STOPPED = 130
TERMINATED = 143

app = typer.Typer(
    name="corpuscle", add_completion=False, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def show_version(wanted: bool) -> bool:
    """Print the version and stop."""
    if wanted:
        from corpuscle import __version__

        typer.echo(f"corpuscle {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def begin(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Follow and name particles: link detections into tracks, fit tracks in a field, with honest scores."""


for verb in (
    link, fit, identify, score, motion, simulate, perturb, trackable, compare, convert, methods, train, tune, cost,
    export, demo,
):  # fmt: skip
    app.command()(verb)

app.add_typer(study, name="study")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; a user's mistake is one line and exit code 2, never a traceback."""
    signal.signal(signal.SIGTERM, stop)
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command and give its exit code; without arguments it shows its help."""
    try:
        code = app(arguments or ["--help"], standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        fail(f"{error.format_message()} (see `{context.command_path if context else 'corpuscle'} --help`)")
        return MISTAKE
    except (ValueError, OSError, ImportError) as error:
        fail(describe(error))
        return MISTAKE
    except MemoryError:
        fail("not enough memory for this; ask for fewer particles or frames, or link fewer files at once")
        return MISTAKE
    except (typer.Abort, KeyboardInterrupt):
        code = STOPPED
    if code == STOPPED:
        fail("stopped; what was not finished is not written")
    return code if isinstance(code, int) else 0


def stop(_number: int, _frame: object) -> None:
    """End in an orderly way when asked to, so that nothing half-written is left behind."""
    raise SystemExit(TERMINATED)


def describe(error: Exception) -> str:
    """Say what an error says; of the system's own errors, the file before the reason."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
