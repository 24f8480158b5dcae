/*
 * A chat on the page: the last part of the module that the page loads. What a page knows is
 * `chat_model.js`, how a message is drawn `chat_parts.js`.
 *
 * Each view keeps its own log: two views of one chat show the same, and don't disturb each other.
 */

const MAX_SENT = 100_001; // Characters: one more than the kernel takes, so that it knows.
const TICK_MS = 1000;
const PATIENCE_MS = 10_000; // Our choice: how long a kernel may be silent before the chat says so.
const NEAR_PX = 40; // So near to its end the log follows what comes.
const HINT = "Ask something: Enter sends, Shift+Enter breaks the line";
const OVER = "This chat has ended.";
const EDIT_HINT = "Edit the last question: Enter asks it instead, Escape leaves it";
const EMPTY = "Nothing was asked yet. Calls of tools that write will wait here for your approval.";
const SILENT = "The kernel doesn't answer yet. If a cell computes, it answers after that. If the kernel was stopped, run the cells again that made this chat.";
const ENDS = new Set(["restarting", "autorestarting", "terminating", "dead"]); // Of Jupyter's kernels.
const ENDED = "The kernel was stopped or restarted, and this chat ended with it. Run the cell that starts the lab, or makes the agent, then the one that shows the chat. What was said stays here until then, and below in the notebook.";
const FILES = { json: ["chat.json", "application/json"], markdown: ["chat.md", "text/markdown"] };

class View {
  constructor(model, root) {
    this.model = model;
    this.log = emptyLog();
    this.drawn = new Map(); // Elements by message id.
    this.said = new Map(); // What was announced of each message.
    this.waits = 0; // Messages sent that the kernel has not taken yet.
    this.waitsSince = 0;
    this.editing = null; // The id of the question that the input edits.
    this.wanted = new Set(); // What this view has asked for: ids of traces, forms of exports.
    this.traced = null; // The id of the message whose trace is open.
    this.ended = false; // Whether the kernel is gone.
    this.build(root);
    this.listener = (message) => this.receive(message);
    model.on("msg:custom", this.listener);
    this.kernel = model.widget_manager?.kernel; // JupyterLab's and Notebook's managers have one.
    this.onKernel = (_, status) => { if (ENDS.has(status)) this.end(); };
    this.onGone = () => this.end();
    this.kernel?.statusChanged?.connect(this.onKernel);
    this.kernel?.disposed?.connect(this.onGone); // It was shut down, or another took its place.
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.send({ type: "state" });
  }

  // The parts.

