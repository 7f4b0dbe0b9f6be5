import type { Artifact, Part } from '@a2a-js/sdk';

/** A part of a message, in JSON. */
export type MessagePart = { readonly text: string } | { readonly data: unknown };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The input of an execution as the parts of a message. */
export function toParts(input: unknown): MessagePart[] {
  if (typeof input === 'string') return [{ text: input }];
  if (isObject(input) && Object.keys(input).length === 1 && typeof input['text'] === 'string') {
    return [{ text: input['text'] }];
  }
  return [{ data: input ?? {} }];
}

/** The texts of parts, for people. */
export const textOf = (parts: readonly Part[]): string =>
  parts.flatMap(({ content }) => (content?.$case === 'text' ? [content.value] : [])).join('');

/** The value of a single part of data, the text of texts, otherwise all parts as they are in JSON. */
export function toOutput(parts: readonly Part[], toJson: (part: Part) => unknown): unknown {
  const [first] = parts;
  if (parts.length === 1 && first?.content?.$case === 'data') return first.content.value ?? null;
  if (parts.length > 0 && parts.every(({ content }) => content?.$case === 'text')) return { text: textOf(parts) };
  return { parts: parts.map(toJson) };
}

/** Artifacts as they grow: pieces of one are appended to it, or replace it. */
export class Artifacts {
  private readonly known = new Map<string, Artifact>();

  set(artifact: Artifact): void {
    this.known.set(artifact.artifactId, artifact);
  }

  append(artifact: Artifact): void {
    const before = this.known.get(artifact.artifactId);
    this.set(before ? { ...before, parts: [...before.parts, ...artifact.parts] } : artifact);
  }

  get parts(): Part[] {
    return [...this.known.values()].flatMap(({ parts }) => parts);
  }
}
