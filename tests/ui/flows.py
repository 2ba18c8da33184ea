"""Cells of the notebooks that are tried in a browser."""

from __future__ import annotations

SETUP = "%load_ext kodonb\nimport kodonb as kb\nimport time\nfrom pydantic import BaseModel, Field\nfrom typing import Annotated, Literal"

WORK = '''%%flow work
@kb.step
def square(x: int) -> int:
    time.sleep(0.2)
    return x * x

def work(n: Annotated[int, Field(ge=1, le=50, description="How many numbers.")] = 4, pause: float = 0.0):
    """Square some numbers."""
    print("begun")
    squares = square.map(range(n))
    for value in kb.progress(squares, title="squares"):
        kb.metric("square", value.result())
        time.sleep(pause)
    kb.markdown("## Done\\n\\nAll **squares** are there.")
    return sum(s.result() for s in squares)
'''

ASK = '''%%flow review
class Verdict(BaseModel):
    """What becomes of it."""
    accept: bool = Field(description="Whether it is good enough.")
    score: int = Field(ge=0, le=10, description="From 0 to 10.")
    why: str = ""

def review(patience: float = 600.0):
    """Ask a person."""
    verdict = kb.ask(Verdict, "Is the draft good enough?", timeout=patience)
    return verdict.model_dump()
'''

FAIL = """%%flow fail
@kb.step
def divide(x: int) -> float:
    return 1 / x

def fail():
    return divide.submit(0).result()
"""

LONG = """%%flow long
def long(seconds: float = 60.0):
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        n += 1
        kb.debug({"n": n})
        time.sleep(0.05)
    return n
"""
