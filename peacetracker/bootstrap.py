"""Make the `.venv` that `demo` and `test` need, from the locked requirements, with the standard library only.

It must parse on old Pythons too, so that they can be told that they are too old.
"""

import errno
import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
STAMP = os.path.join(VENV, "installed-locks")  # which locks `.venv` holds completely, with their hashes
MINIMUM = (3, 11)
LOCKS = {"demo": "requirements.txt", "test": "requirements-dev.txt"}
CONTAINS = {"requirements-dev.txt": ["requirements.txt"]}
NO_ROOM = 20 * 10**6  # bytes; less than any step needs

# What pip, uv and venv print when something outside of them is wrong.
FULL_DISK = r"No space left on device|Disk quota exceeded|not enough space on the disk|(Errno|os error) (28|112|122)\b"
NO_VENV = r"ensurepip|No module named '?venv"
UNREACHABLE = (
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|Connection refused|Connection reset"
    r"|ProxyError|name resolution|Name or service not known|Network is unreachable|CERTIFICATE_VERIFY_FAILED"
    r"|error sending request|dns error|tcp connect error|connectivity is disabled|Request failed after"
    r"|from versions: none"
)
WRONG_HASH = r"DO NOT MATCH THE HASHES|Hash mismatch"


def prepare(argv):
    """Run `demo` and `test` in an environment that has their packages, making it where it is missing."""
    lock = LOCKS.get(argv[1]) if len(argv) > 1 else None
    if lock is None:
        return
    if sys.version_info < MINIMUM:
        raise SystemExit(too_old(argv))
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    made_here = inside and os.path.exists(STAMP)
    if has_packages(lock) and (not made_here or is_installed(lock)):
        return
    if inside or not is_installed(lock) or not os.path.exists(PYTHON):
        try:
            make(lock)
        except OSError as error:
            raise SystemExit(sentence_for_error(error)) from None
        except KeyboardInterrupt:
            raise SystemExit("\nStopped. The same command goes on from here.") from None
    if inside:
        importlib.invalidate_caches()
    else:
        run_again(argv)


def has_packages(lock):
    """Tell whether this interpreter has every package that the lock was made for."""
    from importlib import metadata  # from Python 3.8 on

    for name in names_in(lock.replace(".txt", ".in")):
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            return False
    return True


def names_in(requirements):
    """Return the names of the packages that a requirements file, and those it includes, asks for."""
    names = []
    for line in read(requirements).splitlines():
        if line.startswith("-r "):
            names += names_in(line[3:].strip())
        elif re.match(r"\w", line):
            names.append(re.match(r"[\w.-]+", line).group())
    return names


def make(lock):
    """Make `.venv` or bring it up to date, and stamp it last, so that the next run repairs a stopped one."""
    started = time.time()
    uv = which("uv")
    if not uv and not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SystemExit(no_venv())
    hashes = installed_locks()
    if hashes:
        os.remove(STAMP)
    if uv:
        run("Making .venv with uv", [uv, "venv", "--allow-existing", "--python", sys.executable, VENV])
        install = [uv, "pip", "install", "--python", PYTHON]
    else:
        run("Making .venv", [sys.executable, "-m", "venv", VENV])
        install = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    count = len(re.findall(r"^[\w.-]+==", read(lock), re.MULTILINE))
    step = f"Installing {count} packages with {'uv' if uv else 'pip'}"
    run(step, [*install, "--require-hashes", "-r", os.path.join(ROOT, lock)])
    hashes.update((name, hash_of(name)) for name in [lock, *CONTAINS.get(lock, [])])
    with open(STAMP, "w", encoding="utf-8") as file:
        file.writelines(f"{name} {digest}\n" for name, digest in sorted(hashes.items()))
    say(f"The packages are ready ({time.time() - started:.0f} s).")


def which(program):
    """Return the path of a program that is installed and answers (a version manager's shim may not), else None."""
    path = shutil.which(program)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return path if path and subprocess.call([path, "--version"], **quiet) == 0 else None


