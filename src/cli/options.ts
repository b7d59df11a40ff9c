import path from "node:path";
import { durationSchema, longDurationSchema } from "../contracts/duration.ts";
import { BatonError } from "../contracts/error.ts";

/**
 * The milliseconds of an option such as `--wait 60s`, null when it is not given.
 * @throws BatonError `invalid_argument`
 */
export function durationOption(option: string, value: string | undefined): number | null {
  return spanOption(durationSchema, option, value);
}

/**
 * The same for a time span that no timer has to keep.
 * @throws BatonError `invalid_argument`
 */
export function longDurationOption(option: string, value: string | undefined): number | null {
  return spanOption(longDurationSchema, option, value);
}

function spanOption(schema: typeof durationSchema, option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BatonError(
    "invalid_argument",
    `${option}: ${parsed.error.issues[0]?.message ?? "not a time span"}`,
  );
}

/** The files of `--attach`, as the shell that names them means them. */
export function attachmentsOf({ cwd }: { readonly cwd: string }, files: readonly string[] = []): string[] {
  return files.map((file) => path.resolve(cwd, file));
}
