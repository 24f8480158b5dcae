/*
 * The parts of a chat: how each kind of message is drawn. `make` makes its elements once, `fill` fills
 * them whenever the message changes.
 *
 * Every text was written by a stranger, so it only ever becomes textContent or an aria-label.
 */

const STATES = {
  running: "running", waiting: "waits for your approval", ok: "done", failed: "failed",
  unknown: "no such tool", invalid: "wrong arguments", denied: "denied", limited: "over the limit",
  timeout: "took too long", cancelled: "cancelled",
};
const WAYS = { queued: "queued: it waits for the answer before", unsent: "not sent" };
const GIST = 40; // Our choice: so many signs of the arguments fit beside the tool's name.
const FOCUSABLE = new Set(["button", "textarea", "summary", "a"]);

/** Make an element; `more` holds attributes. What can have the focus keeps JupyterLab's keys away. */
function element(tag, name, text = "", more = {}) {
  const made = document.createElement(tag);
  if (name) made.className = `lk-chat-${name}`;
  if (text) made.textContent = text;
  const ours = FOCUSABLE.has(tag) || "tabindex" in more ? OURS : {};
  for (const [key, value] of Object.entries({ ...ours, ...more })) made.setAttribute(key, value);
  return made;
}

/** What a call is about, in a few words: its plain arguments. A closed card shows them. */
function gist(text) {
  let given;
  try { given = JSON.parse(text); } catch { return ""; } // Python writes NaN, which JSON hasn't.
  const plain = Object.entries(given).flatMap(([name, each]) =>
    typeof each === "string" ? [each] : ["number", "boolean"].includes(typeof each) ? [`${name} ${each}`] : []);
  return Array.from(plain.join(", ").slice(0, 2 * GIST)).slice(0, GIST).join(""); // No half of a sign.
}

function press(text, act, label = text, name = "") {
  const made = element("button", name ? `button lk-chat-${name}` : "button", text, { type: "button", "aria-label": label });
  made.addEventListener("click", act);
  return made;
}

/** Put a text on the clipboard; the button says what came of it. */
async function copy(text, from) {
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = "Not allowed"; // The page isn't served from this machine or over TLS, or the user said no.
  }
  from.textContent = said;
  setTimeout(() => { from.textContent = "Copy"; }, 1500);
}

function copier(text, what) {
  const made = press("Copy", () => copy(text(), made), `Copy ${what}`);
  return made;
}

