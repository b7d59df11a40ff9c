import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { agentSeenIn, sessionsNamedIn } from "../../src/agents/marks.ts";
import { attribute } from "../../src/core/attribution.ts";
import { lookAround, NO_CLIENT, type Surroundings } from "../../src/client/origin.ts";
import { ancestorsOf } from "../../src/process/ancestry.ts";
import { identify } from "../../src/process/identity.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

const LEVEL = `
const { spawn } = require("node:child_process");
const [levels, ...rest] = JSON.parse(process.argv[1]);
console.log(JSON.stringify({ pid: process.pid, ppid: process.ppid }));
process.stdin.on("end", () => process.exit());
if (levels === 0) process.stdin.resume();
else {
  const [env, ...below] = rest;
  const next = JSON.stringify([levels - 1, ...below]);
  const full = { ...process.env, ...env };
  for (const name of Object.keys(env)) if (env[name] === null) delete full[name];
  spawn(process.execPath, ["-e", process.env.LEVEL, next], { env: full, stdio: "inherit" });
}`;

/** A process below this one for each environment, one below the other; gives their numbers, the outermost first. */
async function nested(first: Record<string, string>, ...rest: Record<string, string | null>[]) {
  const env = { PATH: process.env["PATH"] ?? "", LEVEL, ...first };
  const argument = JSON.stringify([rest.length, ...rest]);
  const child = spawn(process.execPath, ["-e", LEVEL, argument], { env, stdio: ["pipe", "pipe", "inherit"] });
  started.push(child);
  const pids: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    pids.push((JSON.parse(line) as { pid: number }).pid);
    if (pids.length === rest.length + 1) break;
  }
  return { child, pids };
}

const LOOK = `
const { lookAround } = await import(${JSON.stringify(
  new URL("../../src/client/origin.ts", import.meta.url).href,
)});
console.log(JSON.stringify(await lookAround(process.env, "command", "/nowhere/config.toml")));`;

/** What a command finds around itself in a shell with one environment, started with another one. */
async function seenFrom(shell: Record<string, string>, own: Record<string, string>): Promise<Surroundings> {
  const base = { PATH: process.env["PATH"] ?? "" };
  const script = `
    const { spawnSync } = require("node:child_process");
    const [file, env, look] = JSON.parse(process.argv[1]);
    spawnSync(file, ["--input-type=module", "-e", look], { env, stdio: "inherit" });`;
  const argument = JSON.stringify([process.execPath, { ...base, ...own }, LOOK]);
  const child = spawn(process.execPath, ["-e", script, argument], {
    env: { ...base, ...shell },
    stdio: ["ignore", "pipe", "inherit"],
    cwd: path.dirname(fileURLToPath(import.meta.url)),
  });
  started.push(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(child, "close");
  return JSON.parse(text) as Surroundings;
}

const isLinux = process.platform === "linux";

describe("the processes around a process", () => {
  it("are told nearest first, with their start marks and programs", async () => {
    const { pids } = await nested({ MARK: "outer" }, { MARK: "middle" }, { MARK: "inner" });
    const [outer = 0, middle = 0, inner = 0] = pids;
    const found = await ancestorsOf(inner);
    expect(found.slice(0, 3).map(({ pid }) => pid)).toEqual([middle, outer, process.pid]);
    expect(found.slice(0, 2).map(({ birth }) => birth)).toEqual([
      (await identify(middle))?.birth,
      (await identify(outer))?.birth,
    ]);
    expect(found[0]?.program).not.toContain("/");
    const marks = found.slice(0, 2).map(({ env }) => env["MARK"]);
    expect(marks).toEqual(isLinux ? ["middle", "outer"] : [undefined, undefined]);
  });

  it("end with a parent that is gone", async () => {
    const { pids } = await nested({}, {}, {});
    const [outer = 0, middle = 0, inner = 0] = pids;
    process.kill(middle, "SIGKILL");
    await expect.poll(async () => identify(middle)).toBeNull();
    const found = (await ancestorsOf(inner)).map(({ pid }) => pid);
    expect(found).not.toContain(middle);
    expect(found).not.toContain(outer);
    expect(await ancestorsOf(middle)).toEqual([]);
    process.kill(inner, "SIGKILL");
  });
});

describe("what a front end finds around itself", () => {
  it("is a mark that was taken out of its environment and stands in that of the shell around it", async () => {
    const shell = { CLAUDE_CODE_SESSION_ID: "claude-session", CLAUDECODE: "1", BRIDGE_DEPTH: "2" };
    const seen = await seenFrom(shell, {});
    expect(seen.marks).toContain(isLinux ? "claude-session" : "");
    expect(seen).toMatchObject({ inside: "claude", bridge_depth: 2 });
    expect(attribute({ ...seen, client: NO_CLIENT }, { heldBy: () => null, runningIn: () => [] }).kind).toBe(
      "agent",
    );
  });

  it("names the nearest session first, and the deepest depth", async () => {
    const shell = { CODEX_THREAD_ID: "outer", BRIDGE_DEPTH: "3" };
    const seen = await seenFrom(shell, { CODEX_THREAD_ID: "inner", BRIDGE_DEPTH: "1" });
    expect(seen.marks.slice(0, 2)).toEqual(["inner", "outer"]);
    expect(seen.bridge_depth).toBe(3);
    expect(seen.inside).toBe("codex");
  });

  const depths = [
    ["2", 2],
    ["", 0],
    ["-3", 0],
    ["two", 0],
    ["1.5", 0],
    ["99999999999999999999999", Number.MAX_SAFE_INTEGER],
  ] as const;
  for (const [told, depth] of depths) {
    it(`is a depth of ${depth} where BRIDGE_DEPTH is ${JSON.stringify(told)}`, async () => {
      expect((await lookAround({ BRIDGE_DEPTH: told }, "server", "/nowhere/config.toml")).bridge_depth).toBe(
        depth,
      );
    });
  }

  it("is an agent by its program or any of its variables", () => {
    expect(agentSeenIn({}, "/opt/bin/codex")).toBe("codex");
    expect(agentSeenIn({ GEMINI_CLI: "1" }, "zsh")).toBe("gemini");
    expect(agentSeenIn({ PATH: "/opt/codex" }, "codex-helper")).toBeNull();
    expect(sessionsNamedIn({ CODEX_THREAD_ID: "t", CODEX_SESSION_ID: "s", CLAUDECODE: "1" })).toEqual([
      "t",
      "s",
    ]);
  });
});
