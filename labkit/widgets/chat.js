/*
 * A chat on the page. What it knows, and how a text becomes blocks, is `chat_model.js`, which stands
 * above this text in the module that the page loads.
 *
 * Every text was written by a stranger, so it only ever becomes textContent or an aria-label. Each
 * view keeps its own log: two views of one chat show the same, and don't disturb each other.
 */

const MAX_SENT = 100_001; // Characters: one more than the kernel takes, so that it knows.
const TICK_MS = 1000;
const STATES = {
  running: "running", waiting: "waits for your approval", ok: "done", failed: "failed",
  unknown: "no such tool", invalid: "wrong arguments", denied: "denied", limited: "over the limit",
  timeout: "took too long", cancelled: "cancelled",
};

/** Make an element; `more` holds attributes. */
function element(tag, name, text = "", more = {}) {
  const made = document.createElement(tag);
  if (name) made.className = `lk-chat-${name}`;
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(more)) made.setAttribute(key, value);
  return made;
}

function button(text, act, label = text) {
  const made = element("button", "button", text, { type: "button", "aria-label": label });
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
  const made = button("Copy", () => copy(text(), made), `Copy ${what}`);
  return made;
}

function retry(view, text, label) {
  const made = button(text, () => view.send({ type: "retry" }), label);
  made.classList.add("lk-chat-retry");
  return made;
}

function drawSpan(span) {
  if (span.kind === "text") return document.createTextNode(span.text);
  if (span.kind === "link") {
    return element("a", "", span.text, { href: span.href, title: span.href, target: "_blank", rel: "noopener noreferrer nofollow" });
  }
  return element(span.kind, "", span.text);
}

function drawBlock(block) {
  if (block.kind === "code") {
    const made = element("div", "code");
    const head = element("div", "codehead");
    head.append(element("span", "", block.lang || "code"), copier(() => block.text, "code"));
    const pre = element("pre", "", "", { tabindex: "0", role: "region", "aria-label": "Code" });
    pre.append(element("code", "", block.text));
    made.append(head, pre);
    return made;
  }
  const made = element(block.kind === "heading" ? "p" : block.kind === "item" ? "div" : "p", block.kind);
  if (block.kind === "item") {
    const words = element("span");
    words.append(...block.spans.map(drawSpan));
    made.append(element("span", "mark", block.mark, { "aria-hidden": "true" }), words);
  } else {
    made.append(...block.spans.map(drawSpan));
  }
  return made;
}

/** Draw the blocks that differ from what is drawn; what is the same stays, with its selection. */
function drawBlocks(into, list) {
  const before = into.drawn ?? [];
  const now = list.map((block) => JSON.stringify(block));
  now.forEach((key, place) => {
    if (before[place] === key) return;
    const made = drawBlock(list[place]);
    if (into.children[place]) into.children[place].replaceWith(made);
    else into.append(made);
  });
  while (into.children.length > now.length) into.lastChild.remove();
  into.drawn = now;
}

