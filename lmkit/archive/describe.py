"""The facts of a model that `info` shows, from config.json alone."""

from pathlib import Path

from lmkit.archive.folder import Archive, complete_facts, read_facts
from lmkit.archive.kinds import kind_named
from lmkit.archive.layout import REQUIRED
from lmkit.archive.manifest import unchanged, verify_files
from lmkit.archive.writing import CARD
from lmkit.core.json import JsonObject


def describe_folder(folder: Path) -> JsonObject:
    """Return what a model is and how it was trained; its files are checked, no weight is loaded.

    Args:
        folder: The model folder.

    Raises:
        ModelError: If the folder is missing, damaged or of a newer format.
    """
    with unchanged(folder):
        facts = read_facts(folder)
        verify_files(folder, required=REQUIRED, unchecked=(CARD,))
    return describe_facts(facts)


def describe(archive: Archive) -> JsonObject:
    """Return what a loaded model is and how it was trained."""
    facts = complete_facts(archive)
    return describe_facts({**facts, **_of_the_folder(archive.facts)})


def describe_facts(facts: JsonObject) -> JsonObject:
    """Return what `info` shows of config.json.

    Args:
        facts: As `read_facts` returns them.

    Raises:
        ModelError: If the kind or the architecture is none.
    """
    return {
        "format_version": facts.get("format_version"),
        "kind": facts.get("kind"),
        "unit": facts.get("unit"),
        **kind_named(facts.get("kind")).describe(facts.get("architecture", {})),
        "direction": facts.get("direction", "forward"),
        "backward_weight": facts.get("backward_weight"),
        "stack": facts.get("stack", []),
        "training": facts.get("training", {}),
    }


def _of_the_folder(facts: JsonObject) -> JsonObject:
    return {key: value for key, value in facts.items() if key == "format_version"}
