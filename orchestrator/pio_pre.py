"""PlatformIO's pre-build script: brings the app's model header up to date and says which room may see which folder.

It runs inside PlatformIO's own Python, which need not be the project's, so it only asks the project's .venv.
"""

import subprocess
import sys
from pathlib import Path

Import("env")

project = Path(env.subst("$PROJECT_DIR"))
app = env.GetProjectOption("custom_app")
variant = env.GetProjectOption("custom_variant", "")
slot = env.GetProjectOption("custom_model_slot", "")  # bytes of RAM for loaded models
kinds = env.GetProjectOption("custom_model_kinds", "").split()  # which of them it takes; all where none is named


def fail(message):
    """Ends the build."""
    sys.stderr.write(f"Error: {message}\n")
    env.Exit(1)


def project_python():
    """The Python of the project's .venv."""
    places = (project / ".venv" / "bin" / "python", project / ".venv" / "Scripts" / "python.exe")
    found = next((p for p in places if p.is_file()), None)
    if found is None:
        fail("the project's .venv is missing: run ./inv once")
    return str(found)


def prebuild(python):
    """The folders that `orchestrator.prebuild` names: generated headers, then emlearn's own."""
    command = [python, "-m", "orchestrator.prebuild", "--app", app, "--variant", variant]
    run = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=False)
    folders = run.stdout.splitlines()
    if run.returncode != 0 or len(folders) != 2:
        fail(f"the model header of {app} was not brought up to date (exit status {run.returncode}, see above)")
    return folders


if not env.IsCleanTarget():
    python = project_python()
    generated, emlearn = prebuild(python)
    app_dir = str(project / "apps" / app)
    libraries = [str(p.parent) for p in sorted((project / "lib").glob("*/library.json"))]
    env.Replace(
        FIELDMOUSE_PYTHON=python,  # for what the build itself asks of the project
        FIELDMOUSE_INCLUDES={
            # The app's own sources.
            "<project>": {"include": [app_dir, generated]},
            # The main loop is where everything meets: it includes the app's header, and so whatever that includes.
            "node": {"include": [app_dir, generated, *libraries]},
            # The one room that may see emlearn's own headers.
            "emlearn": {"include": [generated], "system": [emlearn]},
            "compact": {"include": [generated]},
        },
    )
    env.Append(CPPDEFINES=[("APP", app), *([("NODE_MODEL_SLOT", slot)] if slot else [])])
    if kinds:
        env.Append(CPPDEFINES=[("MODEL_BLOB_KINDS", "+".join(f"MODEL_BLOB_HAS_{kind.upper()}" for kind in kinds))])