/** Each kind of message: `make` its elements once, `fill` them whenever it changes. */
const KINDS = {
  user: {
    make(view, message) {
      const made = element("article", "user", "", { "aria-label": "You" });
      made.text = made.appendChild(element("div", "plain"));
      made.state = made.appendChild(element("span", "state"));
      made.append(copier(() => view.text(message.id), "your message"));
      return made;
    },
    fill(made, message) {
      made.text.textContent = message.text;
      made.state.textContent = { queued: "queued: it waits for the answer before", unsent: "not sent" }[message.state] ?? "";
    },
  },
  answer: {
    make(view, message) {
      const made = element("article", "answer", "", { "aria-label": "Model" });
      made.body = made.appendChild(element("div", "blocks"));
      made.foot = made.appendChild(element("div", "foot"));
      made.foot.append(copier(() => view.text(message.id), "answer"), retry(view, "Ask again", "Ask again: the last question"));
      return made;
    },
    fill(made, message) {
      drawBlocks(made.body, blocks(message.text));
      made.foot.hidden = message.state === "growing";
    },
  },
  tool: {
    make(view, message) {
      const made = element("article", "tool", "", { "aria-label": "Tool" });
      const details = made.appendChild(element("details"));
      made.details = details;
      made.head = details.appendChild(element("summary"));
      made.name = made.head.appendChild(element("code"));
      made.state = made.head.appendChild(element("span", "state"));
      details.append(element("div", "label", "Arguments"));
      made.arguments = details.appendChild(element("pre", "", "", { tabindex: "0", role: "region", "aria-label": "Arguments" }));
      made.resultLabel = details.appendChild(element("div", "label", "Result"));
      made.result = details.appendChild(element("pre", "", "", { tabindex: "0", role: "region", "aria-label": "Result" }));
      made.note = made.appendChild(element("div", "note-line"));
      made.choice = made.appendChild(element("div", "foot"));
      const answer = (yes) => () => { view.send({ type: "answer", id: message.id, yes }); view.input.focus(); };
      made.choice.append(
        button("Approve", answer(true), `Approve ${message.name}`),
        button("Deny", answer(false), `Deny ${message.name}`),
      );
      made.since = performance.now();
      return made;
    },
    fill(made, message) {
      const waits = message.state === "waiting";
      if (waits && made.known !== "waiting") made.details.open = true; // What is approved is in sight.
      if (!waits && made.known === "waiting") made.details.open = false;
      made.known = message.state;
      made.name.textContent = message.name;
      made.since = performance.now() - message.seconds * 1000;
      made.arguments.textContent = message.arguments;
      made.result.textContent = message.content;
      made.result.hidden = made.resultLabel.hidden = !message.content;
      made.note.textContent = message.note;
      made.choice.hidden = !waits;
      made.dataset.state = message.state;
      KINDS.tool.tick(made, message);
    },
    tick(made, message) {
      const open = ["running", "waiting"].includes(message.state);
      const seconds = open ? Math.floor((performance.now() - made.since) / 1000) : message.seconds;
      made.state.textContent = `${STATES[message.state] ?? message.state}, ${seconds} s`;
    },
  },
  note: {
    make(view, message) {
      const made = element("article", "note", "", { "aria-label": "Chat" });
      made.text = made.appendChild(element("div", "plain"));
      made.again = made.appendChild(retry(view, "Try again"));
      return made;
    },
    fill(made, message) {
      made.text.textContent = message.text;
      made.again.hidden = message.state !== "error";
      made.dataset.state = message.state;
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

class View {
  constructor(model, root) {
    this.model = model;
    this.log = emptyLog();
    this.drawn = new Map(); // Elements by message id.
    this.said = new Map(); // What was announced of each message.
    this.waits = 0; // Messages sent that the kernel has not taken yet.
    this.build(root);
    this.listener = (message) => this.receive(message);
    model.on("msg:custom", this.listener);
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.send({ type: "state" });
  }

  build(root) {
    const chat = element("section", "", "", { "aria-label": "Chat", "data-lm-suppress-shortcuts": "true" });
    chat.className = "lk-chat";
    this.list = element("div", "log", "", { role: "log", "aria-label": "Conversation", "aria-live": "off", tabindex: "0" });
    this.status = element("span", "status");
    this.voice = element("div", "voice", "", { role: "status", "aria-live": "polite" });
    this.input = element("textarea", "input", "", { rows: "2", "aria-label": "Message", placeholder: "Ask something: Enter sends, Shift+Enter breaks the line" });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.sendButton = button("Send", () => this.submit());
    this.stopButton = button("Stop", () => this.stop());
    this.clearButton = button("Clear", () => this.send({ type: "clear" }), "Clear the conversation");
    const bar = element("div", "bar");
    bar.append(this.sendButton, this.stopButton, this.clearButton, this.status);
    chat.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) this.stop(); });
    chat.append(this.list, this.voice, this.input, bar);
    root.append(chat);
    this.drawStatus();
  }

  destroy() {
    clearInterval(this.ticker);
    this.model.off("msg:custom", this.listener);
  }

  /**
   * Send a request. Nothing shows before the state is there. The first question for it may wait for
   * a cell, if JupyterLab had no subshell for the chat yet, so it's asked again with each request.
   */
  send(message) {
    if (this.log.seq === null && message.type !== "state") this.model.send({ type: "state" });
    this.model.send(message);
  }

  key(event) {
    // An input method's Enter chooses a word; 229 is how older browsers say so.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    event.preventDefault(); // JupyterLab keeps Shift+Enter from breaking the line, so it's done here.
    if (!event.shiftKey) this.submit();
    else this.input.setRangeText("\n", this.input.selectionStart, this.input.selectionEnd, "end");
  }

  submit() {
    const text = this.input.value;
    if (!text.trim() || this.log.status.closed) return; // What was typed stays.
    this.waits += 1;
    this.send({ type: "send", text: text.slice(0, MAX_SENT) });
    this.input.value = "";
    this.input.focus();
    this.drawStatus();
  }

  stop() {
    if (!this.stopButton.disabled) this.send({ type: "stop" });
  }

  text(id) {
    return this.log.messages.find((each) => each.id === id)?.text ?? "";
  }

  receive(message) {
    const { log, ids, ask } = receive(this.log, message);
    const first = this.log.seq === null;
    if (ask) this.send({ type: "state" });
    if (log === this.log) return;
    this.log = log;
    if (message.type === "changes") this.waits = 0;
    this.draw(ids, first);
  }

  draw(ids, quietly) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    const there = new Set(this.log.messages.map((each) => each.id));
    for (const [id, made] of this.drawn) {
      if (!there.has(id)) { made.remove(); this.drawn.delete(id); }
    }
    for (const message of this.log.messages) {
      if (ids && !ids.has(message.id)) continue;
      this.drawMessage(message);
      this.announce(message, quietly);
    }
    this.drawStatus();
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  drawMessage(message) {
    const kind = KINDS[message.kind];
    if (!kind) return;
    if (!this.drawn.has(message.id)) {
      const made = kind.make(this, message);
      this.drawn.set(message.id, made);
      this.list.append(made);
    }
    kind.fill(this.drawn.get(message.id), message);
  }

  announce(message, quietly) {
    const text = announcement(message);
    if (!text || this.said.get(message.id) === text) return;
    this.said.set(message.id, text);
    if (!quietly) this.voice.textContent = text;
  }

  drawStatus() {
    const { busy, stopping, closed, input_tokens: read, output_tokens: written } = this.log.status;
    const work = closed ? "This chat has ended. " : stopping ? "Stopping… " : busy ? "Answering… " : this.waits ? "Waiting for the kernel… " : "";
    this.status.textContent = `${work}${(read + written).toLocaleString("en")} tokens used`;
    this.status.title = `${read} read by the model, ${written} written`;
    this.stopButton.disabled = !(busy || this.waits);
    this.sendButton.disabled = closed;
    this.list.dataset.closed = String(closed);
    this.list.dataset.busy = String(busy);
  }

  tick() {
    for (const message of this.log.messages) {
      if (message.kind === "tool" && this.drawn.has(message.id)) KINDS.tool.tick(this.drawn.get(message.id), message);
    }
  }
}

function render({ model, el }) {
  const view = new View(model, el);
  return () => view.destroy();
}

export default { render };
