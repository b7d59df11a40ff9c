import { describe, expect, it } from "vitest";
import { assumed, chartOf } from "../../src/doctor/chart.ts";
import { isBelow, versionIn } from "../../src/doctor/version-number.ts";
import { isTooOld, minimumOf, rangeOf, VERSION_RANGES } from "../../src/doctor/versions.ts";

describe("the ranges of versions", () => {
  it.for(["codex", "claude"])("of %s follow each other without a hole and end open", (agent) => {
    const mine = VERSION_RANGES.filter((range) => range.agent === agent);
    expect(mine.slice(1).map(({ from }) => from)).toEqual(mine.slice(0, -1).map(({ until }) => until));
    expect(mine.at(-1)?.until).toBeNull();
  });

  it.for([
    ["0.1.2504172351", []],
    ["0.80.0", ["mcp_server"]],
    ["0.86.9", ["mcp_server"]],
    ["0.87.0", ["mcp_server", "thread_id", "app_server"]],
    ["0.153.4", ["mcp_server", "thread_id", "app_server"]],
    ["0.154.0", ["app_server"]],
    ["0.156.1", ["app_server", "private_folders"]],
    ["1.0.0", ["app_server", "private_folders"]],
  ] as const)("say of Codex %s what others can call in it", ([version, can]) => {
    const abilities = Object.entries(rangeOf("codex", version)?.can ?? {});
    expect(abilities.filter(([, has]) => has).map(([name]) => name)).toEqual(can);
  });

  it.for([
    ["2.1.79", "channels", false],
    ["2.1.80", "channels", true],
    ["2.1.223", "cross_session_messages", false],
    ["2.1.224", "cross_session_messages", true],
  ] as const)("say of Claude Code %s whether it has %s", ([version, ability, has]) => {
    expect(rangeOf("claude", version)?.can[ability]).toBe(has);
  });

  it("say which versions Baton can run", () => {
    for (const agent of ["codex", "claude"]) {
      const minimum = minimumOf(agent) ?? "";
      expect([isTooOld(agent, minimum), isTooOld(agent, "0.1.2"), isTooOld(agent, null)]).toEqual([
        false,
        true,
        false,
      ]);
    }
    expect([minimumOf("codex"), minimumOf("claude")]).toEqual(["0.156.1", "2.1.259"]);
    expect(rangeOf("gemini", "1.0.0")).toBeNull();
    expect(rangeOf("codex", "none")).toBeNull();
  });
});

describe("versions", () => {
  it("are found in what programs print", () => {
    expect(versionIn("codex-cli 0.169.0\n")).toBe("0.169.0");
    expect(versionIn("2.1.330 (Claude Code)")).toBe("2.1.330");
    expect(versionIn("no idea")).toBeNull();
  });

  it("are compared by number", () => {
    expect(isBelow("0.98.0", "0.153.4")).toBe(true);
    expect(isBelow("0.153.4", "0.98.0")).toBe(false);
    expect(isBelow("2.1.80", "2.1.80")).toBe(false);
    expect(isBelow("1.9.9", "2.0.0")).toBe(true);
  });
});

describe("the chart", () => {
  it("marks the range that a version stands in, and no other", () => {
    const rows = chartOf({ codex: "0.98.0", claude: null });
    expect(rows.filter(({ version }) => version !== null).map(({ agent, from }) => [agent, from])).toEqual([
      ["codex", "0.87.0"],
    ]);
    expect(rows.some(({ agent }) => agent === "claude")).toBe(true);
  });

  it("takes versions to assume, of agents that it knows", () => {
    expect(assumed(["codex=0.98.0", "claude=2.1.80"])).toEqual({ codex: "0.98.0", claude: "2.1.80" });
    for (const word of ["codex", "codex=", "gemini=1.0.0", "codex=new"]) {
      expect(() => assumed([word])).toThrow(/codex=0\.98\.0/);
    }
  });
});
