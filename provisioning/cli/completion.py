"""`tramthe completion`: what makes a shell complete commands, options and values.

Not here: completing itself (click asks the commands for it).
"""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from provisioning.cli.main import COMPLETE, tramthe

SHELLS = ("bash", "zsh", "fish")
_WHERE = """
\b
Examples:
  tramthe completion bash > /etc/bash_completion.d/tramthe
  tramthe completion zsh > /usr/local/share/zsh/site-functions/_tramthe
  tramthe completion fish > /etc/fish/completions/tramthe.fish
"""


@click.command(epilog=_WHERE)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Write the lines that make SHELL complete this program, to standard output.

    Put them where SHELL looks for such files and open a new shell; for bash the package
    bash-completion has to be installed.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click completes no {shell}.")
    # Not the class's own `source`: bash's starts a bash to ask for its version.
    click.echo(ShellComplete.source(kind(tramthe, {}, "tramthe", COMPLETE)))
