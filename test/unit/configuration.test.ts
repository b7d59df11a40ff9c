import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { PAGE, withTables } from "../../scripts/configuration.ts";
import { configSchema } from "../../src/contracts/config.ts";

const page = await readFile(PAGE, "utf8");

/** Every key of a JSON Schema that has no keys of its own, with its description. */
function leaves(node: unknown, at = ""): readonly (readonly [string, unknown])[] {
  const { properties, items, additionalProperties, description } = node as Record<string, unknown>;
  const inside = [items, additionalProperties].filter((part) => hasKeys(part));
  const named = Object.entries((properties ?? {}) as Record<string, unknown>);
  if (named.length === 0 && inside.length === 0) return [[at, description]];
  return [
    ...named.flatMap(([key, value]) => leaves(value, at === "" ? key : `${at}.${key}`)),
    ...inside.flatMap((part) => leaves(part, at)),
  ];
}

function hasKeys(node: unknown): boolean {
  return typeof node === "object" && node !== null && "properties" in node;
}

describe("the page of the configuration", () => {
  it("is what the schema says (node scripts/configuration.ts writes it)", () => {
    expect(withTables(page)).toBe(page);
  });

  it("has a row with a meaning for every key of the schema", () => {
    const keys = leaves(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }));
    expect(keys.length).toBeGreaterThan(25);
    for (const [key, description] of keys) {
      expect([key, description]).toEqual([key, expect.stringMatching(/\S/)]);
      const row = page.split("\n").find((line) => line.startsWith(`| \`${key.split(".").at(-1)}\``));
      expect([key, row]).toEqual([key, expect.any(String)]);
    }
  });
});
