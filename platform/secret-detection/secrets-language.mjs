import { isPlaceholder } from './placeholder.mjs';
import { serviceTokens } from './service-tokens.mjs';
import { assignmentRule, RULES } from './token-rules.mjs';

/** No secret goes over it: white space ends most of them, the zero byte, which no data holds, the others. */
const BETWEEN = '\n\0\n';

/**
 * In the sandbox: where secrets stand in `texts`. Those of the indexes `named` have names of secrets, and are one as a
 * whole. `names`: such names, as a part of a regular expression. Gives `[{text, start, end, kind}]` in their order and
 * without overlaps, `text` being an index; null if there are more than `most`.
 */
export async function runSecrets({ names, most }, { texts, named }) {
  const wholes = new Set(named.filter((index) => !isPlaceholder(texts[index])));
  const found = [...wholes].map((text) => ({ text, start: 0, end: texts[text].length, kind: 'SECRET_FIELD' }));
  // One text, so that each rule is asked once.
  const others = texts.map((text, index) => (wholes.has(index) ? '' : text));
  const spans = await spansIn(others.join(BETWEEN), [...RULES, assignmentRule(names)]);
  if (found.length + spans.length > most) return null;
  found.push(...inTexts(others, spans));
  return JSON.stringify(found.sort((a, b) => a.text - b.text || a.start - b.start));
}

async function spansIn(content, rules) {
  const spans = [...(await serviceTokens(content)), ...rules.flatMap((rule) => [...matches(rule, content)])];
  return withoutOverlaps(spans.sort((a, b) => a.start - b.start));
}

function* matches({ kind, pattern, isSecret }, content) {
  for (const match of content.matchAll(pattern)) {
    const [start, end] = match.indices.groups?.secret ?? match.indices[0];
    if (!isSecret || isSecret(content.slice(start, end))) yield { start, end, kind };
  }
}

/** What overlaps is one secret, of the kind that comes first. */
function withoutOverlaps(spans) {
  const merged = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push(span);
  }
  return merged;
}

function* inTexts(texts, spans) {
  let index = 0;
  let begin = 0;
  for (const { start, end, kind } of spans) {
    while (start >= begin + texts[index].length + BETWEEN.length) begin += texts[index++].length + BETWEEN.length;
    yield { text: index, start: start - begin, end: Math.min(end - begin, texts[index].length), kind };
  }
}
