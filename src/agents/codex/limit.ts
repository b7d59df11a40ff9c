/** Resolves after a time and keeps no process alive for it. */
export function limit(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
