"""Cuts the part out of a notebook that flows need: a backward slice, told from the text alone.

The notebook is taken as a module that is executed from the top. The slice has the top-level statements that the flows
need, in the notebook's order, and those that they need in turn. A function finds what names stand for at the end of
the notebook; a decorator, a default or the right side of an assignment what they stand for at that line.

**What may be executed when the module is imported** must be quick, the same every time, and without effects outside:

- plain values, operators, comprehensions, and the builtins and standard functions that only compute;
- functions and classes of the notebook whose bodies keep to these rules; classes of packages, written with a capital,
  factories such as `create_react_agent` and `make_pipeline`, and questions such as `is_available`; of an object of a
  package, methods that set it up, such as `add…`, `set…`, `with…`, `compile`;
- decorators, also where they are called as functions, and the environment (`os.environ`);
- reading a data file that stands beside the notebook, which travels with the slice.

Anything else (other functions of packages, training, the network, the clock, chance) is refused: KN103.

**What changes an object that the slice has comes along too**: assignments to its items and attributes, methods of
lists, dicts and sets that change them, methods that set an object up, registrations by decorators, calls of functions
of the notebook that do such things. If it may not be executed at import, or calls a method of which is not known
whether it changes the object, it is refused: KN118. Functions of packages are taken to leave their arguments as they
are, and a cell that calls a flow tries it out. Changes of imported modules stay, and are told.

**A literal that names a data file is reached through `resource`** where it, or a name that stands for it, is opened or
says that it is a path. Other texts stay as they are, annotations too, and so do the defaults that callers of a flow
see; that is told, and so are files that local modules look for.
"""

from __future__ import annotations

from kodonb.capture.slicing.cutting import cut
from kodonb.capture.slicing.records import DataFile, Entry, Left, Slice

__all__ = ["DataFile", "Entry", "Left", "Slice", "cut"]
