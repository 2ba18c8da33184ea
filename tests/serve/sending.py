"""Sending files, as clients do."""

from __future__ import annotations

import base64
import hashlib

from fastapi import FastAPI

from kodonb.serve.access.callers import ANYBODY
from kodonb.serve.access.limits import BodyLimit
from kodonb.serve.files import routes as files
from kodonb.serve.problems import explain
from kodonb.serve.runs.owned import Owned

TUS = {"Tus-Resumable": "1.0.0"}
MORE = {**TUS, "Content-Type": "application/offset+octet-stream"}
BODY = bytes(range(256)) * 20


LONG = BODY * 800  # more than is held in memory before it is written


def application(uploads, access=None, patience=20.0):
    app = FastAPI()
    explain(app)
    app.add_middleware(BodyLimit, limit=100, patience=patience)
    app.include_router(files.router(access, uploads, Owned()))
    return app


def bearing(token):
    return {"Authorization": f"Bearer {token}"}


def begin(client, size=None, **headers):
    length = str(len(BODY) if size is None else size)
    made = client.post("/files", headers={**TUS, "Upload-Length": length, **headers})
    assert made.status_code == 201, made.text
    return made.headers["location"]


def more(client, place, at, body, **headers):
    return client.patch(place, content=body, headers={**MORE, "Upload-Offset": str(at), **headers})


def offset(client, place):
    return int(client.head(place, headers=TUS).headers["upload-offset"])


def words(**told):
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in told.items())
    return ",".join(pair.strip() for pair in pairs)


def checksum(body, algorithm="sha256"):
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


def content(uploads, told, caller=ANYBODY):
    """Return what was sent, as a launch would get it."""
    file = told if isinstance(told, str) else told["file"]
    schema = {"properties": {"data": {"type": "string", "format": "binary"}}}
    return files.put_in({"data": {"file": file.rpartition("/")[2]}}, schema, uploads, caller)["data"]


def places(folder):
    """Return the folders of files on their way."""
    return [path for path in folder.iterdir() if path.is_dir()] if folder.exists() else []
