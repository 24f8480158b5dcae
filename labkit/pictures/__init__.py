"""
Data in; a matplotlib figure and its twin in text out.

No function here looks anything up or measures anything: what a picture shows was passed to it.
matplotlib loads when the first picture is drawn, not when this package is imported.

Floor 0: imports nothing of labkit but its errors.
"""

from labkit.pictures.anatomy import token_anatomy
from labkit.pictures.bits import compare_bits
from labkit.pictures.exchange import http_exchange
from labkit.pictures.flow import signature_flow
from labkit.pictures.graph import dependency_graph
from labkit.pictures.graph_nodes import GraphNode
from labkit.pictures.holders import Message, Party, key_holders
from labkit.pictures.journey import Hop, course_map
from labkit.pictures.lanes import RequestRow, request_table
from labkit.pictures.onion import onion
from labkit.pictures.picture import Picture
from labkit.pictures.sequence import sequence_diagram
from labkit.pictures.timeline import key_timeline
from labkit.pictures.tool_flow import tool_flow
from labkit.pictures.unrolled import loop_unrolled
from labkit.pictures.waterfall import waterfall

__all__ = [
    "GraphNode",
    "Hop",
    "Message",
    "Party",
    "Picture",
    "RequestRow",
    "compare_bits",
    "course_map",
    "dependency_graph",
    "http_exchange",
    "key_holders",
    "key_timeline",
    "loop_unrolled",
    "onion",
    "request_table",
    "sequence_diagram",
    "signature_flow",
    "token_anatomy",
    "tool_flow",
    "waterfall",
]
