import type { Finding } from "../contracts/finding.ts";

export const ok = (code: string, message: string): Finding => ({ code, level: "ok", message, fix: null });

export const warn = (code: string, message: string, fix: string | null = null): Finding => ({
  code,
  level: "warn",
  message,
  fix,
});

export const fail = (code: string, message: string, fix: string | null = null): Finding => ({
  code,
  level: "fail",
  message,
  fix,
});

/** The command that mends what `--fix` can mend. */
export const FIX = "baton doctor --fix";
