"""Makes an Office file the same bytes on every run: fixed times in the archive and in the document properties."""

import re
import zipfile
from pathlib import Path

WRITTEN = "2025-03-01T00:00:00Z"
_ENTRY_TIME = (2025, 3, 1, 0, 0, 0)
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def fix_times(path: Path) -> None:
    """Rewrites `path` with every time in it set to `WRITTEN`."""
    with zipfile.ZipFile(path) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            if name == "docProps/core.xml":
                content = _TIMES.sub(rb"\g<1>" + WRITTEN.encode() + rb"\g<3>", content)
            entry = zipfile.ZipInfo(name, _ENTRY_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
