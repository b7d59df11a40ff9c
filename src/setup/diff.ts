const CONTEXT = 3;

/** A unified diff of one file; empty when nothing changes. What changes is shown as one piece. */
export function unifiedDiff(file: string, before: string | null, after: string): string {
  if (before === after) return "";
  const old = linesOf(before ?? "");
  const fresh = linesOf(after);
  const shared = Math.min(old.length, fresh.length);
  const same = (at: number) => old[at] === fresh[at];
  const sameFromEnd = (at: number) => old.at(-1 - at) === fresh.at(-1 - at);
  const head = countWhile(shared, same);
  const tail = countWhile(shared - head, sameFromEnd);
  const from = Math.max(0, head - CONTEXT);
  const until = Math.min(tail, CONTEXT);
  const removed = old.slice(head, old.length - tail);
  const added = fresh.slice(head, fresh.length - tail);
  const lines = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - tail + until).map((line) => ` ${line}`),
  ];
  const range = (count: number) => {
    const length = count - from - (tail - until);
    return `${length === 0 ? from : from + 1},${length}`;
  };
  const heading = `--- ${before === null ? "/dev/null" : file}\n+++ ${file}\n`;
  return `${heading}@@ -${range(old.length)} +${range(fresh.length)} @@\n${lines.map(ended).join("")}`;
}

/** The lines with their breaks, which may be what differs. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function ended(line: string): string {
  return line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`;
}

function countWhile(limit: number, holds: (at: number) => boolean): number {
  let count = 0;
  while (count < limit && holds(count)) count += 1;
  return count;
}
