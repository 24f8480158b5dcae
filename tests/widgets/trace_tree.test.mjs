// What trace_tree.js promises, in Node's own test runner. The first argument is the module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const tree = await import(pathToFileURL(process.env.TRACE_TREE).href);

function row(name, depth, more = {}) {
  return {
    name, depth, service: "notebook", kind: "code", flags: [], spans: [], inside: [],
    bad: false, hidden: false, has_slowest: false, ...more,
  };
}

const INSIDE = [row("sql one", 2, { has_slowest: true }), row("sql two", 2, { bad: true, flags: ["! Broken"] }), row("deep", 3)];
const ROWS = [
  row("trace", 0, { has_slowest: true }),
  row("GET /lines", 1, { kind: "client", service: "inspections", spans: ["a"], has_slowest: true }),
  row("3 more: 3 sql", 2, { hidden: true, bad: true, inside: INSIDE, has_slowest: true }),
  row("end", 1, { bad: true }),
];
const SPANS = { a: { attributes: [["route", "/lines/{line_id}"]] } };
const names = (nodes) => nodes.map((node) => node.row.name);
const named = (nodes, name) => nodes.find((node) => node.row.name === name);

function start() {
  const nodes = tree.grow(ROWS);
  const closed = tree.closedAtFirst(nodes);
  return { nodes, closed, list: tree.shown(nodes, closed) };
}

test("rows become a tree, from top to bottom, the insides of hidden rows included", () => {
  const { nodes } = start();
  assert.deepEqual(nodes.map((node) => [node.index, node.row.name, node.level, node.parent?.row.name]), [
    [0, "trace", 1, undefined],
    [1, "GET /lines", 2, "trace"],
    [2, "3 more: 3 sql", 3, "GET /lines"],
    [3, "sql one", 4, "3 more: 3 sql"],
    [4, "sql two", 4, "3 more: 3 sql"],
    [5, "deep", 5, "sql two"],
    [6, "end", 2, "trace"],
  ]);
});

test("a hidden row is no parent of a deeper one that follows it", () => {
  const nodes = tree.grow([row("a", 0), row("more", 1, { hidden: true }), row("deeper", 5)]);
  assert.equal(named(nodes, "deeper").parent.row.name, "a");
});

test("to begin with the same rows show as in the picture", () => {
  assert.deepEqual(names(start().list), ROWS.map((one) => one.name));
});

test("what is closed hides all that is inside, also what is open there", () => {
  const { nodes } = start();
  assert.deepEqual(names(tree.shown(nodes, new Set([1]))), ["trace", "GET /lines", "end"]);
});

test("up, down, home and end stay within what shows", () => {
  const { closed, list } = start();
  const go = (key, from) => tree.move(key, from, list, closed).active.row.name;
  assert.equal(go("ArrowDown", list[0]), "GET /lines");
  assert.equal(go("ArrowDown", list[2]), "end");
  assert.equal(go("ArrowDown", list.at(-1)), "end");
  assert.equal(go("ArrowUp", list[0]), "trace");
  assert.equal(go("ArrowUp", list[1]), "trace");
  assert.equal(go("End", list[0]), "end");
  assert.equal(go("Home", list[2]), "trace");
  assert.equal(tree.move("q", list[0], list, closed), null);
});

test("left folds and then goes out, right unfolds and then goes in", () => {
  const { nodes, closed, list } = start();
  const get = nodes[1];
  const folded = tree.move("ArrowLeft", get, list, closed);
  assert.deepEqual([folded.active, folded.closed.has(1), closed.has(1)], [get, true, false]);
  const less = tree.shown(nodes, folded.closed);
  assert.equal(tree.move("ArrowLeft", get, less, folded.closed).active.row.name, "trace");
  const opened = tree.move("ArrowRight", get, less, folded.closed);
  assert.deepEqual([opened.active, opened.closed.has(1)], [get, false]);
  assert.equal(tree.move("ArrowRight", get, list, closed).active.row.name, "3 more: 3 sql");
  assert.equal(tree.move("ArrowRight", nodes[6], list, closed).active, nodes[6]);
  assert.equal(tree.move("ArrowLeft", nodes[0], list, new Set([0])).active, nodes[0]);
});

test("under a filter nothing folds, and left and right walk through what is kept", () => {
  const { nodes, closed } = start();
  const list = tree.shown(nodes, closed, tree.withAround([nodes[4]]));
  assert.deepEqual(names(list), ["trace", "GET /lines", "3 more: 3 sql", "sql two"]);
  const walk = (key, from) => tree.move(key, from, list, closed, true);
  assert.equal(walk("ArrowRight", nodes[2]).active, nodes[4]);
  assert.equal(walk("ArrowLeft", nodes[2]).active, nodes[1]);
  assert.equal(walk("ArrowLeft", nodes[2]).closed, closed);
  assert.equal(walk("ArrowRight", nodes[4]).active, nodes[4]);
});

test("a filter asks for every word, in names, services, kinds, flags and attributes", () => {
  const { nodes } = start();
  const find = (text) => names(tree.matches(nodes, text, SPANS));
  assert.deepEqual(find("SQL two"), ["sql two"]);
  assert.deepEqual(find("inspections client"), ["GET /lines"]);
  assert.deepEqual(find("line_id"), ["GET /lines"]);
  assert.deepEqual(find("broken"), ["sql two"]);
  assert.deepEqual(find("nothing like it"), []);
  assert.deepEqual(find(".*"), []);
});

test("details that weren't sent don't stop a filter", () => {
  assert.deepEqual(names(tree.matches(start().nodes, "get", {})), ["GET /lines"]);
});

test("revealing a node opens all around it and closes nothing", () => {
  const { nodes } = start();
  const open = tree.reveal(nodes[5], new Set([0, 1, 2, 6]));
  assert.deepEqual([...open], [6]);
});

test("the slowest span is found inside of what is hidden", () => {
  assert.equal(tree.slowest(start().nodes).row.name, "sql one");
});

test("the next error goes round, forth and back, and skips a fold whose insides are here", () => {
  const { nodes } = start();
  const next = (from, step) => tree.following(nodes, from, tree.isBad, step)?.row.name;
  assert.equal(next(nodes[0], 1), "sql two");
  assert.equal(next(nodes[4], 1), "end");
  assert.equal(next(nodes[6], 1), "sql two");
  assert.equal(next(nodes[4], -1), "end");
  assert.equal(tree.following(nodes, nodes[0], () => false), undefined);
});

test("a fold whose insides weren't sent counts as an error itself", () => {
  const nodes = tree.grow([row("trace", 0), row("9 more", 1, { hidden: true, bad: true })]);
  assert.deepEqual(names(nodes.filter(tree.isBad)), ["9 more"]);
});

test("only rows in sight are drawn, whatever there is", () => {
  assert.deepEqual(tree.inSight(10_000, 0, 520, 26), [0, 26]);
  assert.deepEqual(tree.inSight(10_000, 26_000, 520, 26), [994, 1026]);
  assert.deepEqual(tree.inSight(3, 0, 520, 26), [0, 3]);
  assert.deepEqual(tree.inSight(0, 900, 520, 26), [0, 0]);
  assert.deepEqual(tree.inSight(10, 26_000, 520, 26), [4, 10]);
});
