import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BatonError, type TaskError } from "../contracts/error.ts";
import type { Who } from "../contracts/http.ts";
import type { Credentials } from "./credentials.ts";

export interface GateOptions {
  readonly port: number;
  /** What the person's own programs show: the content of the token file. */
  readonly token: string;
  readonly credentials: Credentials;
}

export type Admission =
  | { readonly who: Who }
  | {
      readonly status: number;
      readonly error: TaskError;
      readonly headers: Readonly<Record<string, string>>;
    };

/**
 * Decides who asks. A web page that was made to reach 127.0.0.1 has another Host or Origin; so neither may differ from
 * the hub's own address, whatever token comes along.
 */
export function admit(incoming: IncomingMessage, { port, token, credentials }: GateOptions): Admission {
  const only = (name: string) => {
    const values = incoming.headersDistinct[name] ?? [];
    return values.length === 1 ? values[0] : undefined;
  };
  const host = only("host");
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return refused(
      403,
      "the Host of this request is not the hub's address",
      "Use the http_url that `baton hub status` shows.",
    );
  }
  if (incoming.headersDistinct["origin"] !== undefined && only("origin") !== `http://${host}`) {
    return refused(403, "no other site may ask the hub", "Call the hub from a program, not from a web page.");
  }
  const given = /^Bearer +([\w.~+/=-]+)$/i.exec(only("authorization") ?? "")?.[1];
  if (given === undefined) return unknown("a request needs a bearer token");
  if (isSame(given, token)) return { who: { kind: "owner" } };
  const child = credentials.find(given);
  return child === null ? unknown("the bearer token is not one of this hub") : { who: child };
}

function unknown(message: string): Admission {
  const hint = "Send the content of the token_file that `baton hub status` shows as Authorization: Bearer.";
  return { ...refused(401, message, hint), headers: { "www-authenticate": "Bearer" } };
}

function refused(status: number, message: string, hint: string) {
  return { status, error: new BatonError("access_denied", message, { hint }).error, headers: {} };
}

/** Compared by digest, so that neither content nor length shows in the time that it takes. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
