const TITLE_LENGTH = 80;
// ESC sequences (CSI, OSC and the short ones) and all control characters but tab and line feed.
const CONTROLS =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The text without anything that a terminal would act on: what an agent says is data. */
export function withoutControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(CONTROLS, "");
}

/** One line that names a prompt. */
export function titleOf(prompt: string): string {
  return shortened(prompt, TITLE_LENGTH);
}

/** The text on one line, cut to a number of code points. */
export function shortened(text: string, length: number): string {
  const line = withoutControls(text.slice(0, length * 8))
    .replaceAll(/\s+/g, " ")
    .trim();
  const points = Array.from(line);
  return points.length <= length ? line : `${points.slice(0, length - 1).join("")}…`;
}

/** The first `count` code points. */
export function firstPoints(text: string, count: number): string {
  return Array.from(text.slice(0, count * 2))
    .slice(0, count)
    .join("");
}
