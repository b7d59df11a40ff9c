/** Resolves after a time, to race against something that may never come; keeps no process alive for it. */
export function limit(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
}
