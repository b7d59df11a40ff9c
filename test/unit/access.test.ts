import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/contracts/config.ts";
import { errorOf } from "../../src/contracts/error.ts";
import type { Access } from "../../src/contracts/task.ts";
import { checkAccess } from "../../src/hub/guard.ts";
import type { Asker } from "../../src/hub/viewer.ts";

const ACCESS: readonly Access[] = ["read", "write", "full"];
const levels = fc.constantFrom(...ACCESS);
const rank = (access: Access) => ACCESS.indexOf(access);
const configOf = (max: Access) => configSchema.parse({ access: { max } });

const person = { attribution: { kind: "person", root: "r" }, task: null } as unknown as Asker;
const session = (access: Access | null) =>
  ({ attribution: { kind: "agent", root: "r", agent: "codex", access }, task: null }) as unknown as Asker;
const task = (access: Access) =>
  ({ attribution: { kind: "delegate", task: "t_1" }, task: { id: "t_1", access } }) as unknown as Asker;

function refusal(asker: Asker, wanted: Access, max: Access): string | null {
  try {
    checkAccess(asker, wanted, configOf(max));
    return null;
  } catch (error) {
    const { code, hint } = errorOf(error, "agent_error");
    return `${code}: ${hint ?? ""}`;
  }
}

describe("access", () => {
  it("is given up to what the one that asks and the config have, and never beyond", () => {
    const askers = fc.oneof(
      fc.constant({ asker: person, has: ACCESS[2] ?? "full" }),
      fc.option(levels).map((has) => ({ asker: session(has), has: has ?? "full" })),
      levels.map((has) => ({ asker: task(has), has })),
    );
    fc.assert(
      fc.property(askers, levels, levels, ({ asker, has }, wanted, max) => {
        const isRefused = refusal(asker, wanted, max) !== null;
        expect(isRefused).toBe(rank(wanted) > Math.min(rank(has), rank(max)));
      }),
    );
  });

  it("never grows on the way down, whatever each one asks for", () => {
    fc.assert(
      fc.property(fc.option(levels), levels, fc.array(levels, { maxLength: 12 }), (root, max, wishes) => {
        let asker = session(root);
        let above = Math.min(rank(root ?? "full"), rank(max));
        for (const wish of wishes) {
          if (refusal(asker, wish, max) !== null) continue;
          expect(rank(wish)).toBeLessThanOrEqual(above);
          above = rank(wish);
          asker = task(wish);
        }
      }),
    );
  });

  it("that is refused names what there is", () => {
    expect(refusal(task("read"), "write", "write")).toBe("access_denied: Ask for read access.");
    expect(refusal(person, "full", "write")).toBe(
      "access_denied: Ask for write access; a person can raise [access] max in Baton's config.",
    );
  });
});
