/** Calls `onIdle` when nothing has been going on for a time. */
export function createIdleTimer(limitMs: () => number, onIdle: () => void) {
  let open = 0;
  let timer: NodeJS.Timeout | null = null;

  const arm = () => {
    if (timer !== null) clearTimeout(timer);
    timer = open === 0 ? setTimeout(onIdle, limitMs()) : null;
  };
  arm();
  return {
    begin(): void {
      open += 1;
      arm();
    },
    end(): void {
      open -= 1;
      arm();
    },
    stop(): void {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
