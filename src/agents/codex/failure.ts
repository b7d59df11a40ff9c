import type { TaskError } from "../../contracts/error.ts";
import { failureOf, type FailureKind } from "../failed-turn.ts";
import type { TurnError } from "./wire.ts";

const AUTH: FailureKind = {
  code: "agent_auth",
  hint: "Run `codex login`, or check the key of the provider that your config.toml names.",
};
const LIMITED: FailureKind = {
  code: "agent_rate_limited",
  hint: "Wait until the limit resets (`codex` shows it with /status), or use another model or agent.",
};
const UNREACHABLE: FailureKind = {
  code: "agent_error",
  hint: "Codex could not talk to its model. Check the network and the provider's address, then try again.",
  retryable: true,
};
const OVERLOADED: FailureKind = {
  code: "agent_error",
  hint: "The model's provider has trouble. Try again in a while.",
  retryable: true,
};
const OTHER: FailureKind = {
  code: "agent_error",
  hint: "The words are Codex's own; try the same prompt in `codex` to see more.",
};

/** `codexErrorInfo` of Codex 0.169.0 where it is a plain word. */
const BY_WORD: Readonly<Record<string, FailureKind>> = {
  unauthorized: AUTH,
  usageLimitExceeded: LIMITED,
  rateLimitExceeded: LIMITED,
  serverOverloaded: OVERLOADED,
  internalServerError: OVERLOADED,
  flexUnavailable: OVERLOADED,
  policyCapacityUnavailable: OVERLOADED,
  modelNotFound: {
    code: "agent_error",
    hint: "Choose a model that your account has, or none: Codex then uses its default.",
  },
  contextWindowExceeded: {
    code: "agent_error",
    hint: "The conversation is too long for the model: start a new session, or hand over less.",
  },
};

/** Words of Codex 0.169.0 for failures whose `codexErrorInfo` is only `other`. */
const BY_MESSAGE: readonly (readonly [RegExp, FailureKind])[] = [
  [/^stream disconnected/i, UNREACHABLE],
  [/^Missing environment variable/i, AUTH],
];

/** What a failed turn means, with Codex's own words as the message. */
export function turnFailure(error: TurnError | null | undefined): TaskError {
  if (error === null || error === undefined) {
    return failureOf(OTHER, "Codex ended the turn as failed and did not say why.");
  }
  return failureOf(kindOf(error), `Codex: ${error.message}`);
}

function kindOf({ message, codexErrorInfo }: TurnError): FailureKind {
  const { word, status } = readInfo(codexErrorInfo);
  const known = BY_WORD[word];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return AUTH;
  if (status === 429) return LIMITED;
  if (status !== null) return status >= 500 ? OVERLOADED : OTHER;
  const said = BY_MESSAGE.find(([words]) => words.test(message));
  if (said !== undefined) return said[1];
  return CONNECTION_WORDS.has(word) ? UNREACHABLE : OTHER;
}

const CONNECTION_WORDS: ReadonlySet<string> = new Set([
  "httpConnectionFailed",
  "responseStreamConnectionFailed",
  "responseStreamDisconnected",
  "responseTooManyFailedAttempts",
]);

/** Either a word, or an object with one word as its key and the HTTP status in it. */
function readInfo(info: unknown): { word: string; status: number | null } {
  if (typeof info === "string") return { word: info, status: null };
  if (typeof info !== "object" || info === null) return { word: "", status: null };
  const [word, detail] = Object.entries(info)[0] ?? ["", null];
  const status: unknown =
    typeof detail === "object" && detail !== null && "httpStatusCode" in detail
      ? detail.httpStatusCode
      : null;
  return { word, status: typeof status === "number" ? status : null };
}
