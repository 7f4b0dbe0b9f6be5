const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text as Slack shows it, nothing of it a command such as `<!channel>`: the three characters it gives a meaning to. */
export const escapeSlackText = (text: string): string => text.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);

/**
 * Blocks and attachments as they were given, but for what calls everybody: `<!channel>`, `<!here>`, `<!everyone>` and
 * groups become text, and so do `broadcast` and `usergroup` elements of rich text.
 */
export function withoutBroadcasts(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('<!', '&lt;!');
  if (Array.isArray(value)) return value.map(withoutBroadcasts);
  if (typeof value !== 'object' || value === null) return value;
  const { type } = value as { readonly type?: unknown };
  if (type === 'broadcast' || type === 'usergroup') return { type: 'text', text: `@${type}` };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutBroadcasts(inner)]));
}