  build(root) {
    const chat = element("section", "", "", { "aria-label": "Chat", ...OURS });
    chat.className = "lk-chat";
    this.list = element("div", "log", "", { role: "log", "aria-label": "Conversation", "aria-live": "off", tabindex: "0" });
    this.empty = this.list.appendChild(element("p", "empty", EMPTY));
    this.down = press("↓ Newest", () => this.toEnd(), "Go to the newest message", "down");
    this.down.hidden = true;
    this.list.addEventListener("scroll", () => this.drawDown());
    this.voice = element("div", "voice", "", { role: "status", "aria-live": "polite" });
    const frame = element("div", "frame");
    frame.append(this.list, this.down);
    chat.append(frame, this.traceFrame(), this.voice, this.composer(), this.bar());
    chat.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) this.escape(); });
    root.append(chat);
    this.drawStatus();
  }

  /** Below the log, so that a trace has room: one at a time. */
  traceFrame() {
    const made = element("div", "trace", "", { role: "region", "aria-label": "Trace of an answer" });
    const head = made.appendChild(element("div", "tracehead"));
    head.append(element("span", "", "Trace of the answer"), press("Close", () => this.closeTrace(), "Close the trace"));
    made.place = made.appendChild(element("div"));
    made.hidden = true;
    made.addEventListener("keydown", (event) => { if (event.key === "Escape") event.stopPropagation(); });
    this.trace = made;
    return made;
  }

  composer() {
    const made = element("div", "composer");
    this.input = element("textarea", "input", "", { rows: "2", "aria-label": "Message", placeholder: HINT, dir: "auto" });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.drawStatus());
    this.sendButton = press("Send", () => this.submit(), "Send", "primary");
    this.stopButton = press("Stop", () => this.stop(), "Stop", "stop");
    const buttons = element("div", "buttons");
    buttons.append(this.sendButton, this.stopButton);
    made.append(this.input, buttons);
    return made;
  }

  bar() {
    const made = element("div", "bar");
    this.status = element("span", "status");
    this.saveButtons = [
      press("Markdown", () => this.ask("export", "markdown"), "Save the conversation as Markdown"),
      press("JSON", () => this.ask("export", "json"), "Save the conversation as JSON"),
    ];
    this.clearButton = press("Clear", () => this.clear(), "Clear the conversation");
    this.clearButton.addEventListener("blur", () => this.unarm());
    const right = element("span", "actions");
    right.append(element("span", "", "Save as"), ...this.saveButtons, this.clearButton);
    made.append(this.status, right);
    return made;
  }

  destroy() {
    clearInterval(this.ticker);
    this.model.off("msg:custom", this.listener);
    this.kernel?.statusChanged?.disconnect(this.onKernel);
    this.kernel?.disposed?.disconnect(this.onGone);
  }

  // What one does.

  /**
   * Send a request. Nothing shows before the state is there. The first question for it may wait for
   * a cell, if JupyterLab had no subshell for the chat yet, so it's asked again with each request.
   */
  send(message) {
    if (this.ended) return;
    if (this.log.seq === null && message.type !== "state") this.model.send({ type: "state" });
    this.model.send(message);
  }

  key(event) {
    // An input method's Enter chooses a word; 229 is how older browsers say so.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowUp" && !this.input.value && this.edit()) event.preventDefault();
    if (event.key !== "Enter") return;
    event.preventDefault(); // JupyterLab keeps Shift+Enter from breaking the line, so it's done here.
    if (!event.shiftKey) this.submit();
    else this.input.setRangeText("\n", this.input.selectionStart, this.input.selectionEnd, "end");
  }

  escape() {
    if (this.editing !== null) this.endEdit("");
    else this.stop();
  }

  submit() {
    const text = this.input.value;
    if (!text.trim() || this.ended || this.log.status.closed) return; // What was typed stays.
    if (!this.waits) this.waitsSince = performance.now();
    this.waits += 1;
    const shortened = text.slice(0, MAX_SENT);
    this.send(this.editing === null ? { type: "send", text: shortened } : { type: "edit", id: this.editing, text: shortened });
    this.endEdit("");
    this.toEnd();
    this.input.focus();
    this.drawStatus();
  }

  stop() {
    if (this.stopButton.disabled) return;
    this.send({ type: "stop" });
    this.input.focus(); // The button goes away when the run has ended.
  }

  /** Put the last question into the input, to ask it another way; false if there is none. */
  edit() {
    const question = lastQuestion(this.log);
    if (!question || this.isBusy) return false;
    this.editing = question.id;
    this.input.value = question.text;
    this.input.focus();
    this.drawStatus();
    return true;
  }

  endEdit(text) {
    this.editing = null;
    this.input.value = text;
    this.drawStatus();
  }

  /** What can't be taken back takes two presses. */
  clear() {
    if (this.clearButton.dataset.armed) this.send({ type: "clear" });
    if (this.clearButton.dataset.armed) return this.unarm();
    this.clearButton.dataset.armed = "true";
    this.clearButton.textContent = "Really clear?";
    this.clearButton.setAttribute("aria-label", "Really clear the conversation?");
  }

  unarm() {
    delete this.clearButton.dataset.armed;
    this.clearButton.textContent = "Clear";
    this.clearButton.setAttribute("aria-label", "Clear the conversation");
  }

  /** Ask for what only this view will show. */
  ask(type, what) {
    this.wanted.add(what);
    this.send(type === "trace" ? { type, id: what } : { type, form: what });
  }

  toggleTrace(id) {
    const opens = this.traced !== id;
    this.closeTrace();
    if (!opens) return;
    this.traced = id;
    this.drawn.get(id).traceButton.setAttribute("aria-expanded", "true");
    this.trace.place.replaceChildren(element("p", "", "Loading the trace…"));
    this.trace.hidden = false;
    this.ask("trace", id);
  }

  /** Take the trace off; who was in it is back at its button. */
  closeTrace() {
    const from = this.drawn.get(this.traced)?.traceButton;
    const hadFocus = this.trace.contains(document.activeElement);
    this.traced = null;
    this.trace.hidden = true;
    this.trace.place.replaceChildren();
    from?.setAttribute("aria-expanded", "false");
    if (hadFocus) (from ?? this.input).focus();
  }

  get isBusy() {
    return Boolean(this.log.status.busy || this.waits);
  }

  text(id) {
    return this.log.messages.find((each) => each.id === id)?.text ?? "";
  }

  // What comes.

  receive(message) {
    if (message.type === "trace") return this.showTrace(message);
    if (message.type === "export") return this.saveFile(message);
    const { log, ids, ask } = receive(this.log, message);
    const first = this.log.seq === null;
    if (ask) this.send({ type: "state" });
    if (log === this.log) return;
    this.log = log;
    if (message.type === "changes") this.waits = 0;
    this.draw(ids, first);
  }

  showTrace({ id, data }) {
    if (!this.wanted.delete(id) || this.traced !== id) return;
    const place = element("div");
    this.trace.place.replaceChildren(place);
    if (data) new TraceView(data, place).tree?.focus();
    else place.textContent = "This trace isn't kept any more: newer ones took its place.";
  }

  saveFile({ form, text }) {
    if (this.wanted.delete(form)) save(text, ...FILES[form]);
  }

  /** The kernel is gone, and with it whoever answers. */
  end() {
    if (this.ended) return;
    this.ended = true;
    const made = element("article", "note", "", { "aria-label": "Chat", "data-state": "error" });
    made.append(element("div", "plain", ENDED));
    this.list.append(made);
    this.voice.textContent = ENDED;
    this.drawStatus();
    this.toEnd();
  }

  // What shows.

  draw(ids, quietly) {
    const follows = this.isAtEnd;
    const there = new Set(this.log.messages.map((each) => each.id));
    if (this.traced !== null && !there.has(this.traced)) this.closeTrace();
    for (const [id, made] of this.drawn) {
      if (!there.has(id)) { made.remove(); this.drawn.delete(id); }
    }
    for (const message of this.log.messages) {
      if (ids && !ids.has(message.id)) continue;
      this.drawMessage(message);
      this.announce(message, quietly);
    }
    if (this.editing !== null && this.editing !== lastQuestion(this.log)?.id) this.editing = null; // Its text stays.
    this.drawStatus();
    if (follows) this.toEnd();
    this.drawDown();
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
    const over = closed || this.ended;
    const work = over ? OVER : stopping ? "Stopping…" : busy ? "Answering…" : this.waits ? this.patience : "";
    const used = `${(read + written).toLocaleString("en")} tokens used`;
    this.status.textContent = [work, used].filter(Boolean).join(" ");
    this.status.title = `${read} read by the model, ${written} written`;
    this.stopButton.disabled = over || !this.isBusy;
    this.sendButton.disabled = over || !this.input.value.trim();
    this.clearButton.disabled = this.ended || !this.log.messages.length;
    for (const each of this.saveButtons) each.disabled = this.ended || !this.log.messages.length;
    this.input.placeholder = over ? OVER : HINT;
    this.input.setAttribute("aria-label", this.editing === null ? "Message" : EDIT_HINT);
    this.input.dataset.editing = String(this.editing !== null);
    if (this.editing !== null) this.status.textContent = `${EDIT_HINT}. ${used}`;
    this.list.dataset.busy = String(Boolean(busy));
    this.empty.hidden = this.log.messages.length > 0 || this.log.seq === null;
    this.offer(!over && !this.isBusy);
  }

  /** Let the last question be edited and the last word be asked for again, and no others. */
  offer(open) {
    const question = lastQuestion(this.log)?.id;
    const word = lastWord(this.log)?.id;
    for (const [id, made] of this.drawn) {
      if (made.edit) made.edit.hidden = !open || id !== question;
      if (made.again) made.again.hidden = !open || id !== word;
    }
  }

  get patience() {
    return performance.now() - this.waitsSince < PATIENCE_MS ? "Waiting for the kernel…" : SILENT;
  }

  get isAtEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_PX;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.drawDown();
  }

  drawDown() {
    this.down.hidden = this.isAtEnd;
  }

  tick() {
    for (const message of this.log.messages) {
      if (message.kind === "tool" && this.drawn.has(message.id)) KINDS.tool.tick(this.drawn.get(message.id), message);
    }
    if (this.waits) this.drawStatus();
  }
}

function render({ model, el }) {
  const view = new View(model, el);
  return () => view.destroy();
}

export default { render };
