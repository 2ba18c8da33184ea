"""Knowledge that agents share is read, and nothing else can be done with it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from types import ModuleType

import duckdb
import pytest

from kodonb.kumeo.agents import AgentError, MemorySite, opened, opened_context


@pytest.fixture
def folder(tmp_path):
    tmp = duckdb.connect()
    tmp.execute(
        f"COPY (SELECT * FROM (VALUES (1, 0.7, 'a'), (2, 0.3, 'b'), (3, 0.9, 'c')) t(id, score, name)) TO '{tmp_path}/risks.parquet'"
    )
    tmp.close()
    (tmp_path / "customers.csv").write_text("id,name\n1,North\n2,South\n")
    (tmp_path / "secret.csv").write_text("key\nsk-1\n")
    (tmp_path / "rates.json").write_text('{"eur": 1.0}')
    (tmp_path / "notes.txt").write_text("Be kind.")
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("CREATE TABLE orders (id INTEGER, customer TEXT, at TEXT, raw BLOB)")
        base.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?)",
            [(1, "north", "12:30", b"\x01"), (2, "south", "13:00", None), (3, "north", "14:00", None)],
        )
    base.close()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as other:
        other.execute(
            "CREATE TABLE orders AS SELECT 1 AS id, 'north' AS customer, DATE '2026-01-02' AS day, 1.5::DECIMAL(9,2) AS total"
        )
    return tmp_path


@pytest.fixture
def site(folder):
    data = {
        "risks": {"file": "risks.parquet", "description": "x"},
        "customers": "customers.csv",
        "rates": "rates.json",
        "notes": "notes.txt",
    }
    return MemorySite(folder, sections={"data": data})


@pytest.fixture
def query(site):
    """Run an SQL text over declared data, as an agent's context."""

    async def go(text, **fields):
        from kodonb.kumeo.agents.contexts.query import Query

        made = Query(text)
        await made.open(site)
        try:
            return await made.look(fields)
        finally:
            await made.close()

    return go


async def test_a_query_reads_declared_data(query):
    assert await query("SELECT id FROM read_parquet('data.risks') WHERE score > 0.5 ORDER BY id;") == [
        {"id": 1},
        {"id": 3},
    ]
    assert await query("select name from data.customers where id = 2 -- of two") == [{"name": "South"}]
    assert await query(
        "WITH r AS (FROM data.risks) SELECT count(*) AS n FROM r JOIN data.customers c USING (id)"
    ) == [{"n": 2}]


async def test_values_are_bound_and_never_become_text_of_the_query(query):
    text = "SELECT name FROM data.customers WHERE name = {{who.name}} OR id = {{who.id}}"
    assert await query(text, who={"name": "North", "id": None}) == [{"name": "North"}]
    assert await query(text, who={"name": "' OR 1=1 --"}) == []
    assert await query("SELECT {{a}} AS a, '{{b}}' AS b, {{c}} AS c", a="x'; DROP TABLE y; --", b=1, c=[1, {"d": 2}]) == [
        {"a": "x'; DROP TABLE y; --", "b": 1, "c": '[1, {"d": 2}]'},
    ]  # fmt: skip


async def test_values_of_all_types_come_back_as_json(query):
    text = "SELECT DATE '2026-01-02' AS d, TIMESTAMPTZ '2026-01-02 03:04:05Z' AS t, 1.25::DECIMAL(9,2) AS n, [1, 2] AS l, {'a': 1} AS s, NULL AS z, 'a'::BLOB AS b"
    [found] = await query(text)
    json.dumps(found)
    assert (found["d"], found["n"], found["l"], found["s"], found["z"]) == (
        "2026-01-02",
        1.25,
        [1, 2],
        {"a": 1},
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
        "SELECT * FROM parquet_metadata('{folder}/other.parquet')",
        "SELECT * FROM sniff_csv('{folder}/secret.csv')",
        "SELECT * FROM query('SELECT * FROM read_csv(''{folder}/secret.csv'')')",
        "SELECT * FROM sqlite_scan('{folder}/shop.db', 'orders')",
        "SELECT * FROM site",
        "SELECT getenv('HOME')",
    ],
)
async def test_a_query_cannot_read_anything_else(query, folder, text):
    with pytest.raises(AgentError, match="KN810"):
        await query(text.replace("{folder}", str(folder)))


