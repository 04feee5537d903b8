"""The screen of «what to try»: each of its commands, as a person pastes them one after the other into one shell."""
import json
import pathlib
import subprocess

# What stands between the outputs of two commands; no command prints it.
MARK = "\x01"
# Seconds for all of them.
PATIENCE = 60


def commands(screen: pathlib.Path) -> list[str]:
    """The lines that are to be pasted: those after the headline that are no comments."""
    return [line for line in screen.read_text(encoding="utf-8").splitlines()[2:] if line and not line.startswith("#")]


def paste(screen: pathlib.Path) -> tuple[int, list[str]]:
    """How many were run, and those that failed, said nothing, or were answered with a problem."""
    lines = commands(screen)
    script = "\n".join(f"{line}\nprintf '{MARK}%s{MARK}' $?" for line in lines)
    done = subprocess.run(
        ["bash"], input=script, capture_output=True, text=True, timeout=PATIENCE, cwd="/", check=False)
    parts = done.stdout.split(MARK)
    wrong = [f"{lines[0]}: the shell ended early: {done.stderr.strip()}"] if len(parts) != 2 * len(lines) + 1 else []
    for line, output, status in zip(lines, parts[::2], parts[1::2]):
        if status != "0":
            wrong.append(f"{line}: exit {status}")
        if not output.strip() and not line.startswith("number="):
            wrong.append(f"{line}: prints nothing")
        if output.lstrip().startswith("{") and "head" not in line:
            answer = json.loads(output)
            if str(answer.get("type", "")).startswith("/problems/"):
                wrong.append(f"{line}: {answer['type']}")
    return len(lines), wrong
