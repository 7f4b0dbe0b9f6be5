import { collectDefaultMetrics, Registry } from 'prom-client';
import { loadConfig, showConfig, type PlatformConfig, type ProcessSettings } from '../config/index.ts';
import { Lifecycle, stopOnSignals, stopOnUncaughtErrors } from '../lifecycle/index.ts';
import { createLogger, type Logger } from '../logging/index.ts';
import { explainStartError } from './explain-start-error.ts';

/** What every process of the product has from its first moment. */
export interface ProcessBasics {
  readonly config: PlatformConfig;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly lifecycle: Lifecycle;
  /** Stops everything, says why in one sentence on standard error, and ends the process with exit code 1. */
  readonly fail: (reason: Error) => void;
}

export interface ProcessOptions {
  /** In logs and messages. */
  readonly name: string;
  /** What it reads of its environment. */
  readonly settings: ProcessSettings;
  /** Resolves when the process is ready. What it starts it registers with the lifecycle. */
  start(basics: ProcessBasics): Promise<void>;
  /** Called once when a signal asks it to stop. */
  readonly onStopping?: (() => void) | undefined;
}

/** Maximum time for stopping, in case parts wait for something that has failed. */
const FAILED_STOP_MS = 15_000;

/**
 * Runs a process from configuration to end: stops in order on SIGINT and SIGTERM (exit code 0); when it cannot start,
 * stops what has started, says why on standard error, and ends with exit code 1. Everything that is wrong with the
 * configuration is said at once, before anything starts. With `--print-config` it only shows what is in force.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  let basics: ProcessBasics | undefined;
  try {
    if (process.argv.includes('--print-config')) return printConfig(options);
    basics = createBasics(options);
    await options.start(basics);
  } catch (error) {
    // A signal during the start takes away what the start was working with.
    if (basics?.lifecycle.isStopping) return;
    await basics?.lifecycle.stop();
    const sentence = explainStartError(error);
    process.stderr.write(
      sentence === null
        ? `${options.name} could not start because of an error nobody has foreseen:\n${(error as Error).stack ?? String(error)}\n`
        : `${options.name} could not start. ${sentence}\n`,
    );
    process.exit(1);
  }
}

/** Also when it is wrong: then what is wrong follows, and the exit code is 1. */
function printConfig({ settings }: ProcessOptions): void {
  process.stdout.write(showConfig(settings));
  const { hints } = loadConfig(settings);
  for (const hint of hints) process.stderr.write(`${hint}.\n`);
}

function createBasics({ name, settings, onStopping }: ProcessOptions): ProcessBasics {
  const { config, hints } = loadConfig(settings);
  const logger = createLogger({ level: config.logLevel, name, format: config.logFormat });
  for (const hint of hints) logger.warn(`${hint}.`);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const lifecycle = new Lifecycle(logger);
  stopOnUncaughtErrors(lifecycle, logger);
  stopOnSignals(lifecycle, logger, onStopping);
  const fail = (reason: Error) => {
    if (lifecycle.isStopping) return;
    process.stderr.write(`${name} stops. ${reason.message}\n`);
    const end = () => process.exit(1);
    setTimeout(end, FAILED_STOP_MS).unref();
    void lifecycle.stop().then(end);
  };
  return { config, logger, metrics, lifecycle, fail };
}
