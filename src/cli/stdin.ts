import { fstatSync } from "node:fs";
import { utf8From } from "./utf8.ts";

/** How long a pipe may stay silent before it is taken for one that nobody writes to, in milliseconds. */
const SILENCE_MS = 2_000;

/**
 * All of stdin.
 * @throws BatonError `invalid_argument` when it is no UTF-8 text, or too long for a prompt
 */
export async function readAllOfStdin(): Promise<string> {
  return utf8From(process.stdin, "what came on stdin");
}

/** What is piped or redirected into the command, or an empty text: a terminal and a silent pipe give nothing. */
export async function readPipedStdin(): Promise<string> {
  if (!isPiped()) return "";
  const { stdin } = process;
  const silence = Promise.withResolvers<"silent">();
  const timer = setTimeout(() => silence.resolve("silent"), SILENCE_MS);
  const spoke = new Promise<"spoke" | "broke">((resolve) => {
    stdin.once("readable", () => resolve("spoke"));
    stdin.once("error", () => resolve("broke"));
  });
  const first = await Promise.race([spoke, silence.promise]);
  clearTimeout(timer);
  if (first === "spoke") return readAllOfStdin();
  // Whoever holds the other end must not keep this command alive.
  stdin.destroy();
  return "";
}

function isPiped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isSocket() || stat.isFile();
  } catch {
    return false;
  }
}
