"""The command ``gradwright``: its table of commands, and how every command ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from gradwright import __version__
from gradwright.errors import GradwrightError, UsageError, nearest

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_TRACEBACK = "GRADWRIGHT_TRACEBACK"


class Commands(click.Group):
    """The commands that the files of this folder hold; a file is imported when its command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file that holds a ``command``, by name."""
        names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")
        return [name for name in names if self.get_command(ctx, name) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The ``command`` of the file of that name, or None."""
        if not (Path(__file__).parent / f"{cmd_name}.py").is_file():
            return None
        command = getattr(import_module(f"gradwright.cli.{cmd_name}"), "command", None)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names, or an error with the nearest one."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = self.list_commands(ctx)
            hint = nearest(args[0], known) or f"the commands are {', '.join(known)}"
            raise UsageError(f"there is no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="gradwright")
def program() -> None:
    """Derive, verify, train, teach and grade the mathematics of machine learning.

    Start with `gradwright demo`; `gradwright list models` shows what there is to derive.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 the thing asked about failed, 2 usage."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; bad input is one message on stderr."""
    try:
        status = program.main(arguments, prog_name="gradwright", standalone_mode=False)
        sys.stdout.flush()
    except GradwrightError as error:
        complain(str(error))
        return USAGE if isinstance(error, UsageError) else FAILED
    except click.ClickException as error:
        _complain_of_usage(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return FAILED
    except OSError as error:
        complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
        return FAILED
    except Exception as error:
        if os.environ.get(_TRACEBACK):
            raise
        complain(
            f"a defect of gradwright: {type(error).__name__}: {error}\n"
            f"set {_TRACEBACK}=1 to see where it arose"
        )
        return FAILED
    return status if isinstance(status, int) else DONE


def complain(message: str) -> None:
    """Write an error message on stderr, its first word coloured on a terminal."""
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True, color=color)


def _complain_of_usage(error: click.ClickException) -> None:
    complain(error.format_message())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"see {error.ctx.command_path} --help", err=True)


def _silence_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own last flush can't fail again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
