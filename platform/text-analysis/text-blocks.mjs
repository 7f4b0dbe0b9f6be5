const FENCE = /^\s{0,3}(```|~~~)/;
const HEADING = /^\s{0,3}#{1,6}\s+\S/;
const ITEM = /^\s{0,8}(?:[-*+•]|\d{1,3}[.)])\s+(.*)$/;
const FIELD = /^[A-Z][A-Za-z /-]{0,30}:\s+\S/;
const STACK_FRAME = /^\s*(?:at\s+\S|File ".{1,300}", line \d)/;
const TABLE_OR_RULE = /^\s*(?:\||[-=*_]{3,}\s*$)/;

/** `Summary` on a line of its own above text, or anything that is underlined. */
function isPlainHeading(line, next) {
  const short = /^\p{Lu}.{0,79}$/u.test(line) && !/[.,;:!?]\s*$/.test(line);
  return short && (/^\s*(?:-{3,}|={3,})\s*$/.test(next) || (line.length <= 40 && next.length > line.length + 20));
}

/** Without the number signs before it and, as some write them, behind it. */
function headingText(line) {
  if (!HEADING.test(line)) return line;
  const text = line.trim();
  let [start, end] = [0, text.length];
  while (text[start] === '#') start += 1;
  while (text[end - 1] === '#') end -= 1;
  return text.slice(start, end).trim();
}

function withoutMarks(text) {
  return text.replace(/[`*]{1,3}/g, '').trim();
}

/**
 * Takes a report apart: blocks of a `kind` ('heading', 'prose', 'item', 'field', 'code') and a `text`. Prose, which may
 * be wrapped, is what a summary may quote; fields are `Name: value`, code is also what looks like lines of a log.
 */
export function textBlocks(text) {
  const blocks = [];
  let paragraph = [];
  let inFence = false;
  let item = false;
  const end = () => {
    if (paragraph.length > 0) blocks.push({ kind: item ? 'item' : 'prose', text: withoutMarks(paragraph.join(' ')) });
    paragraph = [];
    item = false;
  };
  const lines = text.split(/\r\n|\r|\n/);
  for (const [number, line] of lines.entries()) {
    if (FENCE.test(line)) {
      end();
      inFence = !inFence;
    } else if (inFence || STACK_FRAME.test(line) || (paragraph.length === 0 && /^(?: {4}|\t)\s*\S/.test(line))) {
      end();
      blocks.push({ kind: 'code', text: line.trim() });
    } else if (line.trim() === '' || TABLE_OR_RULE.test(line)) {
      end();
    } else if (HEADING.test(line) || (paragraph.length === 0 && isPlainHeading(line, lines[number + 1] ?? ''))) {
      end();
      blocks.push({ kind: 'heading', text: withoutMarks(headingText(line)) });
    } else if (ITEM.test(line)) {
      end();
      item = true;
      paragraph.push(ITEM.exec(line)?.[1] ?? '');
    } else if (FIELD.test(line) && line.length < 200 && paragraph.length === 0) {
      blocks.push({ kind: 'field', text: withoutMarks(line) });
    } else {
      paragraph.push(line.trim());
    }
  }
  end();
  return blocks.filter((block) => block.text !== '');
}
