"""What is known of calls by their names: which are harmless, which tie a value to this process, which make data."""

from __future__ import annotations

import builtins
import collections
import datetime as dt
import decimal
import fractions
import io
import pathlib
import re
import string
from typing import Final

_BUILTINS: Final = frozenset({
    "abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "classmethod", "complex",
    "delattr", "dict", "dir", "divmod", "enumerate", "filter", "float", "format", "frozenset", "getattr", "globals",
    "hasattr", "hex", "int", "isinstance", "issubclass", "iter", "len", "list", "map", "max", "memoryview", "min",
    "next", "object", "oct", "ord", "pow", "print", "property", "range", "repr", "reversed", "round", "set",
    "setattr", "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "type", "vars", "zip",
})  # fmt: skip
_STANDARD: Final = frozenset({
    "abc", "argparse.Namespace", "array", "ast", "base64", "binascii", "bisect", "calendar", "cmath", "collections",
    "colorsys", "configparser", "contextlib", "contextvars", "copy", "csv", "dataclasses", "datetime", "decimal",
    "difflib", "enum", "fnmatch", "fractions", "functools", "graphlib", "hashlib", "heapq", "hmac", "html",
    "http.HTTPStatus", "importlib.metadata", "importlib.resources", "importlib.util.find_spec", "inspect",
    "io.BytesIO", "io.StringIO", "ipaddress", "itertools", "json", "keyword", "logging", "math",
    "mimetypes", "numbers", "operator",
    "os.cpu_count", "os.environ", "os.fspath", "os.getenv", "os.path", "pathlib", "platform", "pprint.pformat",
    "random.Random", "re", "reprlib", "shlex", "statistics", "string", "struct", "textwrap", "tomllib", "types",
    "typing", "unicodedata", "urllib.parse", "uuid", "warnings", "weakref", "xml.etree", "zlib", "zoneinfo",
})  # fmt: skip
_FICKLE: Final = frozenset({
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow",
    "logging.FileHandler", "logging.handlers", "os.path.abspath", "os.path.realpath", "pathlib.Path.cwd",
    "pathlib.Path.home", "uuid.getnode", "uuid.uuid1", "uuid.uuid4",
})  # fmt: skip
_FOREIGN: Final = frozenset({
    "annotated_types", "attr", "attrs", "dateutil.parser", "kodonb.flow", "kodonb.flows.flow", "kodonb.flows.step",
    "kodonb.step", "msgspec", "orjson.loads", "packaging.version", "pydantic", "pydantic_settings", "tenacity",
    "toml.loads", "torch.device", "typing_extensions", "ujson.loads", "yaml.load", "yaml.safe_load",
})  # fmt: skip
_FACTORY: Final = re.compile(
    r"(create|make|build|init)_\w*(agent|app|chain|chat_model|client|crew|graph|model|pipeline|prompt|retriever|router|supervisor"
    r"|swarm|tool|transformer|union|workflow)\w*"
)
_QUESTION: Final = re.compile(r"(is|has)_\w+")
_NUMBERS: Final = re.compile(
    r"numpy\.((u?int|float|complex|bool|datetime|timedelta|str)\w*|sqrt|cbrt|exp|log\w*|sin|cos|tan|floor|ceil|abs|round"
    r"|power|hypot|deg2rad|rad2deg|radians|degrees|sign|maximum|minimum|clip|dtype|finfo|iinfo)"
)

TIED: Final = {
    "asyncio.create_subprocess_exec": "process",
    "asyncio.new_event_loop": "event loop",
    "builtins.open": "file",
    "duckdb.connect": "connection",
    "io.open": "file",
    "multiprocessing.Lock": "lock",
    "multiprocessing.Pool": "pool of processes",
    "psycopg.connect": "connection",
    "psycopg2.connect": "connection",
    "redis.from_url": "connection",
    "socket.create_connection": "socket",
    "socket.socket": "socket",
    "sqlalchemy.create_engine": "database engine",
    "sqlite3.connect": "connection",
    "tempfile.mkdtemp": "folder for a while",
    "tempfile.mkstemp": "file",
    "threading.local": "storage of threads",
    "urllib.request.urlopen": "connection",
}
"""Functions whose result belongs to this process, with what it is."""

DATA: Final = (
    (
        re.compile(r"(pandas|polars|geopandas)\.(\w*DataFrame|LazyFrame|read_\w+|scan_\w+|concat|merge)"),
        "DataFrame",
    ),
    (re.compile(r"(pandas|polars)\.(Series|Index|date_range)"), "Series"),
    (
        re.compile(
            r"numpy\.(\w*array|\w*space|arange|zeros\w*|ones\w*|full\w*|empty\w*|eye|identity|load\w*|genfromtxt)"
        ),
        "NumPy array",
    ),
    (re.compile(r"torch\.(tensor|zeros|ones|rand\w*|arange|empty|from_numpy|load)"), "tensor"),
    (re.compile(r"xarray\.(DataArray|Dataset|open_\w+)"), "data set"),
)
"""Calls whose result is data, with what it is."""

CHANGING: Final = frozenset({
    "__delitem__", "__setitem__", "add", "append", "appendleft", "clear", "difference_update", "discard", "extend",
    "extendleft", "insert", "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse",
    "rotate", "setdefault", "sort", "subtract", "symmetric_difference_update", "update",
})  # fmt: skip
"""Methods that change a list, a dict, a set, or what is like one."""

CHANGERS: Final = frozenset({
    "bisect.insort", "bisect.insort_left", "bisect.insort_right", "builtins.delattr", "builtins.next",
    "builtins.setattr", "heapq.heapify", "heapq.heappop", "heapq.heappush", "heapq.heappushpop",
    "heapq.heapreplace", "numpy.copyto",
    "numpy.fill_diagonal", "numpy.put", "numpy.random.shuffle", "operator.delitem", "operator.setitem",
    "random.shuffle",
})  # fmt: skip
"""Functions that change their first argument, or `random.shuffle` and the like."""

