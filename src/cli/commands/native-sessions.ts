import { homedir } from "node:os";
import path from "node:path";
import { observer } from "../../client/caller.ts";
import type { NativeSessionView } from "../../contracts/native-session.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { ago, note, printJson, printTable, styled } from "../output.ts";
import type { SessionsOptions } from "./sessions.ts";

/** `baton sessions --native`: what the agents have on disk, the last changed first. */
export async function listNative(context: CommandContext, options: SessionsOptions): Promise<number> {
  const { env, cwd, config } = context;
  const { items, next } = await context.client.call("session.native", {
    caller: observer(env, { cwd, config }),
    scope: "everything",
    agent: options.agent ?? null,
    query: options.query ?? null,
    cwd: options.cwd ?? null,
    live: options.live === true,
    limit: options.limit,
    after: options.after ?? null,
  });
  if (options.json === true) {
    printJson({ items, next });
    return EXIT.ok;
  }
  if (items.length === 0) note("No conversations.");
  printTable(items.map(rowOf));
  if (next !== null) note(`More: baton sessions --native --after ${next}`);
  return EXIT.ok;
}

function rowOf(session: NativeSessionView): readonly string[] {
  const { agent, native_id, name, turns, bytes, live, updated_at, cwd, branch, title } = session;
  return [
    native_id,
    agent,
    name ?? session.session ?? "-",
    `${turns} ${turns === 1 ? "turn" : "turns"}`,
    ago(updated_at),
    sizeOf(bytes),
    live ? styled("green", "live") : "",
    cwd === null ? "-" : withoutControls(shortPath(cwd)),
    withoutControls(branch ?? "-"),
    title ?? "",
  ];
}

const UNITS = ["B", "kB", "MB", "GB"];

/** A size in the unit that leaves at most three digits before the point. */
function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

function shortPath(directory: string): string {
  const relative = path.relative(homedir(), directory);
  const isBelow = relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
  return isBelow ? path.join("~", relative) : directory;
}
