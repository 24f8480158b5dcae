/*
 * A token's text cut into runs, and its time in words. It knows no page, so Node can test it.
 *
 * Glossary. Place: a first character and the one behind the last, from 0, in the whole text. Entry:
 * what one can point at: a member of the header or the payload, or a whole part without members.
 * Run: neighbouring characters of one part that belong to the same entries.
 */

/** What one can point at, from top to bottom. */
export function entriesOf(parts) {
  return parts.flatMap((part) => part.members.length
    ? part.members.map((member) => ({ part, member, place: member.place }))
    : [{ part, member: null, place: part.place }]);
}

/** Cut a text into runs. Where three bytes don't end, two members share a character. */
export function runsOf(text, parts, entries, changed = null) {
  const cuts = new Set([0, text.length]);
  const cut = ([start, end]) => { cuts.add(start); cuts.add(end); };
  parts.forEach((part) => cut(part.place));
  entries.forEach((entry) => cut(entry.place));
  if (changed) cut(changed);
  const places = [...cuts].filter((at) => at <= text.length).sort((a, b) => a - b);
  return places.slice(1).map((end, n) => {
    const start = places[n];
    const inside = ([first, last]) => first <= start && end <= last;
    return {
      text: text.slice(start, end),
      part: parts.find((part) => inside(part.place))?.name ?? "dot",
      entries: entries.flatMap((entry, index) => (inside(entry.place) ? [index] : [])),
      changed: changed !== null && inside(changed),
    };
  });
}

/** The place in `after` of what isn't as in `before`; null if they are alike. */
export function changeOf(before, after) {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let same = 0; // At the end.
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return [start, after.length - same];
}

/** Say in words what was changed. */
export function changeInWords(before, after, parts) {
  const change = changeOf(before, after);
  if (!change) return "As it was issued.";
  const [start, end] = change;
  const gone = end + before.length - after.length - start;
  const at = parts.find((part) => part.place[0] <= start && start < part.place[1]);
  const where = at ? `character ${start - at.place[0] + 1} of the ${at.name}` : "a place between two parts";
  if (gone === 1 && end - start === 1) return `Changed: ${where}, ${before[start]} to ${after[start]}.`;
  return `Changed from ${where} on: ${gone} taken out, ${end - start} put in.`;
}

/** A stretch of time: "4 min 31 s". */
export function stretch(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
  return `${Math.floor(whole / 86400).toLocaleString("en")} d ${Math.floor(whole / 3600) % 24} h`;
}

/** How the time left stands, in words. */
export function timeLeft(expiresAt, now, leewayS, standsStill = false) {
  const clock = standsStill ? "; the lab's clock stands still" : ", by the lab's clock";
  if (expiresAt === null) return "No end that can be read (exp).";
  const left = expiresAt - now;
  if (left > 0) return `Ends in ${stretch(left)}${clock}.`;
  if (left > -leewayS) return `Ended ${stretch(left)} ago; verifiers allow ${leewayS} s${clock}.`;
  return `Ended ${stretch(left)} ago${clock}.`;
}

/** Which entry a key leads to, from the one at `at` of `count`; null for another key. */
export function step(key, at, count) {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}
