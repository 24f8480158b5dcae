// What token_model.js promises, in Node's own test runner. TOKEN_MODEL is the module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const model = await import(pathToFileURL(process.env.TOKEN_MODEL).href);

const TEXT = "aaaabbb.cccdddd.ssss";
const PARTS = [
  { name: "header", place: [0, 7], members: [{ name: "a", place: [0, 4] }, { name: "b", place: [3, 7] }] },
  { name: "payload", place: [8, 15], members: [{ name: "c", place: [8, 11] }, { name: "d", place: [11, 15] }] },
  { name: "signature", place: [16, 20], members: [] },
];
const ENTRIES = model.entriesOf(PARTS);

test("one can point at each member, and at a part that has none", () => {
  assert.deepEqual(ENTRIES.map(({ part, member }) => [part.name, member?.name]), [
    ["header", "a"], ["header", "b"], ["payload", "c"], ["payload", "d"], ["signature", undefined],
  ]);
});

test("the runs are the whole text, each in its part, and a shared character belongs to both", () => {
  const runs = model.runsOf(TEXT, PARTS, ENTRIES);
  assert.equal(runs.map((run) => run.text).join(""), TEXT);
  assert.deepEqual(runs.map((run) => [run.text, run.part, run.entries]), [
    ["aaa", "header", [0]], ["a", "header", [0, 1]], ["bbb", "header", [1]], [".", "dot", []],
    ["ccc", "payload", [2]], ["dddd", "payload", [3]], [".", "dot", []], ["ssss", "signature", [4]],
  ]);
  assert.ok(runs.every((run) => !run.changed));
});

test("a change is a run of its own", () => {
  const runs = model.runsOf(TEXT, PARTS, ENTRIES, [17, 18]);
  assert.deepEqual(runs.filter((run) => run.changed).map((run) => run.text), ["s"]);
  assert.equal(runs.map((run) => run.text).join(""), TEXT);
});

test("runs of a text that is empty, cut or not a token are still its characters", () => {
  assert.deepEqual(model.runsOf("", [], []), []);
  assert.equal(model.runsOf(TEXT.slice(0, 9), PARTS, ENTRIES).map((run) => run.text).join(""), "aaaabbb.c");
  assert.deepEqual(model.runsOf("x", [], []).map((run) => run.part), ["dot"]);
});

for (const [before, after, place] of [
  ["abc", "abc", null], ["abc", "axc", [1, 2]], ["abc", "abxc", [2, 3]], ["abc", "ac", [1, 1]],
  ["aaa", "aa", [2, 2]], ["", "abc", [0, 3]], ["abc", "", [0, 0]], ["abc", "xyz", [0, 3]],
]) {
  test(`from "${before}" to "${after}" the change is at ${place}`, () => {
    assert.deepEqual(model.changeOf(before, after), place);
  });
}

test("a change is told in words", () => {
  const told = (after) => model.changeInWords(TEXT, after, PARTS);
  assert.equal(told(TEXT), "As it was issued.");
  assert.equal(told("aaaabbb.cccdddd.sXss"), "Changed: character 2 of the signature, s to X.");
  assert.equal(told("aaaabbb.ccdddd.ssss"), "Changed from character 3 of the payload on: 1 taken out, 0 put in.");
  assert.equal(told("aaaabbb-cccdddd.ssss"), "Changed: a place between two parts, . to -.");
});

for (const [seconds, words] of [
  [0, "0 s"], [0.9, "0 s"], [59.9, "59 s"], [60, "1 min 0 s"], [-10.5, "10 s"], [3599, "59 min 59 s"],
  [3660, "1 h 1 min"], [90000, "1 d 1 h"], [86400 * 12345, "12,345 d 0 h"],
]) {
  test(`${seconds} seconds are ${words}`, () => assert.equal(model.stretch(seconds), words));
}

test("the time left goes through its end and the leeway", () => {
  assert.equal(model.timeLeft(100, 40, 30), "Ends in 1 min 0 s, by the lab's clock.");
  assert.equal(model.timeLeft(100, 40, 30, true), "Ends in 1 min 0 s; the lab's clock stands still.");
  assert.equal(model.timeLeft(100, 129, 30), "Ended 29 s ago; verifiers allow 30 s, by the lab's clock.");
  assert.equal(model.timeLeft(100, 130, 30), "Ended 30 s ago, by the lab's clock.");
  assert.equal(model.timeLeft(null, 130, 30), "No end that can be read (exp).");
});

test("keys lead up and down, to both ends and no further", () => {
  const to = (key, at) => model.step(key, at, 5);
  assert.deepEqual([to("ArrowDown", 0), to("ArrowDown", 4), to("ArrowUp", 4), to("ArrowUp", 0)], [1, 4, 3, 0]);
  assert.deepEqual([to("Home", 3), to("End", 0), to("a", 2)], [0, 4, null]);
});