@pytest.mark.parametrize(
    "text",
    [
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/new.db'",
        "INSTALL httpfs",
        "CREATE TABLE t (a INT)",
        "PRAGMA database_list",
        "SET memory_limit='9GB'",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "SELECT 1) TO '{folder}/out.csv'; --",
        "EXPORT DATABASE '{folder}/out'",
        "SELECT 'a",
        "SELECT 1 /* ",
        "SELECT * FROM data.customers WHERE name LIKE '%{{who}}%'",
        "SELECT {{a >}}",
        "",
        "-- SELECT",
    ],
)
async def test_a_query_cannot_do_anything_but_read(query, folder, text):
    before = sorted(folder.iterdir())
    with pytest.raises(AgentError, match=r"KN8(10|02)"):
        await query(text.replace("{folder}", str(folder)))
    assert sorted(folder.iterdir()) == before


async def test_data_that_are_not_declared_are_told_with_a_near_name(query):
    with pytest.raises(AgentError) as error:
        await query("SELECT * FROM read_parquet('data.risk')")
    assert "data.risks" in error.value.remedy


async def test_a_query_that_takes_too_long_is_stopped(site):
    from kodonb.kumeo.agents.contexts.duck import Duck
    from kodonb.kumeo.agents.contexts.statement import statement

    duck = Duck(statement("SELECT count(*) AS n FROM range(1000000000) a, range(1000000000) b"), timeout=0.3)
    began = time.monotonic()
    with pytest.raises(AgentError, match="KN810"):
        await duck.run({})
    assert time.monotonic() - began < 10
    await duck.close()


async def test_very_many_rows_are_cut_and_that_is_said(query, site):
    assert len(await query("SELECT * FROM range(20000)")) == 10_000
    assert any("10,000" in payload["message"] for _, payload in site.events)


async def test_an_agent_names_what_it_uses_and_reads_it_under_that_name(run, site):
    context = [
        "data.rates",
        "data.notes",
        "data.customers",
        "SELECT max(score) AS top FROM data.risks WHERE id < {{limit}}",
    ]
    rules = {
        "context.rates.eur == 1 and context.notes == 'Be kind.' and context.customers[1].name == 'South' and context.query[0].top > 0.6": "target.yes",
        "default": "target.no",
    }
    found = await run("Router", {"limit": 3}, site, rules=rules, context=context)
    assert found.subjects == ("yes",)
    assert (await run("Router", {"limit": 0}, site, rules=rules, context=context)).subjects == ("no",)


async def test_context_that_is_declared_and_not_read_is_told(run, site):
    await run("Router", {}, site, rules={"default": "target.x"}, context="data.rates")
    [(_, payload)] = site.events
    assert "context.rates" in payload["message"]


@pytest.mark.parametrize("context", ["data.nothing", "KnowledgeBase", "models.x", "nonsense"])
async def test_context_that_does_not_exist_is_told(run, site, context):
    with pytest.raises(AgentError, match="KN802"):
        await run("Router", {}, site, rules={"context.x": "target.y"}, context=context)


@pytest.mark.parametrize("connection", ["shop.db", "sqlite:///shop.db", "data.shop", "shop"])
async def test_a_database_of_sqlite_is_read(site, folder, connection):
    site.sections["data"]["shop"] = "shop.db"
    base = await opened_context(
        "Database",
        {
            "connection": connection,
            "query": "SELECT id, at FROM orders WHERE customer = {{who}} AND at <> '12:31' ORDER BY id",
        },
        site,
    )
    assert await base.look({"who": "north"}) == [{"id": 1, "at": "12:30"}, {"id": 3, "at": "14:00"}]
    assert await base.look({"who": "' OR 1=1 --"}) == []
    await base.close()


async def test_a_database_of_duckdb_is_read(site):
    for connection in ("shop.duckdb", "duckdb:///shop.duckdb"):
        base = await opened_context(
            "Database",
            {"connection": connection, "query": "SELECT * FROM orders WHERE customer = {{who}}"},
            site,
        )
        assert await base.look({"who": "north"}) == [
            {"id": 1, "customer": "north", "day": "2026-01-02", "total": 1.5}
        ]
        await base.close()


