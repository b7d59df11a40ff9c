import type { z } from "zod";

/** What is wrong with an argument, as a sentence that names it. */
export function sentenceOf({ issues }: z.ZodError): string {
  return issues.slice(0, 3).map(said).join("; ");
}

function said({ code, path, message }: z.core.$ZodIssue): string {
  // A rule of ours says the whole of it.
  if (code === "custom" || code === "invalid_format") return message;
  const place = path.length === 0 ? "the arguments" : path.map(String).join(".");
  return `${place}: ${message}`;
}
