import { EventEmitter, once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";

import type { ModelRequest } from "./conversation.ts";
import type { Api } from "./dialect.ts";

/** One model request as it arrived. */
export interface LoggedRequest extends ModelRequest {
  api: Api;
  /** ISO time of arrival. */
  at: string;
  /** The newest thing the user said. */
  prompt: string;
  body: unknown;
  /** HTTP status of the answer; undefined until the answer begins. */
  status: number | undefined;
  headers: IncomingHttpHeaders;
  /** Of which kind the credential was; itself it is not kept. */
  credential: "x-api-key" | "x-goog-api-key" | "bearer" | null;
}

const CREDENTIAL_HEADERS = new Set([
  "authorization",
  "x-api-key",
  "x-goog-api-key",
  "cookie",
  "proxy-authorization",
]);

/** The requests of one server, oldest first, with a way to wait for one. */
export class RequestLog {
  readonly requests: LoggedRequest[] = [];
  readonly #arrivals = new EventEmitter().setMaxListeners(0);

  add(request: LoggedRequest): void {
    this.requests.push(request);
    this.#arrivals.emit("request");
  }

  /** The first request, past or future, that the predicate accepts. Fails when none came within `timeout_ms`. */
  async waitFor(accepts: (request: LoggedRequest) => boolean, timeout_ms: number): Promise<LoggedRequest> {
    const signal = AbortSignal.timeout(timeout_ms);
    for (;;) {
      const found = this.requests.find(accepts);
      if (found !== undefined) return found;
      await once(this.#arrivals, "request", { signal }).catch(() => {
        throw new Error(
          `no such model request within ${timeout_ms} ms; prompts seen: ${JSON.stringify(this.#prompts())}`,
        );
      });
    }
  }

  #prompts(): string[] {
    return this.requests.map((request) => request.prompt);
  }
}

/** By what kind of credential somebody is logged in. */
export function credentialKind(headers: IncomingHttpHeaders): LoggedRequest["credential"] {
  if (headers["x-api-key"] !== undefined) return "x-api-key";
  if (headers["x-goog-api-key"] !== undefined) return "x-goog-api-key";
  return headers.authorization?.startsWith("Bearer ") === true ? "bearer" : null;
}

/** The headers without those that log somebody in. */
export function withoutCredentials(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.has(name)));
}
