import { createHash, randomBytes } from "node:crypto";
import type { Who } from "../contracts/http.ts";
import type { Access } from "../contracts/task.ts";

export type Child = Extract<Who, { readonly kind: "child" }>;

/** What the agents of the hub show to come back to it; never stored, they end with the hub. */
export interface Credentials {
  /** A token for a session's agent: the same one as long as it holds, so that a warm conversation keeps its own. */
  issue(holder: Pick<Child, "session" | "access" | "cwd">): string;
  find(token: string): Child | null;
  /** Ends every token of a session, and what was opened with it. */
  revoke(session: string): void;
}

const TOKEN_BYTES = 32;

interface Issued {
  readonly token: string;
  readonly digest: string;
  /** Its directory is that of the task it was issued for last. */
  child: Child;
  readonly revoking: AbortController;
}

export function createCredentials(): Credentials {
  // Found by digest: how long a look-up takes says nothing about a token that is right in part.
  const byDigest = new Map<string, Issued>();
  const bySession = new Map<string, Map<Access, Issued>>();

  return {
    issue: ({ session, access, cwd }) => {
      const held = bySession.get(session) ?? new Map<Access, Issued>();
      const issued = held.get(access) ?? issue({ session, access, cwd });
      issued.child = { ...issued.child, cwd };
      bySession.set(session, held.set(access, issued));
      byDigest.set(issued.digest, issued);
      return issued.token;
    },
    find: (token) => byDigest.get(digestOf(token))?.child ?? null,
    revoke: (session) => {
      const held = bySession.get(session);
      bySession.delete(session);
      for (const { digest, revoking } of held?.values() ?? []) {
        byDigest.delete(digest);
        revoking.abort();
      }
    },
  };
}

function issue(holder: Pick<Child, "session" | "access" | "cwd">): Issued {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const revoking = new AbortController();
  return {
    token,
    digest: digestOf(token),
    child: { kind: "child", ...holder, revoked: revoking.signal },
    revoking,
  };
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
