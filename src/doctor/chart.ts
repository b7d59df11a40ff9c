import { BatonError } from "../contracts/error.ts";
import { parsedVersion } from "./version-number.ts";
import { rangeOf, VERSION_RANGES, type VersionRange } from "./versions.ts";

/** A range of versions in the decision chart, and the version that stands in it, if one does. */
export interface ChartRow extends VersionRange {
  readonly version: string | null;
}

/** The versions to show by agent; null where an agent is not installed. */
export type Versions = Readonly<Record<string, string | null>>;

/** Every range of the agents, those that the versions stand in marked with them. */
export function chartOf(versions: Versions): readonly ChartRow[] {
  return VERSION_RANGES.filter(({ agent }) => agent in versions).map((range) => {
    const version = versions[range.agent] ?? null;
    return { ...range, version: rangeOf(range.agent, version) === range ? version : null };
  });
}

/**
 * The versions that `--assume codex=0.98.0` names.
 * @throws BatonError `invalid_argument`
 */
export function assumed(words: readonly string[]): Versions {
  const known = new Set(VERSION_RANGES.map(({ agent }) => agent));
  return Object.fromEntries(
    words.map((word) => {
      const [agent = "", version = ""] = word.split("=");
      if (!known.has(agent) || parsedVersion(version) === null) {
        throw new BatonError("invalid_argument", `--assume ${word}: it has to be like codex=0.98.0`, {
          hint: `Baton knows: ${[...known].join(", ")}.`,
        });
      }
      return [agent, version];
    }),
  );
}
