import { readFile, stat } from "node:fs/promises";
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { configSchema, DEFAULT_CONFIG, type Config } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";

/** Reads config files; each is read again only after it has changed. */
export function createConfigReader() {
  const read = new Map<string, { readonly version: string; readonly config: Config }>();

  /** @throws BatonError `invalid_argument` when the file is no TOML or has a key or value that is not known. */
  return async (file: string): Promise<Config> => {
    const version = await versionOf(file);
    if (version === null) return DEFAULT_CONFIG;
    const known = read.get(file);
    if (known?.version === version) return known.config;
    const config = parseConfig(file, await readFile(file, "utf8"));
    read.set(file, { version, config });
    return config;
  };
}

async function versionOf(file: string): Promise<string | null> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw invalid(file, String(error));
  }
}

function parseConfig(file: string, text: string): Config {
  try {
    const result = configSchema.safeParse(parse(text));
    if (result.success) return result.data;
    throw invalid(file, z.prettifyError(result.error));
  } catch (error) {
    if (error instanceof TomlError) throw invalid(file, error.message);
    throw error;
  }
}

function invalid(file: string, why: string): BatonError {
  return new BatonError("invalid_argument", `the config ${file} is not usable: ${why}`, {
    hint: "Correct the file, or remove it to use the defaults; docs/configuration.md has every key.",
  });
}
