/*
 * The rows of a trace as a tree: folding, filtering, moving. It knows no page, so Node can test it.
 *
 * Glossary. Node: a row with its place: index, parent, level. Closed: the set of indexes of nodes
 * whose insides don't show. Kept: null, or the set of indexes that a filter lets through.
 */

/** Make nodes from rows, from top to bottom, the insides of hidden rows included. */
export function grow(rows, parent = null, nodes = []) {
  const around = []; // The rows that this one may lie inside of, outermost first.
  for (const row of rows) {
    while (around.length && around.at(-1).row.depth >= row.depth) around.pop();
    const above = around.at(-1) ?? parent;
    const node = { row, index: nodes.length, parent: above, level: (above?.level ?? 0) + 1, inner: [] };
    nodes.push(node);
    above?.inner.push(node);
    // A hidden row stands for several; what follows it is not inside of it.
    if (row.hidden) grow(row.inside, node, nodes);
    else around.push(node);
  }
  return nodes;
}

/** What is closed to begin with: that which the picture folds too. */
export function closedAtFirst(nodes) {
  return new Set(nodes.filter((node) => node.row.hidden).map((node) => node.index));
}

/** The nodes that show, in order. A filter opens whatever it needs. */
export function shown(nodes, closed, kept = null) {
  if (kept) return nodes.filter((node) => kept.has(node.index));
  const hiddenBelow = new Set();
  return nodes.filter((node) => {
    const gone = node.parent && (hiddenBelow.has(node.parent.index) || closed.has(node.parent.index));
    if (gone) hiddenBelow.add(node.index);
    return !gone;
  });
}

/** The nodes in which every word of a text occurs; letter case doesn't count. */
export function matches(nodes, text, spans) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return nodes.filter(({ row }) => {
    const told = wordsOf(row, spans);
    return words.every((word) => told.includes(word));
  });
}

function wordsOf(row, spans) {
  const details = row.spans.flatMap((id) => (spans[id] ? spans[id].attributes : []));
  return [row.name, row.service, row.kind, ...row.flags, ...details.flat()].join(" ").toLowerCase();
}

/** The indexes of nodes and of all that is around them. */
export function withAround(nodes) {
  const kept = new Set();
  for (let node of nodes) for (; node; node = node.parent) kept.add(node.index);
  return kept;
}

/** Open all that is around a node, so that it shows. */
export function reveal(node, closed) {
  const open = new Set(closed);
  for (let around = node.parent; around; around = around.parent) open.delete(around.index);
  return open;
}

/**
 * Where a key leads from the active node: the node that is active then, and what is closed.
 * Under a filter all that it keeps is open, and nothing folds. Null for a key that leads nowhere.
 */
export function move(key, active, list, closed, filtered = false) {
  const at = list.indexOf(active);
  const isOpen = active.inner.length > 0 && (filtered || !closed.has(active.index));
  const fold = (change) => {
    const next = new Set(closed);
    next[change](active.index);
    return { active, closed: next };
  };
  const to = (node) => ({ active: node ?? active, closed });
  switch (key) {
    case "ArrowDown": return to(list[at + 1]);
    case "ArrowUp": return to(list[at - 1]);
    case "Home": return to(list[0]);
    case "End": return to(list.at(-1));
    case "ArrowLeft": return isOpen && !filtered ? fold("add") : to(active.parent);
    case "ArrowRight":
      if (isOpen) return to(list.slice(at + 1).find((node) => node.parent === active));
      return active.inner.length ? fold("delete") : to(active);
    default: return null;
  }
}

/** The next node after the active one that passes a test, round the end; undefined if none does. */
export function following(nodes, active, test, step = 1) {
  const count = nodes.length;
  for (let away = 1; away <= count; away++) {
    const node = nodes[(((active.index + away * step) % count) + count) % count];
    if (test(node)) return node;
  }
  return undefined;
}

/** The node of the slowest span: the innermost that has it. */
export function slowest(nodes) {
  return nodes.findLast((node) => node.row.has_slowest);
}

/** Whether an error arose in a node itself, or in what it hides and doesn't hold. */
export function isBad(node) {
  return node.row.bad && !(node.row.hidden && node.inner.length);
}

/** First and last + 1 of the rows to draw: those in sight and a few around, whatever there is. */
export function inSight(count, top, height, rowHeight, spare = 6) {
  const first = Math.max(Math.min(Math.floor(top / rowHeight), count) - spare, 0);
  const last = Math.min(Math.ceil((top + height) / rowHeight) + spare, count);
  return [first, Math.max(last, first)];
}
