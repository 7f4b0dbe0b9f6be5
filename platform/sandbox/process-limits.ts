import { existsSync } from 'node:fs';
import { platform } from 'node:os';

/** What a process may take. */
export interface ProcessLimits {
  /** What V8 may use for objects and texts. */
  readonly heapMb: number;
  /**
   * Memory of the process's own that it may map, in the heap or not: V8's heap, buffers, stacks of threads. A process
   * that has just begun has mapped 105 MB and uses 20 of them.
   */
  readonly dataKb: number;
  /** What is resident, with about 40 MB of code that all processes share. Holds where the system has no limit of its own. */
  readonly maxResidentBytes: number;
  /** A process that has so much after its work is replaced, so that memory returns to what it was. */
  readonly wornResidentBytes: number;
}

/** Of one generation of three that hold what has just been made. */
const YOUNG_MB = 16;
/** Deep recursion of programs takes as much; the stack of a process has 8 MB. */
const STACK_KB = 3_900;
/**
 * Addresses that V8 sets aside for machine code, of which little is ever used. From version 13 on (Node 24) they are mapped
 * so that the kernel counts all of them as data; where V8 takes less (it does on arm64), the limit is that much wider.
 */
const CODE_RANGE_KB = Number.parseInt(process.versions.v8, 10) >= 13 ? 524_288 : 0;

const flags = ({ heapMb }: ProcessLimits) => [
  `--max-old-space-size=${heapMb}`,
  `--max-semi-space-size=${YOUNG_MB}`,
  `--stack-size=${STACK_KB}`,
  '--disable-proto=delete',
  '--no-addons',
  '--no-warnings',
];

/**
 * Limits that the kernel holds, whatever V8 does: no dumps of memory, no files, only so much memory; and the first to go
 * when the machine has none left. What a system does not know is left out.
 */
const script = ({ dataKb }: ProcessLimits) =>
  [
    'ulimit -c 0',
    'ulimit -f 0',
    `ulimit -d ${dataKb + CODE_RANGE_KB}`,
    'echo 1000 > /proc/self/oom_score_adj',
    'exec "$0" "$@"',
  ].join(' 2> /dev/null; ');

/** The command that runs a file under the limits. */
export function limitedCommand(
  file: string,
  limits: ProcessLimits,
): { readonly command: string; readonly args: readonly string[] } {
  const node = [...flags(limits), file];
  const hasShell = platform() !== 'win32' && existsSync('/bin/sh');
  return hasShell
    ? { command: '/bin/sh', args: ['-c', script(limits), process.execPath, ...node] }
    : { command: process.execPath, args: node };
}
