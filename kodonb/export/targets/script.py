"""``script``: the flows as one file that can be executed."""

from __future__ import annotations

from kodonb.export.filling import fill
from kodonb.export.service import Files, Service
from kodonb.export.targets.module import data_files


class ScriptTarget:
    """Writes one file; its words are the inputs: ``python digits.py folds=3``."""

    name = "script"
    summary = "the flows as one file that can be executed"

    def files(self, service: Service) -> Files:
        """Return the script, with the local modules and the data beside it."""
        source = _whole(service)
        companions = service.slice.module.companions
        return {
            f"{service.package}.py": source.rstrip("\n") + "\n" + fill("script.py", service=service),
            **{f"{name.replace('.', '/')}{'/__init__' if path.endswith('__init__.py') else ''}.py": text
               for name, (path, text) in companions.items()},
            **{f"resources/{name}": body for name, body in data_files(service)},
        }  # fmt: skip


def _whole(service: Service) -> str:
    """Return the module with the function in it that a package has in a module of its own."""
    line = service.slice.resource
    if not line:
        return service.slice.module.source
    name = line.split()[-1]
    return service.slice.module.source.replace(line + "\n", fill("resource.py", function=name), 1)


TARGET = ScriptTarget()
"""What the entry point names."""
