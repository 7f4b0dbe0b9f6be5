const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escapes the three special characters of Slack, so that the text contains no command such as `<!channel>`. */
export const escapeSlackText = (text: string): string => text.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);

/** What the author of a block means: an entity, a link, or the mention of a person or a channel. */
const MEANT = /&(?:amp|lt|gt);|<(?:https?:\/\/|mailto:|tel:|@[UW]|#C)[^<>]*>/;
const MEANT_OR_SIGN = new RegExp(`${MEANT.source}|[&<>]`, 'g');

/** Text that was written for Slack: what has no meaning there is shown as it stands. */
const escapeSlackMarkup = (text: string): string => text.replace(MEANT_OR_SIGN, (found) => ENTITIES[found] ?? found);

/** Members that Slack shows as text, in whatever stands around them. */
const TEXTS = new Set(['text', 'pretext', 'fallback', 'title', 'value', 'author_name', 'footer', 'alt_text']);

/**
 * Blocks and attachments without mass mentions and with escaped characters: in texts, `&`, `<` and `>` are escaped unless
 * they are part of a link, a mention of one person or channel, or an entity. `<!` is always escaped, and `broadcast` and
 * `usergroup` elements of rich text are replaced by text; Slack does not interpret other text of rich text elements.
 */
export function withoutBroadcasts(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('<!', '&lt;!');
  if (Array.isArray(value)) return value.map(withoutBroadcasts);
  if (typeof value !== 'object' || value === null) return value;
  const { type } = value as { readonly type?: unknown };
  if (type === 'broadcast' || type === 'usergroup') return { type: 'text', text: `@${type}` };
  const isRichText = type === 'text';
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      typeof inner === 'string' && TEXTS.has(name) && !isRichText ? escapeSlackMarkup(inner) : withoutBroadcasts(inner),
    ]),
  );
}