async def test_a_database_of_postgresql_is_read_and_not_written(site, postgres):
    import psycopg

    with psycopg.connect(postgres.replace("postgresql+psycopg", "postgresql")) as base:
        base.execute(
            "CREATE TABLE orders AS SELECT 1 AS id, now() AS at, 1.5::numeric AS total, '{\"a\": 1}'::jsonb AS more"
        )
        base.execute("CREATE FUNCTION hurt() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1'")
    url = {"PG": postgres}
    site.environment |= url
    good = await opened_context(
        "Database",
        {"connection": "${env.PG}", "query": "SELECT id, total, more, {{x}}::int AS x FROM orders"},
        site,
    )
    assert await good.look({"x": 5}) == [{"id": 1, "total": 1.5, "more": {"a": 1}, "x": 5}]
    await good.close()
    for text in (
        "SELECT hurt()",
        "WITH d AS (DELETE FROM orders RETURNING id) SELECT * FROM d",
        "SELECT pg_sleep(3)",
    ):
        bad = await opened_context("Database", {"connection": "${env.PG}", "query": text, "timeout": 1}, site)
        with pytest.raises(AgentError, match="KN810"):
            await bad.look({})
        await bad.close()


async def look_once(site, connection, text):
    base = await opened_context("Database", {"connection": connection, "query": text}, site)
    try:
        return await base.look({})
    finally:
        await base.close()


@pytest.mark.parametrize("connection", ["shop.db", "shop.duckdb"])
@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM orders",
        "WITH x AS (SELECT 1) DELETE FROM orders",
        "SELECT 1; DELETE FROM orders",
        "ATTACH 'other.db' AS o",
        "SELECT * FROM pragma_database_list; ATTACH 'x' AS y",
        "SELECT load_extension('x')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT writefile('x', 'y')",
        "VACUUM INTO 'copy.db'",
        "PRAGMA writable_schema = 1",
    ],
)
async def test_a_database_cannot_be_written_and_nothing_else_reached(site, folder, connection, text):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(AgentError, match="KN810"):
        await look_once(site, connection, text)
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert after == before


async def test_a_query_of_sqlite_without_end_is_stopped(site):
    base = await opened_context(
        "Database",
        {
            "connection": "shop.db",
            "query": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "timeout": 0.5,
        },
        site,
    )
    began = time.monotonic()
    with pytest.raises(AgentError, match="KN810"):
        await base.look({})
    assert time.monotonic() - began < 10
    await base.close()


@pytest.mark.parametrize("connection", ["nothing", "file.xyz", "nosuchdialect://x", "://"])
async def test_a_connection_that_is_none_is_told(site, connection):
    with pytest.raises(AgentError, match="KN802"):
        await opened_context("Database", {"connection": connection, "query": "SELECT 1"}, site)


async def test_a_database_that_is_missing_is_not_made(site, folder):
    with pytest.raises(AgentError, match="KN804"):
        await opened_context("Database", {"connection": "nowhere.db", "query": "SELECT 1"}, site)
    assert not (folder / "nowhere.db").exists()


# Knowledge bases


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    (folder / "ferry.md").write_text(
        "# Ferries\n\nThe ferry to Niebla leaves at noon.\n\nDogs travel for free.\n"
    )
    (folder / "deep" / "trains.html").write_text(
        "<p>The <b>train</b> to Osorno &amp; back.</p><script>var train = 'train train train'</script>"
    )
    (folder / "rows.csv").write_text("city,inhabitants\nValdivia,166080\n")
    (folder / "list.json").write_text('[{"bus": "Temuco"}, {"bus": "Concepción"}]')
    (folder / "picture.png").write_bytes(b"\x89PNG ferry")
    (folder / "latin.txt").write_bytes(b"ferry \xff\xfe")
    return folder


async def base(folder, **options):
    return await opened_context(
        "KnowledgeBase", {"path": folder.name, "options": options}, MemorySite(folder.parent)
    )


async def test_passages_are_found_by_their_words(library):
    made = await base(library)
    [first, *_] = await made.look({"input": {"question": "When does the ferry leave?", "n": 1}})
    assert first["file"] == "ferry.md" and "noon" in first["text"] and first["score"] > 0
    assert (await made.look({"input": "trains train"}))[0]["text"] == "The  train  to Osorno & back."
    assert "Concepción" in (await made.look({"input": "concepcion"}))[0]["text"]
    assert await made.look({"input": "zeppelin"}) == []
    await made.close()


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "ferry OR",
        "NEAR(",
        "a* ^b {c}: -d",
        "text:ferry)",
        "'; DROP TABLE passages; --",
        "",
        "\0",
        "💥",
        "x " * 100_000,
    ],
)
async def test_no_question_is_taken_for_a_query(library, question):
    made = await base(library)
    await made.look({"input": question})
    assert (await made.look({"input": "ferry"}))[0]["file"] == "ferry.md"
    await made.close()


