import type { Mail, MailContent } from './mail.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML, including attribute values in quotes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** Formats the same content as plain text and as HTML, for programs that show only one of them. */
export function composeMail(to: string, { subject, paragraphs, link, notes = [] }: MailContent): Mail {
  const text = [...paragraphs, ...(link ? [`${link.label}:\n${link.url}`] : []), ...notes].join('\n\n');
  const button = link && `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`;
  const html = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>',
    '<body style="font:16px/1.5 sans-serif;max-width:36em;margin:2em auto;padding:0 1em">',
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(button ? [button] : []),
    ...notes.map((note) => `<p style="font-size:13px;color:#555">${escapeHtml(note)}</p>`),
    '</body></html>',
  ].join('\n');
  return { to, subject, text: `${text}\n`, html };
}
