import time
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kodonb.display import graph
from kodonb.display.layout import Box, layout
from kodonb.display.picture import MAX_NODES
from tests.display.stories import Story, error


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 25))
    boxes = [
        Box(f"n{i}", draw(st.sampled_from([60.0, 96.0, 151.3])), draw(st.sampled_from([40.0, 64.0])))
        for i in range(count)
    ]
    node = st.integers(0, count + 1).map(lambda i: f"n{i}")
    return boxes, draw(st.lists(st.tuples(node, node), max_size=60))


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_nodes_do_not_overlap_and_lie_within_the_picture(graph):
    picture = layout(*graph)
    for a, b in combinations(picture.nodes, 2):
        apart = a.x + a.w <= b.x or b.x + b.w <= a.x or a.y + a.h <= b.y or b.y + b.h <= a.y
        assert apart, (a, b)
    for node in picture.nodes:
        assert node.x >= 0 and node.y >= 0
        assert node.x + node.w <= picture.width and node.y + node.h <= picture.height


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_edges_go_right_from_border_to_border(graph):
    picture = layout(*graph)
    nodes = {node.id: node for node in picture.nodes}
    for edge in picture.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        assert source.x + source.w < target.x
        assert edge.points[0][0] == source.x + source.w and edge.points[-1][0] == target.x
        assert all(a[0] <= b[0] for a, b in pairwise(edge.points))
        assert len(edge.points) % 3 == 1


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_edges_pass_between_nodes_and_never_through(graph):
    picture = layout(*graph)
    for edge in picture.edges:
        for x, y in edge.points:
            for node in picture.nodes:
                assert not (node.x < x < node.x + node.w and node.y < y < node.y + node.h)


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_equal_graphs_have_equal_pictures(graph):
    assert layout(*graph) == layout(*graph)


def test_every_connection_of_a_graph_without_cycles_is_drawn():
    boxes = [Box(f"n{i}", 100, 40) for i in range(6)]
    links = [(f"n{i}", f"n{j}") for i in range(6) for j in range(i + 1, 6)]
    assert {(e.source, e.target) for e in layout(boxes, links).edges} == set(links)


def test_a_single_successor_is_level_with_its_predecessor():
    picture = layout([Box("a", 100, 40), Box("b", 100, 40)], [("a", "b")])
    assert picture.nodes[0].y == picture.nodes[1].y


def test_five_hundred_nodes_take_less_than_a_tenth_of_a_second():
    boxes = [Box(f"n{i}", 120, 40) for i in range(500)]
    links = [(f"n{(i * 7) % i}", f"n{i}") for i in range(2, 500)] + [
        (f"n{i // 2}", f"n{i}") for i in range(1, 500)
    ]

    def once():
        start = time.process_time()
        layout(boxes, links)
        return time.process_time() - start

    assert min(once() for _ in range(5)) < 0.1


def test_many_alike_calls_become_one_node_with_their_counts():
    story = Story().step("load#1")
    for number in range(2, 42):
        end = "error" if number == 5 else "running" if number > 39 else "finished"
        story.step(f"train#{number}", "load#1", end=end, error=error() if end == "error" else None)
    story.step("pick#42", *[f"train#{number}" for number in range(2, 42)], end="submitted")
    picture = graph(story.view)
    assert [node.label for node in picture.nodes] == ["load#1", "train \u00d7 40", "pick#42"]
    train = picture.nodes[1]
    assert (train.count, train.done, train.state) == (40, 37, "error")
    assert train.detail == "37 done, 1 error, 2 running"
    assert [(edge.source, edge.target) for edge in picture.edges] == [
        ("load#1", "train#2"),
        ("train#2", "pick#42"),
    ]


def test_twelve_alike_calls_are_still_drawn_one_by_one():
    story = Story()
    for number in range(12):
        story.step(f"train#{number}")
    assert len(graph(story.view).nodes) == 12


def test_the_rounds_of_a_loop_stay_apart_while_there_is_room():
    story = Story().step("a#0")
    for number in range(1, 40):
        story.step(f"{'ab'[number % 2]}#{number}", f"{'ab'[(number - 1) % 2]}#{number - 1}")
    assert len(graph(story.view).nodes) == 40
    for number in range(40, 200):
        story.step(f"{'ab'[number % 2]}#{number}", f"{'ab'[(number - 1) % 2]}#{number - 1}")
    assert [node.label for node in graph(story.view).nodes] == ["a \u00d7 100", "b \u00d7 100"]


def test_a_graph_of_too_many_names_says_how_many_it_leaves_out():
    story = Story()
    for number in range(MAX_NODES + 7):
        story.step(f"step{number}#{number}")
    picture = graph(story.view)
    assert (len(picture.nodes), picture.cut) == (MAX_NODES, 7)
