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

test("the last question can be edited, and what came of it be asked for again", () => {
  const log = (...messages) => ({ messages: messages.map(([kind, state], id) => ({ id, kind, state })) });
  const both = (known) => [chat.lastQuestion(known)?.id, chat.lastWord(known)?.id];
  assert.deepEqual(both(log()), [undefined, undefined]);
  assert.deepEqual(both(log(["note", "error"])), [undefined, undefined]);
  assert.deepEqual(both(log(["user", "sent"], ["tool", "running"])), [0, undefined]);
  assert.deepEqual(both(log(["user", "sent"], ["answer", "done"], ["user", "unsent"])), [0, 1]);
  assert.deepEqual(both(log(["user", "sent"], ["answer", "stopped"], ["note", "info"])), [0, 1]);
  assert.deepEqual(both(log(["user", "sent"], ["answer", "done"], ["note", "error"])), [0, 2]);
  assert.deepEqual(both(log(["user", "sent"], ["answer", "done"], ["user", "sent"], ["note", "info"])), [2, 3]);
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

// What a stranger may write.

const shownText = (list) => list.map((block) => [block.text, ...(block.head ?? []), ...(block.rows ?? []).flat()].join("\n")).join("\n");

test("a table is a table, whatever stands in it, and a line with a bar is none", () => {
  const [table, rest] = chat.blocks("| a | b \\| c |\n|:-:|--:|\n| 1 | **2** | 3 |\n| 4\nend | of it\n\nlast");
  assert.deepEqual([table.kind, table.head, table.sides], ["table", ["a", "b | c"], ["center", "end"]]);
  assert.deepEqual(table.rows, [["1", "**2**"], ["4", ""], ["end", "of it"]]);
  assert.deepEqual([rest.kind, rest.text], ["p", "last"]);
  for (const text of ["a | b", "a | b\n- c", "| a | b |\n|---|", "--- | ---", "|"]) {
    assert.ok(chat.blocks(text).every((block) => block.kind !== "table"), text);
  }
});

test("a table of 200 columns is shown as far as there is room, and the rest stays as text", () => {
  const line = (word) => `|${Array.from({ length: 200 }, (_, n) => ` ${word}${n} `).join("|")}|`;
  const rule = `|${"---|".repeat(200)}`;
  const list = chat.blocks([line("h"), rule, ...Array.from({ length: 10 }, (_, n) => line(`r${n}c`))].join("\n"));
  assert.deepEqual(list.map((block) => block.kind), ["table", "plain"]);
  assert.equal(list[0].head.length, 200);
  assert.ok((list[0].rows.length + 1) * 200 <= chat.MAX_CELLS);
  assert.match(list[1].text, /r9c199/);
  const wide = `|${" x |".repeat(5000)}\n|${"-|".repeat(5000)}\n|${" y |".repeat(5000)}`;
  assert.deepEqual(chat.blocks(wide).map((block) => [block.kind, block.text]), [["plain", wide]]);
});

test("quotations, rules and lists within lists", () => {
  const list = chat.blocks("> a\n> *b*\n---\n- one\n  - two\n    1. three");
  assert.deepEqual(list.map((block) => [block.kind, block.depth]), [["quote", undefined], ["rule", undefined], ["item", 0], ["item", 1], ["item", 2]]);
  assert.equal(list[0].text, "a\n*b*");
});

test("no text is lost, however odd it is", () => {
  const odd = [
    "مرحبا بالعالم 123", "e\u0301 Z\u0351\u036b\u0343algo", "👩‍👩‍👧‍👦 🏳️‍🌈 😀", "␛[31mred", "x".repeat(100_000), "  \n \t ", "```\nnever closed",
    "~~~\na\n```\nb", "`unclosed **and *more", "word ".repeat(20_000), "|".repeat(5000), "> ".repeat(3000), "[".repeat(3000), "*".repeat(3000),
  ];
  for (const text of odd) {
    const kept = shownText(chat.blocks(text));
    for (const word of text.split(/[\s`~>*]+/).filter(Boolean)) assert.ok(kept.includes(word.slice(0, 200)), text.slice(0, 40));
  }
});

test("a line of a million characters is read in one go, whatever it almost is", () => {
  // Read again and again with less of it, one of these takes many minutes, and the runner gives up.
  const many = (piece, end = "") => piece.repeat(1_000_000 / piece.length) + end;
  const lines = [
    many("~", "`"), many("`", " a`"), many("~~~ ", "`"), `~~~${many(" ", "`")}`, `~~~${many("w", "`")}`, `#${many(" ", "\u2028")}`, `-${many(" ", "\u2028")}`,
    many(" ", "1"), many("1."), many(">", "\u2028"), many("-", "x"), `---${many(" ", "x")}`, many("**a"), many("[a]("), many("`a"), `a${many("``")}`,
    many("http://!"), `http://${many("!")}`, many("|"), many("\\|", "\n- a"), `a|b\n${many("-", "|x")}`, many("|\n--"),
  ];
  for (const line of lines) assert.ok(shownText(chat.blocks(line)).endsWith(line.at(-1)), line.slice(0, 8));
});

test("what almost begins a block is a paragraph, and no character is lost", () => {
  const kinds = (text) => chat.blocks(text).map((block) => [block.kind, block.lang ?? block.text]);
  for (const text of ["~~~~`", "```` a`", "```a`", "~~", "#a", "-a", "1234567890. a", "    ```"]) assert.deepEqual(kinds(text), [["p", text]], text);
  assert.deepEqual(kinds("~~~~  py x\na"), [["code", "py"]]);
  assert.deepEqual(kinds("   ```c++"), [["code", "c++"]]);
  assert.deepEqual(kinds("# a\u2028b"), [["heading", "a\u2028b"]]);
  assert.deepEqual(kinds("-  a\u2028b"), [["item", "a\u2028b"]]);
});

test("each row of a table is cut into its cells once, however many there are", () => {
  const line = (word) => `|${word.repeat(100)}`;
  const text = [line(" h |"), line("-|"), ...Array.from({ length: 8 }, () => line(" x |"))].join("\n");
  const { split } = String.prototype;
  let count = 0;
  String.prototype.split = function counted(...by) { count += 1; return split.apply(this, by); };
  try {
    assert.equal(chat.blocks(text)[0].rows.length, 8);
  } finally {
    String.prototype.split = split;
  }
  assert.ok(count <= 16, String(count)); // The text, each row, and what makes it a table.
});

test("a code block of 10,000 lines is one block with a bounded number of tokens", () => {
  const code = Array.from({ length: 10_000 }, (_, n) => `x_${n} = f("${n}")  # ${n}`).join("\n");
  const [block, ...more] = chat.blocks(`\`\`\`python\n${code}\n\`\`\``);
  assert.deepEqual([block.kind, block.text.length, more], ["code", code.length, []]);
  const list = chat.tokens(block.text, block.lang);
  assert.ok(list.length <= chat.MAX_TOKENS, String(list.length));
  assert.equal(list.map((token) => token.text).join(""), code);
});

const told = (code, language) => chat.tokens(code, language).filter((token) => token.kind).map((token) => `${token.kind}:${token.text}`);

test("code is coloured as far as it is understood", () => {
  assert.deepEqual(told("def f(x):\n    return 'a' + f\"b\" # c", "py"), ["keyword:def", "name:f", "keyword:return", "string:'a'", "string:f\"b\"", "comment:# c"]);
  assert.deepEqual(told('"""a\n# no comment""" + 0x1F', "python"), ['string:"""a\n# no comment"""', "number:0x1F"]);
  assert.deepEqual(told("Select 'it''s', 1.5 -- x", "sql"), ["keyword:Select", "string:'it''s'", "number:1.5", "comment:-- x"]);
  assert.deepEqual(told('{"a": "b", "c": [-1e5, true, null]}', "json"), ['name:"a"', 'string:"b"', 'name:"c"', "number:-1e5", "keyword:true", "keyword:null"]);
  assert.deepEqual(told("for f in $X; do echo \"a\" # c\ndone", "bash"), ["keyword:for", "keyword:in", "name:$X", "keyword:do", 'string:"a"', "comment:# c", "keyword:done"]);
  assert.deepEqual(told("if x { y }", "rust"), []);
  for (const name of ["", "constructor", "__proto__", "toString", undefined]) assert.deepEqual(told("if", name), []);
});

test("joined, tokens are the code, whatever it is", () => {
  for (const code of ['"unclosed', "'''", "/* open", "#", "'".repeat(2001), '"\\'.repeat(2000), "r'", "$", "-", "\\", "مرحبا = 1"]) {
    for (const language of ["python", "sql", "json", "shell", "none"]) {
      assert.equal(chat.tokens(code, language).map((token) => token.text).join(""), code);
    }
  }
});
