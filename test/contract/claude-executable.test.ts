import { chmod, cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { findClaude } from "../../src/agents/claude/executable.ts";
import type { OpenRequest } from "../../src/agents/driver.ts";
import { CLIS_FOLDER } from "../../testkit/clis.ts";
import { waitForNone } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import {
  describe,
  expect,
  follow,
  it,
  launchOf,
  only,
  openAs,
  say,
  stateDirOf,
  textOf,
} from "./claude-kit.ts";

/** A program in place of Claude Code; `body` is JavaScript that may use `say(line)` and `hear(handler)`. */
async function openFake(sandbox: Sandbox, body: string): Promise<OpenRequest> {
  const executable = path.join(sandbox.root, "bin", "fake-claude");
  await writeFile(executable, `#!${process.execPath}\n${PRELUDE}\n${body}\n`);
  await chmod(executable, 0o755);
  return openAs(sandbox, "read", { launch: { ...(await launchOf(sandbox)), executable } });
}

const PRELUDE = `
const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
const id = process.argv.find((arg) => arg.startsWith("--session-id=")).slice(13);
const result = (more) => ({ type: "result", subtype: "success", is_error: false, session_id: id, ...more });
const ready = ({ request_id }) =>
  say({ type: "control_response", response: { subtype: "success", request_id, response: {} } });
const hear = (onPrompt) => {
  require("node:readline").createInterface({ input: process.stdin }).on("line", (text) => {
    const line = JSON.parse(text);
    if (line.type === "control_request") ready(line);
    else if (line.type === "user") onPrompt(line);
  }).on("close", () => process.exit(0));
};
`;

describe("the program", () => {
  it("that is missing is agent_unavailable with the way to get it", async ({ sandbox, driver }) => {
    const launch = await launchOf(sandbox, { PATH: path.join(sandbox.root, "empty") });
    await expect(driver.open(await openAs(sandbox, "read", { launch }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", hint: expect.stringMatching(/npm install.*BATON_CLAUDE_BIN/) },
    });
  });

  it("that the user named and that is not there is agent_unavailable", async ({ sandbox, driver }) => {
    const launch = { ...(await launchOf(sandbox)), executable: path.join(sandbox.root, "no-such-claude") };
    await expect(driver.open(await openAs(sandbox, "read", { launch }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("no-such-claude") },
    });
  });

  it("that does not know a flag is too old", async ({ sandbox, driver }) => {
    const fake = `console.error("error: unknown option '--restricted'"); process.exit(1);`;
    await expect(driver.open(await openFake(sandbox, fake))).rejects.toMatchObject({
      error: {
        code: "agent_unavailable",
        message: expect.stringMatching(/too old/),
        hint: expect.stringMatching(/update/),
      },
    });
    expect(await readdir(stateDirOf(sandbox))).toEqual([]);
  });

  it("that refuses the control protocol is agent_unavailable", async ({ sandbox, driver }) => {
    const fake = `process.stdin.on("data", (text) => say({ type: "control_response",
      response: { subtype: "error", request_id: JSON.parse(text).request_id, error: "no such request" } }));`;
    await expect(driver.open(await openFake(sandbox, fake))).rejects.toMatchObject({
      error: { code: "agent_unavailable" },
    });
  });

  it("that dies when it is started is agent_crashed with its words", async ({ sandbox, driver }) => {
    const fake = `console.error("out of cheese"); process.exit(7);`;
    await expect(driver.open(await openFake(sandbox, fake))).rejects.toMatchObject({
      error: { code: "agent_crashed", message: expect.stringMatching(/exit code 7.*out of cheese/) },
    });
  });
});

describe("a Claude Code of the future", () => {
  it("may say what we do not know: it is kept as raw", async ({ sandbox, driver }) => {
    const unknown = [
      { type: "hologram", shape: "cube" },
      { type: "system", subtype: "weather", sky: "clear" },
      {
        type: "assistant",
        message: {
          content: [
            { type: "smell", of: "rain" },
            { type: "text", text: "hi" },
          ],
        },
      },
    ];
    const fake = `hear(() => {
      for (const line of ${JSON.stringify(unknown)}) say(line);
      process.stdout.write("not JSON at all\\n");
      say({ type: "control_request", request_id: "q", request: { subtype: "future" } });
      say(result({ result: "done" }));
    });`;
    const conversation = await driver.open(await openFake(sandbox, fake));
    const { outcome, events } = await follow(conversation, "hello");
    expect(textOf(outcome)).toBe("done");
    expect(only(events, "message")).toEqual([{ text: "hi" }]);
    expect(only(events, "raw").map(({ payload }) => payload)).toEqual([
      unknown[0],
      unknown[1],
      { type: "smell", of: "rain" },
      "not JSON at all",
    ]);
  });

  it("that asks for a permission is denied it at once", async ({ sandbox, driver }) => {
    const fake = `
      process.stdin.on("data", (text) => {
        for (const line of String(text).split("\\n").filter(Boolean).map((each) => JSON.parse(each))) {
          if (line.type === "control_request") ready(line);
          else if (line.type === "user")
            say({ type: "control_request", request_id: "q", request: { subtype: "can_use_tool", tool_name: "Bash", input: {} } });
          else say(result({ result: JSON.stringify(line.response) }));
        }
      }).on("end", () => process.exit(0));`;
    const conversation = await driver.open(await openFake(sandbox, fake));
    expect(JSON.parse(textOf(await say(conversation, "hello")))).toMatchObject({
      request_id: "q",
      response: { behavior: "deny" },
    });
  });

  it("that opens another conversation fails the turn and is stopped", async ({ sandbox, driver }) => {
    const fake = `hear(() => say({ type: "system", subtype: "init", session_id: "another" }));`;
    const conversation = await driver.open(await openFake(sandbox, fake));
    expect(await say(conversation, "hello")).toMatchObject({
      status: "failed",
      error: { code: "agent_error", message: expect.stringContaining("another") },
    });
    expect(await waitForNone(sandbox.root, 5_000)).toEqual([]);
    expect(conversation.isUsable()).toBe(false);
  });

  it("that says success and is_error has failed", async ({ sandbox, driver }) => {
    const fake = `hear(() => say(result({ is_error: true, result: "API Error: 500", api_error_status: 500 })));`;
    const conversation = await driver.open(await openFake(sandbox, fake));
    expect(await say(conversation, "hello")).toMatchObject({ status: "failed", error: { retryable: true } });
  });

  it("that dies in the middle of a line fails the turn", async ({ sandbox, driver }) => {
    const fake = `hear(() => process.stdout.write('{"type":"result","is_err', () => process.exit(9)));`;
    const conversation = await driver.open(await openFake(sandbox, fake));
    expect(await say(conversation, "hello")).toMatchObject({
      status: "failed",
      error: { code: "agent_crashed", message: expect.stringContaining("exit code 9") },
    });
  });
});

describe("an installation by npm", () => {
  it("without its install scripts is run through the platform's own binary", async ({ sandbox, driver }) => {
    const launch = await launchOf(sandbox, { PATH: path.join(CLIS_FOLDER, "node_modules", ".bin") });
    expect(await findClaude(launch)).toBe(sandbox.clis.claude);
    const conversation = await driver.open(await openAs(sandbox, "read", { launch }));
    expect(textOf(await say(conversation, "hello"))).toBe("You said: hello");
  });

  it("without the platform's package says so", async ({ sandbox, driver }) => {
    const source = path.join(CLIS_FOLDER, "node_modules", "@anthropic-ai", "claude-code");
    const modules = path.join(sandbox.root, "node_modules");
    await cp(source, path.join(modules, "@anthropic-ai", "claude-code"), { recursive: true });
    await mkdir(path.join(modules, ".bin"));
    const link = path.join(modules, ".bin", "claude");
    await symlink("../@anthropic-ai/claude-code/bin/claude.exe", link);
    const launch = { ...(await launchOf(sandbox)), executable: link };
    await expect(driver.open(await openAs(sandbox, "read", { launch }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("native binary not installed") },
    });
  });
});
