import { plainText, storableJson } from '@flowmesh/platform/validation';

export type LineLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** A line that an agent writes while it works. */
export interface AgentLine {
  readonly level: LineLevel;
  readonly message: string;
  /** JSON. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

const MAX_MESSAGE_CHARACTERS = 4_096;
const MAX_DATA_CHARACTERS = 4_096;
/** As agents, MCP servers and syslog call them. */
const LEVELS: Readonly<Record<string, LineLevel>> = {
  ...{ trace: 'DEBUG', debug: 'DEBUG', info: 'INFO', notice: 'INFO', warn: 'WARN', warning: 'WARN' },
  ...{ error: 'ERROR', fatal: 'ERROR', critical: 'ERROR', alert: 'ERROR', emergency: 'ERROR' },
};

export const levelOf = (said: unknown): LineLevel => LEVELS[String(said).toLowerCase()] ?? 'INFO';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A line of what somebody has said: a text, an object with a `message`, or any JSON. */
export function lineOf(said: unknown, level?: unknown): AgentLine {
  if (typeof said === 'string') return { level: levelOf(level), message: said };
  if (!isObject(said) || typeof said['message'] !== 'string') {
    return { level: levelOf(level), message: JSON.stringify(said) };
  }
  const { message, level: own, data, ...rest } = said;
  const more = isObject(data) ? data : { ...rest, ...(data !== undefined && { data }) };
  return { level: levelOf(level ?? own), message, data: Object.keys(more).length > 0 ? more : undefined };
}

/** As it is passed on: short, and fit to be shown. */
export function boundedLine({ level, message, data }: AgentLine): AgentLine {
  const text = message.length > MAX_MESSAGE_CHARACTERS ? `${message.slice(0, MAX_MESSAGE_CHARACTERS - 2)} …` : message;
  const size = data ? JSON.stringify(data).length : 0;
  const kept = size > MAX_DATA_CHARACTERS ? { omitted: `${size} characters` } : storableJson(data);
  return { level, message: plainText(text), ...(data && { data: kept as Record<string, unknown> }) };
}
