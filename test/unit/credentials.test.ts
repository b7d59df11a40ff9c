import { describe, expect, it } from "vitest";
import { createCredentials } from "../../src/hub/credentials.ts";

describe("the credentials of agents", () => {
  it("say whose they are and how much they allow", () => {
    const credentials = createCredentials();
    const token = credentials.issue({ session: "s_1", access: "read", cwd: "/work" });
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(credentials.find(token)).toMatchObject({ kind: "child", session: "s_1", access: "read" });
    expect(credentials.find(token.slice(1))).toBeNull();
    expect(credentials.find("")).toBeNull();
  });

  it("stay the same for a session and an access, and differ for any other", () => {
    const credentials = createCredentials();
    const token = credentials.issue({ session: "s_1", access: "read", cwd: "/work" });
    expect(credentials.issue({ session: "s_1", access: "read", cwd: "/work" })).toBe(token);
    const others = [
      credentials.issue({ session: "s_1", access: "write", cwd: "/work" }),
      credentials.issue({ session: "s_2", access: "read", cwd: "/work" }),
    ];
    expect(new Set([token, ...others]).size).toBe(3);
  });

  it("end with every access of their session, and say so to what was opened with them", () => {
    const credentials = createCredentials();
    const tokens = (["read", "write"] as const).map((access) =>
      credentials.issue({ session: "s_1", access, cwd: "/work" }),
    );
    const other = credentials.issue({ session: "s_2", access: "read", cwd: "/work" });
    const signals = [...tokens, other].map((token) => credentials.find(token)?.revoked);
    credentials.revoke("s_1");
    expect(tokens.map((token) => credentials.find(token))).toEqual([null, null]);
    expect(credentials.find(other)).toMatchObject({ session: "s_2" });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, false]);
    expect(credentials.issue({ session: "s_1", access: "read", cwd: "/work" })).not.toBe(tokens[0]);
  });
});