async def test_what_is_looked_for_can_be_said_and_how_much(library):
    made = await base(library, query="about.{{nothing}} {{where}}", limit=1)
    assert [each["file"] for each in await made.look({"where": "Osorno Niebla", "input": {}})] in (
        ["deep/trains.html"],
        ["ferry.md"],
    )
    await made.close()
    made = await base(library, query="places[0]", top_k=1)
    assert [each["file"] for each in await made.look({"places": ["Valdivia"]})] == ["rows.csv"]
    await made.close()


async def test_links_out_of_the_folder_are_not_followed(library, tmp_path):
    (tmp_path / "outside.txt").write_text("the zeppelin is secret")
    (library / "link.txt").symlink_to(tmp_path / "outside.txt")
    made = await base(library)
    assert await made.look({"input": "zeppelin"}) == []
    await made.close()


async def test_an_index_that_is_kept_reads_only_what_has_changed(library, tmp_path):
    made = await base(library, index="kb.sqlite")
    await made.close()
    (library / "ferry.md").unlink()
    (library / "new.txt").write_text("A zeppelin came.")
    made = await base(library, index="kb.sqlite")
    assert await made.look({"input": "ferry"}) == []
    assert [each["file"] for each in await made.look({"input": "zeppelin"})] == ["new.txt"]
    await made.close()
    (tmp_path / "kb.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(AgentError, match="KN804"):
        await base(library, index="kb.sqlite")


async def test_agents_read_it_as_context(library, message):
    made = await base(library)
    site = MemorySite(library.parent, contexts={"KnowledgeBase": made})
    agent = await opened(
        "Router",
        {"rules": {"context.KnowledgeBase[0].file == 'ferry.md'": "target.sea", "default": "target.land"}},
        site,
    )
    assert (await agent.process("the ferry", message)).subjects == ("sea",)
    assert (await agent.process("the train", message)).subjects == ("land",)
    await agent.close()
    await made.close()


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "nowhere"},
        {"path": "library", "options": {"limit": 0}},
        {"path": "library", "options": {"limt": 1}},
        {"path": "library", "options": {"query": "a >"}},
    ],
)
async def test_knowledge_bases_that_make_no_sense_are_told(library, arguments):
    with pytest.raises(AgentError, match=r"KN80[24]"):
        await opened_context("KnowledgeBase", arguments, MemorySite(library.parent))


