import { Mask } from '@flowmesh/platform/secrets';
import type { AgentResult, AgentTask } from './kinds/agent-runner.ts';
import type { AgentLine } from './lines/agent-line.ts';

/** Headers that say how to talk: their values are ordinary words. */
const OPEN_HEADER = /^(?:accept|content|user-agent|cache|prefer)(?:-|$)/i;
/** Shorter ones are ordinary words, too, or are guessed as easily as read. */
const SHORTEST = 8;

function secretTexts(value: unknown): string[] {
  if (typeof value === 'string') return value.length < SHORTEST ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => (OPEN_HEADER.test(name) ? [] : secretTexts(each)));
}

/** Services may repeat what they were sent: also the token of a header without the scheme before it. */
export function maskOf(secrets: AgentTask['secrets']): Mask {
  const texts = secretTexts(secrets);
  const tokens = texts.flatMap((text) => /^(?:Bearer|Basic|Token) +(\S+)$/i.exec(text)?.[1] ?? []);
  return new Mask(Object.fromEntries([...texts, ...tokens].map((text, at) => [String(at), text])), []);
}

export function maskedResult({ output, outputText, usage }: AgentResult, mask: Mask): AgentResult {
  return {
    output: mask.json(output),
    ...(outputText === undefined ? {} : { outputText: mask.text(outputText) }),
    ...(usage === undefined ? {} : { usage }),
  };
}

export const maskedLine = ({ level, message, data }: AgentLine, mask: Mask): AgentLine => ({
  level,
  message: mask.text(message),
  ...(data && { data: mask.json(data) as Record<string, unknown> }),
});

/** Passes text on as it comes; what may be the beginning of a secret waits for what follows it, or the end. */
export function maskedSpeech(mask: Mask, emit: (delta: string) => void) {
  let held = '';
  const passOn = (text: string) => text !== '' && emit(text);
  return {
    write(delta: string): void {
      const text = mask.text(held + delta);
      const end = text.length - mask.unfinished(text);
      held = text.slice(end);
      passOn(text.slice(0, end));
    },
    end(): void {
      passOn(held);
      held = '';
    },
  };
}
