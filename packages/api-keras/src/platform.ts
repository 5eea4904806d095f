// The few things of the platform that printing needs, found at run time: Node and browsers differ and may lack them.

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write?(text: string): unknown;
}
interface Platform {
  readonly process?: { readonly stdout?: Stream };
  readonly console?: { log(text: string): void };
  readonly setTimeout?: (fn: () => void, ms: number) => unknown;
  readonly setImmediate?: (fn: () => void) => unknown;
}

const platform = (): Platform => globalThis as Platform;

/** Where text goes and how. */
export interface Output {
  write(text: string): void;
  /** True when lines may be rewritten with carriage returns. */
  readonly dynamic: boolean;
}

/** Standard output in Node, the console elsewhere. */
export function standardOutput(): Output {
  const { process, console } = platform();
  const stdout = process?.stdout;
  if (stdout?.write) return { write: (text) => void stdout.write!(text), dynamic: stdout.isTTY === true };
  return { write: (text) => console?.log(text.replace(/\n$/, "")), dynamic: false };
}

/** Characters per line of the terminal, 80 when unknown. */
export function terminalWidth(): number {
  return platform().process?.stdout?.columns ?? 80;
}

/** Lets other work of the event loop run. */
export function macrotask(): Promise<void> {
  const { setImmediate, setTimeout } = platform();
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (setTimeout) setTimeout(resolve, 0);
    else resolve();
  });
}
