import { durationSchema } from "../contracts/duration.ts";
import { BatonError } from "../contracts/error.ts";

/**
 * The milliseconds of an option such as `--wait 60s`, null when it is not given.
 * @throws BatonError `invalid_argument`
 */
export function durationOption(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const parsed = durationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BatonError(
    "invalid_argument",
    `${option}: ${parsed.error.issues[0]?.message ?? "not a time span"}`,
  );
}