WRITING: Final = frozenset({
    "chmod", "hardlink_to", "mkdir", "rename", "rmdir", "symlink_to", "touch", "unlink", "write", "write_bytes",
    "write_text", "writelines",
})  # fmt: skip
"""Methods that write files."""

LOOKING: Final = frozenset({
    "absolute", "glob", "is_dir", "is_file", "iterdir", "open", "read_bytes", "read_text", "resolve", "rglob", "stat",
    "walk",
})  # fmt: skip
"""Methods of a path that look at the disk."""

_TYPES: Final = (
    bool, bytes, collections.Counter, collections.OrderedDict, collections.defaultdict, collections.deque, complex,
    dt.date, dt.datetime, dt.timedelta, decimal.Decimal, dict, float, fractions.Fraction, frozenset,
    int, io.StringIO, list, pathlib.Path, range, re.Match, re.Pattern, set, str, string.Template, tuple,
)  # fmt: skip
PLAIN: Final = frozenset(name for kind in _TYPES for name in dir(kind)) - WRITING
"""Methods of plain values."""

_CONFIGURE: Final = re.compile(
    r"(add|append|attach|bind|compile|configure|extend|include|insert|mount|on|register|set|update|use|with)([_A-Z]\w*)?"
    r"|model_(rebuild|copy|construct|dump\w*|json_schema|validate\w*|fields)|update_forward_refs|partial|copy|_?replace"
    r"|to|eval|cuda|cpu|half|freeze|requires_grad_|from_(attributes|dict|json|list|messages|orm|records|str|string|strings|template|templates|tuples|function\w*)"
    r"|_asdict|_make|cache_clear|cache_info"
)
_COMPUTE: Final = re.compile(
    r"(fit|train|learn|partial_fit|predict|plot|hist|boxplot|show|save|dump|write|send|post|put|submit|run|start)(_\w*)?"
    r"|to_(csv|parquet|excel|sql|feather|pickle|hdf|clipboard|gbq)"
)
_USE: Final = re.compile(
    r"(a?(batch|call|chat|complete|generate|invoke|run|stream)"
    r"|as|ask|check|close|count|create|critical|debug|decode|degree|describe"
    r"|disconnect|display|dispose|draw|dump|edges|embed|encode|error|evaluate|events"
    r"|exception|export|fetch|find|frame|get|graph|has|head|health|hist|info"
    r"|inspect|is|items|iter|json|keys|kickoff|list|log|map|max|mean|min"
    r"|model_dump|n|neighbors|nodes|number|ping|plot|post|predict|print|query|read"
    r"|render|repr|result|results|retrieve|sample|save|score|search|select|send|show"
    r"|shutdown|similarity|size|status|stop|submit|summary|tail|terminate|test"
    r"|tokenize|transform|validate|values|wait|warning|write"
    r"|to_\w+)(_\w*)?"
)
_SET: Final = re.compile(
    r"(set|seed|use|enable|disable|configure)([_A-Z]\w*)?|basicConfig|filterwarnings|simplefilter|manual_seed|chdir|putenv"
)
_READING: Final = re.compile(
    r"(safe_)?(load|loads|read|open|parse|scan|decode|imread)(_?\w*)?|genfromtxt|loadtxt|from_\w+|concat|merge|as_?array"
    r"|array|to_(datetime|numeric|timedelta)"
)


def harmless(name: str) -> bool:
    """Whether calling what has this full name is quick, gives the same everywhere, and does nothing else."""
    root, _, rest = name.partition(".")
    if root == "builtins":
        found = getattr(builtins, rest, None)
        return rest in _BUILTINS or (isinstance(found, type) and issubclass(found, BaseException))
    if fickle(name):
        return False
    return _under(name, _STANDARD) or _under(name, _FOREIGN) or _NUMBERS.fullmatch(name) is not None


def fickle(name: str) -> bool:
    """Whether what has this full name gives something else each time, or on each machine."""
    return _under(name, _FICKLE)


def makes(function: str) -> bool:
    """Whether a function of a package, by its name, makes an object that is set up, or only answers a question."""
    return is_class(function) or bool(_FACTORY.fullmatch(function) or _QUESTION.fullmatch(function))


def data(name: str) -> str | None:
    """Return what kind of data a call of this full name makes; `None` if it is no data."""
    return next((kind for pattern, kind in DATA if pattern.fullmatch(name)), None)


def configures(method: str) -> bool:
    """Whether a method, by its name, sets an object up."""
    return _CONFIGURE.fullmatch(method) is not None


def sets(function: str) -> bool:
    """Whether a function of a module, by its name, changes how the module works."""
    return _SET.fullmatch(function) is not None


def trains(method: str) -> bool:
    """Whether a method, by its name, changes what an object has learnt."""
    return re.match(r"(fit|train|learn|partial_fit)(_|$)", method) is not None


def computes(method: str) -> bool:
    """Whether a method of data, by its name, trains, draws or writes."""
    return _COMPUTE.fullmatch(method) is not None


def uses(method: str) -> bool:
    """Whether a method, by its name, uses an object and leaves it as it was, or is done with it."""
    return _USE.fullmatch(method) is not None


def reads(function: str) -> bool:
    """Whether a function, by its name, makes a value of what is in a file."""
    return _READING.fullmatch(function) is not None


def is_class(name: str) -> bool:
    """Whether a name is written like that of a class."""
    return name.lstrip("_")[:1].isupper()


def _under(name: str, known: frozenset[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:count]) in known for count in range(1, len(parts) + 1))
