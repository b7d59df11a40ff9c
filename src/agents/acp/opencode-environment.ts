import { readFile } from "node:fs/promises";
import path from "node:path";

import type { Environment, EnvironmentNeeds } from "../driver.ts";

/**
 * What opencode 1.18.33 takes from its environment. Its own names are listed one by one: `OPENCODE_*` would also pass on the
 * marks of an enclosing opencode and rules that are not the user's.
 */
export const opencodeNeeds: Pick<EnvironmentNeeds, "own" | "keys" | "places" | "referenced"> = {
  own: [
    "OPENCODE_CONFIG",
    "OPENCODE_CONFIG_DIR",
    "OPENCODE_CONFIG_CONTENT",
    "OPENCODE_API_KEY",
    "OPENCODE_DISABLE_*",
    "OPENCODE_MODELS_*",
    "OPENCODE_DB",
  ],
  keys: [],
  places: ["XDG_DATA_HOME", "OPENCODE_DB"],
  referenced: async (env) => variablesNamedIn(await configTexts(env)),
};

/** The user's configuration, as far as its files are there. */
export async function configTexts(env: Environment): Promise<readonly string[]> {
  const folder = path.join(env["XDG_CONFIG_HOME"] ?? path.join(env["HOME"] ?? "", ".config"), "opencode");
  const folders = [folder, ...(env["OPENCODE_CONFIG_DIR"] === undefined ? [] : [env["OPENCODE_CONFIG_DIR"]])];
  const files = folders.flatMap((one) =>
    ["config.json", "opencode.json", "opencode.jsonc"].map((name) => path.join(one, name)),
  );
  const named = env["OPENCODE_CONFIG"] === undefined ? [] : [env["OPENCODE_CONFIG"]];
  const texts = await Promise.all([...files, ...named].map((file) => readFile(file, "utf8").catch(() => "")));
  return [...texts, env["OPENCODE_CONFIG_CONTENT"] ?? ""].filter((text) => text !== "");
}

/** `{env:NAME}` in its configuration. */
function variablesNamedIn(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [...text.matchAll(/\{env:([A-Za-z_]\w*)\}/g)].map(([, name]) => name ?? ""));
}
