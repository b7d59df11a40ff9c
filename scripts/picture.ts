import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** `npm run picture`: runs the demo and draws what it printed, as docs/demo.svg. */

const ROOT = path.resolve(import.meta.dirname, "..");
const LINE_HEIGHT = 19;
const CHARACTER_WIDTH = 8.05;
const MARGIN = 18;
const COLUMNS = 118;
const COLOURS: Readonly<Record<string, string>> = { "33": "#e5c07b", "36": "#56b6c2", "32": "#98c379" };

const { stdout } = await promisify(execFile)(process.execPath, [path.join(ROOT, "bin", "baton"), "demo"], {
  env: { ...process.env, FORCE_COLOR: "1" },
});
const lines = stdout.trimEnd().split("\n").map(cut);
await writeFile(path.join(ROOT, "docs", "demo.svg"), drawing(lines.slice(1)));

function drawing(rows: readonly string[]): string {
  const width = Math.round(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
  const height = rows.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = rows.map((row, index) => {
    const y = MARGIN + (index + 1) * LINE_HEIGHT;
    return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${spans(row)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The demo in a terminal">
<rect width="100%" height="100%" rx="8" fill="#1e2127"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13.4" fill="#d7dae0">
${texts.join("\n")}
</g>
</svg>
`;
}

/** The styles of a line as the terminal would show them. */
function spans(row: string): string {
  let style = "";
  return row
    .split(/(\u001b\[\d+m)/)
    .map((part) => {
      const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
      if (code === undefined) return part === "" ? "" : `<tspan${style}>${escaped(part)}</tspan>`;
      style = styleOf(code);
      return "";
    })
    .join("");
}

function styleOf(code: string): string {
  if (code === "1") return ' font-weight="bold" fill="#ffffff"';
  if (code === "2") return ' fill="#8a919e"';
  const colour = COLOURS[code];
  return colour === undefined ? "" : ` fill="${colour}"`;
}

/** Keeps a line within the drawing; the styles in it take no room. */
function cut(row: string): string {
  let room = COLUMNS;
  return row
    .split(/(\u001b\[\d+m)/)
    .map((part) => {
      if (part.startsWith("\u001b")) return part;
      const kept = part.slice(0, room);
      room -= kept.length;
      return kept;
    })
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