/** Offer a text as a file: the browser saves it, no server is asked. */
function save(text, name, type) {
  const link = element("a", "", "", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Texts.

function drawSpan(span) {
  if (span.kind === "text") return document.createTextNode(span.text);
  if (span.kind === "link") {
    return element("a", "", span.text, { href: span.href, title: span.href, target: "_blank", rel: "noopener noreferrer nofollow" });
  }
  return element(span.kind, "", span.text);
}

/** A box for text that scrolls by itself, so it can have the focus. */
function box(label) {
  return element("pre", "box", "", { tabindex: "0", role: "region", "aria-label": label, dir: "ltr" });
}

/** Colour code in place; returns how many tokens that took. */
function colour(into, code, language, most) {
  const list = most > 2 ? tokens(code, language, most) : [{ kind: "", text: code }];
  into.replaceChildren(...list.map(({ kind, text }) => (kind ? element("span", `is-${kind}`, text) : document.createTextNode(text))));
  return list.length;
}

const BLOCKS = {
  code(block, most) {
    const made = element("div", "code");
    const head = element("div", "codehead");
    head.append(element("span", "", block.lang || "code"), copier(() => made.block.text, "code"));
    const pre = box("Code");
    made.code = pre.appendChild(element("code"));
    made.append(head, pre);
    made.tokens = colour(made.code, block.text, block.lang, most);
    made.block = block;
    return made;
  },
  table(block) {
    const made = element("div", "table", "", { tabindex: "0", role: "region", "aria-label": "Table" });
    const table = made.appendChild(element("table"));
    const row = (cells, tag) => {
      const line = element("tr");
      line.append(...cells.map((text, n) => {
        const cell = element(tag, "", "", { style: `text-align: ${block.sides[n]}`, ...(tag === "th" ? { scope: "col" } : {}) });
        cell.append(...cellSpans(text));
        return cell;
      }));
      return line;
    };
    table.appendChild(element("thead")).append(row(block.head, "th"));
    table.appendChild(element("tbody")).append(...block.rows.map((cells) => row(cells, "td")));
    return made;
  },
  plain(block) {
    const made = box("Text");
    made.textContent = block.text;
    return made;
  },
  rule: () => element("hr"),
  item(block) {
    const made = element("div", "item");
    made.style.marginInlineStart = `${block.depth * 20}px`;
    const words = element("span", "", "", { dir: "auto" });
    words.append(...block.spans.map(drawSpan));
    made.append(element("span", "mark", block.mark, { "aria-hidden": "true" }), words);
    return made;
  },
};

/** A cell's text: one span at most beside plain text, so that a table's pieces stay bounded. */
function cellSpans(text) {
  const list = spans(text);
  return (list.length <= 2 ? list : [{ kind: "text", text }]).map(drawSpan);
}

function drawBlock(block, most) {
  if (BLOCKS[block.kind]) return BLOCKS[block.kind](block, most);
  const made = element(block.kind === "quote" ? "blockquote" : "p", block.kind, "", { dir: "auto" });
  made.append(...block.spans.map(drawSpan));
  return made;
}

/** Draw the blocks that differ from what is drawn; what is the same stays, with its selection. */
function drawBlocks(into, list) {
  const before = into.drawn ?? [];
  const now = list.map((block) => JSON.stringify(block));
  let most = MAX_TOKENS;
  now.forEach((key, place) => {
    const old = into.children[place];
    const block = list[place];
    if (before[place] !== key) {
      if (block.kind === "code" && old?.block?.lang === block.lang) { // It grows: it keeps its place when scrolled.
        old.block = block;
        old.tokens = colour(old.code, block.text, block.lang, most);
      } else if (old) old.replaceWith(drawBlock(block, most));
      else into.append(drawBlock(block, most));
    }
    most -= into.children[place].tokens ?? 0;
  });
  while (into.children.length > now.length) into.lastChild.remove();
  into.drawn = now;
}

// Messages.

/** The buttons below a message. */
function footOf(made) {
  made.foot = made.appendChild(element("div", "foot"));
  return made.foot;
}

/** The button that opens the trace of a run. */
function traceable(made, view, message) {
  made.traceButton = press("Trace", () => view.toggleTrace(message.id), "Trace of this answer");
  made.traceButton.setAttribute("aria-expanded", "false");
  made.foot.append(made.traceButton);
}

function again(made, view, text) {
  made.again = press(text, () => view.send({ type: "retry" }), `${text}: the last question`);
  made.foot.append(made.again);
}

const KINDS = {
  user: {
    make(view, message) {
      const made = element("article", "user", "", { "aria-label": "You" });
      made.text = made.appendChild(element("div", "plain", "", { dir: "auto" }));
      made.state = made.appendChild(element("div", "way"));
      made.edit = press("Edit", () => view.edit(), "Edit the last question");
      footOf(made).append(copier(() => view.text(message.id), "your message"), made.edit);
      return made;
    },
    fill(made, message) {
      made.text.textContent = message.text;
      made.state.textContent = WAYS[message.state] ?? "";
      made.dataset.state = message.state;
    },
  },
  answer: {
    make(view, message) {
      const made = element("article", "answer", "", { "aria-label": "Model" });
      made.body = made.appendChild(element("div", "blocks"));
      footOf(made).append(copier(() => view.text(message.id), "answer"));
      again(made, view, "Ask again");
      traceable(made, view, message);
      return made;
    },
    fill(made, message) {
      drawBlocks(made.body, blocks(message.text));
      made.foot.hidden = message.state === "growing";
      made.traceButton.hidden = !message.trace;
      made.dataset.state = message.state;
    },
  },
  tool: {
    make(view, message) {
      const made = element("article", "tool", "", { "aria-label": "Tool" });
      made.details = made.appendChild(element("details"));
      const head = made.details.appendChild(element("summary"));
      made.name = head.appendChild(element("code"));
      made.gist = head.appendChild(element("span", "gist", "", { dir: "auto" }));
      made.state = head.appendChild(element("span", "state"));
      made.details.append(element("div", "label", "Arguments"));
      made.arguments = made.details.appendChild(box("Arguments"));
      made.result = made.details.appendChild(element("div", "result"));
      const label = made.result.appendChild(element("div", "label", "Result"));
      label.append(copier(() => made.content.textContent, "result"));
      made.content = made.result.appendChild(box("Result"));
      made.note = made.appendChild(element("div", "note-line", "", { dir: "auto" }));
      const answer = (yes) => () => { view.send({ type: "answer", id: message.id, yes }); view.input.focus(); };
      footOf(made).append(
        press("Approve", answer(true), `Approve ${message.name}`, "primary"),
        press("Deny", answer(false), `Deny ${message.name}`),
      );
      return made;
    },
    fill(made, message) {
      const waits = message.state === "waiting";
      if (waits && made.known !== "waiting") made.details.open = true; // What is approved is in sight.
      if (!waits && made.known === "waiting") made.details.open = false;
      if (made.args !== message.arguments) made.gist.textContent = gist(message.arguments);
      if (made.known !== message.state || made.args !== message.arguments) colour(made.arguments, message.arguments, "json", 300);
      made.known = message.state;
      made.args = message.arguments;
      made.name.textContent = message.name;
      made.since = performance.now() - message.seconds * 1000;
      if (made.content.textContent !== message.content) colour(made.content, message.content, "json", 300);
      made.result.hidden = !message.content;
      made.note.textContent = message.note;
      made.foot.hidden = !waits;
      made.dataset.state = message.state;
      KINDS.tool.tick(made, message);
    },
    tick(made, message) {
      const open = ["running", "waiting"].includes(message.state);
      const seconds = open ? Math.floor((performance.now() - made.since) / 1000) : message.seconds;
      const said = `${STATES[message.state] ?? message.state}, ${seconds} s`;
      if (made.state.textContent !== said) made.state.textContent = said;
    },
  },
  note: {
    make(view, message) {
      const made = element("article", "note", "", { "aria-label": "Chat" });
      made.text = made.appendChild(element("div", "plain", "", { dir: "auto" }));
      footOf(made);
      again(made, view, "Try again");
      traceable(made, view, message);
      return made;
    },
    fill(made, message) {
      made.text.textContent = message.text;
      made.dataset.state = message.state;
      made.traceButton.hidden = !message.trace;
    },
  },
};

/** What is read aloud when a message is finished, once; empty while it goes on. */
function announcement(message) {
  if (message.kind === "answer" && message.state !== "growing") return message.text;
  if (message.kind === "note") return message.text;
  if (message.kind !== "tool") return "";
  if (message.state === "running") return "";
  return `${message.name}: ${STATES[message.state] ?? message.state}`;
}
