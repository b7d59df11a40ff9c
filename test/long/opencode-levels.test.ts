import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it, openAs } from "../contract/acp-kit.ts";
import { bash, steps, tool } from "./opencode-kit.ts";

describe("opencode with read access", () => {
  it("reads, and has nothing by which it could change or start anything, whatever its user allows it", async ({
    sandbox,
    driver,
  }) => {
    // The user's own rules for the agent that opencode would use, and a project's.
    const loose = { permission: { bash: "allow", edit: "allow", "*": "allow" } };
    const file = path.join(sandbox.home, ".config/opencode/opencode.json");
    const user = JSON.parse(await readFile(file, "utf8")) as object;
    await sandbox.writeUserFile(
      "home/.config/opencode/opencode.json",
      JSON.stringify({ ...user, ...loose, agent: { build: loose, plan: loose } }),
    );
    const touching = { type: "local", command: ["touch", path.join(sandbox.root, "started")] };
    await writeFile(
      path.join(sandbox.workspace, "opencode.json"),
      JSON.stringify({ ...loose, agent: { baton: loose }, mcp: { evil: touching } }),
    );
    await writeFile(path.join(sandbox.batonHome, "token"), "kingfisher");
    const conversation = await driver.open(openAs(sandbox, "read", { approvals: "ask" }));
    const at = (name: string) => path.join(sandbox.workspace, name);
    const { outcomes, requests } = await steps(conversation, [
      tool("read", { filePath: at("README.md") }),
      tool("read", { filePath: path.join(sandbox.batonHome, "token") }),
      bash(`touch ${at("a")}`),
      tool("write", { filePath: at("b"), content: "b" }),
      tool("edit", { filePath: at("README.md"), oldString: "green", newString: "red" }),
      tool("webfetch", { url: sandbox.model.url, format: "text" }),
      tool("task", { description: "x", prompt: `touch ${at("c")}`, subagent_type: "general" }),
    ]);
    expect(outcomes).toEqual(["ok", ...Array.from({ length: 6 }, () => "failed")]);
    expect(requests).toEqual([]);
    expect([at("a"), at("b"), at("c"), path.join(sandbox.root, "started")].filter(existsSync)).toEqual([]);
    expect(await readFile(at("README.md"), "utf8")).toContain("green");
    const body = JSON.stringify(sandbox.model.requests.at(-1)?.body);
    expect(body).not.toContain("kingfisher");
  }, 150_000);
});

describe("opencode with write access", () => {
  it("changes files in the directory, and asks about commands and all that lies outside", async ({
    sandbox,
    driver,
  }) => {
    const at = (name: string) => path.join(sandbox.workspace, name);
    const outside = path.join(sandbox.home, "outside");
    await mkdir(outside);
    await symlink(outside, at("link"));
    const calls = [
      tool("write", { filePath: at("new.txt"), content: "new" }),
      tool("edit", { filePath: at("README.md"), oldString: "green", newString: "red" }),
      bash("touch by-command"),
      tool("write", { filePath: path.join(outside, "x"), content: "x" }),
      tool("write", { filePath: at("link/y"), content: "y" }),
    ];
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const denied = await steps(conversation, calls);
    expect(denied.outcomes).toEqual(["ok", "ok", "denied", "denied", "denied"]);
    expect(denied.requests.map(({ kind, summary }) => [kind, summary])).toEqual([
      ["command", "touch by-command"],
      ["tool", expect.stringContaining(outside)],
      ["file_change", expect.stringContaining("link/y")],
    ]);
    expect(denied.events.flatMap((event) => (event.type === "file.changed" ? [event.data] : []))).toEqual([
      { path: at("new.txt"), kind: "add" },
      { path: at("README.md"), kind: "update" },
    ]);
    expect([at("by-command"), path.join(outside, "x"), path.join(outside, "y")].filter(existsSync)).toEqual(
      [],
    );
    const approved = await steps(conversation, calls.slice(2), { decision: "approve" });
    expect(approved.outcomes).toEqual(["ok", "ok", "ok"]);
    expect(existsSync(at("by-command"))).toBe(true);
  }, 150_000);
});
