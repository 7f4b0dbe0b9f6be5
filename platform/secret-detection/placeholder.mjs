/** Masked (`•••`, `****1234`, `[redacted]`), to be filled in (`${NAME}`, `<password>`, `your-key`), or a word for nothing or a type. */
const FORMS = [
  /^[\w-]{0,12}[*•●…]{2,}\w{0,4}$/,
  /^(?:x{3,}|\.{3,}|-+)$/i,
  /^(?:\$\{.*\}|\{\{.*\}\}|<.*>|%\w+%|[[(](?:redacted|masked|hidden|removed|filtered)[\])])$/is,
  /^(?:redacted|masked|hidden|removed|filtered|none|null|undefined|n\/a|string|text|required|optional|true|false|yes|no)$/i,
  /^\$[A-Z][A-Z0-9_]+$/,
  /^your[ _-][\w -]*$/i,
];
/** As in `Authorization: Bearer •••`. */
const SCHEME = /^(?:bearer|basic|token)\s+/i;
const LONGEST = 100;

/** Whether a text stands for a secret rather than being one. Empty texts do. */
export function isPlaceholder(text) {
  if (text.length > LONGEST) return text.trim() === '';
  const value = text.trim().replace(SCHEME, '');
  return value === '' || FORMS.some((form) => form.test(value));
}