async def test_a_query_that_nobody_waits_for_any_more_is_stopped(site):
    from kodonb.kumeo.agents.contexts.duck import Duck
    from kodonb.kumeo.agents.contexts.statement import statement

    duck = Duck(statement("SELECT count(*) AS n FROM range(1000000000) a, range(1000000000) b"), timeout=60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(duck.run({}), 0.2)
    await duck.close()


def test_passages_are_short_enough_to_be_read_and_lose_nothing(tmp_path):
    from kodonb.kumeo.agents.contexts.passages import passages

    words = [f"word{number}" for number in range(2_000)]
    (tmp_path / "long.txt").write_text(" ".join(words[:1_000]) + "\n\n" + "\n\n".join(words[1_000:]))
    (tmp_path / "one.txt").write_text("x" * 5_000)
    found = list(passages(tmp_path / "long.txt"))
    assert " ".join(found).split() == words
    assert max(map(len, found)) <= 1_200
    assert "".join(passages(tmp_path / "one.txt")) == "x" * 5_000


@pytest.mark.parametrize(
    "connection", ["postgresql://me:hush@host:port/d", "postgres:me:hush@host", "postgresql://me@host:hush/d"]
)
async def test_a_connection_that_is_none_is_told_without_its_password(tmp_path, connection):
    arguments = {"connection": "${env.DATABASE}", "query": "SELECT 1"}
    site = MemorySite(tmp_path, environment={"DATABASE": connection})
    with pytest.raises(AgentError, match="KN802") as caught:
        await opened_context("Database", arguments, site)
    assert "hush" not in str(caught.value)


def test_what_a_page_shows_is_kept_and_nothing_else(tmp_path):
    from kodonb.kumeo.agents.contexts.passages import passages

    page = "<h1>Re&shy;turns</h1><SCRIPT src=x>hidden</script ><p>a < b<style>p {}</style> &#33;<script>seen"
    (tmp_path / "page.html").write_text(page)
    assert [each.split() for each in passages(tmp_path / "page.html")] == [
        ["Re\xadturns", "a", "<", "b", "!", "seen"]
    ]


@pytest.mark.parametrize("stem", ["<", "<script ", "<style></style", "<script></script ", "&#1", "x "])
async def test_no_document_takes_longer_than_its_length_says(tmp_path, stem):
    from kodonb.kumeo.agents.contexts.passages import passages

    (tmp_path / "page.html").write_text((stem * (1 << 20))[: 1 << 20])
    began = time.process_time()
    assert sum(map(len, passages(tmp_path / "page.html"))) <= 1 << 20
    assert time.process_time() - began < 10  # seconds; it took minutes where each of them led to the end


async def test_documents_that_no_letter_can_stand_for_are_kept_all_the_same(tmp_path):
    (tmp_path / "page.html").write_text(f"returns &#{'1' * 5000};")
    (tmp_path / "half.json").write_text('{"returns": "\\ud800"}')
    context = await opened_context("KnowledgeBase", {"path": "."}, MemorySite(tmp_path))
    assert len(await context.look({"input": "returns"})) == 2
    await context.close()


class Driver(ModuleType):
    """A stand-in for PyMySQL: answers what SQLAlchemy asks of a server at first, and keeps what it is told."""

    paramstyle = "format"
    Error = type("Error", (Exception,), {})
    description = (("n", 3, None, None, None, None, None),)
    rowcount = -1
    lastrowid = 0

    def __init__(self, version):
        super().__init__("pymysql")
        self.told = []
        self._answers = {"SELECT VERSION()": version, "SHOW VARIABLES LIKE 'sql_mode'": ""}
        self._found = "1"

    def connect(self, **_):
        return self

    def cursor(self, *_):
        return self

    def execute(self, text, values=()):
        self.told.append(text % tuple(values or ()))
        self._found = self._answers.get(text, "1")
        self.description = None if text.startswith("SET") else Driver.description

    def fetchone(self):
        return (self._found,)

    def fetchmany(self, _):
        return [(self._found,)]

    def fetchall(self):
        return [(self._found,)]

    def character_set_name(self):
        return "utf8mb4"

    def ping(self, *_): ...

    def rollback(self): ...

    def close(self): ...


@pytest.mark.parametrize(
    ("scheme", "version", "limit"),
    [
        ("mysql", "8.4.1", "SET SESSION max_execution_time = 2500"),
        ("mysql", "5.5.5-10.11.19-MariaDB", "SET SESSION max_statement_time = 2500 / 1000"),
        ("mariadb", "11.4.2-MariaDB", "SET SESSION max_statement_time = 2500 / 1000"),
    ],
)
async def test_mysql_and_mariadb_stop_a_statement_that_takes_too_long(
    site, monkeypatch, scheme, version, limit
):
    driver = Driver(version)
    monkeypatch.setitem(sys.modules, "pymysql", driver)
    arguments = {"connection": f"{scheme}+pymysql://u@h/d", "query": "SELECT n FROM t", "timeout": 2.5}
    context = await opened_context("Database", arguments, site)
    for _ in range(2):
        assert await context.look({}) == [{"n": "1"}]
    await context.close()
    after = driver.told[driver.told.index(limit) :]
    query = ["SET TRANSACTION READ ONLY", "SELECT n FROM t"]
    assert after == [limit, *query, *query]  # the limit once for a connection


@pytest.mark.parametrize("query", ["SELECT 1 INTO OUTFILE '/tmp/x'", "SELECT 1 into/**/DumpFile '/tmp/x'"])
async def test_mysql_writes_no_files(site, query):
    with pytest.raises(AgentError, match=r"KN810.*write"):
        await opened_context("Database", {"connection": "mysql://h/d", "query": query}, site)


@pytest.mark.parametrize("timeout", [0, -1, float("inf")])
async def test_a_database_has_a_time_in_which_it_answers(site, timeout):
    arguments = {"connection": "shop.db", "query": "SELECT 1", "timeout": timeout}
    with pytest.raises(AgentError, match=r"KN802.*timeout"):
        await opened_context("Database", arguments, site)


async def test_a_query_is_read_in_time_proportional_to_its_length(site):
    began = time.process_time()
    for text in (" " * 500_000 + "x", "/* " * 200_000):
        with pytest.raises(AgentError, match="KN810"):
            await opened_context("Database", {"connection": "shop.db", "query": text}, site)
    assert time.process_time() - began < 10  # seconds; it took hours