def run(step, command):
    """Run a command, showing the step and, on a terminal, the command's latest line; stop where it fails."""
    say(f"{step} …")
    width = shutil.get_terminal_size().columns - 3 if sys.stderr.isatty() else 0
    lines = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            lines.append(line.strip())
            if width:
                sys.stderr.write(f"\r  {lines[-1][:width]:{width}}")
                sys.stderr.flush()
    if width:
        sys.stderr.write(f"\r  {'':{width}}\r")
    if process.returncode:
        raise SystemExit(sentence_for_output(command[0], lines))


def sentence_for_output(client, lines):
    """Return what went wrong in a run of uv, pip or venv, from the lines that it printed."""
    output = "\n".join(lines)
    if re.search(FULL_DISK, output) or shutil.disk_usage(ROOT).free < NO_ROOM:  # venv does not say why it failed
        return full_disk()
    if re.search(NO_VENV, output):
        return no_venv()
    if re.search(UNREACHABLE, output):
        return unreachable("pip" if client == PYTHON else "uv")
    if re.search(WRONG_HASH, output):
        return (
            "A downloaded package differs from the one that was locked, so it was not installed. "
            "Check the mirror it came from, or lock the requirements anew."
        )
    faults = [line for line in lines if re.match(r"error|×|╰", line, re.IGNORECASE)]
    return f"The packages could not be installed: {(faults or lines or ['no reason was given.'])[-1]}"


def sentence_for_error(error):
    """Return what an error of the operating system means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full_disk()
    return f"The environment {VENV} could not be made: {error}."


def too_old(argv):
    """Return the sentence for a Python that is too old, naming a newer one that is there."""
    newer = next((name for name in (f"python3.{minor}" for minor in range(19, 10, -1)) if which(name)), None)
    advice = f"Run: {newer} {' '.join(argv)}" if newer else "Install a newer one and run the command with it."
    this = ".".join(map(str, sys.version_info[:2]))
    return f"Peacetracker needs Python {'.'.join(map(str, MINIMUM))} or newer; this is {this}. {advice}"


def no_venv():
    """Return the sentence for a Python without the venv module."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return (
        "Python’s venv module is missing. "
        f"Install it (on Debian and Ubuntu: apt install {package}), then run the same command again."
    )


def full_disk():
    """Return the sentence for a full disk, with what is free where the packages pass through."""
    free = " and ".join(
        f"{shutil.disk_usage(folder).free // 10**6} MB in {folder}" for folder in (ROOT, tempfile.gettempdir())
    )
    return (
        f"The disk is full: the packages need about 500 MB, and there are {free}. "
        "Make room, then run the same command again."
    )


def unreachable(client):
    """Return the sentence for a package registry that does not answer, with the client's ways around it."""
    settings = {
        "pip": "PIP_INDEX_URL to a mirror, or PIP_NO_INDEX=1 and PIP_FIND_LINKS to a folder of packages",
        "uv": "UV_DEFAULT_INDEX to a mirror, or UV_OFFLINE=1 and UV_FIND_LINKS to a folder of packages",
    }
    return (
        f"{client} cannot reach the package registry. Check the network, or set {settings[client]}, "
        "then run the same command again."
    )


def run_again(argv):
    """Go on as the same command under the Python of `.venv`."""
    if os.name == "nt":
        raise SystemExit(subprocess.call([PYTHON, *argv]))
    os.execv(PYTHON, [PYTHON, *argv])


def installed_locks():
    """Return the hash of each lock that `.venv` holds completely, by file name."""
    return dict(line.split() for line in read(STAMP).splitlines()) if os.path.exists(STAMP) else {}


def is_installed(lock):
    """Tell whether `.venv` holds the lock as it is now."""
    return installed_locks().get(lock) == hash_of(lock)


def hash_of(lock):
    """Return the SHA-256 of a lock."""
    return hashlib.sha256(read(lock).encode()).hexdigest()


def read(name):
    """Return the text of a file of the project."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def say(line):
    """Print a line of progress."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
