// What chat_model.js promises, in Node's own test runner.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const chat = await import(pathToFileURL(process.env.CHAT_MODEL).href);
const STATE = { type: "state", seq: 4, messages: [{ id: 1, kind: "answer", text: "a" }], status: { busy: true } };
const start = () => chat.receive(chat.emptyLog(), STATE).log;
const changes = (seq, ...list) => ({ type: "changes", seq, changes: list });
const words = (text) => chat.spans(text).map((span) => [span.kind, span.text]);

test("a view that knows nothing leaves changes alone until it has the state", () => {
  const { log, ask } = chat.receive(chat.emptyLog(), changes(1, ["text", 1, "b"]));
  assert.deepEqual([log.seq, log.messages, ask], [null, [], false]);
  assert.equal(start().messages[0].text, "a");
});

test("each change counts once, in its order", () => {
  const first = changes(5, ["text", 1, "b"], ["put", { id: 2, kind: "note", text: "n" }]);
  const { log, ids } = chat.receive(start(), first);
  assert.equal(log.messages[0].text, "ab");
  assert.deepEqual([...ids], [1, 2]);
  const twice = chat.receive(log, first);
  assert.equal(twice.log, log);
  assert.equal(twice.ask, false);
  const next = chat.receive(log, changes(6, ["put", { id: 2, text: "m" }], ["drop", 1], ["status", { busy: false }]));
  assert.deepEqual(next.log.messages, [{ id: 2, text: "m" }]);
  assert.equal(next.log.status.busy, false);
});

test("a missed number makes it ask, and nothing counts until the state is there", () => {
  const missed = chat.receive(start(), changes(7, ["text", 1, "x"]));
  assert.deepEqual([missed.ask, missed.log.messages[0].text], [true, "a"]);
  const waiting = chat.receive(missed.log, changes(8, ["text", 1, "y"]));
  assert.deepEqual([waiting.ask, waiting.log.messages[0].text], [false, "a"]);
  const whole = chat.receive(waiting.log, { ...STATE, seq: 8, messages: [{ id: 1, text: "axy" }] });
  assert.equal(chat.receive(whole.log, changes(9, ["text", 1, "z"])).log.messages[0].text, "axyz");
});

test("only http and https are links, and none carries a name and a password", () => {
  for (const bad of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "/relative", "", "https://bank.example@evil.example/", "file:///etc/passwd", "vbscript:x"]) {
    assert.equal(chat.safeLink(bad), null, bad);
    assert.ok(chat.spans(`[x](${bad})`).every((span) => span.kind !== "link" || span.href.startsWith("https://")), bad);
  }
  assert.equal(chat.safeLink("https://example.org/a"), "https://example.org/a");
});

test("the spans of a line", () => {
  assert.deepEqual(words("a **b** *c* `d*e*` [f](https://example.org) g"), [
    ["text", "a "], ["strong", "b"], ["text", " "], ["em", "c"], ["text", " "], ["code", "d*e*"], ["text", " "], ["link", "f"], ["text", " g"],
  ]);
  assert.deepEqual(words("see https://example.org/a."), [["text", "see "], ["link", "https://example.org/a"], ["text", "."]]);
  assert.deepEqual(words("2 * 3 * 4 = 24"), [["text", "2 * 3 * 4 = 24"]]);
  assert.deepEqual(words("<img src=x onerror=alert(1)> ![a](https://example.org/p.png)").filter(([kind]) => kind === "img"), []);
  assert.deepEqual(chat.spans(""), []);
});

test("no character of a text is lost, whatever it is, if it is no mark", () => {
  for (const text of ["[a](javascript:x) **", "`", "**a", "*", "[](", "https://", "<b>&amp;</b>"]) {
    assert.equal(chat.spans(text).map((span) => span.text).join(""), text);
  }
});

test("the blocks of a text", () => {
  const list = chat.blocks("# T\npara\nmore\n\n- one\n2. two\n```py\nx = 1\n\n# no heading\n```\nend");
  assert.deepEqual(list.map((block) => block.kind), ["heading", "p", "item", "item", "code", "p"]);
  assert.deepEqual([list[2].mark, list[3].mark], ["•", "2."]);
  assert.deepEqual([list[4].lang, list[4].text], ["py", "x = 1\n\n# no heading"]);
});

test("a fence that is still open is code to the end, and a longer one holds a shorter", () => {
  assert.deepEqual(chat.blocks("```\na").map((b) => [b.kind, b.text]), [["code", "a"]]);
  assert.equal(chat.blocks("````\n```\ninside\n```\n````")[0].text, "```\ninside\n```");
});

test("a message has a bounded number of pieces, and none of its text is lost", () => {
  for (const text of ["# x\n".repeat(5000), "**a** ".repeat(5000), `${"- *a* `b`\n".repeat(3000)}end`, "```\n```\n".repeat(2000)]) {
    const list = chat.blocks(text);
    const count = list.length + list.reduce((sum, block) => sum + (block.spans?.length ?? 1), 0);
    assert.ok(list.length <= chat.MAX_BLOCKS, String(list.length));
    assert.ok(count <= chat.MAX_BLOCKS + 2 * chat.MAX_SPANS, String(count));
  }
  const last = chat.blocks(`${"# x\n".repeat(5000)}the end`).at(-1);
  assert.ok(last.spans[0].text.endsWith("the end"));
});
